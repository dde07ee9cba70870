"""How long the server takes for each run of a page, on a case of 5,000 cells: from the request to the page's end.

    python -m tests.benchmarks.reruns [--cells 5000] [--times 7] [--beside CHECKOUT] [--only case] [--data FOLDER]

One client of Streamlit's own protocol goes through every page and does there what a person does; nothing is drawn.
"first" is the first run of that page; what the pages before it made is there already (`tests.benchmarks.openings` opens
each from nothing); "after an edit" is the first after somebody named a cell of the case. `--beside` runs the same
through the code of another checkout (`git worktree add …`), turn by turn, and gives the ratio of the two. "CPU" is the
processor time that the server worked for the run: what other programs do changes it little, so the ratio is of that.
`--data` keeps the store for another time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import load_house
from tests.benchmarks.load_client import Client, Run
from tests.benchmarks.load_page import Lost
from tests.e2e.conftest import Server
from tests.label_free_fakes import MARK

GOAL = 0.2  # seconds
SECTIONS = ("Overview", "Differential", "Cells", "Fields", "Summary", "Details")
PARTS = ("Sign-off", "Random sample", "Flip test", "Two observers", "History", "Readers")
ALONE = ("upload", "composite", "control", "health", "trail", "administration", "models", "about")

Act = Callable[[Client], Awaitable[Run]]


@dataclass(slots=True)
class Step:
    """Something that a person does again and again; `before` brings the page into the state for it."""

    name: str
    act: Act
    before: Act | None = None


@dataclass(slots=True)
class Measured:
    first: float = 0.0
    again: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)  # seconds of processor time
    size: int = 0
    deltas: int = 0
    largest: tuple[int, str] = (0, "")
    problems: list[str] = field(default_factory=list)


def steps(made: dict[str, str]) -> list[Step]:
    smear, free = made["smear"], made["free"]
    found = [
        Step("worklist", _page("")),
        Step("worklist: a case's drawer", _drawer(made["listed"]), _page("")),
        Step("worklist: a search", _searched("small"), _page("")),
    ]
    found += [Step(f"case: {name}", _again, _section(smear, name)) for name in SECTIONS]
    found += [
        Step("case: from the worklist", _page("case", smear), _page("")),
        Step("case, Cells: a cell is named (fragment)", _named(smear), _section(smear, "Cells")),
        Step("case, Cells: the page follows", _settled(smear), _section(smear, "Cells")),
        Step("case, Cells: another class (fragment)", _wish(smear, kind="class", code=1), _section(smear, "Cells")),
        Step("case, Cells: a cell in its field", _wish(smear, kind="field", cell=40), _section(smear, "Cells")),
    ]
    found += [Step(f"review: {name}", _again, _part(smear, name)) for name in PARTS]
    found += [
        Step("report", _again, _page("report", smear)),
        Step("robustness", _again, _page("robustness", smear)),
        Step("compare", _again, _page("compare", smear)),
        Step("label-free case", _again, _page("case", free)),
        Step("label-free case: another marker", _marker(free), _page("case", free)),
        Step("label-free case: a cut-off is entered", _cut_off(free), _page("case", free)),
        Step("label-free case: a cell is named (fragment)", _named(free), _page("case", free)),
        Step("label-free case: the page follows", _settled(free), _page("case", free)),
        Step("label-free review", _again, _page("review", free)),
        Step("label-free report", _again, _page("report", free)),
        Step("label-free robustness", _again, _page("robustness", free)),
        Step("board: setting one up", _again, _page("board")),
        Step("board: shown", _again, _board(made["board"])),
    ]
    named = _edited(smear, _section(smear, "Cells")), _edited(free, _page("case", free))
    for edit, looks in zip(named, (_stated(smear), _stated_label_free(free)), strict=True):
        found += [Step(f"{name}, after an edit", act, edit) for name, act in looks]
    found += [Step(f"teaching: {name}", _again, _teaching(name)) for name in ("Quiz", "Score", "Decks")]
    return found + [Step(name, _again, _page(name)) for name in ALONE]


def _stated(smear: str) -> list[tuple[str, Act]]:
    """Where something is looked at that was stated before and has to be stated anew."""
    return [
        ("case, Cells", _page("case", smear)),
        ("case, Overview", _seen_in(smear, "Overview")),
        ("case, Differential", _seen_in(smear, "Differential")),
        ("case, Summary", _seen_in(smear, "Summary")),
        ("review", _page("review", smear)),
        ("report", _page("report", smear)),
        ("robustness", _page("robustness", smear)),
        ("composite", _page("composite")),
        ("teaching", _page("teaching")),
    ]


def _stated_label_free(free: str) -> list[tuple[str, Act]]:
    return [(f"label-free {name}", _page(name, free)) for name in ("case", "review", "report", "robustness")]


def _page(path: str, case: str = "") -> Act:
    return lambda client: client.go(path, **({"case": case} if case else {}))


def _board(name: str) -> Act:
    return lambda client: client.go("board", board=name)


async def _again(client: Client) -> Run:
    return await client.again()


def _searched(text: str) -> Act:
    return lambda client: client.set(client.page.keyed("worklist.search"), string_value=text)


def _drawer(case: str) -> Act:
    return lambda client: client.press(client.page.keyed(f"more-{case}"))


def _section(case: str, name: str) -> Act:
    async def act(client: Client) -> Run:
        await client.go("case", case=case)
        return await _seen_in(case, name)(client)

    return act


def _seen_in(case: str, name: str) -> Act:
    return lambda client: client.set(client.page.keyed(f"case.section.{case}"), string_value=name)


def _part(case: str, name: str) -> Act:
    async def act(client: Client) -> Run:
        await client.go("review", case=case)
        return await client.put(client.page.keyed(f"review.part.{case}"), [name])

    return act


def _teaching(name: str) -> Act:
    async def act(client: Client) -> Run:
        await client.go("teaching")
        return await client.put(client.page.keyed("teaching.part"), [name])

    return act


def _named(case: str, cell: int = 7) -> Act:
    """The name goes to and fro between two classes, so that every edit changes something."""
    count = iter(range(1, 10**6))

    async def act(client: Client) -> Run:
        seq, board = next(count), client.page.keyed(f"cells-{case}")
        run = await client.trigger(
            board, "batch", {"client": f"{case}{cell}"[-64:], "seq": seq, "edits": [[cell, seq % 2, ""]]}
        )
        answer = client.page.data(f"cells-{case}")["ack"]
        if answer.get("seq") != seq or "refused" in answer:
            raise Lost(f"an edit that was not taken: {answer}")
        return run

    return act


def _edited(case: str, opened: Act) -> Act:
    """In the gallery, which is opened for it, a cell gets another name."""
    named = _named(case, 100)

    async def act(client: Client) -> Run:
        await opened(client)
        return await named(client)

    return act


def _wish(case: str, **wish: str | int) -> Act:
    return lambda client: client.trigger(client.page.keyed(f"cells-{case}"), "wish", wish)


def _marker(case: str) -> Act:
    count = iter(range(10**6))
    return lambda client: client.put(client.page.keyed(f"case.marker.{case}"), [("CD45", "CD16")[next(count) % 2]])


def _cut_off(case: str) -> Act:
    """Another one each time, as somebody does who looks for it."""
    key, values = f"case.cuts.{case}.cd16", iter([MARK + hundredth / 100 for hundredth in range(5, 95)])
    return lambda client: client.set(client.page.keyed(key), double_value=next(values))


def _settled(case: str) -> Act:
    """After a review everything that is stated of the case is stated anew."""
    count = iter(range(1, 10**6))

    async def act(client: Client) -> Run:
        seq = next(count)
        batch = {"client": "settling", "seq": seq, "edits": [[9, seq % 2, ""]]}
        await client.trigger(client.page.keyed(f"cells-{case}"), "batch", batch)
        return await client.trigger(client.page.keyed(f"cells-{case}"), "wish", {"kind": "settle"})

    return act


@dataclass(slots=True)
class Site:
    """A server with a client of it."""

    client: Client
    process: int

    def worked(self) -> float:
        """Seconds of processor time, to the nanosecond, threads that have ended included."""
        return time.clock_gettime((~self.process << 3) | 2)  # the clock of another process, by its id


async def walked(servers: list[Server], every: list[list[Step]], times: int) -> list[dict[str, Measured]]:
    """The same steps at every server, turn by turn."""
    found: list[dict[str, Measured]] = [{} for _ in servers]
    async with AsyncExitStack() as stack:
        sites = []
        for server in servers:
            client = await stack.enter_async_context(Client(server.address, refresh=False))
            await client.arrive("about")
            sites.append(Site(client, server.process))
        for turn in zip(*every, strict=True):
            for number in range(times + 1):
                for site, step, held in zip(sites, turn, found, strict=True):
                    await _stepped(site, step, held.setdefault(step.name, Measured()), first=not number)
    return found


async def _stepped(site: Site, step: Step, held: Measured, *, first: bool) -> None:
    """The first time counts from nothing: also what brings the page there."""
    client = site.client
    before = len(client.problems)
    try:
        brought = None
        if step.before is not None and (first or step.act is not _again):
            brought = await step.before(client)
        worked = site.worked()
        run = await step.act(client)
        worked = site.worked() - worked
    except Lost as error:
        held.problems.append(str(error))
        return
    held.problems += client.problems[before:]
    if first:
        held.first = brought.seconds if brought is not None and step.act is _again else run.seconds
    else:
        held.again.append(run.seconds)
        held.worked.append(worked)
        held.size, held.deltas, held.largest = run.size, run.deltas, run.largest


def table(found: list[dict[str, Measured]]) -> str:
    two = len(found) > 1
    heads = ["run", "first, ms", "median, ms", "slowest, ms", "CPU, ms", "elements", "kB", "largest, kB"]
    lines = ["| " + " | ".join(heads + ["before: median, ms", "CPU, ms", "ratio"] * two) + " |"]
    lines.append("| --- |" + " ---: |" * (len(heads) - 1 + 3 * two))
    for name, now in found[0].items():
        if not now.again:
            lines.append(f"| {name} | failed: {now.problems[:1]} |")
            continue
        middle = statistics.median(now.again)
        worked = statistics.median(now.worked)
        figures = (now.first, middle, max(now.again), worked)
        cells = [name + (" ⚠" if middle > GOAL else ""), *(f"{1000 * seconds:.0f}" for seconds in figures)]
        cells += [str(now.deltas), f"{now.size / 1000:.0f}", f"{now.largest[0] / 1000:.0f} {now.largest[1]}"]
        if two:
            was = found[1][name]
            then = [statistics.median(values or [float("nan")]) for values in (was.again, was.worked)]
            cells += [*(f"{1000 * seconds:.0f}" for seconds in then), f"{then[1] / worked:.1f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=5000)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--beside", type=Path, default=None)
    parser.add_argument("--only", default="")
    parser.add_argument("--data", type=Path, default=None)
    given = parser.parse_args()
    roots = [load_house.ROOT, *([given.beside.resolve()] if given.beside else [])]
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        servers, every = [], []
        for number, root in enumerate(roots):
            folder = (given.data or scratch) / str(number)
            server, made = stack.enter_context(load_house.house(folder, cells=given.cells, root=root))
            servers.append(server)
            every.append([step for step in steps(made) if given.only in step.name])
        found = asyncio.run(walked(servers, every, given.times))
        print(f"{given.cells} cells, {given.times} times, load {os.getloadavg()[0]:.1f}\n\n{table(found)}")
        for name, held in found[0].items():
            for problem in dict.fromkeys(held.problems):
                print(f"\n{name}: {problem}")
    shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
