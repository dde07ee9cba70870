"""After a model changed: which cases others named, and an old and a new run of one case side by side.

A recomputation is another run; the old one stays as it was. What people said of a cell holds for the same cell only
(its id is made from the picture and the outline): `core.labels` looks reviews up by that id, so those of cells that the
new run does not hold change nothing there. They are counted here, and never moved to a cell that merely lies in the
same place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import labels
from core.doors.desk import Mark
from core.records import Cell, Modality, ModelCard, ModelStamp, Review, Seen
from core.tools import CLASSIFIER, DETECTOR, DPC_DETECTOR, PHENOTYPER
from models.imaging import contours

SPEAKS = {Modality.SMEAR: (DETECTOR, CLASSIFIER), Modality.DPC: (DPC_DETECTOR, PHENOTYPER)}
LEAST = 0.5  # of two outlines' union must be common to both, for them to be the same cell found anew
WORTH_A_LOOK = 0.25  # overlap of two boxes below which their outlines are not even compared


@dataclass(frozen=True, slots=True)
class Swap:
    """One task that another model does now. None: nobody did it, or nobody does."""

    task: str
    was: Mark | None
    now: Mark | None


@dataclass(frozen=True, slots=True)
class Change:
    """One cell that the two runs call differently. `old` and `new` are its ids in them, the same or not."""

    old: str
    new: str
    was: str  # class codes
    now: str
    overlap: float  # of the outlines, 0–1; 1 for the same id
    reviewed: bool  # somebody's word holds for it in the new run, whatever the model says


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of the cells of one run in another."""

    swaps: tuple[Swap, ...]
    same: int  # cells with the same id in both
    moved: int  # found again with another outline
    lost: tuple[str, ...]  # cells of the old run without a counterpart
    found: tuple[str, ...]  # cells of the new run without one
    changes: tuple[Change, ...]
    reviews_held: int  # reviewed cells that the new run holds
    reviews_left: int  # reviewed cells of the old run that it does not hold

    @property
    def kept(self) -> int:
        """Cells in both runs with the same call."""
        return self.same + self.moved - len(self.changes)

    def moves(self) -> tuple[tuple[str, str, int], ...]:
        """(was, now, cells), the most frequent first."""
        counted = Counter((change.was, change.now) for change in self.changes)
        ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        return tuple((was, now, count) for (was, now), count in ordered)


def installed(cards: Iterable[ModelCard]) -> dict[Modality, tuple[Mark, ...]]:
    """Which models would speak now, by kind of picture; a kind that cannot be analysed is not in it."""
    usable = {card.name: card for card in cards if card.in_use and not card.problem}
    return {
        modality: tuple(Mark(usable[name].task, name, usable[name].digest) for name in names)
        for modality, names in SPEAKS.items()
        if usable.keys() >= set(names)
    }


def marks(stamps: Iterable[ModelStamp]) -> tuple[Mark, ...]:
    return tuple(Mark(stamp.task, stamp.name, stamp.digest) for stamp in stamps)


def swaps(spoke: Sequence[Mark], now: Sequence[Mark]) -> tuple[Swap, ...]:
    """What differs between the models of a run and others; () when the same weights would speak, or none would."""
    if not spoke or not now:
        return ()
    digests = {mark.digest for mark in now}
    there = {mark.digest for mark in spoke}
    new = {mark.task: mark for mark in now if mark.digest not in there}
    gone = [Swap(mark.task, mark, new.pop(mark.task, None)) for mark in spoke if mark.digest not in digests]
    return (*gone, *(Swap(task, None, mark) for task, mark in new.items()))


def stale(spoke: Sequence[Mark], now: Sequence[Mark]) -> bool:
    """Whether a model of the run is not installed any more, though others are. The worklist's filter asks the same."""
    return bool(now) and not {mark.digest for mark in spoke} <= {mark.digest for mark in now}


def compared(old: Seen, new: Seen, reviews: Sequence[Review]) -> Comparison:
    """Two runs of one case, cell by cell."""
    before, after = {cell.id: cell for cell in old.cells}, {cell.id: cell for cell in new.cells}
    common = [cell for cell in before if cell in after]
    again = _found_again(
        [cell for cell in old.cells if cell.id not in after], [cell for cell in new.cells if cell.id not in before]
    )
    said = labels.last(reviews).keys()
    was, now = _calls(old), _calls(new)
    pairs = [(cell, cell, 1.0) for cell in common] + again
    changes = tuple(
        Change(one, other, was[one], now[other], overlap, other in said)
        for one, other, overlap in pairs
        if one in was and other in now and was[one] != now[other]
    )
    taken, met = {one for one, _, _ in again}, {other for _, other, _ in again}
    return Comparison(
        swaps=swaps(marks(old.models), marks(new.models)),
        same=len(common),
        moved=len(again),
        lost=tuple(cell for cell in before if cell not in after and cell not in taken),
        found=tuple(cell for cell in after if cell not in before and cell not in met),
        changes=changes,
        reviews_held=len(said & after.keys()),
        reviews_left=len((said & before.keys()) - after.keys()),
    )


def _calls(seen: Seen) -> Mapping[str, str]:
    return {call.cell: call.label for call in seen.calls}


def _found_again(old: Sequence[Cell], new: Sequence[Cell]) -> list[tuple[str, str, float]]:
    """Pairs of cells whose outlines cover each other, the best first, each cell once."""
    by_image: dict[str, tuple[list[Cell], list[Cell]]] = {}
    for side, cells in enumerate((old, new)):
        for cell in cells:
            by_image.setdefault(cell.image, ([], []))[side].append(cell)
    pairs: list[tuple[str, str, float]] = []
    for ours, theirs in by_image.values():
        if ours and theirs:
            pairs += _paired(ours, theirs)
    return pairs


def _paired(ours: Sequence[Cell], theirs: Sequence[Cell]) -> list[tuple[str, str, float]]:
    near = np.argwhere(_boxes_overlap(ours, theirs) >= WORTH_A_LOOK)
    told = [(contours.iou(ours[i].contour, theirs[j].contour, 64), int(i), int(j)) for i, j in near]
    used_ours, used_theirs = set[int](), set[int]()
    pairs = []
    for overlap, i, j in sorted(told, key=lambda one: (-one[0], one[1], one[2])):
        if overlap >= LEAST and i not in used_ours and j not in used_theirs:
            used_ours.add(i)
            used_theirs.add(j)
            pairs.append((ours[i].id, theirs[j].id, overlap))
    return pairs


def _boxes_overlap(ours: Sequence[Cell], theirs: Sequence[Cell]) -> NDArray[np.float64]:
    """Intersection over union of every two boxes."""
    a, b = (np.array([cell.box for cell in cells], float) for cells in (ours, theirs))
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    common = np.clip(high - low, 0, None).prod(axis=2)
    whole = (a[:, 2:] - a[:, :2]).prod(axis=1)[:, None] + (b[:, 2:] - b[:, :2]).prod(axis=1)[None] - common
    return np.asarray(np.divide(common, whole, out=np.zeros_like(common), where=whole > 0))
