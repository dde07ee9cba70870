"""How a report came about, and what it must not be taken for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from core.charts import words
from core.filed import Filed
from core.readings import LabelFreeReading
from core.records import Domain
from core.report.style import FINE, HEADING, LINE, SMALL, SOFTLY, TINY, grid, text
from core.writers import asking

MOST_IMAGES, FEW_IMAGES = 24, 4  # digests that are printed; the rest is bound by one digest over all of them
INTERVALS = (
    "Cells were found and named by the networks below; a person's word on a cell goes before the network's. "
    "Shares are of the counted cells. Intervals hold 95 % unless they say otherwise; 'as called' holds the sampling "
    "of cells and fields, 'corrected' the classifier's confusion on its calibration patients as well."
)
MARKERS = "Marker values are a network's estimates from unstained pictures and no measurement of a protein."
LIMITS = (
    "For research use only: no diagnosis and no treatment may rest on this paper.",
    "A share below every mark excludes nothing; the composite of early cells is never read against the marks.",
    "The classifier is assumed to err as on its calibration patients; at another site that may not be so.",
    "A number that is withheld is not small, it is not known.",
    "The cells shown are examples and were not drawn at random: their number says nothing of their share.",
)
UNSTORED = "The case lies in no store: it has no audit trail, nobody could sign it, and no picture of a cell was kept."
SYNTHETIC = "The pictures of this case were drawn by a program: nothing here is of a patient."


def methods(of: Filed, width: float) -> Iterator[Any]:
    yield text("Methods", HEADING)
    yield text(INTERVALS, SMALL)
    if isinstance(of.reading, LabelFreeReading):
        yield text(MARKERS, SMALL)
    yield text(
        f"Cells named by people: {of.reading.reviewed}. Vocabulary: {of.vocabulary.name} ({of.vocabulary.id}).", SMALL
    )
    rows = [
        [
            text(f"{model.task}: {model.name}", SMALL, bold=True),
            [text(f"SHA-256 {model.digest}", TINY), *([text(model.notice, TINY)] if model.notice else [])],
        ]
        for model in of.seen.models
    ]
    if rows:
        yield grid(rows, [0.34 * width, 0.66 * width], ("LINEABOVE", (0, 0), (-1, -1), 0.2, LINE))


def limits(of: Filed, _width: float) -> Iterator[Any]:
    yield text("Limits of use", HEADING)
    synthetic = (SYNTHETIC,) if of.info.domain is Domain.PROCEDURAL else ()
    yield text(" ".join((*synthetic, *LIMITS)), SMALL)
    warnings = list(dict.fromkeys((*of.reading.warnings, *(w for image in of.seen.images for w in image.warnings))))
    said = {alert.text.rstrip(".") for alert in asking.alerts(of.reading)}  # these stand on the first page
    warnings = [one for one in warnings if one.rstrip(".") not in said]
    if warnings:
        ended = (one if one.endswith((".", "?")) else f"{one}." for one in warnings)
        yield text(f"Warnings of this case: {' '.join(ended)}", SMALL)


def origins(of: Filed, width: float, most: int = MOST_IMAGES) -> Iterator[Any]:
    """What the paper can be checked against."""
    yield text("What this was made from", HEADING)
    images = of.seen.images
    pairs = [text(f"{image.label}: {image.sha256}", FINE) for image in images[:most]]
    pairs += [text("", TINY)] * (len(pairs) % 2)
    if pairs:
        yield grid([pairs[start : start + 2] for start in range(0, len(pairs), 2)], [width / 2] * 2)
    more = f"; {words.size(len(images) - most, 'more image')} in case.json" if len(images) > most else ""
    all_of_them = hashlib.sha256("\n".join(image.sha256 for image in images).encode()).hexdigest()
    yield text(f"SHA-256 over the digests of all {len(images)} images, a line each: {all_of_them}{more}", TINY)
    if of.trail:
        number, last = of.trail
        yield text(f"Audit trail: event {number} was the last that changed the case; its hash is {last}", TINY)
    else:
        yield text(UNSTORED, TINY)
    yield text("At the foot of each page: the SHA-256 of what is stated, summary and signatures with it.", SOFTLY)
