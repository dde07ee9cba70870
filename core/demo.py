"""The synthetic demo cases: the same on every machine, made once, drawn by `models.synthesis`.

They are a domain of their own (procedural) and their note says so. Made again, nothing changes: a case that is there
stays as it is, a picture that is there is not drawn again, a run that exists is not started again, and a demo case
that somebody deleted stays deleted until it is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from core.cases import pictures
from core.decode import read as decode
from core.errors import BadInput, NotFound
from core.jobs import runs as jobs
from core.protocols import CaseRow, Store, Tell, quiet
from core.records import CaseInfo, Domain, Image, ImageInfo, Modality, Specimen
from core.settings import Settings
from core.tools import label_free_installed
from core.vocabulary import VOCABULARIES
from models.imaging import contours
from models.imaging.phase import VIEWS
from models.synthesis import demo as synthesis
from models.synthesis import dpc_demo
from models.synthesis import slide as slide_drawing
from models.synthesis.markers import MARKERS

NOTE = "SYNTHETIC: no patient."
NOBODY = "none: drawn by a program"
DRAWN: dict[str, Any] = {"centre": NOBODY, "scanner": NOBODY, "domain": Domain.PROCEDURAL}


@dataclass(frozen=True, slots=True, eq=False)
class DemoField:
    """One drawn field: the picture as it is stored, PNG of a smear or NPY of views, and what is truly in it."""

    case: str
    number: int  # from 1
    image: Image
    content: bytes
    truth: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """One demo case, stained or label-free, before anything is drawn."""

    key: str
    fields: int
    info: CaseInfo
    draw: Callable[[], Iterator[DemoField]]


def demo_ids(settings: Settings | None = None) -> tuple[str, ...]:
    """The demo cases' ids, in the order in which a newcomer should open them; with settings, of those that are made."""
    return tuple(plan.key for plan in _plans(settings))


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
    plans = _plans(settings)
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
    return next(plan for plan in _plans() if plan.key == case_id).draw()


def _plans(settings: Settings | None = None) -> tuple[Plan, ...]:
    """Every case that can be drawn; with settings, those that an installed network can read."""
    plans = [Plan(one.key, one.fields, _smear_info(one), partial(_smear_fields, one)) for one in synthesis.demo_cases()]
    if settings is None or label_free_installed(settings):
        one = dpc_demo.DEMO
        plans.append(Plan(one.key, one.frames, _label_free_info(one), partial(_label_free_fields, one)))
    return tuple(plans)


def _smear_info(case: synthesis.DemoCase) -> CaseInfo:
    return CaseInfo(case.title, Specimen(case.specimen), stain="drawn, Romanowsky-like", note=case.note, **DRAWN)


def _label_free_info(case: dpc_demo.DpcCase) -> CaseInfo:
    words = VOCABULARIES[Modality.DPC]
    return CaseInfo(case.title, Specimen.BLOOD, Modality.DPC, "none", note=case.note, vocabulary=words, **DRAWN)


def _smear_fields(case: synthesis.DemoCase) -> Iterator[DemoField]:
    for number, drawn in enumerate(synthesis.demo_fields(case), start=1):
        cells = [
            {
                "class": cell.label,
                "contour": _points(cell.contour),
                "nucleus": [_points(lobe) for lobe in cell.nucleus],
                "touches_edge": bool(cell.touches_edge),
            }
            for cell in drawn.cells
        ]
        info = _info(drawn.pixels, Modality.SMEAR, number, drawn.um_per_px)
        yield _field(case.key, number, Image(info, drawn.pixels), cells, int(drawn.seed))


def _label_free_fields(case: dpc_demo.DpcCase) -> Iterator[DemoField]:
    for number, frame in enumerate(dpc_demo.frames(case), start=1):
        cells = [
            {
                "class": cell.traits.label,
                "contour": _points(contour),
                "markers": dict(zip(MARKERS, (round(float(value), 4) for value in cell.markers), strict=True)),
            }
            for cell in frame.cells
            if (contour := contours.outline(cell.inside)) is not None
        ]
        info = replace(_info(frame.views, Modality.DPC, number, frame.um_per_px), views=VIEWS, bits=12)
        yield _field(case.key, number, Image(info, frame.views), cells, case.seed)


def _info(pixels: NDArray[Any], modality: Modality, number: int, um_per_px: float) -> ImageInfo:
    height, width = pixels.shape[:2] if modality is Modality.SMEAR else pixels.shape[1:]
    return ImageInfo(
        id=decode.picture_id(pixels, modality),
        sha256="",
        page=0,
        label=f"image {number}",
        modality=modality,
        width=width,
        height=height,
        um_per_px=um_per_px,
        source_format="PNG" if modality is Modality.SMEAR else "NPY",
    )


def _field(case: str, number: int, image: Image, cells: list[dict[str, Any]], seed: int) -> DemoField:
    """The picture as it is stored, with the digest of that, and its truth in the words of case.json."""
    content = pictures.encoded(image)
    info = replace(image.info, sha256=hashlib.sha256(content).hexdigest())
    truth = {
        "schema": "hemaboard.truth/1",
        "synthetic": True,
        "sha256": info.sha256,
        "width": info.width,
        "height": info.height,
        "um_per_px": round(float(info.um_per_px or 0), 6),
        "seed": seed,
        "cells": cells,
    }
    return DemoField(case, number, Image(info, image.pixels), content, truth)


def _case(store: Store, settings: Settings, plan: Plan, again: bool) -> CaseRow | None:
    """The case, made if need be; None if it was deleted and is to stay so."""
    try:
        return store.case(plan.key)
    except NotFound:
        if not again and any(event.action == "case.deleted" for event in store.trail(plan.key)):
            return None
    store.add_case(replace(plan.info, note=f"{NOTE} {plan.info.note}"), actor=settings.user, case_id=plan.key)
    return store.case(plan.key)


def _points(contour: Any) -> list[list[float]]:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in contour]


def drawn_slide(to: Path, side: int, seed: int) -> list[str]:
    """Draw a whole slide; its cells as lines of a table: label, x, y, radius, part of the smear."""
    try:
        truth = slide_drawing.drawn(to, side, seed)
    except ValueError as error:
        raise BadInput(f"a side of at least {slide_drawing.BLOCK} pixels", f"{side}", "Draw a larger one.") from error
    return [f"{one.label},{one.x:.1f},{one.y:.1f},{one.radius:.1f},{one.zone}" for one in truth]
