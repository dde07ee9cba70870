"""Fields as the viewer is given them: what never changes in a run apart from what reviews change.

A `sheet` holds one field's outlines and calls; the browser fetches it once. `pages` say where each field lies and
what its cells are called now, in the order of the sheet; they are sent again after a review.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import labels
from core.records import Call, Cell, Review, Seen
from core.vocabulary import Vocabulary
from models.imaging import contours

LIKELY = 0.01  # probabilities below are not told: a list of sixteen numbers hides the three that matter
CORNERS = 64  # of an outline: more cannot be seen, and five hundred cells must follow a finger
TENTHS = 10  # outlines travel as whole tenths of a pixel


@dataclass(frozen=True, slots=True)
class Page:
    """One field. `called` has the place of each cell's class in the vocabulary, -1 for none."""

    id: str
    name: str
    width: int
    height: int
    um_per_px: float | None
    cells: tuple[str, ...]
    called: tuple[int, ...]


def sheet(image_id: str, seen: Seen) -> list[dict[str, Any]]:
    """The cells of one field as plain values, in the order of `pages`."""
    here = [cell for cell in seen.cells if cell.image == image_id]
    ids = {cell.id for cell in here}
    calls = {call.cell: call for call in seen.calls if call.cell in ids}
    return [_cell(cell, calls.get(cell.id)) for cell in here]


def pages(seen: Seen, called: Mapping[str, str], vocabulary: Vocabulary) -> tuple[Page, ...]:
    """All fields in their order; `called` is what each cell is called now, `core.labels.settled` or a part of it."""
    place = {code: number for number, code in enumerate(vocabulary.codes)}
    held: dict[str, list[str]] = {image.id: [] for image in seen.images}
    for cell in seen.cells:
        held.setdefault(cell.image, []).append(cell.id)
    return tuple(
        Page(
            id=image.id,
            name=image.label[:1].upper() + image.label[1:],
            width=image.width,
            height=image.height,
            um_per_px=image.um_per_px,
            cells=tuple(held[image.id]),
            called=tuple(place.get(called.get(cell, ""), -1) for cell in held[image.id]),
        )
        for image in seen.images
    )


def where(cell_id: str, seen: Seen) -> str:
    """The field that a cell lies in; '' for a cell of another run."""
    return next((cell.image for cell in seen.cells if cell.id == cell_id), "")


def said(reviews: Iterable[Review], vocabulary: Vocabulary) -> dict[str, list[str]]:
    """Cell → what people said of it, in their order, as lines to be read."""
    told: dict[str, list[str]] = {}
    for review in sorted(reviews, key=lambda review: review.at):
        told.setdefault(review.cell, []).append(_line(review, vocabulary))
    return told


def _line(review: Review, vocabulary: Vocabulary) -> str:
    now, was = (_name(code, vocabulary) for code in (review.now, review.was))
    change = f"confirmed {now}" if review.now == review.was else f"{was} → {now}"
    stream = "" if str(review.stream) == "targeted" else f" ({review.stream})"
    return f"{review.at:%d %b %Y %H:%M}, {review.actor}: {change}{stream}"


def _name(code: str, vocabulary: Vocabulary) -> str:
    return vocabulary.by_code[code].name if code in vocabulary.by_code else code or "no call"


def _cell(cell: Cell, call: Call | None) -> dict[str, Any]:
    ring = contours.simplified(cell.contour, CORNERS)
    flat = [round(float(value) * TENTHS) for point in ring for value in point]
    told: dict[str, Any] = {"id": cell.id, "points": flat, "edge": cell.touches_edge}
    if "diameter_um" in cell.measures:
        told["um"] = round(float(cell.measures["diameter_um"]), 1)
    if call is None:
        return told
    told |= {"call": call.label, "chances": _chances(call.probabilities), "odd": labels.odd(call)}
    if labels.unsure(call):
        told["possible"] = list(call.possible)
    return told


def _chances(probabilities: Mapping[str, float]) -> Sequence[tuple[str, float]]:
    ordered = sorted(probabilities.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(code, round(float(p), 3)) for code, p in ordered if p >= LIKELY]
