"""Who learns, who decides, who calibrates, who is tested: by donor, or by slide where donors are not known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.label_free.cells import Cells

SHARES = {"train": 22 / 60, "validate": 2 / 60, "calibrate": 24 / 60, "test": 12 / 60}
"""Many to calibrate: of K donors a quantile of 90 % is taken at 90 % · (K + 1)/K, 99 % of ten and 93.75 % of 24."""
LEAST = 8  # donors, or fields


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Rows of each part; no donor is in two."""

    train: NDArray[np.intp]
    validate: NDArray[np.intp]
    calibrate: NDArray[np.intp]
    test: NDArray[np.intp]
    how: str


def by_group(cells: Cells) -> Split:
    """Donors in their order, the first to train. At least two for calibration are asked, so that it can be tested."""
    names = sorted(set(cells.groups.tolist()))
    if len(names) < LEAST:
        raise ValueError(
            f"Expected at least {LEAST} donors or slides; found {len(names)}. Use models.training.train_label_free "
            "--bsccm, which splits few slides by their fields."
        )
    ends = np.round(np.cumsum(list(SHARES.values())) * len(names)).astype(int)
    parts = np.split(np.array(names), ends[:-1])
    rows = [cells.rows(part.tolist()) for part in parts]
    return Split(*rows, how=f"by donor: {', '.join(f'{len(p)} {k}' for p, k in zip(parts, SHARES, strict=True))}")


def by_slide(cells: Cells) -> Split:
    """Few slides: the last with classes is for testing alone, fields of the others for training and calibration.

    With one slide only fields are left to split by, and `how` says what that is worth. No field is in two parts.
    """
    named = sorted(set(cells.slides[cells.labels >= 0].tolist()))
    if not named:
        raise ValueError("Expected cells with classes; found none. Take the table of surface markers with its gates.")
    alone = len(named) == 1
    last = np.zeros(len(cells), bool) if alone else cells.slides == named[-1]
    fields = np.unique(cells.groups[~last])
    if len(fields) < LEAST:
        raise ValueError(
            f"Expected at least {LEAST} fields of view to split by; found {len(fields)} on {len(named)} slides. "
            "Take more of the set: cells of one field share light and focus."
        )
    fields = np.random.default_rng(0).permutation(fields)
    shares = SHARES if alone else {key: SHARES[key] for key in ("train", "validate", "calibrate")}
    ends = np.round(np.cumsum(list(shares.values())) / sum(shares.values()) * len(fields)).astype(int)
    rows = [cells.rows(part.tolist()) for part in np.split(fields, ends[:-1])]
    if alone:
        return Split(*rows, how=f"by field, for there is one slide only ({named[0]}): says nothing of another slide")
    how = f"tested on slide {named[-1]}, which nothing else has seen; calibrated on fields of the slides trained on"
    return Split(*rows, np.flatnonzero(last), how=how)
