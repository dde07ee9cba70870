"""What surroundings do to a ratio: the error of an estimated share when neighbours go with the class.

Virtual patients are drawn from a patient's own cells, with the shares of classes that were drawn of them. What
surrounds each cell is chosen with a strength from −1 to 1: at 1 composite cells stand among composite cells and the
others among others; at 0 the surroundings do not go with the class; at −1 every cell stands among the other kind. The
model names each cell on those surroundings, once as it is and once with the surroundings masked; the masked calls
cannot depend on them.

A second question needs no drawing: each patient's cells all on surroundings of one class. Does the ratio leave the
interval that its own unaltered cells gave it?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

STRENGTHS = (-1.0, -0.5, 0.0, 0.5, 1.0)
FEWEST = 20  # cells of a patient that takes part
CELLS = 200  # of a virtual patient
TIMES = 60  # virtual patients drawn from each
BOOTSTRAPS = 500
UNCOUNTED = ("smudge", "other")  # outside the denominator of every ratio
Probabilities = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """What a model said of the same cells, unaltered, masked, and on donors of each class."""

    unaltered: Probabilities
    masked: Probabilities
    on: Mapping[str, Probabilities]
    labels: tuple[str, ...]

    def called(self, table: Probabilities) -> NDArray[np.str_]:
        return np.array(self.labels)[table.argmax(1)]


def study(
    calls: Calls,
    truth: NDArray[np.str_],
    patients: NDArray[np.str_],
    composite: Sequence[str],
    seed: int = 0,
) -> dict[str, Any]:
    """Errors by strength, with and without masking, and the shares of patients that leave their interval."""
    names = [p for p in np.unique(patients) if (patients == p).sum() >= FEWEST]
    if not names:
        raise ValueError(f"Expected a patient with at least {FEWEST} cells; found none. Draw more cells of each class.")
    strengths = {f"{s:+.1f}": _errors(calls, truth, patients, composite, names, s, seed) for s in STRENGTHS}
    return {
        "patients": len(names),
        "cells_each": CELLS,
        "by_strength": strengths,
        "outside": _outside(calls, truth, patients, composite, names),
    }


def _errors(
    calls: Calls,
    truth: NDArray[np.str_],
    patients: NDArray[np.str_],
    composite: Sequence[str],
    names: Sequence[str],
    strength: float,
    seed: int,
) -> dict[str, Any]:
    """Mean absolute error of the ratio over virtual patients, and how far it moved from the unaltered crops'."""
    rng = np.random.default_rng([seed, round(10 * (strength + 1))])
    classes = list(calls.on)
    on = np.stack([calls.called(calls.on[c]) for c in classes])
    plain, masked = calls.called(calls.unaltered), calls.called(calls.masked)
    own = np.isin(truth, composite)
    among = np.isin(classes, composite)
    rows_of = {name: np.flatnonzero(patients == name) for name in names}
    kinds = {w: np.flatnonzero(among == w) for w in (True, False)}
    found = np.zeros((len(names), 4))
    for k, name in enumerate(names):
        tries = []
        for _ in range(TIMES):
            rows = rng.choice(rows_of[name], CELLS)
            goes = rng.random(CELLS) < abs(strength)
            wish = np.where(goes, own[rows] if strength > 0 else ~own[rows], rng.random(CELLS) < own[rows].mean())
            donors = np.where(wish, rng.choice(kinds[True], CELLS), rng.choice(kinds[False], CELLS))
            right = ratio(truth[rows], composite)
            said = [ratio(c, composite) for c in (on[donors, rows], plain[rows], masked[rows])]
            tries.append([abs(said[0] - right), abs(said[1] - right), abs(said[2] - right), abs(said[0] - said[1])])
        found[k] = np.nanmean(tries, axis=0)
    columns = ("on_them", "unaltered", "masked", "moved")
    return {
        c: {"mean": float(np.nanmean(found[:, j])), "interval": _interval(found[:, j])} for j, c in enumerate(columns)
    }


def _outside(
    calls: Calls,
    truth: NDArray[np.str_],
    patients: NDArray[np.str_],
    composite: Sequence[str],
    names: Sequence[str],
) -> dict[str, Any]:
    """The share of patients whose ratio, on surroundings of one class, leaves the interval of their unaltered cells:
    of as many as were counted here, and of as many as a differential counts (`CELLS`)."""
    plain = calls.called(calls.unaltered)
    tables = {f"all on {c}": calls.called(t) for c, t in calls.on.items()} | {"masked": calls.called(calls.masked)}
    found: dict[str, Any] = {}
    for key, other in tables.items():
        left, longer, moves = [], [], []
        for name in names:
            rows = patients == name
            there = ratio(plain[rows], composite)
            moved = ratio(other[rows], composite)
            counted = int((~np.isin(plain[rows], UNCOUNTED)).sum())
            low, high = wilson(there, counted)
            left.append(not low <= moved <= high)
            low, high = wilson(there, CELLS)
            longer.append(not low <= moved <= high)
            moves.append(moved - there)
        found[key] = {"outside": float(np.mean(left)), "outside_longer": float(np.mean(longer)),
                      "mean_move": float(np.nanmean(moves)),
                      "largest_move": float(np.nanmax(np.abs(moves)))}  # fmt: skip
    counts = [int((~np.isin(plain[patients == n], UNCOUNTED)).sum()) for n in names]
    found["counted"] = {"least": min(counts), "median": float(np.median(counts)), "most": max(counts)}
    missed = [ratio(truth[patients == n], composite) for n in names]
    found["true_ratio"] = {"least": float(np.nanmin(missed)), "most": float(np.nanmax(missed))}
    return found


def ratio(called: NDArray[np.str_], composite: Sequence[str]) -> float:
    """Composite cells over counted cells; NaN where none is counted."""
    counted = int((~np.isin(called, UNCOUNTED)).sum())
    return float(np.isin(called, composite).sum() / counted) if counted else float("nan")


def wilson(share: float, count: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % Wilson interval of a share of so many cells: everything where none was counted."""
    if count < 1 or not np.isfinite(share):
        return 0.0, 1.0
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * np.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return float(middle - reach), float(middle + reach)


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """95 %, patients drawn anew."""
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(values), (BOOTSTRAPS, len(values)))
    low, high = np.nanpercentile(np.nanmean(values[draws], axis=1), [2.5, 97.5])
    return float(low), float(high)
