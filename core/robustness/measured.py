"""What a setting did, counted: calls that changed, and how far the numbers of the case moved.

A sample that was drawn by call counts each cell for as many as it stands for, so that the numbers speak of the case.
Intervals are by drawing the tested cells again (within their calls), never narrower than so many cells can rule out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core import statistics
from core.aggregate.counting import Counts, counts, groups, share
from core.aggregate.criteria import MARKS
from core.aggregate.label_free import FEWEST, marker_id
from core.appraisals import Rate
from core.readings import Interval
from core.records import Call, CaseInfo, Modality, Seen
from core.robustness.records import TOGETHER, ClassFlips, Moved
from core.vocabulary import Vocabulary

DRAWS = 400
LEVEL = 0.95
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """The cells of a test, each with its call, how many it stands for, and how often each redrawing holds it."""

    cells: tuple[str, ...]
    calls: tuple[Call, ...]  # as they stand in the case, without marker values that must not be seen
    weights: Floats  # (cells,)
    drawn: NDArray[np.float64]  # (DRAWS, cells)

    @property
    def labels(self) -> list[str]:
        return [call.label for call in self.calls]

    def only(self, keep: NDArray[np.bool_]) -> Tested:
        """Those of the cells that could be shown in a setting."""
        kept = np.flatnonzero(keep)
        return Tested(
            tuple(self.cells[k] for k in kept),
            tuple(self.calls[k] for k in kept),
            self.weights[kept],
            self.drawn[:, kept],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A number that was followed through a setting, with what redrawing the cells made of its move."""

    moved: Moved
    moves: Floats | None = None  # (DRAWS,) in percentage points, NaN where a draw divides by nothing; shares only
    worth: float = 0.0  # counted cells of equal weight that tell as much


def tested(cells: Sequence[str], calls: Sequence[Call], weights: Sequence[float], seed: int) -> Tested:
    """`weights`: how many cells of the case each stands for. Redrawing keeps to groups of equal weight."""
    heavy = np.asarray(weights, float)
    rng = np.random.default_rng(seed)
    drawn = np.zeros((DRAWS, len(cells)))
    for weight in np.unique(heavy):
        rows = np.flatnonzero(heavy == weight)
        drawn[:, rows] = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=DRAWS)
    return Tested(tuple(cells), tuple(calls), heavy, drawn)


def rate(count: int, total: int) -> Rate:
    if not total:
        return Rate(count, total)
    return Rate(count, total, count / total, statistics.wilson(count, total, LEVEL))


def flips(of: Tested, after: Sequence[Call]) -> Rate:
    return rate(sum(a.label != b for a, b in zip(after, of.labels, strict=True)), len(after))


def class_flips(of: Tested, after: Sequence[Call], vocabulary: Vocabulary) -> tuple[ClassFlips, ...]:
    found = []
    for code in vocabulary.codes:
        turned = [a.label != code for a, b in zip(after, of.labels, strict=True) if b == code]
        if turned:
            found.append(ClassFlips(code, rate(sum(turned), len(turned))))
    return tuple(found)


def towards(of: Tested, after: Sequence[Call], donors: Sequence[str], called: Mapping[str, str]) -> Rate:
    """Of the cells that flipped, those called as the cell was whose surroundings they were given."""
    turned = [(a.label, d) for a, b, d in zip(after, of.labels, donors, strict=True) if a.label != b]
    return rate(sum(label == called[donor] for label, donor in turned), len(turned))


def courses(
    of: Tested, after: Sequence[Call], seen: Seen, info: CaseInfo, vocabulary: Vocabulary, markers: Sequence[str]
) -> tuple[Course, ...]:
    """The composites of a smear; the class shares of a label-free case, and the medians of `markers`."""
    whole = counts(seen, {call.cell: call.label for call in seen.calls})
    if info.modality is Modality.SMEAR:
        group = groups(vocabulary, info.specimen, info.findings)
        told = (
            ("cblc.ratio", vocabulary.cblc_name, group.cblc, ()),
            ("blasts.ratio", "blasts and blast equivalents", group.blasts, MARKS[info.specimen]),
        )
        return tuple(_share(of, after, whole, group.counted, *one) for one in told)
    held = vocabulary.counted(info.specimen)
    codes = frozenset(c.code for c in held)
    shares = (_share(of, after, whole, codes, f"class.{c.code}.share", c.name, {c.code}, ()) for c in held)
    medians = (_median(of, after, seen, codes, name) for name in markers)
    return (*shares, *(Course(one) for one in medians if one is not None))


def together(found: Sequence[Sequence[Course]]) -> list[tuple[Moved, ...]]:
    """The numbers of every setting, each share's move with an interval that holds for all of them at once.

    The largest of all moves over their own spread, redrawing by redrawing, says how far all may lie from what was seen;
    the redrawings are the same cells in every setting, so that what moves together counts once.
    """
    judged = [one for its in found for one in its if one.moves is not None]
    if not judged:
        return [tuple(one.moved for one in its) for its in found]
    off = np.stack([one.moves - (one.moved.move or 0.0) for one in judged if one.moves is not None])
    spread = np.sqrt(np.nanmean(off**2, axis=1, keepdims=True))
    far = np.nan_to_num(np.divide(np.abs(off), spread, out=np.zeros_like(off), where=spread > 0)).max(axis=0)
    reach = float(np.quantile(far, TOGETHER))
    wide = {
        id(one): max(reach * float(by), 100 * _unseen(one.worth, 1 - (1 - TOGETHER) / len(judged)))
        for one, by in zip(judged, spread[:, 0], strict=True)
    }
    return [tuple(_widened(one, wide.get(id(one))) for one in its) for its in found]


def _widened(one: Course, half: float | None) -> Moved:
    move, own = one.moved.move, one.moved.interval
    if half is None or move is None or own is None:
        return one.moved
    method = f"{own.method}, all shares and settings at once"
    low, high = min(own.low, move - half), max(own.high, move + half)
    return replace(one.moved, together=Interval(low, high, TOGETHER, method))


def ratio(labels: Sequence[str], weights: Floats, codes: Set[str], counted: Set[str]) -> float | None:
    """Of what the counted cells stand for, the part of `codes`."""
    under = weights @ np.array([label in counted for label in labels], float)
    return float(weights @ np.array([label in codes for label in labels], float) / under) if under else None


def _share(
    of: Tested, after: Sequence[Call], whole: Counts, counted: Set[str],
    id: str, name: str, codes: Set[str], marks: Sequence[int],
) -> Course:  # fmt: skip
    labels, now = of.labels, [call.label for call in after]
    before, then = (ratio(some, of.weights, codes, counted) for some in (labels, now))
    case = share(id, name, codes, counted, whole)
    if before is None or then is None or case.ratio is None or case.interval is None:
        return Course(Moved(id, name, "%", _points(before), _points(then), None, None, None))
    sums = [of.drawn * of.weights @ np.array([one in codes for one in some], float) for some in (labels, now)]
    under = [of.drawn * of.weights @ np.array([one in counted for one in some], float) for some in (labels, now)]
    parts = [np.divide(a, b, out=np.full(len(a), np.nan), where=b > 0) for a, b in zip(sums, under, strict=True)]
    moves = parts[1] - parts[0]
    move, there = then - before, case.ratio + then - before
    low, high = _ends(moves[np.isfinite(moves)], move)
    least = unseen(labels, of.weights, counted)
    low, high = min(low, move - least), max(high, move + least)
    leaves = bool(not case.interval.low <= round(there, 9) <= case.interval.high) and move != 0
    crossed = [m for m in marks if (100 * case.ratio >= m) != (round(100 * there, 9) >= m)]
    found = Moved(
        id, name, "%", _points(before), _points(then),
        replace(case.interval, low=100 * case.interval.low, high=100 * case.interval.high),
        100 * move, Interval(100 * low, 100 * high, LEVEL, f"{DRAWS} redrawings of cells"),
        leaves, max(crossed, default=None), 100 * case.ratio,
    )  # fmt: skip
    return Course(found, 100 * moves, worth(labels, of.weights, counted))


def _median(of: Tested, after: Sequence[Call], seen: Seen, counted: Set[str], name: str) -> Moved | None:
    """None where too few cells have an estimate."""
    units = next((model.marker_units for model in seen.models if name in model.markers), "")
    sides = [_values(of.calls, name, counted), _values(after, name, counted)]
    if any(np.isfinite(side).sum() < FEWEST for side in sides):
        return None
    median = [_weighted(side, of.weights[None])[0] for side in sides]
    moves = _weighted(sides[1], of.drawn * of.weights) - _weighted(sides[0], of.drawn * of.weights)
    move = float(median[1] - median[0])
    low, high = _ends(moves[np.isfinite(moves)], move)
    told = [call.markers[name].value for call in seen.calls if call.label in counted and name in call.markers]
    case, own = statistics.quantile(told, 0.5)
    leaves = own is not None and move != 0 and not own.low <= round(case + move, 9) <= own.high
    return Moved(
        f"marker.{marker_id(name)}.median", f"{name}, median", units, float(median[0]), float(median[1]), own,
        move, Interval(low, high, LEVEL, f"{DRAWS} redrawings of cells"), leaves, case=case,
    )  # fmt: skip


def _values(calls: Sequence[Call], name: str, counted: Set[str]) -> Floats:
    return np.array(
        [call.markers[name].value if call.label in counted and name in call.markers else np.nan for call in calls]
    )


def _weighted(values: Floats, weights: Floats) -> Floats:
    """(draws,): the median of the values that are there, for each row of weights."""
    there = np.flatnonzero(np.isfinite(values))
    order = there[np.argsort(values[there], kind="stable")]
    heap = np.cumsum(weights[:, order], axis=1)
    half = heap[:, -1:] / 2
    low = np.minimum((heap < half).sum(axis=1), len(order) - 1)
    high = np.minimum((heap <= half).sum(axis=1), len(order) - 1)
    middle = (values[order][low] + values[order][high]) / 2
    return np.asarray(np.where(heap[:, -1] > 0, middle, np.nan))


def _ends(moves: Floats, move: float) -> tuple[float, float]:
    if not len(moves):
        return move, move
    low, high = np.quantile(moves, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return min(float(low), move), max(float(high), move)


def unseen(labels: Sequence[str], weights: Floats, counted: Set[str]) -> float:
    """The part of a share that so many counted cells cannot rule out to move, though none was seen to."""
    return _unseen(worth(labels, weights, counted), LEVEL)


def worth(labels: Sequence[str], weights: Floats, counted: Set[str]) -> float:
    """The counted cells as so many of equal weight that tell as much."""
    heavy = weights[np.array([label in counted for label in labels], bool)]
    return float(heavy.sum() ** 2 / (heavy**2).sum()) if len(heavy) else 0.0


def _unseen(cells: float, level: float) -> float:
    return statistics.wilson(0, max(1, round(cells)), level).high


def _points(value: float | None) -> float | None:
    return None if value is None else 100 * value
