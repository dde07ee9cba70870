"""Intervals over patients: cells of one patient are alike, so patients are drawn anew, not cells.

Every figure is worked out from sums over patients. A bootstrap replicate is a row of weights, how often each patient
was drawn; all replicates are then one matrix product, and the first row, all ones, is the figure itself.
"""

from __future__ import annotations

import numpy as np

from core.evaluate.cells import Flags, Floats, Ints
from core.evaluate.figures import Figure

REPLICATES = 1000
SEED = 20_261_121
LEVEL = 0.95
LEAST_PATIENTS = 5
FEW = f"fewer than {LEAST_PATIENTS} patients: no interval"


def weights(patients: int, replicates: int, seed: int) -> Floats:
    """(1 + replicates, patients): the patients as they are, then how often each was drawn."""
    if not patients:
        return np.ones((1 + replicates, 0))
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(patients, np.full(patients, 1 / patients), size=replicates)
    return np.vstack([np.ones((1, patients)), drawn.astype(float)])


def figure(values: Floats, n: int, patients: int, note: str = "") -> Figure:
    """From the values of all replicates, the first being the figure itself; NaN where it is not defined."""
    if not np.isfinite(values[0]):
        return Figure(None, None, None, n, note or ("not defined here" if n else "nothing to work it out from"))
    others = values[1:][np.isfinite(values[1:])]
    if patients < LEAST_PATIENTS or len(others) < max(1, len(values) // 2):
        return Figure(float(values[0]), None, None, n, note or FEW)
    tail = 100 * (1 - LEVEL) / 2
    low, high = (float(v) for v in np.percentile(others, [tail, 100 - tail]))
    return Figure(float(values[0]), low, high, n, note)


def over(upper: Floats, lower: Floats) -> Floats:
    """A quotient that is NaN where there is nothing to divide by."""
    return np.asarray(np.divide(upper, lower, out=np.full(np.broadcast(upper, lower).shape, np.nan), where=lower > 0))


def mean(drawn: Floats, values: Floats) -> Floats:
    """The weighted mean of the patients' values, replicate by replicate."""
    return over(drawn @ values, drawn.sum(axis=1))


def wins(scores: Floats, positive: Flags, patient: Ints, patients: int) -> Floats:
    """(patients, patients): how often positives of one patient outscore negatives of another; a tie is half a win."""
    won = np.zeros((patients, patients))
    up, owner = scores[positive], patient[positive]
    for other in np.unique(patient[~positive]):
        down = np.sort(scores[~positive & (patient == other)])
        beaten = (np.searchsorted(down, up, "left") + np.searchsorted(down, up, "right")) / 2
        won[:, other] = np.bincount(owner, weights=beaten, minlength=patients)
    return won


def auroc(drawn: Floats, scores: Floats, positive: Flags, patient: Ints) -> Floats:
    """The area under the ROC curve in every replicate."""
    patients = drawn.shape[1]
    won = wins(scores, positive, patient, patients)
    ups = drawn @ np.bincount(patient[positive], minlength=patients)
    downs = drawn @ np.bincount(patient[~positive], minlength=patients)
    return over(((drawn @ won) * drawn).sum(axis=1), ups * downs)
