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
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import classify, statistics, windows
from core.aggregate.counting import groups
from core.aggregate.criteria import MARKS
from core.appraisals import Rate
from core.protocols import Crop, Tell, ViewsCrop, never, quiet
from core.readings import Interval
from core.records import Call, CaseInfo, Cell, Modality
from core.robustness.curves import Crossing, Curve, Flips, Followed, Line, Point
from core.vocabulary import Vocabulary
from models.imaging import contours, perturb
from models.imaging.perturb import LADDERS, NOT_UNSTAINED, Change

AT_A_TIME = 64  # cells changed and named before anybody may cancel
Name = Callable[[Sequence[Crop | ViewsCrop]], Sequence[Call]]
"""The network that made the case's calls, asked once more."""


@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """A cell with more around it than its window shows: the middle `side` pixels are what the network is given."""

    crop: Crop | ViewsCrop
    side: int


def wide(cell: Cell, field: NDArray[np.uint8], um_per_px: float | None, glass: NDArray[np.uint8]) -> Wide:
    """A stained cell cut so widely that turned, shrunken or shifted its window still shows what lay there."""
    window = windows.around(cell.box)
    more = math.ceil(window.side * (perturb.WIDER - 1) / 2)
    larger = windows.Window(window.left - more, window.top - more, window.side + 2 * more)
    pixels = classify.square(field, larger, glass)
    mask = contours.rasterised(cell.contour - (larger.left, larger.top), pixels.shape[:2])
    mask[larger.side // 2, larger.side // 2] |= not mask.any()
    return Wide(Crop(cell.id, pixels, mask, um_per_px), window.side)


def followed(info: CaseInfo, vocabulary: Vocabulary) -> tuple[Followed, ...]:
    """Blasts, with the marks of the specimen, and the composite, without any; label-free: each counted class."""
    group = groups(vocabulary, info.specimen, info.findings)
    if info.modality is Modality.DPC:
        return tuple(
            Followed(f"class.{one.code}.share", one.plural, frozenset({one.code}), group.counted)
            for one in vocabulary.counted(info.specimen)
        )
    marks = tuple(float(mark) for mark in MARKS[info.specimen])
    return (
        Followed("blasts.ratio", "blasts and blast equivalents", group.blasts, group.counted, marks),
        Followed("cblc.ratio", vocabulary.cblc_name, group.cblc, group.counted),
    )


def curves(
    cells: Sequence[Wide],
    name: Name,
    shares: Sequence[Followed],
    changes: Sequence[Change],
    *,
    seed: int = 0,
    weights: Mapping[str, float] | None = None,
    tell: Tell = quiet,
    cancelled: Callable[[], bool] = never,
) -> tuple[Curve, ...] | None:
    """One curve a change; None once `cancelled` says so. `weights` are how many of the case's cells each stands for."""
    weigh = np.array([(weights or {}).get(one.crop.cell, 1.0) for one in cells], np.float64)
    reasons = {change: _not_tried(change, cells) for change in changes}
    steps = [(None, 0.0)] + [(c, s) for c in changes if not reasons[c] for s in LADDERS[c].steps]
    total, done = len(steps) * len(cells), 0
    found: dict[tuple[Change | None, float], list[str]] = {}
    for change, strength in steps:
        labels: list[str] = []
        for some in _batches(len(cells)):
            if cancelled():
                return None
            tell("curves", done, total)
            labels += [call.label for call in name([_changed(cells, k, change, strength, seed) for k in some])]
            done += len(some)
        found[change, strength] = labels
    tell("curves", total, total)
    plain = found[None, 0.0]
    return tuple(
        Curve(change, skipped=reasons[change])
        if reasons[change]
        else _curve(change, {s: found[change, s] for s in LADDERS[change].steps} | {0.0: plain}, shares, weigh)
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


def _curve(
    change: Change, labels: Mapping[float, Sequence[str]], shares: Sequence[Followed], weigh: NDArray[np.float64]
) -> Curve:
    plain = np.array(labels[0.0])
    ordered = sorted(labels)
    flips = tuple(Flips(s, _rate(np.array(labels[s]) != plain)) for s in ordered if s)
    lines = tuple(_line(one, tuple(_point(s, labels[s], one, weigh) for s in ordered)) for one in shares)
    return Curve(change, flips, lines)


def _rate(flipped: NDArray[np.bool_]) -> Rate:
    count, total = int(flipped.sum()), len(flipped)
    return Rate(count, total, count / total, statistics.wilson(count, total)) if total else Rate(0, 0)


def _point(strength: float, labels: Sequence[str], one: Followed, weigh: NDArray[np.float64]) -> Point:
    inside = np.array([label in one.of for label in labels], bool)
    yes = np.array([label in one.members for label in labels], bool) & inside
    whole = float(weigh[inside].sum())
    if not whole:
        return Point(strength, None, None)
    percent = 100 * float(weigh[yes].sum()) / whole  # in this order: 20 of 100 cells are exactly at the mark of 20
    n = whole**2 / float((weigh[inside] ** 2).sum())  # how many equally weighted cells tell as much (Kish)
    found = statistics.wilson(min(percent / 100, 1.0) * n, n)
    held = Interval(min(100 * found.low, percent), max(100 * found.high, percent), found.level, found.method)
    return Point(strength, percent, held)


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
    """The ends of its own interval; one at 0 or 100 % cannot be left."""
    assert start.interval is not None
    return tuple(end for end in (start.interval.low, start.interval.high) if 0 < end < 100)


def _nearest(found: Sequence[float | None]) -> float | None:
    return min((at for at in found if at is not None), key=abs, default=None)
