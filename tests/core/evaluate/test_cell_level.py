"""Figures by cell: counted by hand, and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from core.aggregate.counting import groups
from core.evaluate.cell_level import cell_figures
from core.evaluate.resampling import auroc, figure, mean, weights
from core.records import Findings, Specimen
from models.temperature import calibration_error
from tests.core.evaluate import made

GROUP = groups(made.WORDS, Specimen.BLOOD, Findings())


def figures(cells, replicates=100):
    return cell_figures(cells, GROUP, replicates, 1)


def test_counted_by_hand_with_a_cell_that_was_not_found():
    rows = [("A", "blast", "blast"), ("A", "blast", "monocyte"), ("B", "blast", None), ("B", "monocyte", "monocyte")]
    found = figures(made.cells([*rows, ("B", "monocyte", "basophil")]))
    by = {c.code: c for c in found.classes}
    assert (found.cells, found.not_found, found.patients) == (5, 1, 2)
    assert found.accuracy.value == pytest.approx(2 / 5)
    assert by["blast"].recall.value == pytest.approx(1 / 3)
    assert by["blast"].precision.value == 1
    assert by["monocyte"].f1.value == pytest.approx(1 / 2)
    assert found.weighted_f1.value == pytest.approx((3 * 0.5 + 2 * 0.5) / 5)
    assert found.macro_f1.value == pytest.approx(0.5)  # basophil, never labelled, is outside the mean
    assert "basophil" in found.absent
    assert by["basophil"].recall.value is None
    assert by["basophil"].precision.value == 0
    assert found.confusion[made.WORDS.codes.index("blast")][-1] == 1
    assert found.accuracy.low is None  # two patients make no interval
    assert "patients" in found.accuracy.note


def test_against_scikit_learn():
    cells = made.cohort()
    found = figures(cells)
    y, called = cells.truth, cells.called
    present = np.unique(y)
    assert found.weighted_f1.value == pytest.approx(metrics.f1_score(y, called, average="weighted", zero_division=0))
    macro = metrics.f1_score(y, called, labels=present, average="macro", zero_division=0)
    assert found.macro_f1.value == pytest.approx(macro)
    for name, value in (("cblc", found.cblc_auroc), ("blasts", found.blasts_auroc)):
        members = cells.members(getattr(GROUP, name))
        score = cells.probabilities[:, members].sum(axis=1)
        assert value.value == pytest.approx(metrics.roc_auc_score(members[y], score))
    assert np.array_equal(np.array(found.confusion)[:, :-1], metrics.confusion_matrix(y, called, labels=range(16)))
    assert found.ece.value == pytest.approx(calibration_error(cells.probabilities, y))
    assert found.weighted_f1.low < found.weighted_f1.value < found.weighted_f1.high


def test_a_replicate_is_the_figure_of_its_patients():
    """Weighting patients is the same as repeating their cells."""
    rng = np.random.default_rng(3)
    patient, score = rng.integers(6, size=200), rng.integers(0, 20, 200) / 20
    positive = rng.random(200) < 0.4
    drawn = weights(6, 20, 5)
    got = auroc(drawn, score, positive, patient)
    for row, value in zip(drawn, got, strict=True):
        rows = np.repeat(np.arange(200), row[patient].astype(int))
        assert value == pytest.approx(metrics.roc_auc_score(positive[rows], score[rows]))


def test_coverage_over_cells_and_over_patients():
    rows = [made.one(str(n), "A", "blast", "blast", possible=("blast",)) for n in range(8)]
    rows += [made.one(f"b{n}", "B", "blast", "band", possible=("band", "blast")[: n + 1]) for n in range(2)]
    rows.append(made.one("c", "C", "blast", "blast"))  # no set: left out, and said
    found = figures(made.gathered(rows, made.WORDS))
    assert found.coverage.value == pytest.approx(9 / 10)
    assert found.coverage_by_patient.value == pytest.approx((1 + 0.5) / 2)
    assert found.set_size.value == pytest.approx(11 / 10)
    assert "1 cells without a set" in found.coverage.note


def test_no_sets_and_one_class_are_not_estimable():
    found = figures(made.cells([("A", "blast", "blast"), ("B", "blast", "band")]))
    assert found.coverage.value is None
    assert "no conformal sets" in found.coverage.note
    assert found.cblc_auroc.value is None
    assert "only one" in found.cblc_auroc.note


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 1), min_size=5, max_size=40))
def test_a_mean_lies_in_its_interval_whose_ends_are_possible(values):
    array = np.array(values)
    got = figure(mean(weights(len(array), 300, 2), array), len(array), len(array))
    assert min(values) - 1e-9 <= got.low <= got.high <= max(values) + 1e-9
    assert got.value == pytest.approx(array.mean())


def test_the_interval_of_a_small_calibration_error_holds_it():
    """Cells as sure as they are right: nearly every resampling looks worse than they are."""
    rng = np.random.default_rng(11)
    rows = []
    for n in range(300):
        sure = rng.uniform(0.55, 0.95)
        called = "blast" if rng.random() < sure else "band"
        rows.append(made.one(str(n), f"P{n // 25:02d}", "blast", called, sure))
    found = figures(made.gathered(rows, made.WORDS))
    assert found.ece.low <= found.ece.value < found.ece.high
