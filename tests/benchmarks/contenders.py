"""Everybody who is measured, each as `run(files) -> cells`: ours and the peers, on the same files in the same process.

Ours is the durable step without its engine: a stored picture read back and checked, searched, named, and everything
written into a case store on disk with the crops. The peers write one line for each cell.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from core import analyse
from core.cases import pictures
from core.cases.store import open_store
from core.overlap import one_after_another
from core.protocols import Tools
from core.records import CaseInfo, Domain, Image, Specimen, Upload
from core.settings import Settings
from core.tools import assemble
from tests.benchmarks import drawn_fields, peers

Run = Callable[[], int]  # does the work once, anew each time; how many cells were found
OURS = "Hemaboard"
PLAIN = "Hemaboard, its stages one after another"


class Ours:
    """A store on disk with the pictures in it; each `run` is another run of the case."""

    def __init__(self, images: Iterable[Image], folder: Path) -> None:
        self._settings = Settings(data=str(folder))
        self._store = open_store(self._settings)
        self.tools: Tools = assemble(self._settings)
        info = CaseInfo("bench", Specimen.MARROW, domain=Domain.PROCEDURAL)
        self._case = self._store.add_case(info, actor="bench")
        for image in images:
            self._store.add_images(self._case, [image], actor="bench")

    def run(self) -> int:
        run_id, total = f"run-{uuid.uuid4().hex[:12]}", 0
        known = self._store.images(self._case)
        self._store.add_run(self._case, run_id, len(known), actor="bench")
        size = self._settings.fields_per_step
        for start in range(0, len(known), size):
            some = known[start : start + size]
            batch = [Upload(info.label, self._store.picture(self._case, info.id), info) for info in some]
            total += len(self._store.add_seen(self._case, run_id, self._seen(batch)))
        return total

    def warm(self, image: Image) -> None:
        """What is made ready at the first call is no part of the work."""
        self._seen([Upload(image.info.label, pictures.encoded(image), image.info)])

    def _seen(self, batch: Sequence[Upload]):
        return analyse.see(batch, self.tools, domain=Domain.PROCEDURAL)

    def close(self) -> None:
        self._store.close()


class OursPlain(Ours):
    """The same without the three threads."""

    def _seen(self, batch: Sequence[Upload]):
        threaded, analyse.lanes = analyse.lanes, one_after_another
        try:
            return super()._seen(batch)
        finally:
            analyse.lanes = threaded


def everybody(files: Sequence[Path], folder: Path) -> dict[str, Callable[[], Run]]:
    """Name → what loads the contender and gives its `run`. Peers read the files: no picture is held for them."""
    um = drawn_fields.UM_PER_PX
    said = folder / "peer.jsonl"

    def images() -> Iterable[Image]:
        return drawn_fields.many(list(files), len(files))

    return {
        OURS: lambda: Ours(images(), folder / "ours").run,
        PLAIN: lambda: OursPlain(images(), folder / "plain").run,
        "(a) predict, then crop by crop": lambda: peers.Loop(um, whole=True).runner(files, said),
        "(b) the same in batches": lambda: peers.Batched(um, whole=True).runner(files, said),
        "(a′) as (a), 1 view, rough outlines": lambda: peers.Loop(um, whole=False).runner(files, said),
        "(b′) as (b), 1 view, rough outlines": lambda: peers.Batched(um, whole=False).runner(files, said),
        "(c) classical, without a network": lambda: peers.Classical(um).runner(files, said),
    }
