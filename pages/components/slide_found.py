"""What a run found on a slide, as the slide viewer is told: its fields, and its cells as points of the slide."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from core import labels
from core.errors import NotFound
from core.protocols import CaseRow
from core.records import CaseInfo, Seen
from core.slides.fields import Field
from core.slides.plans import Looked, Plan
from core.vocabulary import Vocabulary
from pages.components import links, resources
from pages.components.slide_viewer.component import Found


def planned(plan: Plan, looked: Looked | None) -> Found:
    """The fields of a plan, and which of them were looked at so far."""
    done = {tally.field for tally in looked.tallies} if looked else set()
    return Found(fields=[_field(field) | {"looked": field.number in done} for field in plan.fields])


def whole(row: CaseRow, run_id: str, plan: Plan, looked: Looked) -> Found:
    """The same of a run that is done, with its cells and their outlines."""
    images = {tally.field: tally.image for tally in looked.tallies}
    vocabulary = resources.vocabulary(row.info.vocabulary)
    return Found(
        fields=[_seen(row.id, run_id, field, images.get(field.number, "")) for field in plan.fields],
        cells=links.slide_cells(row.id, run_id),
        classes=[{"code": c.code, "name": c.name, "colour": c.colour} for c in vocabulary.classes],
        counts=_counts(row, run_id, vocabulary),
    )


def points(case_id: str, run_id: str) -> bytes:
    """All cells as columns: where on the slide, and the place of the class they are called now; -1 for none."""
    store = resources.store()
    info = store.case(case_id).info
    lie = store.slides.fields(case_id)
    if not lie:
        raise NotFound("cells on a slide", "a case without one", "Open the case again.")
    return json.dumps(columns(resources.seen(case_id, run_id), lie, _called(case_id, run_id, info))).encode()


def columns(seen: Seen, lie: dict[str, Field], called: dict[str, int]) -> dict[str, Any]:
    """Cells of pictures that are no fields of the slide are left out."""
    x, y, c = [], [], []
    for cell in seen.cells:
        field = lie.get(cell.image)
        if field is None:
            continue
        x0, y0, x1, y1 = cell.box
        x.append(round(field.x + (x0 + x1) / 2 * field.width / field.out_width))
        y.append(round(field.y + (y0 + y1) / 2 * field.height / field.out_height))
        c.append(called.get(cell.id, -1))
    return {"x": x, "y": y, "c": c}


def _called(case_id: str, run_id: str, info: CaseInfo) -> dict[str, int]:
    place = {code: number for number, code in enumerate(resources.vocabulary(info.vocabulary).codes)}
    settled = labels.settled(resources.seen(case_id, run_id), resources.store().reviews(case_id))
    return {cell: place.get(label, -1) for cell, label in settled.items()}


def _counts(row: CaseRow, run_id: str, vocabulary: Vocabulary) -> list[tuple[int, int]]:
    """Cells of each class that has any, in the vocabulary's order."""
    found = Counter(_called(row.id, run_id, row.info).values())
    return [(number, found[number]) for number in range(len(vocabulary.codes)) if found[number]]


def _field(field: Field) -> dict[str, Any]:
    """`box` is the field's own part, `seen` all that was looked at; both in pixels of the slide."""
    across, down = field.width / field.out_width, field.height / field.out_height
    left, top, right, bottom = field.own
    own = (field.x + left * across, field.y + top * down, field.x + right * across, field.y + bottom * down)
    return {"box": [round(value) for value in own]}


def _seen(case_id: str, run_id: str, field: Field, image_id: str) -> dict[str, Any]:
    told = _field(field) | {"looked": bool(image_id)}
    if not image_id:
        return told
    place = [field.x, field.y, field.x + field.width, field.y + field.height]
    return told | {
        "seen": place, "factor": field.width / field.out_width, "outlines": links.outlines(case_id, run_id, image_id)
    }  # fmt: skip
