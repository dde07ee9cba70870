"""Where the width of a share's patient interval comes from, and what would make it smaller.

The squared half-width is divided (see `core.review.width`):
    cells       that not more were counted, were they independent of their fields
    fields      that cells of one field are alike (and, of few fields, that this is known badly)
    classifier  that calls are wrong, of cells it is sure of
    quality     the same, of cells that it is unsure of, or that are unlike those it was calibrated on
The classifier's part is divided between the last two by how much each cell's probabilities leave open, the sampling's
between the first two by the effective number of cells. The parts make up the whole. What an interval cannot hold stands
outside of it: smudge cells, and another laboratory's stain, scanner and readers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.aggregate.counting import groups
from core.appraisals import Budget, DesignEstimate, Outside, Part
from core.readings import Reading
from core.records import ModelCard, Review, Seen
from core.review import width
from core.review.width import Open, Width, points
from core.vocabulary import Vocabulary

OTHER = "other_laboratories"
NAMES = {
    "cells": "number of cells",
    "fields": "cells of a field are alike",
    "classifier": "classifier",
    "quality": "doubtful cells",
}
MORE = (50, 80, 100, 150, 200, 300, 500)  # cells
READS = (25, 50, 100, 200, 400)


def of(
    seen: Seen,
    reviews: Sequence[Review],
    reading: Reading,
    vocabulary: Vocabulary,
    *,
    share: str = "blasts.ratio",
    estimate: DesignEstimate | None = None,
    card: ModelCard | None = None,
) -> Budget:
    """The budget of 'blasts.ratio' or 'cblc.ratio', corrected where it can be, or of a random sample's `estimate`.

    `card`: the classifier's, for what is known of elsewhere.
    """
    raw = reading.cblc if share == reading.cblc.id else reading.blasts
    id = share.replace(".ratio", ".budget")
    found = width.of(reading, share, estimate)
    smudge = _smudge(reading, share)
    outside = (smudge, _domain(card)) if smudge else (_domain(card),)
    if found is None:
        reason = raw.withheld or "no cells to divide by"
        return Budget(id, raw.name, None, None, None, (), outside, (), reason)
    group = groups(vocabulary, reading.info.specimen, reading.info.findings)
    members = group.cblc if share == reading.cblc.id else group.blasts
    cells = width.open_cells(seen, reviews, group.counted, members, found.value)
    parts = _parts(found, cells)
    notes = [] if found.classifier is not None else [f"The classifier's error is not in this interval: {found.why}."]
    whole = points(found.whole)
    return Budget(id, raw.name, found.value, found.interval, whole, parts, outside, tuple(notes))


def _parts(found: Width, cells: Open) -> tuple[Part, ...]:
    alone = found.effective / found.counted if found.effective else 1.0
    held = found.by_classifier
    doubtful = cells.odd | cells.unsure
    whole = float(cells.doubt.sum())
    carried = held * float(cells.doubt[doubtful].sum()) / whole if whole > 0 else 0.0
    return (
        _part("cells", found, found.by_sampling * alone, f"{found.counted} counted cells", *_more_cells(found)),
        _part("fields", found, found.by_sampling * (1 - alone), _of_fields(found), *_more_fields(found, alone)),
        _part("classifier", found, held - carried, _of_classifier(found), *_reads(found, cells)),
        _part("quality", found, carried, _of_quality(cells), *_doubtful(found, cells, carried)),
    )


def _part(id: str, found: Width, squared: float, said: str, shrink: str, then: float | None) -> Part:
    share = squared / found.whole if found.whole > 0 else 0.0
    return Part(id, NAMES[id], share, points(squared), said, shrink, then)


def narrowed(what: str, now: float, then: float) -> str:
    """'80 more cells would narrow ±6.1 to ±4.2 points'; or that they would not."""
    if round(then, 1) >= round(now, 1):
        return f"{what} would not narrow ±{now:.1f} points"
    return f"{what} would narrow ±{now:.1f} to ±{then:.1f} points"


def _more_cells(found: Width) -> tuple[str, float]:
    more = next((step for step in MORE if step >= found.counted / 2), found.counted)
    then = points(width.extended(found, (found.counted + more) / found.counted))
    where = f" (about {math.ceil(more * found.fields / found.counted)} more fields)" if found.fields else ""
    return narrowed(f"{more} more counted cells{where}", points(found.whole), then), then


def _of_fields(found: Width) -> str:
    if found.effective is None:
        return "not assessed: fewer than five fields with cells of both kinds"
    return f"{found.counted} cells of {found.fields} fields tell as much as {found.effective:.0f} independent ones"


def _more_fields(found: Width, alone: float) -> tuple[str, float | None]:
    if found.effective is None:
        return "five fields or more, so that it can be assessed", None
    then = points(width.with_sampling(found, found.sampling * (1 + alone) / 2))
    return narrowed("As many cells, from twice as many fields,", points(found.whole), then), then


def _of_classifier(found: Width) -> str:
    return f"not measured: {found.why}" if found.classifier is None else "wrong calls among cells it is sure of"


def _reads(found: Width, cells: Open) -> tuple[str, float | None]:
    if found.classifier is None:
        return "reads at random measure it on this very case", None
    now, total = points(found.whole), len(cells.cells)
    steps = [step for step in READS if step < total] + [total] * (total > 0)
    for step in steps:
        then = points(width.read_at_random(found, cells, step))
        if then < now - 0.05:
            return narrowed(f"{step} cells read at random", now, then), then
    return "Reading cells at random would not narrow it", None


def _of_quality(cells: Open) -> str:
    return f"{int(cells.unsure.sum())} cells it is unsure of, {int(cells.odd.sum())} unlike its calibration cells"


def _doubtful(found: Width, cells: Open, carried: float) -> tuple[str, float | None]:
    number = int((cells.odd | cells.unsure).sum())
    if not number or not carried:
        return "nothing to shrink", None
    then = points(max(found.sampling, found.whole - carried))
    return narrowed(
        f"Naming {'this cell' if number == 1 else f'these {number} cells'}", points(found.whole), then
    ), then


def _smudge(reading: Reading, share: str) -> Outside | None:
    bounds = reading.smudge
    ends = (bounds.cblc_low, bounds.cblc_high) if share == reading.cblc.id else (bounds.blasts_low, bounds.blasts_high)
    if not bounds.share.count or ends[0] is None or ends[1] is None:
        return None
    said = (
        f"{bounds.share.count} smudge cells stand outside the denominator; were none or all of them in the composite,"
        f" the share would be {100 * ends[0]:.1f} or {100 * ends[1]:.1f} %"
    )
    return Outside("smudge", "smudge cells", said, "a smear with fewer of them (with albumin)", *ends)


def _domain(card: ModelCard | None) -> Outside:
    said = "how much more the classifier errs on this laboratory's stain, scanner and readers cannot be seen from here"
    known = _elsewhere(card)
    shrink = "verification on own labelled cases (python -m core verify), or reading cells at random"
    return Outside("domain", "another laboratory", f"{said}; {known}" if known else said, shrink)


def _elsewhere(card: ModelCard | None) -> str:
    """What the card says of pictures from other laboratories; empty when it says nothing we can read."""
    figures = card.tables.get("figures", {}) if card else {}
    found = figures.get(OTHER, {})
    if not isinstance(found, Mapping):
        return ""
    named = found.get("with_stain_normalisation", {})
    right = named.get("all") if isinstance(named, Mapping) else None
    if not isinstance(right, int | float) or not isinstance(found.get("cells"), int):
        return ""
    return f"on {found['cells']} cells of other laboratories it named {100 * right:.0f} % right, as its card says"
