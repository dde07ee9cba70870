"""A real server over a folder that a test filled first with stand-in tools: no network runs, nothing to wait for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from playwright.sync_api import Browser, Page

from core import analyse
from core.cases.store import CaseStore, open_store
from core.decode import read as decode
from core.protocols import RunState, Tools
from core.records import CaseInfo, Domain, Modality, Seen, Specimen, Upload
from core.settings import Settings
from tests import fakes, label_free_fakes
from tests.e2e.conftest import Server, Watch, origin, serving, watched

LABELS = ("blast", "segmented", "lymphocyte", "promyelocyte", "smudge")
SMEAR = CaseInfo("AML-0147", Specimen.BLOOD, Modality.SMEAR, stain="MGG", centre="north")
LABEL_FREE = replace(SMEAR, pseudonym="DPC-0012", modality=Modality.DPC, vocabulary="dpc4", domain=Domain.PROCEDURAL)
KINDS = ("granulocyte",) * 9 + ("lymphocyte",) * 5 + ("monocyte",) * 4 + ("other",)


def finished(store: CaseStore, settings: Settings, info: CaseInfo = SMEAR, fields: int = 6, discs: int = 12) -> str:
    """A smear case whose run is done."""
    uploads = [fakes.upload(_discs(number, discs), f"field {number}.png") for number in range(1, fields + 1)]
    return _case(store, settings, info, uploads, fakes.tools(settings, doubts=True))


def label_free(store: CaseStore, settings: Settings, info: CaseInfo = LABEL_FREE, fields: int = 4) -> str:
    """A label-free case whose run is done."""
    uploads = [label_free_fakes.upload(label_free_fakes.grid(KINDS, seed), f"{seed}.npy") for seed in range(fields)]
    return _case(store, settings, info, uploads, label_free_fakes.tools(settings, "simulated"))


def many(store: CaseStore, settings: Settings, info: CaseInfo = SMEAR, cells: int = 5000) -> str:
    """A case of many cells: one field's cells and calls repeated under ids of their own, a crop each."""
    fields = -(-cells // 250)
    uploads = [fakes.upload(_discs(number, 16), f"field {number}.png") for number in range(1, fields + 1)]
    case_id = store.add_case(info, actor="test")
    taken = decode.images(uploads, settings, info.modality)
    store.add_images(case_id, taken.images, actor="test")
    run_id = f"{case_id}-1"
    store.add_run(case_id, run_id, fields, actor="test")
    store.advance_run(run_id, RunState.RUNNING, done=0)
    tools = fakes.tools(settings, doubts=True)
    left = cells
    for image in store.images(case_id):
        seen = analyse.see([Upload(image.label, store.picture(case_id, image.id), image)], tools)
        store.add_seen(case_id, run_id, _repeated(seen, min(250, left)))
        left -= 250
    store.advance_run(run_id, RunState.DONE, done=fields)
    return case_id


def _repeated(seen: Seen, wanted: int) -> Seen:
    cells, calls, crops = [], [], {}
    by_cell = {call.cell: call for call in seen.calls}
    for number in range(wanted):
        cell = seen.cells[number % len(seen.cells)]
        name = f"{cell.image}-{number:04d}"
        moved = (cell.contour + np.float32(number % 7)).astype(np.float32)
        cells.append(replace(cell, id=name, contour=moved))
        calls.append(replace(by_cell[cell.id], cell=name))
        crops[name] = seen.crops[cell.id]
    return replace(seen, cells=tuple(cells), calls=tuple(calls), crops=crops)


def _case(store: CaseStore, settings: Settings, info: CaseInfo, uploads: list[Upload], tools: Tools) -> str:
    case_id = store.add_case(info, actor="test")
    taken = decode.images(uploads, settings, info.modality)
    assert not taken.problems
    store.add_images(case_id, taken.images, actor="test")
    run_id = f"{case_id}-1"
    images = store.images(case_id)
    store.add_run(case_id, run_id, len(images), actor="test")
    batch = [Upload(image.label, store.picture(case_id, image.id), image) for image in images]
    store.advance_run(run_id, RunState.RUNNING, done=0)
    store.add_seen(case_id, run_id, analyse.see(batch, tools, domain=info.domain))
    store.advance_run(run_id, RunState.DONE, done=len(images))
    return case_id


def _discs(seed: int, number: int) -> np.ndarray:
    places = [(20.0 + 45 * (i % 4), 25.0 + 45 * (i // 4), 14.0, LABELS[(i + seed) % 5]) for i in range(number)]
    return cast(np.ndarray, fakes.field(places, seed=seed))


@contextmanager
def house(folder: Path, fill: Callable[[CaseStore, Settings], object], **env: str) -> Iterator[Server]:
    """A server whose store `fill` filled; `env` are more settings, e.g. HEMABOARD_USER="Dr Weber"."""
    settings = Settings(data=str(folder))
    store = open_store(settings)
    try:
        fill(store, settings)
    finally:
        store.close()
    with serving(folder, {"HEMABOARD_DATA": str(folder), "HEMABOARD_DEMO": "false"} | env, fork=True) as started:
        yield started


@contextmanager
def person(server: Server, browser: Browser, path: str = "/", **look: object) -> Iterator[Page]:
    """A page of that server, watched: outside requests and console errors fail when it closes."""
    watch = Watch(origin(server.address))
    try:
        yield watched(server, browser, watch)(path, **look)
    finally:
        watch.close()
    assert watch.outside == []
    assert watch.errors == []
