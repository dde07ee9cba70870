"""What the first look at a page costs, in a process that has just started: nothing is read, made or imported yet.

    python -m tests.benchmarks.openings [--cells 5000] [--times 3] [--beside CHECKOUT] [--only gallery] [--data FOLDER]

Each page is opened in a server of its own, by one client of Streamlit's own protocol that has seen "What it is, and
its limits" before: what any page needs is there. Of a gallery what a browser fetches at once belongs to it: what is in
it, and two sheets of pictures. "CPU" is the processor time that the server worked for it, in all its threads; the
median of the times is given. `--beside` and `--data` are as in `tests.benchmarks.reruns`, which tells what a page costs
from the second look on.
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
from pathlib import Path

from tests.benchmarks import load_house
from tests.benchmarks.load_client import Client
from tests.benchmarks.load_page import Lost
from tests.benchmarks.reruns import Site
from tests.e2e.conftest import Server

SHEET = 30  # cells, as the gallery asks for them
ALONE = ("cohort", "upload", "teaching", "composite", "control", "health", "trail", "models")

Opening = Callable[[Client], Awaitable[None]]
Took = tuple[float, float]  # seconds until it was there, seconds of processor time


def openings(made: dict[str, str]) -> dict[str, Opening]:
    smear, free = made["smear"], made["free"]
    found = {
        "worklist": _page(""),
        "case": _page("case", smear),
        "gallery: case and section, two sheets": _gallery(smear),
        "label-free case": _page("case", free),
        "label-free case, two sheets": _sheets_of(free),
        "review": _page("review", smear),
        "label-free review": _page("review", free),
        "report": _page("report", smear),
        "robustness": _page("robustness", smear),
    }
    return found | {name: _page(name) for name in ALONE}


def _page(path: str, case: str = "") -> Opening:
    async def opening(client: Client) -> None:
        await client.go(path, **({"case": case} if case else {}))

    return opening


def _gallery(case: str) -> Opening:
    async def opening(client: Client) -> None:
        await client.go("case", case=case)
        await client.set(client.page.keyed(f"case.section.{case}"), string_value="Cells")
        await _fetched(client, case)

    return opening


def _sheets_of(case: str) -> Opening:
    async def opening(client: Client) -> None:
        await client.go("case", case=case)
        await _fetched(client, case)

    return opening


async def _fetched(client: Client, case: str) -> None:
    given = client.page.data(f"cells-{case}")
    address = "{address}/%s?{query}".format(**given)
    await client.fetch(address % "columns")
    sheets = [".".join(map(str, range(first, first + SHEET))) for first in (0, SHEET)]
    await asyncio.gather(*(client.fetch(f"{address % 'pictures'}&side=96&alone=0&of={of}") for of in sheets))


async def _opened(server: Server, opening: Opening) -> Took:
    async with Client(server.address, refresh=False) as client:
        await client.arrive("about")
        site = Site(client, server.process)
        began, worked = time.perf_counter(), site.worked()
        await opening(client)
        took = time.perf_counter() - began, site.worked() - worked
        if client.problems:
            raise Lost(str(client.problems[:1]))
        return took


def measured(folders: list[tuple[Path, Path]], cells: int, times: int, only: str) -> dict[str, list[list[Took]]]:
    """Each opening's times at each checkout, turn by turn; `folders` are stores with the code that serves them."""
    found: dict[str, list[list[Took]]] = {}
    for name in openings({"smear": "", "free": ""}):
        if only not in name:
            continue
        found[name] = [[] for _ in folders]
        for _ in range(times):
            for (folder, root), held in zip(folders, found[name], strict=True):
                with load_house.house(folder, cells=cells, root=root) as (server, made):
                    held.append(asyncio.run(_opened(server, openings(made)[name])))
    return found


def table(found: dict[str, list[list[Took]]]) -> str:
    two = any(len(held) > 1 for held in found.values())
    heads = ["opened first", "ms", "CPU, ms", *(["before: ms", "CPU, ms", "ratio"] if two else [])]
    lines = ["| " + " | ".join(heads) + " |", "| --- |" + " ---: |" * (len(heads) - 1)]
    for name, held in found.items():
        middles = [tuple(statistics.median(column) for column in zip(*times, strict=True)) for times in held]
        cells = [f"{1000 * seconds:.0f}" for middle in middles for seconds in middle]
        cells += [f"{middles[1][1] / middles[0][1]:.1f}"] if two else []
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=5000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--beside", type=Path, default=None)
    parser.add_argument("--only", default="")
    parser.add_argument("--data", type=Path, default=None)
    given = parser.parse_args()
    roots = [load_house.ROOT, *([given.beside.resolve()] if given.beside else [])]
    scratch = Path(tempfile.mkdtemp())
    try:
        folders = [((given.data or scratch) / str(number), root) for number, root in enumerate(roots)]
        found = measured(folders, given.cells, given.times, given.only)
        print(f"{given.cells} cells, {given.times} times, load {os.getloadavg()[0]:.1f}\n\n{table(found)}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
