"""What a run measures of a control slide: the machine's figures alone, so that they say nothing of who reviewed.

Shares show whether the networks still name alike, cells per field whether they still find alike, and brightness and
stain whether camera and staining are what they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core import labels
from core.aggregate.ratios import ratios
from core.control import colours
from core.errors import Conflict, NotFound
from core.protocols import Store
from core.records import CaseInfo, Modality, Seen
from core.settings import Settings
from core.vocabulary import Vocabulary, vocabulary


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that is followed from day to day."""

    id: str
    name: str
    unit: str
    digits: int
    least: float  # the smallest SD that means anything: below it, limits would catch rounding and single cells
    short: str  # name with unit, for the head of a column


FIGURES = (
    Figure("cblc", "CBLC", "%", 1, 0.1, "CBLC, %"),
    Figure("blasts", "Blasts and equivalents", "%", 1, 0.1, "Blasts, %"),
    Figure("cells", "Counted cells per field", "cells", 1, 0.1, "Cells a field"),
    Figure("confidence", "Mean confidence of the calls", "%", 1, 0.1, "Confidence, %"),
    Figure("odd", "Cells unlike the calibration's", "%", 1, 0.5, "Unlike, %"),
    Figure("brightness", "Brightness of the background", "%", 1, 0.2, "Brightness, %"),
    Figure("density", "Darkness of the stained cells", "OD", 3, 0.002, "Darkness, OD"),
    Figure("azure", "Stain colour: red light absorbed", "%", 1, 0.1, "Red absorbed, %"),
)
BY_ID = {figure.id: figure for figure in FIGURES}


def measure_new(store: Store, settings: Settings, lot: str, most: int = 1000) -> int:
    """Measure the lot's finished runs that nobody has measured yet, `most` at a time; how many were."""
    waiting = store.laboratory.controls.unmeasured(lot)[:most]
    for case_id, run_id in waiting:
        try:
            info = store.case(case_id).info
            seen = store.seen(case_id, run_id)
            pictures = [store.picture(case_id, image.id) for image in seen.images] if _coloured(info) else []
            words = vocabulary(info.vocabulary, settings.vocabularies_folder)
            store.laboratory.controls.add(case_id, run_id, measured(seen, pictures, info, words))
        except NotFound:  # deleted meanwhile: there is nothing to follow any more
            continue
    return len(waiting)


def check_kind(info: CaseInfo) -> None:
    """A control is a stained smear: the figures of label-free pictures are others."""
    if not _coloured(info):
        raise Conflict("a stained smear as a control", "label-free pictures", "Mark a case of a stained smear.")


def measured(seen: Seen, pictures: Sequence[bytes], info: CaseInfo, words: Vocabulary) -> dict[str, float]:
    """By the figure's id; one that cannot be told (no cells, no calibration) is left out. Shares are in per cent."""
    counted = ratios(seen, (), info, words)
    found: dict[str, float] = {}
    for name, share in (("cblc", counted.cblc), ("blasts", counted.blasts)):
        if share.ratio is not None:
            found[name] = 100 * share.ratio
    if seen.images:
        found["cells"] = counted.adequacy.counted / len(seen.images)
    sure = [max(call.probabilities.values()) for call in seen.calls if call.probabilities]
    if sure:
        found["confidence"] = 100 * float(np.mean(sure))
    judged = [labels.odd(call) for call in seen.calls if call.oddness is not None]
    if judged:
        found["odd"] = 100 * float(np.mean(judged))
    told = colours.measured(seen, ((i.id, content) for i, content in zip(seen.images, pictures, strict=False)))
    return found | {key: value for key, value in told.items() if key in BY_ID}


def _coloured(info: CaseInfo) -> bool:
    return info.modality is Modality.SMEAR
