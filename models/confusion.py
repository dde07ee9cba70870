"""How a classifier mistakes three groups of cells, patient by patient: what a corrected count is worked out from.

The groups are the composite (0), the other counted classes (1) and the uncounted ones (2). Matrices carry no
patient's name; rows are what the expert said, columns what the classifier said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPOSITE, COUNTED, UNCOUNTED = range(3)
Table = dict[str, list[list[list[float]]]]


def groups(names: Sequence[str], composite: Set[str], counted: Set[str]) -> NDArray[np.int64]:
    """The group of each column. A class of the composite must be counted: it stands in its own denominator."""
    strays = sorted(set(composite) - set(counted) | (set(counted) - set(names)))
    if strays:
        raise ValueError(f"expected a composite of counted classes the network knows, found {', '.join(strays)}")
    return np.array([COMPOSITE if n in composite else COUNTED if n in counted else UNCOUNTED for n in names])


def by_patient(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], patients: NDArray[Any], of: NDArray[np.integer]
) -> Table:
    """`called` counts the likeliest classes, `probable` sums the probabilities; one 3 × 3 matrix a patient each."""
    p = np.asarray(probabilities, np.float64)
    expert = np.eye(3)[np.asarray(of)[labels]]
    called = np.eye(3)[np.asarray(of)[p.argmax(axis=1)]]
    probable = p @ np.eye(3)[np.asarray(of)]
    table: Table = {"called": [], "probable": []}
    for patient in np.unique(patients):
        its = np.asarray(patients) == patient
        table["called"].append((expert[its].T @ called[its]).tolist())
        table["probable"].append(np.round(expert[its].T @ probable[its], 4).tolist())
    return table


def card(
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    patients: NDArray[Any],
    names: Sequence[str],
    composites: Mapping[str, Set[str]],
    counted: Set[str],
) -> dict[str, Table]:
    """The card's [confusion]: for each composite ('cblc', 'blasts') the matrices of every patient.

    `probabilities` should be those of `calibration.cross_fitted`, or of folds: never of patients the network saw.
    """
    return {
        name: by_patient(probabilities, labels, patients, groups(names, members, counted))
        for name, members in composites.items()
    }
