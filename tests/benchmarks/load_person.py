"""One of the people of the load test: what they do in turn, and what each thing took."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from tests import fakes
from tests.benchmarks.load_client import Client, Run
from tests.benchmarks.load_page import Lost

SHEET = 30  # cells a sheet
RESULT = 45  # seconds that a person watches an analysis; then the work goes on, and so does the analysis
T = TypeVar("T")


@dataclass
class Told:
    """What everybody met."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    went_on: int = 0  # uploads whose analysis had not ended while somebody watched it

    async def timed(self, kind: str, act: Awaitable[T]) -> T:
        began = time.perf_counter()
        found = await act
        took = found.seconds if isinstance(found, Run) else time.perf_counter() - began
        self.seconds.setdefault(kind, []).append(took)
        return found


@dataclass
class Person:
    number: int
    client: Client
    told: Told
    case: str  # the large one
    think: float
    until: float
    rng: random.Random
    edits: int = 0

    async def work(self) -> None:
        """Until the time is up; whatever breaks is counted, and the person starts anew."""
        await self.arrive()
        own = 0
        while time.monotonic() < self.until:
            try:
                if own == 0 or self.rng.random() < 0.1:
                    own += 1
                    await self.upload(own)
                await self.round()
            except (Lost, OSError, httpx.HTTPError) as error:
                self.told.errors[kind_of(str(error))] += 1
                with suppress(Lost, OSError, httpx.HTTPError):
                    await self.arrive()
            for problem in self.client.problems:
                self.told.errors[kind_of(problem)] += 1
            self.client.problems.clear()

    async def arrive(self) -> None:
        await self.client.leave()
        await self.told.timed("the first page, signed in", self.client.arrive())

    async def pause(self) -> None:
        await asyncio.sleep(min(self.rng.expovariate(1 / self.think), 4 * self.think))

    async def upload(self, number: int) -> None:
        client, told = self.client, self.told
        await told.timed("the upload page", client.go("upload"))
        mark = f"{self.number:02}-{number}"
        await client.put(client.page.labelled("Specimen"), ["Peripheral blood"])
        await client.set(client.page.labelled("Pseudonym"), string_value=f"LOAD-{mark}")
        places = [[self.rng.uniform(30, 370) for _ in range(2)] for _ in range(6)]
        discs = [(x, y, self.rng.uniform(15, 24), "blast") for x, y in places]
        picture = fakes.png(fakes.field(discs, (400, 400), seed=1000 * number + self.number))
        files = next(one.identity for one in client.page.shown.values() if ".files.Files" in one.identity)
        await told.timed("a file uploaded and checked", client.give(files, {f"{mark}.png": picture}))
        await self.pause()
        button = next(one.identity for one in client.page.shown.values() if one.identity.endswith(".start"))
        await told.timed("the case stored, its analysis begun", client.press(button))
        began = time.monotonic()
        while not client.page.has("go-plain-case-review"):
            await asyncio.sleep(0.2)
            if "Analysis failed" in client.page.text():
                raise Lost("the analysis of an upload failed")
            if time.monotonic() - began > RESULT:
                told.went_on += 1
                return
        told.seconds.setdefault("from there to its result", []).append(time.monotonic() - began)

    async def round(self) -> None:
        client, told = self.client, self.told
        await told.timed("the worklist", client.go(""))
        await self.pause()
        await told.timed("the large case", client.go("case", case=self.case))
        await self.pause()
        section = client.page.keyed(f"case.section.{self.case}")
        await told.timed("its gallery opened", client.set(section, string_value="Cells"))
        board = client.page.keyed(f"cells-{self.case}")
        given = client.page.data(f"cells-{self.case}")
        columns = (await told.timed("its gallery: what is in it", self.fetch(given, "columns"))).json()
        cells = len(columns["field"])
        for _ in range(4):
            first = self.rng.randrange(max(1, cells - SHEET))
            of = ".".join(str(place) for place in range(first, min(first + SHEET, cells)))
            await told.timed(
                "its gallery: a page of 30 pictures", self.fetch(given, "pictures", f"&side=96&alone=0&of={of}")
            )
            await self.pause()
        for _ in range(5):
            await self.name(board, cells, len(columns["classes"]))
            await self.pause()
        await told.timed("the page follows what was named", client.trigger(board, "wish", {"kind": "settle"}))
        await self.pause()
        await told.timed("the report", client.go("report", case=self.case))
        pages = re.findall(r"/api/report/[^\"' ]+", client.page.source())
        for address in pages[:1]:
            await told.timed("the report: a page's picture", client.fetch(address.replace("&amp;", "&")))
        await self.pause()

    async def fetch(self, given: dict[str, str], part: str, more: str = "") -> httpx.Response:
        return await self.client.fetch(f"{given['address']}/{part}?{given['query']}{more}")

    async def name(self, board: str, cells: int, classes: int) -> None:
        self.edits += 1
        edit = [self.rng.randrange(cells), self.rng.randrange(classes), ""]
        batch = {"client": f"load-{self.number}", "seq": self.edits, "edits": [edit]}
        await self.told.timed("a cell is named", self.client.trigger(board, "batch", batch))
        answer = self.client.page.data(f"cells-{self.case}")["ack"]
        if answer.get("seq") != self.edits or "refused" in answer:
            self.told.errors[f"an edit that was not taken: {answer.get('refused', 'no answer')}"] += 1


def kind_of(problem: str) -> str:
    return re.sub(r"[0-9a-f]{8,}|\d+", "…", problem)[:160]
