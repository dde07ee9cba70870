"""Who learns, who decides, who calibrates, who is tested: by donor, or by slide where donors are not known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.label_free.cells import Cells

SHARES = {
    "train": 0.55,
    "validate": 0.05,
    "calibrate": 0.25,
    "test": 0.15,
}  # ten donors make a quantile of 90 % possible


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
    if len(names) < 8:
        raise ValueError(
            f"Expected at least 8 donors or slides; found {len(names)}. Use models.training.train_label_free --bsccm, "
            "which splits few slides by their fields."
        )
    ends = np.round(np.cumsum(list(SHARES.values())) * len(names)).astype(int)
    parts = np.split(np.array(names), ends[:-1])
    rows = [cells.rows(part.tolist()) for part in parts]
    return Split(*rows, how=f"by donor: {', '.join(f'{len(p)} {k}' for p, k in zip(parts, SHARES, strict=True))}")
