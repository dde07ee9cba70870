"""Cell by cell: counts of every patient once, and all figures from their weighted sums.

Classes the expert never gave stay outside the macro mean: their F1 is not defined by these cells. Calling them still
costs, as a missed cell of the class it was. A cell that was not found is a missed cell of its class.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.aggregate.counting import Groups
from core.evaluate.cells import Cells, Flags, Floats, Ints
from core.evaluate.figures import CellFigures, ClassFigures, Figure
from core.evaluate.resampling import auroc, figure, mean, over, weights

BINS = 15
NO_SETS = "no conformal sets given"


def cell_figures(cells: Cells, group: Groups, replicates: int, seed: int) -> CellFigures:
    """Every figure with its interval over patients."""
    names, patient = np.unique(cells.patients, return_inverse=True)
    drawn = weights(len(names), replicates, seed)
    counts = confusions(cells, patient, len(names))
    whole = counts.sum(axis=0)
    matrices = np.einsum("rp,pij->rij", drawn, counts)
    precision, recall, f1 = by_class(matrices)
    support = matrices.sum(axis=2)
    present = np.where(support > 0, f1, 0.0)

    def of(values: Floats, n: int, note: str = "") -> Figure:
        return figure(values, n, len(names), note)

    n, found = len(cells.ids), cells.found
    right = np.trace(matrices, axis1=1, axis2=2)
    codes = cells.words.codes
    covered = _coverage(cells, patient, drawn)
    return CellFigures(
        cells=n,
        not_found=int((~found).sum()),
        patients=len(names),
        accuracy=of(over(right, support.sum(axis=1)), n),
        weighted_f1=of(over((present * support).sum(axis=1), support.sum(axis=1)), n),
        macro_f1=of(over(present.sum(axis=1), (support > 0).sum(axis=1).astype(float)), n),
        cblc_auroc=_auroc(cells, patient, drawn, cells.members(group.cblc)),
        blasts_auroc=_auroc(cells, patient, drawn, cells.members(group.blasts)),
        ece=_holding(of(ece(cells, patient, drawn), int(found.sum()))),
        coverage=covered[0],
        coverage_by_patient=covered[1],
        set_size=covered[2],
        absent=tuple(code for code, total in zip(codes, whole.sum(axis=1), strict=True) if not total),
        classes=tuple(
            ClassFigures(
                code,
                int(whole[k].sum()),
                int(whole[:, k].sum()),
                of(precision[:, k], int(whole[:, k].sum()), "" if whole[:, k].sum() else "never called"),
                of(recall[:, k], int(whole[k].sum()), "" if whole[k].sum() else "never labelled"),
                of(np.where(support[:, k] > 0, f1[:, k], np.nan), int(whole[k].sum())),
            )
            for k, code in enumerate(codes)
        ),
        confusion=tuple(tuple(int(v) for v in row) for row in whole),
    )


def confusions(cells: Cells, patient: Ints, patients: int) -> Floats:
    """(patients, classes, classes + 1): rows the expert, columns the call, the last one "not found"."""
    size = len(cells.words.codes)
    flat = (patient * size + cells.truth) * (size + 1) + cells.called
    counted = np.bincount(flat, minlength=patients * size * (size + 1))
    return counted.reshape(patients, size, size + 1).astype(float)


def by_class(matrices: Floats) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1 of each class in each matrix; NaN where a class has nothing to divide by."""
    right = np.diagonal(matrices, axis1=1, axis2=2)
    called, support = matrices[:, :, :-1].sum(axis=1), matrices.sum(axis=2)
    return over(right, called), over(right, support), over(2 * right, called + support)


def ece(cells: Cells, patient: Ints, drawn: Floats) -> Floats:
    """Expected calibration error of the likeliest class over the cells that were found.

    In 15 bins of equal mass, as the models' own figure (`models.temperature`, which core may not import): in bins of
    equal width nearly every cell lies in the last. Cells that are equally sure share a bin, whatever their order.
    """
    found = cells.found
    sure = cells.probabilities[found].max(axis=1)
    right = (cells.called == cells.truth)[found]
    by_rank = np.repeat(np.arange(BINS), [len(part) for part in np.array_split(np.arange(len(sure)), BINS)])
    _, same, counts = np.unique(sure, return_inverse=True, return_counts=True)
    bins = by_rank[(np.cumsum(counts) - counts)[same]]
    place, size = patient[found] * BINS + bins, drawn.shape[1] * BINS
    gap = np.bincount(place, weights=right - sure, minlength=size).reshape(-1, BINS)
    total = np.bincount(patient[found], minlength=drawn.shape[1])
    return over(np.abs(drawn @ gap).sum(axis=1), drawn @ total)


def _holding(error: Figure) -> Figure:
    """Drawing patients anew adds noise, which raises a calibration error: its interval reaches down to the figure."""
    if error.value is None or error.low is None:
        return error
    return replace(error, low=min(error.low, error.value))


def _auroc(cells: Cells, patient: Ints, drawn: Floats, members: Flags) -> Figure:
    found = cells.found
    scores = cells.probabilities[found][:, members].sum(axis=1)
    positive = members[cells.truth[found]]
    note = "" if 0 < positive.sum() < len(positive) else "not estimable: only one of the two groups is labelled"
    return figure(auroc(drawn, scores, positive, patient[found]), len(scores), drawn.shape[1], note)


def _coverage(cells: Cells, patient: Ints, drawn: Floats) -> tuple[Figure, Figure, Figure]:
    """Coverage over cells, its mean over patients, and the mean size of a set."""
    given = cells.possible.any(axis=1)
    if not given.any():
        none = Figure(None, None, None, 0, NO_SETS)
        return none, none, none
    size = drawn.shape[1]
    held = cells.possible[np.arange(len(cells.truth)), cells.truth]
    sets = np.bincount(patient[given], minlength=size).astype(float)
    hits = np.bincount(patient[given], weights=held[given], minlength=size)
    many = np.bincount(patient[given], weights=cells.possible[given].sum(axis=1), minlength=size)
    n, some = int(given.sum()), sets > 0
    note = "" if given.all() else f"{int((~given).sum())} cells without a set are left out"
    return (
        figure(over(drawn @ hits, drawn @ sets), n, size, note),
        figure(mean(drawn[:, some], hits[some] / sets[some]), int(some.sum()), size, note),
        figure(over(drawn @ many, drawn @ sets), n, size, note),
    )
