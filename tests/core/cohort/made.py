"""Finished cases for cohorts: discs seen by stand-ins, and rows made up without any picture."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from core import analyse
from core.cases.store import CaseStore
from core.cohort import row as rows
from core.cohort import rows as cohort
from core.cohort.drift import REFERENCE
from core.decode import read as decode
from core.doors.cohort import Kept, Member
from core.protocols import RunState
from core.records import CaseInfo, Modality, Seen, Specimen, Upload
from core.settings import Settings
from core.statistics import wilson
from tests import fakes

INFO = CaseInfo("C-1", Specimen.BLOOD, stain="MGG", centre="north", scanner="S1", um_per_px=0.1)
LABELS = ("blast", "segmented", "lymphocyte", "promyelocyte", "smudge")
AT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
_seen: dict[tuple[int, int], tuple[tuple, Seen]] = {}


def finished(
    store: CaseStore,
    settings: Settings,
    info: CaseInfo = INFO,
    fields: int = 6,
    discs: int = 12,
    engines: Sequence[str] = (),
) -> str:
    """A case whose run is done: `fields * discs` cells of five classes, one in five of them a smudge. `engines` saw a
    field each."""
    images, seen = _looked_at(settings, fields, discs)
    case_id = store.add_case(info, actor="test")
    store.add_images(case_id, images, actor="test")
    store.add_run(case_id, f"{case_id}-1", fields, actor="test")
    store.advance_run(f"{case_id}-1", RunState.RUNNING, done=0)
    for part in _parts(seen, engines) if engines else (seen,):
        store.add_seen(case_id, f"{case_id}-1", part)
    store.advance_run(f"{case_id}-1", RunState.DONE, done=fields)
    return case_id


def _parts(seen: Seen, engines: Sequence[str]) -> Iterator[Seen]:
    for image, engine in zip(seen.images, engines, strict=True):
        cells = tuple(cell for cell in seen.cells if cell.image == image.id)
        names = {cell.id for cell in cells}
        models = tuple(replace(model, engine=engine) for model in seen.models)
        yield replace(
            seen,
            images=(image,),
            cells=cells,
            calls=tuple(call for call in seen.calls if call.cell in names),
            models=models,
            crops={cell: crop for cell, crop in seen.crops.items() if cell in names},
        )


def _looked_at(settings: Settings, fields: int, discs: int) -> tuple[tuple, Seen]:
    if (fields, discs) not in _seen:
        uploads = []
        for seed in range(fields):
            places = [(20.0 + 45 * (i % 4), 25.0 + 45 * (i // 4), 14.0, LABELS[(i + seed) % 5]) for i in range(discs)]
            uploads.append(fakes.upload(fakes.field(places, seed=seed), f"{seed}.png"))
        images = decode.images(uploads, settings, Modality.SMEAR).images
        batch = [Upload(u.name, u.source) for u in uploads]
        _seen[fields, discs] = images, analyse.see(batch, fakes.tools(settings, doubts=True))
    return _seen[fields, discs]


def member(number: int, **values: object) -> Member:
    """A member that no store knows."""
    info = replace(INFO, pseudonym=f"C-{number:04d}")
    done = {"state": "done", "run": f"r{number}", "started": AT, "finished": AT + dt.timedelta(seconds=90)}
    return Member(f"case-{number:04d}", info, AT + dt.timedelta(hours=number), **(done | values))


def row(number: int, blasts: int, total: int, **values: object) -> dict[str, object]:
    """A row with the columns that charts read."""
    rng = np.random.default_rng(number)
    return {
        "case": f"case-{number:04d}", "pseudonym": f"C-{number:04d}", "specimen": "blood", "centre": "north",
        "scanner": "S1", "stain": "MGG", "taken_in": (AT + dt.timedelta(hours=number)).isoformat(), "run": f"r{number}",
        "blasts": blasts / total, "blasts_low": max(0.0, blasts / total - 0.05), "state": "done",
        "blasts_high": min(1.0, blasts / total + 0.05), "blasts_count": blasts, "blasts_total": total,
        "brightness": 90 + float(rng.normal(0, 0.5)), "confidence": 0.9 + float(rng.normal(0, 0.01)),
    } | values  # fmt: skip


def crowd(store: CaseStore, settings: Settings, number: int, *, unfinished: bool = True) -> list[str]:
    """Cases whose rows are made up, as if each had been seen: two scanners of which the second drifts from its
    sixtieth case on, small and large cases, one far from all others; and one failed and one never analysed."""
    rng = np.random.default_rng(11)
    ids = []
    for place in range(number):
        second = place % 3 == 2
        info = replace(
            INFO, pseudonym=f"K-{place:04d}", scanner="S2" if second else "S1", centre="south" if place % 5 else "north"
        )
        case_id = store.add_case(info, actor="test", case_id=f"crowd-{place:04d}")
        store.add_run(case_id, f"{case_id}-1", 1, actor="test")
        store.advance_run(f"{case_id}-1", RunState.DONE, done=1)
        ids.append(case_id)
    for place, one in enumerate(store.cohort.members(ids)):
        late = max(0, place - 3 * REFERENCE) if one.info.scanner == "S2" else 0
        store.cohort.keep(_kept(one, place, late, settings, rng))
    if unfinished:
        failed = store.add_case(replace(INFO, pseudonym="F-1"), actor="test", case_id="crowd-failed")
        store.add_run(failed, "failed-1", 3, actor="test")
        store.advance_run("failed-1", RunState.FAILED, done=1, message="The picture of field 2 could not be read.")
        store.add_case(replace(INFO, pseudonym="N-1"), actor="test", case_id="crowd-none")
    return ids


def _kept(one: Member, place: int, late: int, settings: Settings, rng: np.random.Generator) -> Kept:
    total = int(rng.choice([60, 120, 200, 400, 800]))
    share = 0.75 if place == 7 else float(rng.beta(2, 14))
    count = 600 if place == 7 else int(rng.binomial(total, share))
    total = 800 if place == 7 else total
    made = rows.known(one) | {"run": one.run, "counted": total, "cells": total + 9, "fields": 6, "adequacy": "adequate"}
    for name, seen in (
        ("blasts", count),
        ("cblc", min(total, count + 9)),
        ("share_blast", count),
        ("share_segmented", total - count),
    ):
        ends = wilson(seen, total)
        made |= {name: seen / total, f"{name}_low": ends.low, f"{name}_high": ends.high}
        if "share" not in name:
            made |= {f"{name}_count": seen, f"{name}_total": total}
    made |= {
        "brightness": 91 + rng.normal(0, 0.6) - 0.03 * late, "density": 0.52 + rng.normal(0, 0.02),
        "azure": 41 + rng.normal(0, 0.8), "confidence": 0.93 + rng.normal(0, 0.01) - 0.0005 * late,
        "unsure": float(rng.beta(2, 30)), "odd": float(rng.beta(1, 60)), "stain_fields": 5,
    }  # fmt: skip
    return Kept(one.case, cohort.states([one], settings)[one.case], one.run, {}, made)
