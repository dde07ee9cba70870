"""How much worse must the pictures be before the reading is another one? Each change of `models.imaging.perturb`,
from nought upwards, on the same cells: what the network calls them then, and what becomes of the shares.

    cells with more around them than their window shows → changed → the window → named again → shares, flips, crossings

A crossing lies on the straight line between two strengths that were tried: it is where to look, not a limit that was
measured. The contours stay as they were found: whether the detector would still find the cell is not asked.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

import numpy as np

from core.aggregate.counting import Counts, counts, groups, share
from core.aggregate.criteria import MARKS
from core.errors import Conflict
from core.protocols import Crop, Store, Tell, Tools, ViewsCrop, never, quiet
from core.readings import Interval
from core.records import Call, CaseInfo, Modality, Seen
from core.robustness import check, standing, wide
from core.robustness.check import Again, Cancelled, Classify
from core.robustness.curves import AskedCurves, Crossing, Curve, Curves, Flips, Followed, Line, Point
from core.robustness.measured import DRAWS, LEVEL, Tested, flips, ratio, tested, unseen
from core.robustness.records import Asked
from core.robustness.wide import Wide
from core.vocabulary import Vocabulary
from models.imaging import perturb
from models.imaging.perturb import LADDERS, NOT_UNSTAINED, Change

AT_A_TIME = 64  # cells changed and named before anybody may cancel


def of_case(
    store: Store, case_id: str, tools: Tools, asked: AskedCurves, *, tell: Tell = quiet, cancelled: Cancelled = never
) -> Curves | None:
    """The curves of the case's latest finished run; None: cancelled. Nothing is stored here."""
    info, runs = store.case(case_id).info, store.desk.runs(case_id)
    seen = store.seen(case_id, runs[0]) if runs else Seen()
    if not seen.calls:
        without = "one without cells" if runs else "none"
        raise Conflict(f"a finished analysis of case {case_id} with cells in it", without, "Analyse it first.")
    name, again = check.naming(tools, seen), check.naming_again(tools, seen)
    drawn = check.sampled(seen, Asked(cells=asked.cells, seed=asked.seed))
    cells = wide.of_case(store, case_id, seen, drawn.cells, tools, tell=tell, cancelled=cancelled)
    if cells is None:
        return None
    names = [one.crop.cell for one in cells]
    found = curves(
        cells,
        name,
        followed(seen, info, tools.vocabulary),
        asked.changes,
        again=again,
        seed=asked.seed,
        weights=[1 / drawn.probability[name] for name in names],
        tell=tell,
        cancelled=cancelled,
    )
    if found is None:
        return None
    return Curves(
        run=runs[0],
        calls=standing.digest(seen, info, tools.vocabulary),
        model=standing.model(seen),
        asked=asked,
        tested=tuple(names),
        frame=drawn.frame,
        curves=found,
    )


def followed(seen: Seen, info: CaseInfo, vocabulary: Vocabulary) -> tuple[Followed, ...]:
    """Blasts, with the marks of the specimen, and the composite, without any; label-free: each counted class."""
    group = groups(vocabulary, info.specimen, info.findings)
    whole = counts(seen, {call.cell: call.label for call in seen.calls})
    if info.modality is Modality.DPC:
        held = vocabulary.counted(info.specimen)
        codes = frozenset(one.code for one in held)
        return tuple(_stands(f"class.{one.code}.share", one.plural, {one.code}, codes, whole) for one in held)
    marks = tuple(float(mark) for mark in MARKS[info.specimen])
    return (
        _stands("blasts.ratio", "blasts and blast equivalents", group.blasts, group.counted, whole, marks),
        _stands("cblc.ratio", vocabulary.cblc_name, group.cblc, group.counted, whole),
    )


def _stands(
    id: str, name: str, members: Set[str], of: Set[str], whole: Counts, marks: tuple[float, ...] = ()
) -> Followed:
    case = share(id, name, members, of, whole)
    percent = 100 * case.count / case.total if case.total else None  # in this order: 20 of 100 lie exactly at the mark
    own = case.interval and replace(case.interval, low=100 * case.interval.low, high=100 * case.interval.high)
    return Followed(id, name, frozenset(members), frozenset(of), percent, own, marks)


def curves(
    cells: Sequence[Wide],
    name: Classify,
    shares: Sequence[Followed],
    changes: Sequence[Change],
    *,
    again: Again | None = None,
    seed: int = 0,
    weights: Sequence[float] = (),
    tell: Tell = quiet,
    cancelled: Cancelled = never,
) -> tuple[Curve, ...] | None:
    """One curve a change; None once `cancelled` says so. `weights`: how many of the case's cells each stands for.

    `again` names a changed picture, told what the cell was called as it lies; without it `name` names them all.
    """
    reasons = {change: _not_tried(change, cells) for change in changes}
    steps = [(None, 0.0)] + [(c, s) for c in changes if not reasons[c] for s in LADDERS[c].steps]
    total, done = len(steps) * len(cells), 0
    found: dict[tuple[Change | None, float], list[Call]] = {}
    for change, strength in steps:
        calls: list[Call] = []
        for some in _batches(len(cells)):
            if cancelled():
                return None
            tell("curves", done, total)
            pictures = [_changed(cells, k, change, strength, seed) for k in some]
            if again is None or change is None:
                calls += name(pictures)
            else:
                calls += again(pictures, [found[None, 0.0][k].label for k in some])
            done += len(some)
        found[change, strength] = calls
    tell("curves", total, total)
    plain = tested([one.crop.cell for one in cells], found[None, 0.0], weights or [1.0] * len(cells), seed)
    return tuple(
        Curve(change, skipped=reasons[change])
        if reasons[change]
        else _curve(change, {s: found[change, s] for s in LADDERS[change].steps}, shares, plain)
        for change in changes
    )


def crossed(points: Sequence[Point], level: float, side: int) -> float | None:
    """The strength nearest to 0, to that side of it, at which the share comes to lie on the other side of `level`.

    A level belongs to what lies above it (≥ 20 %). None: not within the range tried.
    """
    ordered = sorted((p for p in points if p.strength * side >= 0), key=lambda p: abs(p.strength))
    known = [(p.strength, p.value) for p in ordered if p.value is not None]
    if not known or known[0][0] != 0:
        return None
    above = known[0][1] >= level
    for (near, before), (far, after) in itertools.pairwise(known):
        if (after >= level) is not above:
            return near + (far - near) * (level - before) / (after - before)
    return None


def _batches(count: int) -> Iterator[range]:
    for start in range(0, count, AT_A_TIME):
        yield range(start, min(start + AT_A_TIME, count))


def _not_tried(change: Change, cells: Sequence[Wide]) -> str:
    if not cells:
        return "there are no cells"
    if isinstance(cells[0].crop, ViewsCrop) and change in NOT_UNSTAINED:
        return NOT_UNSTAINED[change]
    if change is Change.BLUR and any(not one.crop.um_per_px for one in cells):
        return "blur is given in µm, and the scale of the pictures is not known"
    return ""


def _changed(cells: Sequence[Wide], k: int, change: Change | None, strength: float, seed: int) -> Crop | ViewsCrop:
    """The cell as the network is to see it; its neighbour, where it gets one, is another of the cells."""
    own = int.from_bytes(hashlib.sha256(f"{seed}:{cells[k].crop.cell}".encode()).digest()[:6], "big")
    donor = cells[(k + 1 + own % max(len(cells) - 1, 1)) % len(cells)]
    return changed(cells[k], donor, change, strength, own)


def changed(one: Wide, donor: Wide, change: Change | None, strength: float, seed: int) -> Crop | ViewsCrop:
    """One cell, changed; `donor` is who comes to touch it."""
    crop, side, beside = one.crop, one.side, donor.crop
    if isinstance(crop, ViewsCrop):
        if change is None:
            return crop
        assert isinstance(beside, ViewsCrop)
        views, mask = perturb.unstained(
            change,
            crop.views,
            crop.mask,
            strength,
            seed,
            um_per_px=crop.um_per_px,
            neighbour=(beside.views, beside.mask),
        )
        return ViewsCrop(crop.cell, views, mask, crop.um_per_px)
    assert isinstance(beside, Crop)
    pixels, inside = crop.pixels, crop.mask
    if change is not None:
        pixels, inside = perturb.stained(
            change, pixels, inside, strength, seed, um_per_px=crop.um_per_px, neighbour=(beside.pixels, beside.mask)
        )
    inner = perturb.middle(inside, side)
    inner[side // 2, side // 2] |= not inner.any()
    return Crop(crop.cell, perturb.middle(pixels, side), inner, crop.um_per_px)


def _curve(change: Change, calls: Mapping[float, Sequence[Call]], shares: Sequence[Followed], plain: Tested) -> Curve:
    labels = {s: [call.label for call in found] for s, found in calls.items()} | {0.0: plain.labels}
    turns = tuple(Flips(s, flips(plain, calls[s])) for s in sorted(calls))
    lines = tuple(_line(one, tuple(_point(s, labels[s], one, plain) for s in sorted(labels))) for one in shares)
    return Curve(change, turns, lines)


def _point(strength: float, labels: Sequence[str], one: Followed, plain: Tested) -> Point:
    """The case's share, moved as the tried cells move; its interval holds the case's own and the move's."""
    if strength == 0:
        return Point(0.0, one.value, one.own)
    before, after = (ratio(some, plain.weights, one.members, one.of) for some in (plain.labels, labels))
    if before is None or after is None or one.value is None or one.own is None:
        return Point(strength, None, None)
    move = 100 * (after - before)
    low, high = _move_between(labels, one, plain, move)
    value = min(max(one.value + move, 0.0), 100.0)
    down = math.hypot(one.value - one.own.low, move - low)
    up = math.hypot(one.own.high - one.value, high - move)
    method = f"{one.own.method}; the move by {DRAWS} redrawings of cells"
    return Point(strength, value, Interval(max(value - down, 0.0), min(value + up, 100.0), LEVEL, method))


def _move_between(labels: Sequence[str], one: Followed, plain: Tested, move: float) -> tuple[float, float]:
    heavy = plain.drawn * plain.weights
    sums = []
    for some in (plain.labels, labels):
        under = heavy @ np.array([label in one.of for label in some], float)
        over = heavy @ np.array([label in one.members for label in some], float)
        sums.append(np.divide(over, under, out=np.full(len(under), np.nan), where=under > 0))
    moves = 100 * (sums[1] - sums[0])
    moves = moves[np.isfinite(moves)]
    low, high = np.quantile(moves, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]) if len(moves) else (move, move)
    least = 100 * unseen(plain.labels, plain.weights, one.of)
    return min(float(low), move - least), max(float(high), move + least)


def _line(one: Followed, points: tuple[Point, ...]) -> Line:
    start = next(p for p in points if p.strength == 0)
    strengths = [p.strength for p in points]
    sides = [(side, far) for side, far in ((-1, min(strengths)), (1, max(strengths))) if far * side > 0]
    leaves, crosses = [], []
    for side, far in sides:
        if start.value is None or start.interval is None:
            continue
        ends = [crossed(points, end, side) for end in _ends(start)]
        leaves.append(Crossing(None, _nearest(ends), far))
        met = {mark: crossed(points, mark, side) for mark in one.marks}
        first = _nearest(list(met.values()))
        if one.marks:
            crosses.append(
                Crossing(next((m for m, at in met.items() if at == first and at is not None), None), first, far)
            )
    return Line(one.id, one.name, points, tuple(leaves), tuple(crosses))


def _ends(start: Point) -> tuple[float, ...]:
    """The ends of the case's own interval; one at 0 or 100 % cannot be left."""
    assert start.interval is not None
    return tuple(end for end in (start.interval.low, start.interval.high) if 0 < end < 100)


def _nearest(found: Sequence[float | None]) -> float | None:
    return min((at for at in found if at is not None), key=abs, default=None)
