"""Patient by patient: the share of a composite as called against the share as the expert called the same cells.

The denominator is that of the specimen: smudge cells and "other" stand outside, in blood erythroblasts too. The
expert's share holds every labelled cell, also those the detector did not find.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core import statistics
from core.aggregate.counting import Groups
from core.evaluate.cells import Cells, Flags, Floats, Ints
from core.evaluate.figures import Figure, ShareFigures
from core.evaluate.resampling import figure, mean, over, weights

MARK = 0.20
Z = 1.959964
NOTHING = 1e-14  # a variance of shares below it is rounding


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """Each patient's cells in three groups: the composite, the counted rest, the uncounted."""

    patients: tuple[str, ...]
    patient: Ints  # of each cell
    expert: Ints  # group of each cell by the expert
    called: Ints  # by the call; -1 where the cell was not found
    probable: Floats  # (cells, 3), 0 where not found
    expert_counts: Floats  # (patients, 3)
    called_counts: Floats
    field: Ints  # number of the cell's field within its patient; -1 where nobody said

    def effective_n(self, group: Ints, rows: Flags) -> float | None:
        """Independent counted cells that tell as much, by `group` (expert or called); None: fields not assessed."""
        use = rows & (group >= 0) & (group < 2)
        if not use.any() or (self.field[use] < 0).any():
            return None
        _, place = np.unique(self.field[use], return_inverse=True)
        yes, all_ = np.bincount(place, weights=group[use] == 0), np.bincount(place)
        return statistics.effective_n(yes.astype(int).tolist(), all_.tolist())

    def shares(self) -> tuple[Floats, Floats, Flags]:
        """Predicted, expert, and who has both."""
        predicted = over(self.called_counts[:, 0], self.called_counts[:, :2].sum(axis=1))
        expert = over(self.expert_counts[:, 0], self.expert_counts[:, :2].sum(axis=1))
        return predicted, expert, np.isfinite(predicted) & np.isfinite(expert)


def grouped(cells: Cells, counted: frozenset[str], members: frozenset[str]) -> Grouped:
    """Cells by patient and group."""
    names, patient = np.unique(cells.patients, return_inverse=True)
    of = np.where(cells.members(members), 0, np.where(cells.members(counted), 1, 2))
    expert, called = of[cells.truth], np.append(of, -1)[cells.called]
    probable = np.nan_to_num(cells.probabilities, nan=0.0) @ np.eye(3)[of]

    def counts(group: Ints) -> Floats:
        some = group >= 0
        flat = np.bincount(patient[some] * 3 + group[some], minlength=3 * len(names))
        return flat.reshape(-1, 3).astype(float)

    field = np.where(cells.field == "", -1, np.unique(cells.field, return_inverse=True)[1]).astype(np.int64)
    listed = tuple(str(name) for name in names)
    return Grouped(listed, patient, expert, called, probable, counts(expert), counts(called), field)


def composites(group: Groups) -> Mapping[str, frozenset[str]]:
    """The composites whose shares are evaluated."""
    return {"cblc": group.cblc, "blasts": group.blasts}


def share_figures(id: str, name: str, cells: Grouped, replicates: int, seed: int) -> ShareFigures:
    """Agreement of predicted and expert shares, with intervals over patients."""
    predicted, expert, both = cells.shares()
    x, y = predicted[both], expert[both]
    patients = len(x)
    drawn = weights(patients, replicates, seed)
    bias, spread = _difference(drawn, x - y)
    high, truth = at_least(x), at_least(y)
    tables = [truth & high, truth & ~high, ~truth & high, ~truth & ~high]
    outside = np.array([not low <= t <= up for (low, up), t in zip(_wilson(cells, both), y, strict=True)])

    def of(values: Floats, note: str = "") -> Figure:
        return figure(values, patients, patients, note)

    return ShareFigures(
        id=id,
        name=name,
        patients=patients,
        pearson=of(pearson(drawn, x, y), "" if patients > 1 else "fewer than two patients"),
        mean_absolute=of(mean(drawn, np.abs(x - y))),
        bias=of(bias),
        low_limit=of(bias - Z * spread),
        high_limit=of(bias + Z * spread),
        mark=MARK,
        kappa=of(kappa(np.stack([drawn @ t for t in tables], axis=1).astype(float))),
        agreement=(int(tables[0].sum()), int(tables[1].sum()), int(tables[2].sum()), int(tables[3].sum())),
        moved=of(mean(drawn, outside.astype(float))),
    )


def at_least(shares: Floats) -> Flags:
    """Whether a share reaches the mark; 20 of 100 does, whatever rounding says."""
    return np.asarray(shares >= MARK - 1e-12, bool)


def pearson(drawn: Floats, x: Floats, y: Floats) -> Floats:
    """The correlation over patients in every replicate; NaN where one of the two does not vary."""
    if not len(x):
        return np.full(len(drawn), np.nan)
    x, y = x - x.mean(), y - y.mean()  # squares of what is left lose no digits
    mx, my = mean(drawn, x), mean(drawn, y)
    sxy = mean(drawn, x * y) - mx * my
    sxx, syy = mean(drawn, x * x) - mx**2, mean(drawn, y * y) - my**2
    varies = (sxx > NOTHING) & (syy > NOTHING)
    return np.clip(over(sxy, np.sqrt(np.where(varies, sxx * syy, 0.0))), -1, 1)


def kappa(tables: Floats) -> Floats:
    """Cohen's κ of 2 × 2 tables given as (n, 4): both, first only, second only, neither; NaN if all agree by need."""
    both, first, second, neither = tables.T
    total = tables.sum(axis=1)
    chance = over((both + first) * (both + second) + (second + neither) * (first + neither), total**2)
    return over(over(both + neither, total) - chance, np.where(1 - chance > 1e-12, 1 - chance, 0.0))


def _difference(drawn: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Mean and sample standard deviation in every replicate."""
    middle, total = mean(drawn, values), drawn.sum(axis=1)
    square = np.clip(mean(drawn, values**2) - middle**2, 0, None)
    return middle, np.sqrt(square * over(total, total - 1))


def _wilson(cells: Grouped, both: Flags) -> list[tuple[float, float]]:
    """The interval that the app prints beside the predicted share."""
    found = []
    for place in np.flatnonzero(both):
        yes, rest = cells.called_counts[place, :2]
        n = cells.effective_n(cells.called, cells.patient == place)
        interval = statistics.share_interval(int(yes), int(yes + rest), n)
        found.append((interval.low, interval.high))
    return found
