"""The synthetic demo cases: the same on every machine, made once, drawn by `models.synthesis`.

They are a domain of their own (procedural) and their note says so. Made again, nothing changes: a case that is there
stays as it is, a picture that is there is not drawn again, a run that exists is not started again, and a demo case
that somebody deleted stays deleted until it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from core.cases import pictures
from core.decode import read as decode
from core.errors import NotFound
from core.jobs import runs as jobs
from core.protocols import CaseRow, Store, Tell, quiet
from core.records import CaseInfo, Domain, Image, ImageInfo, Modality, Specimen
from core.settings import Settings
from models.synthesis import demo as synthesis

NOTE = "SYNTHETIC: no patient."


@dataclass(frozen=True, slots=True, eq=False)
class DemoField:
    """One drawn field: the picture as it is stored, and what is truly in it."""

    case: str
    number: int  # from 1
    image: Image
    png: bytes
    truth: dict[str, Any]


def demo_ids() -> tuple[str, ...]:
    """The demo cases' ids, in the order in which a newcomer should open them."""
    return tuple(case.key for case in synthesis.demo_cases())


def ensure_demo_cases(
    store: Store,
    settings: Settings,
    *,
    start: Callable[[str], object] | None = None,
    again: bool = False,
    tell: Tell = quiet,
) -> None:
    """Make what is missing. `start(case id)` starts a run (by default, of this process's durable engine); `again`
    brings back what was deleted."""
    plans = synthesis.demo_cases()
    total, done = sum(plan.fields for plan in plans), 0
    begin = start or (lambda case_id: jobs.start_run(store, case_id, actor=settings.user))
    for plan in plans:
        row = _case(store, settings, plan, again)
        if row is None:
            continue
        known = len(store.images(plan.key))
        for field in fields_of(plan.key) if known < plan.fields else ():
            store.add_images(plan.key, [field.image], actor=settings.user)
            tell("draw", done + field.number, total)
        done += plan.fields
        tell("draw", done, total)
        if row.run is None:
            begin(plan.key)


def fields_of(case_id: str) -> Iterator[DemoField]:
    """The fields of one demo case, drawn one after another."""
    plan = next(plan for plan in synthesis.demo_cases() if plan.key == case_id)
    for number, drawn in enumerate(synthesis.demo_fields(plan), start=1):
        height, width = drawn.pixels.shape[:2]
        info = ImageInfo(
            id=decode.picture_id(drawn.pixels, Modality.SMEAR),
            sha256="",
            page=0,
            label=f"image {number}",
            modality=Modality.SMEAR,
            width=width,
            height=height,
            um_per_px=drawn.um_per_px,
            source_format="PNG",
        )
        png = pictures.encoded(Image(info, drawn.pixels))
        info = replace(info, sha256=hashlib.sha256(png).hexdigest())
        yield DemoField(case_id, number, Image(info, drawn.pixels), png, _truth(drawn, info))


def _case(store: Store, settings: Settings, plan: synthesis.DemoCase, again: bool) -> CaseRow | None:
    """The case, made if need be; None if it was deleted and is to stay so."""
    try:
        return store.case(plan.key)
    except NotFound:
        if not again and any(event.action == "case.deleted" for event in store.trail(plan.key)):
            return None
    info = CaseInfo(
        pseudonym=plan.title,
        specimen=Specimen(plan.specimen),
        stain="drawn, Romanowsky-like",
        centre="none: drawn by a program",
        scanner="none: drawn by a program",
        domain=Domain.PROCEDURAL,
        note=f"{NOTE} {plan.note}",
    )
    store.add_case(info, actor=settings.user, case_id=plan.key)
    return store.case(plan.key)


def _truth(drawn: Any, info: ImageInfo) -> dict[str, Any]:
    """What was drawn, in the words of case.json: contours in pixels, classes of shipped16."""
    return {
        "schema": "hemaboard.truth/1",
        "synthetic": True,
        "sha256": info.sha256,
        "width": info.width,
        "height": info.height,
        "um_per_px": round(float(drawn.um_per_px), 6),
        "seed": int(drawn.seed),
        "cells": [
            {
                "class": cell.label,
                "contour": _points(cell.contour),
                "nucleus": [_points(lobe) for lobe in cell.nucleus],
                "touches_edge": bool(cell.touches_edge),
            }
            for cell in drawn.cells
        ],
    }


def _points(contour: Any) -> list[list[float]]:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in contour]
