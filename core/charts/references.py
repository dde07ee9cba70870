"""Cells that people have named, to lie beside one in question: of each class those most like it.

Like means near in what the classifier thinks of a cell (square roots of its probabilities, so that a small chance of
a rare class weighs something) and in what was measured on it (each measure in spreads of this case). A cell that only
the machine named is no reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import labels
from core.records import Review, Seen
from core.vocabulary import Vocabulary

EACH = 4
MEASURED = 0.25  # weight of a measure beside the probabilities, which lie within the unit ball


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """Where each cell lies among the others: one row of `places` a cell, distances between rows say how alike."""

    cells: tuple[str, ...]
    places: NDArray[np.float64]
    row: Mapping[str, int]


def likeness(seen: Seen, vocabulary: Vocabulary) -> Likeness:
    """Of all cells of a case; made once, since no review changes it."""
    calls = {call.cell: call for call in seen.calls}
    order = {code: number for number, code in enumerate(vocabulary.codes)}
    shares = np.zeros((len(seen.cells), len(order)))
    measured: list[dict[str, float]] = []
    for row, cell in zip(shares, seen.cells, strict=True):
        call = calls.get(cell.id)
        for code, probability in call.probabilities.items() if call else ():
            if code in order:
                row[order[code]] = max(probability, 0.0)
        measured.append({**cell.measures, **(call.measures if call else {})})
    places = np.hstack([np.sqrt(shares), MEASURED * _standing(measured)])
    cells = tuple(cell.id for cell in seen.cells)
    return Likeness(cells, places, {cell: number for number, cell in enumerate(cells)})


def _standing(measured: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
    """Measures that every cell has, each as distance from the middle in robust spreads, at most three."""
    names = sorted(set.intersection(*(set(values) for values in measured))) if measured else []
    table = np.array([[values[name] for name in names] for values in measured], float).reshape(
        len(measured), len(names)
    )
    if not table.size:
        return np.zeros((len(measured), 0))
    middle = np.median(table, axis=0)
    spread = np.median(np.abs(table - middle), axis=0) * 1.4826
    told = spread > 0
    return np.asarray(np.clip((table[:, told] - middle[told]) / spread[told], -3, 3) / max(int(told.sum()), 1) ** 0.5)


def beside(cell: str, known: Likeness, reviews: Sequence[Review], each: int = EACH) -> dict[str, tuple[str, ...]]:
    """Class → the reviewed cells of that class most like `cell`, the likest first; classes without one are left out."""
    if cell not in known.row:
        return {}
    by_class: dict[str, list[int]] = {}
    for other, review in labels.last(reviews).items():
        if other != cell and other in known.row:
            by_class.setdefault(review.now, []).append(known.row[other])
    here = known.places[known.row[cell]]
    found = {}
    for code, rows in by_class.items():
        distances = np.linalg.norm(known.places[rows] - here, axis=1)
        nearest = sorted(zip(distances.tolist(), (known.cells[row] for row in rows), strict=True))[:each]
        found[code] = tuple(name for _, name in nearest)
    return found
