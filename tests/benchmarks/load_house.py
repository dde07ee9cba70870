"""A store as a busy laboratory has it, for the benchmarks of the pages: a smear of many cells with two runs,
reviews and a sample that was drawn, a label-free case of many cells, a board, a list of small cases.

It is filled by a process of its own, so that another checkout can be filled by its own code: PYTHONPATH says by which.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image as Picture

from core import analyse
from core.cases.store import CaseStore, open_store
from core.decode import read as decode
from core.doors.board import Board, Layout, Shown
from core.doors.review import Purpose, Sample
from core.people import Claims, Role
from core.protocols import RunState
from core.records import CaseInfo, Domain, Modality, Review, Seen, Specimen, Upload
from core.review import sample
from core.settings import Settings
from tests import label_free_fakes
from tests.e2e import conftest, prepared

ROOT = Path(__file__).parents[2]
NOW = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
LABEL_FREE = CaseInfo("DPC-5000", Specimen.BLOOD, Modality.DPC, vocabulary="dpc4", domain=Domain.PROCEDURAL)
READ = 400  # cells of the large case that two people have named
MADE = "made.json"  # in the folder: the ids of what was made
LISTED = 60  # small cases beside it in the worklist


def filled(store: CaseStore, settings: Settings, cells: int, people: int, issuer: str) -> dict[str, str]:
    smear = prepared.many(store, settings, replace(prepared.SMEAR, pseudonym="SMEAR-5000"), cells)
    _reviewed(store, smear, f"{smear}-1")
    _second_run(store, smear)
    free = _label_free(store, settings, cells)
    small = [
        prepared.finished(store, settings, replace(prepared.SMEAR, pseudonym=f"SMALL-{number:03}"), fields=1)
        for number in range(3)
    ]
    for number in range(LISTED):
        listed = store.add_case(replace(prepared.SMEAR, pseudonym=f"LISTED-{number:03}"), actor="test")
    cases = tuple(Shown(case, tuple(cell.id for cell in store.seen(case).cells[:6])) for case in (smear, small[0]))
    board = store.board.add(Board("Tuesday", Layout.TWO, cases), actor="test")
    for number in range(people):
        claims = Claims(f"{issuer}#{number}", f"Reader {number}", f"reader{number}@example.org", NOW)
        store.people.meet(claims)
        store.people.give(claims.subject, Role.READER, actor="test")
    return {"smear": smear, "free": free, "small": small[0], "board": board, "listed": listed}


def _reviewed(store: CaseStore, case_id: str, run_id: str) -> None:
    seen = store.seen(case_id, run_id)
    codes = sorted({call.label for call in seen.calls})
    said = [
        Review(call.cell, f"Reader {number % 2}", NOW + dt.timedelta(seconds=number), call.label,
               codes[number % len(codes)] if number % 5 == 0 else call.label)
        for number, call in enumerate(seen.calls[:READ])
    ]  # fmt: skip
    store.add_reviews(case_id, said)


def _second_run(store: CaseStore, case_id: str) -> None:
    """The same cells once more; every twentieth is called otherwise. A sample of it was drawn."""
    run_id, old = f"{case_id}-2", store.seen(case_id)
    images = store.images(case_id)
    store.add_run(case_id, run_id, len(images), actor="test")
    store.advance_run(run_id, RunState.RUNNING, done=0)
    codes = sorted({call.label for call in old.calls})
    calls = {call.cell: call for call in old.calls}
    for image in images:
        cells = tuple(cell for cell in old.cells if cell.image == image.id)
        named = tuple(
            replace(calls[cell.id], label=codes[n % len(codes)]) if n % 20 == 0 else calls[cell.id]
            for n, cell in enumerate(cells)
        )
        kept = store.crops(case_id, [cell.id for cell in cells])
        crops = {cell: np.asarray(Picture.open(io.BytesIO(content))) for cell, content in kept.items()}
        store.add_seen(case_id, run_id, replace(old, images=(image,), cells=cells, calls=named, crops=crops))
    store.advance_run(run_id, RunState.DONE, done=len(images))
    drawn = sample.drawn(sample.frame(store.seen(case_id, run_id)), min(100, len(old.cells)), 7)
    store.review.add_sample(case_id, Sample("sample-load", run_id, Purpose.ESTIMATE, NOW, "Reader 0", drawn))


def _label_free(store: CaseStore, settings: Settings, wanted: int) -> str:
    kinds = prepared.KINDS * 3
    uploads = [label_free_fakes.upload(label_free_fakes.grid(kinds, seed), f"{seed}.npy") for seed in range(8)]
    case_id, run_id = store.add_case(LABEL_FREE, actor="test"), "free-5000-1"
    store.add_images(case_id, decode.images(uploads, settings, LABEL_FREE.modality).images, actor="test")
    images = store.images(case_id)
    store.add_run(case_id, run_id, len(images), actor="test")
    store.advance_run(run_id, RunState.RUNNING, done=0)
    tools = label_free_fakes.tools(settings, "simulated")
    for image in images:
        one = Upload(image.label, store.picture(case_id, image.id), image)
        seen = analyse.see([one], tools, domain=LABEL_FREE.domain)
        store.add_seen(case_id, run_id, _repeated(seen, wanted // len(images)))
    store.advance_run(run_id, RunState.DONE, done=len(images))
    return case_id


def _repeated(seen: Seen, wanted: int) -> Seen:
    cells, calls, crops = [], [], {}
    by_cell = {call.cell: call for call in seen.calls}
    for number in range(wanted):
        cell = seen.cells[number % len(seen.cells)]
        name = f"{cell.image}-{number:04d}"
        cells.append(replace(cell, id=name))
        calls.append(replace(by_cell[cell.id], cell=name))
        crops[name] = seen.crops[cell.id]
    return replace(seen, cells=tuple(cells), calls=tuple(calls), crops=crops)


@contextmanager
def house(
    folder: Path, *, cells: int = 5000, people: int = 0, issuer: str = "", root: Path = ROOT,
    module: str = "streamlit", **env: str,
) -> Iterator[tuple[conftest.Server, dict[str, str]]]:  # fmt: skip
    """A server over such a store, filled (unless the folder is) and served by the code that lies in `root`."""
    told = folder / MADE
    if not told.exists():
        folder.mkdir(parents=True, exist_ok=True)
        filling = subprocess.run(
            [sys.executable, __file__, str(folder), str(cells), str(people), issuer],
            cwd=root, env={"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if filling.returncode:
            raise RuntimeError(filling.stderr)
    settings = {"HEMABOARD_DATA": str(folder), "HEMABOARD_DEMO": "false", "PYTHONPATH": str(root)} | env
    with conftest.serving(folder, settings, module, root) as server:
        yield server, json.loads(told.read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("cells", type=int)
    parser.add_argument("people", type=int)
    parser.add_argument("issuer")
    given = parser.parse_args()
    settings = Settings(data=given.folder)
    store = open_store(settings)
    try:
        made = filled(store, settings, given.cells, given.people, given.issuer)
        (settings.folder / MADE).write_text(json.dumps(made), encoding="utf-8")
    finally:
        store.close()


if __name__ == "__main__":
    main()
