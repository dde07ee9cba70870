"""Twenty people at once on the real app: what each thing that they do takes, what the server needs, what breaks.

    python -m tests.benchmarks.load [--users 20] [--minutes 3] [--cells 5000] [--browsers 1] [--write]

Each signs in as somebody of their own at an OpenID Connect provider on this machine, uploads a small case and waits for
its result, then goes round: worklist, the case of 5,000 cells that all of them share, its gallery page by page, names
cells, lets the page follow, opens the report. Between two things a person thinks for `--think` seconds on average. They
speak Streamlit's own protocol and fetch the pictures that a browser would; they draw nothing, since twenty browsers
would measure themselves. `--browsers` real ones beside them say what a person sees.

A kind's seconds run from the request to the end of the page's run, and for pictures to their last byte. Nobody waits
for the server's machine alone: the clients run on the same one. `--write` puts the table into docs/load.md.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import os
import random
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.benchmarks import load_browser, load_house
from tests.benchmarks.load_client import Client
from tests.benchmarks.load_person import RESULT, Person, Told, kind_of
from tests.provider import provider

DOCS = load_house.ROOT / "docs" / "load.md"
MARKS = "<!-- load: from here -->", "<!-- load: to here -->"
FREED = 150  # seconds after which Streamlit has let go of who left


@dataclass
class Server:
    """What the server needs, looked at twice a second."""

    process: psutil.Process
    peak: int = 0
    before: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def now(self) -> int:
        return int(self.process.memory_info().rss)

    @contextmanager
    def watched(self) -> Iterator[Server]:
        self.before = self.now
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.5):
            self.peak = max(self.peak, self.now)

    def worked(self) -> float:
        return time.clock_gettime((~self.process.pid << 3) | 2)


async def crowd(address: str, given: argparse.Namespace, case: str) -> Told:
    """Everybody signs in, then all work at once; afterwards they leave."""
    told, people = Told(), []
    for number in range(given.users):
        client = Client(address)
        people.append(Person(number, client, told, case, given.think, 0.0, random.Random(number)))
        await client.arrive()
        await client.sign_in(str(number))
    until = time.monotonic() + 60 * given.minutes
    for person in people:
        person.until = until
    working = [asyncio.create_task(_later(person)) for person in people]
    for ended in await asyncio.gather(*working, return_exceptions=True):
        if ended is not None:
            told.errors[kind_of(repr(ended))] += 1
    for person in people:
        await person.client.leave()
        await person.client.http.aclose()
    return told


async def _later(person: Person) -> None:
    await asyncio.sleep(person.rng.random() * person.think)
    await person.work()


async def _come_and_go(address: str) -> None:
    async with Client(address) as last:
        await last.arrive()


def rows(found: dict[str, list[float]]) -> list[str]:
    lines = ["| what | n | median, s | 95th percentile, s | slowest, s |", "| --- | ---: | ---: | ---: | ---: |"]
    for kind, values in found.items():
        ordered = sorted(values)
        p95 = ordered[max(0, round(0.95 * len(ordered)) - 1)]
        told = (statistics.median(ordered), p95, ordered[-1])
        lines.append(f"| {kind} | {len(ordered)} | " + " | ".join(f"{value:.2f}" for value in told) + " |")
    return lines


def measured(given: argparse.Namespace, folder: Path) -> str:
    people = {str(n): {"name": f"Reader {n}", "email": f"reader{n}@example.org", "email_verified": True}
              for n in range(given.users + given.browsers)}  # fmt: skip
    home = folder / "home"
    (home / ".streamlit").mkdir(parents=True)
    problem = ""
    lines: list[str] = []
    with provider(people) as ours:
        (home / ".streamlit" / "secrets.toml").write_text(ours.secrets())
        made = load_house.house(
            folder / "data", cells=given.cells, people=len(people), issuer=ours.address, HOME=str(home),
            module="tests.e2e.stand_ins" if given.stand_ins else "streamlit",
        )  # fmt: skip
        try:
            with made as (server, ids), Server(psutil.Process(server.process)).watched() as needs:
                began, worked, load = time.monotonic(), needs.worked(), os.getloadavg()[0]
                with load_browser.looking(server.url(), ids["smear"], given.users, given.browsers) as seen:
                    told = asyncio.run(crowd(server.address, given, ids["smear"]))
                took, worked = time.monotonic() - began, needs.worked() - worked
                peak, left = needs.peak, needs.now
                if given.wait:
                    time.sleep(FREED)
                asyncio.run(_come_and_go(server.address))
                freed = needs.now
                for kind, count in seen.errors.items():
                    told.errors[kind] += count
                lines += rows(told.seconds | seen.seconds)
                mb = [f"{size / 2**20:.0f}" for size in (needs.before, peak, left, freed)]
                lines += ["", _summary(given, told, took, worked / took, mb, load)]
        except AssertionError as error:  # a traceback in the server's log
            problem = str(error)
    kinds = [f"- {count} × {kind}" for kind, count in told.errors.most_common()]
    kinds += [f"- in the server's log: `{line.strip()}`" for line in dict.fromkeys(_last_lines(problem))]
    return "\n".join([*lines, "", "Errors:" if kinds else "Errors: none.", *kinds])


def _summary(given: argparse.Namespace, told: Told, took: float, share: float, mb: list[str], load: float) -> str:
    done = sum(len(values) for values in told.seconds.values())
    return (
        f"{given.users} people and {given.browsers} browser for {given.minutes:g} minutes, thinking {given.think:g} s, "
        f"a case of {given.cells} cells: {done} interactions in {took:.0f} s. The server worked {100 * share:.0f} % of "
        f"one core. {told.went_on} uploads had no result within the {RESULT} s that somebody watched them. Memory in "
        f"MB: {mb[0]} before, {mb[1]} at most, {mb[2]} when the last had left, {mb[3]} after "
        f"{FREED if given.wait else 0} s. Load of the machine before: {load:.1f} on {os.cpu_count()} cores."
        f"{' Stand-ins took the place of the networks.' if given.stand_ins else ''}"
    )


def _last_lines(log: str) -> list[str]:
    """Of each traceback what was raised."""
    return [line for line in log.splitlines() if re.match(r"^[\w.]+(Error|Exception|Conflict|NotFound)\b", line)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--cells", type=int, default=5000)
    parser.add_argument("--think", type=float, default=3.0)
    parser.add_argument("--browsers", type=int, default=1)
    parser.add_argument("--stand-ins", action="store_true", help="no network runs: the pages alone")
    parser.add_argument("--wait", action="store_true", help="until Streamlit lets go of the sessions of who left")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = measured(given, Path(folder))
    print(table)
    if given.write:
        text = DOCS.read_text(encoding="utf-8")
        start, end = text.index(MARKS[0]) + len(MARKS[0]), text.index(MARKS[1])
        told = f"\n\nMeasured on {dt.date.today():%Y-%m-%d}.\n\n{table}\n\n"
        DOCS.write_text(text[:start] + told + text[end:], encoding="utf-8")


if __name__ == "__main__":
    main()
