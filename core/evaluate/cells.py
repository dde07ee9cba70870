"""What is evaluated: labelled cells with the probabilities that a classifier gave them.

A labelled cell that the detector did not find stays in: its row of probabilities is NaN and its call is "not found",
which is an error like any other. Dropping it would flatter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.vocabulary import Vocabulary

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Labelled cells, one row each. Classes are places in the vocabulary's codes."""

    words: Vocabulary
    ids: Texts
    patients: Texts
    truth: Ints
    probabilities: Floats  # (cells, classes); a row of NaN: the cell was not found
    possible: Flags  # (cells, classes), the conformal set; an empty row: none was given
    diagnosis: Texts  # '' where not stated, as below
    centre: Texts
    fold: Texts
    order: Floats  # place within the patient; NaN where nobody said
    field: Texts  # which field of the patient's smear the cell lies in; '' where nobody said

    @property
    def found(self) -> Flags:
        return np.asarray(np.isfinite(self.probabilities).all(axis=1), bool)

    @property
    def called(self) -> Ints:
        """The likeliest class; the number of classes where the cell was not found."""
        likeliest = np.nan_to_num(self.probabilities, nan=-1.0).argmax(axis=1)
        return np.where(self.found, likeliest, len(self.words.codes)).astype(np.int64)

    def members(self, codes: frozenset[str]) -> Flags:
        """Which classes of the vocabulary are among `codes`."""
        return np.array([code in codes for code in self.words.codes])

    def only(self, rows: Flags | Ints) -> Cells:
        """The cells of these rows."""
        return Cells(
            self.words,
            self.ids[rows],
            self.patients[rows],
            self.truth[rows],
            self.probabilities[rows],
            self.possible[rows],
            self.diagnosis[rows],
            self.centre[rows],
            self.fold[rows],
            self.order[rows],
            self.field[rows],
        )

    def in_order(self) -> Cells:
        """By patient and id, so that the order of rows in a file changes nothing."""
        return self.only(np.lexsort((self.ids, self.patients)))


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled cell and what was made of it; what a reader of files hands to `gathered`."""

    id: str
    patient: str
    truth: str
    probabilities: Mapping[str, float] | None  # None: the cell was not found
    possible: Sequence[str] = ()
    diagnosis: str = ""
    centre: str = ""
    fold: str = ""
    order: float = float("nan")
    field: str = ""


def gathered(rows: Sequence[Labelled], words: Vocabulary) -> Cells:
    """Rows as arrays; codes are the vocabulary's, probabilities are made to sum to 1."""
    place = {code: k for k, code in enumerate(words.codes)}
    probabilities = np.full((len(rows), len(place)), np.nan)
    possible = np.zeros((len(rows), len(place)), bool)
    for n, row in enumerate(rows):
        if row.probabilities is not None:
            probabilities[n] = [row.probabilities.get(code, 0.0) for code in words.codes]
        possible[n, [place[code] for code in row.possible]] = True
    probabilities /= probabilities.sum(axis=1, keepdims=True)

    def texts(name: str) -> Texts:
        return np.array([getattr(row, name) for row in rows], dtype=np.str_)

    return Cells(
        words=words,
        ids=texts("id"),
        patients=texts("patient"),
        truth=np.array([place[row.truth] for row in rows], dtype=np.int64),
        probabilities=probabilities,
        possible=possible,
        diagnosis=texts("diagnosis"),
        centre=texts("centre"),
        fold=texts("fold"),
        order=np.array([row.order for row in rows], dtype=float),
        field=texts("field"),
    )
