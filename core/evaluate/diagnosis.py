"""Telling patients apart by their cells, where the labelled cases say what the patients have."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from core.evaluate.cells import Cells, Flags, Floats, Ints, Texts
from core.evaluate.figures import DiagnosisFigures, Figure
from core.evaluate.patient_level import MARK, Grouped, at_least
from core.evaluate.resampling import LEAST_PATIENTS, auroc, figure, mean, weights

CONTROLS = frozenset({"control", "controls", "healthy", "normal", "no leukemia"})
APL = re.compile(r"apl|apml|m3v?|pml rara|.*promyelocytic leukemia.*|(aml|fab) m3v?|(aml|apl) with pml rara")
OTHER_AML = re.compile(
    r"aml( with .*)?|non apl aml|(other|not) aml|aml (not|non) apl|acute myeloid leukemia|(aml |fab )?m[0124567][a-z]*"
)
NOT_APL = re.compile(r".*\b(not|non|no|other than|without|excluding)\b.*(apl|m3|promyelocytic|pml).*")
NO_CONTROLS = "not estimable: no controls"
C = 1.0  # the penalty of the logistic regression; never tuned


def kind(diagnosis: str) -> str:
    """'apl', 'aml' (any other), 'control', 'else', or '' where nothing is stated; however it is spelt."""
    words = re.sub(r"[^a-z0-9]+", " ", diagnosis.casefold().replace("leukaemia", "leukemia")).strip()
    words = re.sub(r"\bacute myeloid leukemia\b", "aml", words)
    words = re.sub(r"\b(aml|fab) aml\b", "aml", words)
    if not words:
        return ""
    if words in CONTROLS:
        return "control"
    if NOT_APL.fullmatch(words):
        return "aml" if "aml" in words or "leukemia" in words else "else"
    return "apl" if APL.fullmatch(words) else "aml" if OTHER_AML.fullmatch(words) else "else"


def of_patients(cells: Cells, column: str = "diagnosis") -> tuple[str, ...]:
    """What the column says of each patient, in the order of their names; '' where nothing or more than one thing."""
    texts: Texts = getattr(cells, column)
    found = []
    for name in np.unique(cells.patients):
        said = set(np.unique(texts[cells.patients == name])) - {""}
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
    kinds = np.array([kind(text) for text in stated])
    apl, use = kinds == "apl", np.isin(kinds, ("apl", "aml"))
    values = tuple(sorted({text for text in stated if text}))
    ways = [("each patient left out in turn", np.arange(int(use.sum())))]
    centres = of_patients(cells, "centre")
    if len(set(centres) - {""}) > 1:
        ways.append(("each centre left out in turn", np.unique(np.array(centres)[use], return_inverse=True)[1]))
    found = []
    for name, mixture in zip(("as called", "as the expert calls them"), mixtures(cells), strict=True):
        for way, blocks in ways:
            figures = _apl(mixture[use], apl[use], blocks, values, replicates, seed)
            said = f"class shares {name}; logistic regression, {way}"
            counted = int(apl.sum()), int((kinds == "aml").sum())
            found.append(DiagnosisFigures("APL vs other AML", said, *counted, figures))
    controls = kinds == "control"
    ill = (kinds != "") & ~controls
    return (*found, *(_controls(name, its, ill, controls, replicates, seed) for name, its in shares))


def held_out_scores(mixture: Floats, positive: Flags, blocks: Ints) -> Floats:
    """Each patient's log odds from a regression that never saw its block; NaN where the others are all of one kind.

    Classes are weighted to balance: otherwise leaving out a positive lowers its own score, and chance reads as worse
    than chance.
    """
    scores = np.full(len(positive), np.nan)
    for block in np.unique(blocks):
        out, rest = blocks == block, blocks != block
        if not 0 < positive[rest].sum() < rest.sum():
            continue
        scale = StandardScaler().fit(mixture[rest])
        model = LogisticRegression(C=C, class_weight="balanced", max_iter=1000)
        model.fit(scale.transform(mixture[rest]), positive[rest])
        scores[out] = model.decision_function(scale.transform(mixture[out]))
    return scores


def _apl(
    mixture: Floats, positive: Flags, blocks: Ints, values: Sequence[str], replicates: int, seed: int
) -> Figure:  # fmt: skip
    patients = len(positive)
    if min(int(positive.sum()), int((~positive).sum())) < LEAST_PATIENTS:
        found = f"{int(positive.sum())} APL and {int((~positive).sum())} other AML patients"
        stated = ", ".join(repr(value) for value in values[:8]) + (" …" if len(values) > 8 else "")
        found += f" among the diagnoses stated ({stated})"
        return Figure(None, None, None, patients, f"not estimable: {found}, at least {LEAST_PATIENTS} of each needed")
    scores = held_out_scores(mixture, positive, blocks)
    if not np.isfinite(scores).all():
        return Figure(None, None, None, patients, "not estimable: all APL or all other AML are of one centre")
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
