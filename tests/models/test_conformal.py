"""Sets hold the right class as often as they say, on patients like those they were fitted on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import conformal
from models.conformal import coverage_by_patient, patient_weights
from models.temperature import softmax
from tests.models.patients import LINEAGES, NAMES, labelled

COLUMNS = [LINEAGES[name] for name in NAMES]


def fitted(cells, alpha, score):
    return conformal.fit(softmax(cells.logits), cells.labels, cells.patients, COLUMNS, alpha, score)


@pytest.mark.parametrize("score", conformal.SCORES)
@pytest.mark.parametrize("alpha", [0.05, 0.1, 0.3])
def test_cells_of_new_patients_are_covered_as_often_as_stated(score, alpha):
    shares = []
    for seed in range(12):
        both = labelled(seed, patients=80)
        old = np.isin(both.patients, np.unique(both.patients)[::2])
        p = softmax(both.logits)
        sets = conformal.fit(p[old], both.labels[old], both.patients[old], COLUMNS, alpha, score)
        found = coverage_by_patient(sets.members(p[~old]), both.labels[~old], both.patients[~old], alpha)
        shares.append(found["mean"])
    assert np.mean(shares) >= 1 - alpha - 0.02
    assert np.mean(shares) <= 1 - alpha + (0.06 if score == "least" else 0.2)  # wider would cover for free


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(conformal.SCORES), st.permutations(range(len(NAMES))))
def test_renaming_the_columns_renames_the_sets(seed, score, order):
    cells = labelled(seed, patients=25)
    order = np.array(order)
    place = np.argsort(order)
    here = fitted(cells, 0.1, score)
    p = softmax(cells.logits)
    there = conformal.fit(p[:, order], place[cells.labels], cells.patients, [COLUMNS[c] for c in order], 0.1, score)
    moved = tuple(NAMES[c] for c in order)
    assert conformal.named(there.members(p[:, order]), p[:, order], moved) == conformal.named(here.members(p), p, NAMES)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(conformal.SCORES), st.floats(0.02, 0.5), st.floats(0.02, 0.5))
def test_a_stricter_promise_never_takes_a_class_away(seed, score, one, other):
    cells = labelled(seed, patients=25)
    strict, loose = (fitted(cells, alpha, score).members(softmax(cells.logits)) for alpha in sorted((one, other)))
    assert (strict | ~loose).all()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(conformal.SCORES), st.floats(0.02, 0.9))
def test_no_set_is_empty_and_the_likeliest_stands_first(seed, score, alpha):
    cells = labelled(seed, patients=25)
    p = softmax(cells.logits)
    members = fitted(cells, alpha, score).members(p)
    for row, possible in zip(p, conformal.named(members, p, NAMES), strict=True):
        assert possible[0] == NAMES[row.argmax()]
        likely = [row[NAMES.index(name)] for name in possible]
        assert likely == sorted(likely, reverse=True)


def test_equally_likely_classes_are_let_in_together():
    p = np.array([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4], [1 / 3, 1 / 3, 1 / 3]])
    assert conformal.scores(p, "adaptive") == pytest.approx(
        np.array([[0.8, 0.8, 1.0], [1.0, 0.8, 0.8], [1.0, 1.0, 1.0]])
    )
    with pytest.raises(ValueError, match="least or adaptive"):
        conformal.scores(p, "raps")


def test_a_scarce_class_borrows_from_its_lineage_then_from_the_scarce_then_from_all():
    rng = np.random.default_rng(0)
    counts = {0: 400, 1: 60, 2: 60, 3: 90, 4: 30}
    labels = np.repeat(list(counts), list(counts.values()))
    patients = rng.integers(0, 40, len(labels))
    p = rng.dirichlet(np.ones(5), len(labels))
    pools = conformal.fit(p, labels, patients, COLUMNS, 0.1, "least").pools
    assert pools == ("class", "lineage granulocytic", "lineage granulocytic", "scarce", "scarce")
    fifteen = conformal.fit(p, labels, patients % 15, COLUMNS, 0.1, "least").pools  # one class alone is no lineage
    assert fifteen == ("scarce", "lineage granulocytic", "lineage granulocytic", "scarce", "scarce")
    nine = conformal.fit(p, labels, patients % 9, COLUMNS, 0.1, "least")
    assert nine.pools == ("all",) * 5
    assert len(set(nine.thresholds)) == 1


def test_too_few_patients_for_the_promise_let_every_class_in():
    cells = labelled(0, patients=8)  # 1/9 of the mass lies beyond every score
    assert fitted(cells, 0.1, "least").thresholds == (1.0,) * len(NAMES)
    assert fitted(cells, 0.1, "least").members(softmax(cells.logits)).all()
    assert max(fitted(cells, 0.2, "least").thresholds) < 1


def test_one_patient_with_five_hundred_cells_does_not_decide():
    rng = np.random.default_rng(0)
    labels = np.zeros(500 + 30 * 10, int)
    patients = np.concatenate([np.zeros(500, int), np.repeat(np.arange(1, 31), 10)])
    good = np.concatenate([np.full(500, 0.01), rng.uniform(0.6, 0.9, 300)])  # one patient's cells all fit badly
    p = np.column_stack([good, 1 - good, np.zeros((800, 3))])
    sets = conformal.fit(p, labels, patients, COLUMNS, 0.1, "least")
    assert sets.thresholds[0] < 0.5
    assert patient_weights(patients).sum() == pytest.approx(1)
    assert patient_weights(patients)[:500].sum() == pytest.approx(1 / 31)


def test_coverage_is_told_by_patient():
    members = np.array([[True, False]] * 10 + [[True, True]] * 10 + [[False, True]])
    labels = np.array([0] * 8 + [1] * 2 + [0] * 10 + [0])
    patients = np.array(["a"] * 10 + ["b"] * 10 + ["c"])
    found = coverage_by_patient(members, labels, patients, 0.1)
    assert found["mean"] == pytest.approx((0.8 + 1 + 0) / 3)
    assert (found["worst"], found["below"], found["judged"], found["patients"]) == (0.8, 0.5, 2, 3)
    assert found["unsure"] == pytest.approx(1 / 3)
    assert found["size"] == pytest.approx((1 + 2 + 1) / 3)
