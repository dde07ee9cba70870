"""Finished cases for cohorts: discs seen by stand-ins, and rows made up without any picture."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np

from core import analyse
from core.cases.store import CaseStore
from core.decode import read as decode
from core.doors.cohort import Member
from core.protocols import RunState
from core.records import CaseInfo, Modality, Seen, Specimen, Upload
from core.settings import Settings
from tests import fakes

INFO = CaseInfo("C-1", Specimen.BLOOD, stain="MGG", centre="north", scanner="S1", um_per_px=0.1)
LABELS = ("blast", "segmented", "lymphocyte", "promyelocyte", "smudge")
AT = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
_seen: dict[tuple[int, int], tuple[tuple, Seen]] = {}


def finished(store: CaseStore, settings: Settings, info: CaseInfo = INFO, fields: int = 6, discs: int = 12) -> str:
    """A case whose run is done: `fields * discs` cells of five classes, one in five of them a smudge."""
    images, seen = _looked_at(settings, fields, discs)
    case_id = store.add_case(info, actor="test")
    store.add_images(case_id, images, actor="test")
    store.add_run(case_id, f"{case_id}-1", fields, actor="test")
    store.advance_run(f"{case_id}-1", RunState.RUNNING, done=0)
    store.add_seen(case_id, f"{case_id}-1", seen)
    store.advance_run(f"{case_id}-1", RunState.DONE, done=fields)
    return case_id


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
