"""Telling patients apart by their cells, where the labelled cases say what the patients have."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from core.evaluate.cells import Cells, Flags, Floats, Ints
from core.evaluate.figures import DiagnosisFigures, Figure
from core.evaluate.patient_level import MARK, Grouped, at_least
from core.evaluate.resampling import LEAST_PATIENTS, auroc, figure, mean, weights

CONTROLS = frozenset({"control", "controls", "healthy", "normal", "no leukaemia", "no leukemia"})
APL = frozenset({"apl", "aml-m3", "m3"})
OTHER_AML = frozenset({"aml", "aml, not apl", "other aml"})
NO_CONTROLS = "not estimable: no controls"
C = 1.0  # the penalty of the logistic regression; never tuned


def of_patients(cells: Cells) -> tuple[str, ...]:
    """Each patient's diagnosis in the order of their names; '' where none or more than one is stated."""
    found = []
    for name in np.unique(cells.patients):
        said = set(np.unique(cells.diagnosis[cells.patients == name])) - {""}
        found.append(str(said.pop()) if len(said) == 1 else "")
    return tuple(found)


def mixtures(cells: Cells) -> tuple[Floats, Floats]:
    """(patients, classes) shares of each class, as called and as the expert says."""
    names, patient = np.unique(cells.patients, return_inverse=True)
    size = len(cells.words.codes)

    def shares(labels: Ints) -> Floats:
        flat = np.bincount(patient * (size + 1) + labels, minlength=len(names) * (size + 1))
        counts = flat.reshape(-1, size + 1)[:, :size]
        return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), float)

    return shares(cells.called), shares(cells.truth)


def diagnoses(
    cells: Cells, shares: Sequence[tuple[str, Grouped]], replicates: int, seed: int
) -> tuple[DiagnosisFigures, ...]:
    """APL against other AML from the mixture of cells, and patients against controls from the composites."""
    stated = of_patients(cells)
    if not any(stated):
        return ()
    folded = [text.casefold().strip() for text in stated]
    apl, other = (np.array([text in kind for text in folded]) for kind in (APL, OTHER_AML))
    found = []
    for name, mixture in zip(("as called", "as the expert calls them"), mixtures(cells), strict=True):
        figures = _apl(mixture[apl | other], apl[apl | other], replicates, seed)
        said = f"class shares {name}; logistic regression, each patient left out in turn"
        found.append(DiagnosisFigures("APL vs other AML", said, int(apl.sum()), int(other.sum()), figures))
    controls = np.array([text in CONTROLS for text in folded])
    ill = np.array([bool(text) for text in folded]) & ~controls
    return (*found, *(_controls(name, its, ill, controls, replicates, seed) for name, its in shares))


def held_out_scores(mixture: Floats, positive: Flags) -> Floats:
    """Each patient's log odds from a regression that never saw it.

    Classes are weighted to balance: otherwise leaving out a positive lowers its own score, and chance reads as worse
    than chance.
    """
    scores = np.empty(len(positive))
    for place in range(len(positive)):
        rest = np.arange(len(positive)) != place
        scale = StandardScaler().fit(mixture[rest])
        model = LogisticRegression(C=C, class_weight="balanced", max_iter=1000)
        model.fit(scale.transform(mixture[rest]), positive[rest])
        scores[place] = model.decision_function(scale.transform(mixture[[place]]))[0]
    return scores


def _apl(mixture: Floats, positive: Flags, replicates: int, seed: int) -> Figure:
    patients = len(positive)
    if min(int(positive.sum()), int((~positive).sum())) < LEAST_PATIENTS:
        found = f"{int(positive.sum())} APL and {int((~positive).sum())} other AML patients"
        return Figure(None, None, None, patients, f"not estimable: {found}, at least {LEAST_PATIENTS} of each needed")
    scores = held_out_scores(mixture, positive)
    drawn = weights(patients, replicates, seed)
    return figure(auroc(drawn, scores, positive, np.arange(patients)), patients, patients)


def _controls(
    name: str, its: Grouped, ill: Flags, controls: Flags, replicates: int, seed: int
) -> DiagnosisFigures:  # fmt: skip
    predicted, _, _ = its.shares()
    use = (ill | controls) & np.isfinite(predicted)
    positive, score = ill[use], predicted[use]
    none = Figure(None, None, None, len(score), NO_CONTROLS)
    count = int(positive.sum()), int((~positive).sum())
    named = DiagnosisFigures("patients vs controls", f"predicted {name} share", *count, none)
    if not (~positive).any() or not positive.any():
        return named
    n = len(score)
    drawn = weights(n, replicates, seed)
    high = at_least(score)
    return DiagnosisFigures(
        named.name,
        f"{named.score}; sensitivity and specificity at ≥ {MARK:.0%}",
        named.positive,
        named.negative,
        figure(auroc(drawn, score, positive, np.arange(n)), n, n),
        figure(mean(drawn[:, positive], high[positive].astype(float)), named.positive, named.positive),
        figure(mean(drawn[:, ~positive], (~high[~positive]).astype(float)), named.negative, named.negative),
    )
