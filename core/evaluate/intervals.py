"""The two intervals of a share, and whether correcting it helps: every patient by the confusion of all others.

same cells   on all cells of a patient, against the expert's share of the same cells
patient      on the first half of a patient's cells, against the expert's share of the other half. That half is a
             sample too, so an interval that is exact for the patient covers it less often than 95 %: the Wilson
             interval of the expert's own first half stands beside it, as what no classifier can be asked to beat.

Files are often sorted by class, so the halves are drawn by chance, several times with seeds of their own, unless a
column `order` says how the cells lay on the smear. A field is never cut: its cells are alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core import statistics
from core.correction import Case, Estimate, corrected, interval_score
from core.evaluate.cells import Flags, Floats
from core.evaluate.figures import CorrectedFigures, Figure, IntervalFigures
from core.evaluate.patient_level import Grouped
from core.evaluate.resampling import figure, mean, weights
from core.records import Confusion, Matrix

HALVINGS = 5  # draws of the halves, averaged patient by patient: one draw alone moved coverage by several points
LEAST_COUNTED = 10  # counted cells in each half
SAME = "same cells (PACC, classifier's error alone)"
WHOLE = "patient (PACC, error and sampling; half against other half)"
RAW = "Wilson of the raw share (half against other half)"
READER = "Wilson of the expert's own half (half against other half)"


@dataclass(frozen=True, slots=True)
class Held:
    """One patient's interval and the value it should hold; `withheld` says why there is none."""

    low: float
    high: float
    truth: float
    withheld: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Corrections:
    """What leaving each patient out in turn gave: an estimate a patient, and the held-out intervals."""

    estimates: tuple[Estimate, ...]
    held: Mapping[str, tuple[tuple[Held, ...], ...]]  # a row a patient, in it one for each draw of the halves


def left_out(
    cells: Grouped, order: Floats, seed: int, *, blocks: Sequence[str] = (), card: Confusion | None = None
) -> Corrections:
    """Each patient's corrected share and intervals, from the confusion of all other patients.

    With `blocks` (a patient's centre, say) of the patients of other blocks; with `card` of a model's own.
    """
    called, probable = _confusions(cells)
    estimates: list[Estimate] = []
    held: dict[str, list[tuple[Held, ...]]] = {SAME: [], WHOLE: [], RAW: [], READER: []}
    own = blocks or cells.patients
    draws = [halves(cells, order, seed + n) for n in range(1 if np.isfinite(order).all() else HALVINGS)]
    for place in range(len(cells.patients)):
        use = [n for n, block in enumerate(own) if block != own[place]]
        others = card or Confusion(tuple(called[n] for n in use), tuple(probable[n] for n in use))
        mine = cells.patient == place
        estimate = corrected(_case(cells, mine), others)
        estimates.append(estimate)
        truth = _expert(cells, mine)
        if truth is not None:
            held[SAME].append((_held(estimate, "same_cells", truth),))
        drawn = [_halves(cells, mine & first, mine & ~first, others) for first in draws]
        for name in (WHOLE, RAW, READER):
            held[name].append(tuple(one[name] for one in drawn))
    return Corrections(tuple(estimates), {name: tuple(rows) for name, rows in held.items()})


def halves(cells: Grouped, order: Floats, seed: int) -> Flags:
    """Which cells make the first half of their patient's: whole fields where every cell states one."""
    rng = np.random.default_rng(seed)
    chance, of_field = rng.permutation(len(order)), rng.permutation(int(cells.field.max(initial=-1)) + 1)
    first = np.zeros(len(order), bool)
    for place in range(len(cells.patients)):
        mine = np.flatnonzero(cells.patient == place)
        field = cells.field[mine]
        if np.isfinite(order[mine]).all():
            by = order[mine]
        elif len(set(field.tolist())) > 1 and (field >= 0).all():
            by = of_field[field].astype(float)
            sizes = np.bincount(np.unique(by, return_inverse=True)[1])
            least = int(np.abs(2 * np.cumsum(sizes) - len(mine))[:-1].argmin())
            first[mine[by <= np.unique(by)[least]]] = True
            continue
        else:
            by = chance[mine].astype(float)
        first[mine[np.argsort(by, kind="stable")][: len(mine) // 2]] = True
    return first


def interval_figures(
    held: Mapping[str, tuple[tuple[Held, ...], ...]], replicates: int, seed: int
) -> tuple[IntervalFigures, ...]:
    """Coverage, width and score of each interval over the patients that have one."""
    return tuple(_figures(name, rows, replicates, seed) for name, rows in held.items())


def corrected_figures(
    cells: Grouped, estimates: Sequence[Estimate], replicates: int, seed: int
) -> CorrectedFigures:  # fmt: skip
    """Did correcting bring the shares nearer to the expert's, on patients that have all three?"""
    raw, expert, both = cells.shares()
    acc = np.array([np.nan if e.acc is None else e.acc for e in estimates])
    pacc = np.array([np.nan if e.pacc is None else e.pacc for e in estimates])
    use = both & np.isfinite(acc) & np.isfinite(pacc)
    patients = int(use.sum())
    if not patients:
        return CorrectedFigures(0)
    drawn = weights(patients, replicates, seed)
    error = {name: (values - expert)[use] for name, values in (("raw", raw), ("acc", acc), ("pacc", pacc))}
    bias = {name: mean(drawn, values) for name, values in error.items()}
    off = {name: mean(drawn, np.abs(values)) for name, values in error.items()}

    def of(values: Mapping[str, Floats]) -> dict[str, Figure]:
        return {name: figure(value, patients, patients) for name, value in values.items()}

    less_bias = of({name: np.abs(bias[name]) - np.abs(bias["raw"]) for name in ("acc", "pacc")})
    less_off = of({name: off[name] - off["raw"] for name in ("acc", "pacc")})
    verdict = {name: _verdict(less_bias[name]) for name in less_bias}
    return CorrectedFigures(patients, of(bias), of(off), less_bias, less_off, verdict)


def _verdict(change: Figure) -> str:
    if change.low is None or change.high is None or change.value is None:
        return "not estimable"
    if change.high < 0:
        return "bias fell"
    if change.low > 0:
        return "bias rose"
    return f"bias {'fell' if change.value < 0 else 'rose' if change.value > 0 else 'stayed'}, within chance"


def _confusions(cells: Grouped) -> tuple[tuple[Matrix, ...], tuple[Matrix, ...]]:
    """Each patient's 3 × 3 matrices, as a model's card has them."""
    called, probable = [], []
    found = cells.called >= 0
    for place in range(len(cells.patients)):
        mine = found & (cells.patient == place)
        expert = np.eye(3)[cells.expert[mine]].T
        called.append(_matrix(expert @ np.eye(3)[cells.called[mine]]))
        probable.append(_matrix(expert @ cells.probable[mine]))
    return tuple(called), tuple(probable)


def _matrix(values: Floats) -> Matrix:
    return tuple(tuple(float(v) for v in row) for row in values)


def _case(cells: Grouped, rows: Flags) -> Case:
    rows = rows & (cells.called >= 0)
    said = np.eye(3)[cells.called[rows]]
    likely = cells.probable[rows]
    effective = cells.effective_n(cells.called, rows)
    return Case(said.sum(axis=0), said.T @ likely, np.zeros(3), likely.T @ likely, effective)


def _expert(cells: Grouped, rows: Flags) -> float | None:
    counts = np.bincount(cells.expert[rows], minlength=3)
    return float(counts[0] / counts[:2].sum()) if counts[:2].sum() else None


def _halves(cells: Grouped, first: Flags, second: Flags, others: Confusion) -> dict[str, Held]:
    """Three intervals from the first half, held against the expert's other half."""
    read = np.bincount(cells.expert[first], minlength=3)
    said = np.bincount(cells.called[first & (cells.called >= 0)], minlength=3)
    truth = _expert(cells, second)
    left = np.bincount(cells.expert[second], minlength=3)
    if truth is None or min(read[:2].sum(), said[:2].sum(), left[:2].sum()) < LEAST_COUNTED:
        reason = f"fewer than {LEAST_COUNTED} counted cells in a half"
        return dict.fromkeys((WHOLE, RAW, READER), Held(0, 1, 0, reason))
    held = {WHOLE: _held(corrected(_case(cells, first), others), "patient", truth)}
    for name, counts, group in ((RAW, said, cells.called), (READER, read, cells.expert)):
        n = cells.effective_n(group, first)
        interval = statistics.share_interval(int(counts[0]), int(counts[:2].sum()), n)
        held[name] = Held(interval.low, interval.high, truth)
    return held


def _held(estimate: Estimate, which: str, truth: float) -> Held:
    interval = estimate.same_cells if which == "same_cells" else estimate.patient
    return Held(0, 1, truth, estimate.withheld) if interval is None else Held(interval.low, interval.high, truth)


def _figures(name: str, patients: Sequence[Sequence[Held]], replicates: int, seed: int) -> IntervalFigures:
    """A patient's draws are averaged first: they are one patient, not several."""
    kept = [[row for row in rows if not row.withheld] for rows in patients]
    given = [rows for rows in kept if rows]
    drawn = weights(len(given), replicates, seed)

    def of(values: list[float], note: str = "") -> Figure:
        return figure(mean(drawn, np.array(values)), len(given), len(given), note)

    def each(value: Callable[[Held], float]) -> list[float]:
        return [float(np.mean([value(row) for row in rows])) for rows in given]

    withheld = [rows[0].withheld for rows, some in zip(patients, kept, strict=True) if not some]
    return IntervalFigures(
        name,
        of(each(lambda row: float(row.low - 1e-9 <= row.truth <= row.high + 1e-9))),
        of(each(lambda row: row.high - row.low)),
        of(each(lambda row: interval_score(row.low, row.high, row.truth))),
        len(given),
        dict(Counter(withheld)),
        max((len(rows) for rows in patients), default=0),
    )
