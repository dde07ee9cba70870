"""Figures by patient: counted by hand, and against scipy and scikit-learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from core.aggregate.counting import groups
from core.correction import interval_score
from core.evaluate import diagnosis
from core.evaluate.intervals import HALVINGS, READER, SAME, WHOLE, corrected_figures, halves, interval_figures, left_out
from core.evaluate.patient_level import grouped, kappa, pearson, share_figures
from core.evaluate.resampling import weights
from core.records import Findings, Specimen
from tests.core.evaluate import made

GROUP = groups(made.WORDS, Specimen.BLOOD, Findings())


def of(cells, members=GROUP.cblc):
    return grouped(cells, GROUP.counted, members)


def test_shares_by_hand_with_the_uncounted_outside_and_the_missed_inside():
    rows = [("A", "blast", "blast"), ("A", "band", "band"), ("A", "smudge", "smudge"), ("A", "erythroblast", "other")]
    rows += [("A", "blast", None), ("B", "smudge", "smudge"), ("B", "blast", "blast")]
    predicted, expert, both = of(made.cells(rows)).shares()
    assert predicted.tolist() == [0.5, 1.0]
    assert expert.tolist() == [pytest.approx(2 / 3), 1.0]
    assert both.all()


def test_agreement_by_hand():
    rows = []
    for patient, expert, called in (("A", 2, 2), ("B", 1, 3), ("C", 5, 1), ("D", 0, 0)):
        rows += [(patient, "blast" if k < expert else "band", "blast" if k < called else "band") for k in range(10)]
    found = share_figures("cblc", "CBLC-3", of(made.cells(rows)), 100, 1)
    assert found.mean_absolute.value == pytest.approx((0 + 0.2 + 0.4 + 0) / 4)
    assert found.bias.value == pytest.approx((0 + 0.2 - 0.4 + 0) / 4)
    assert found.agreement == (1, 1, 1, 1)
    assert found.kappa.value == pytest.approx(0.0)
    sd = np.std([0, 0.2, -0.4, 0], ddof=1)
    assert found.high_limit.value == pytest.approx(found.bias.value + 1.959964 * sd)
    # Wilson of 3 in 10 begins at 0.108, that of 1 in 10 ends at 0.404: B (0.1) and C (0.5) are outside.
    assert found.moved.value == pytest.approx(0.5)


def test_against_scipy_and_scikit_learn():
    cells = of(made.cohort(30))
    x, y, _ = cells.shares()
    found = share_figures("cblc", "CBLC-3", cells, 200, 1)
    assert found.pearson.value == pytest.approx(stats.pearsonr(x, y)[0])
    assert found.kappa.value == pytest.approx(metrics.cohen_kappa_score(x >= 0.2, y >= 0.2))
    assert found.pearson.low <= found.pearson.value <= found.pearson.high


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=3, max_size=12), st.integers(0, 99))
def test_weights_mean_repeated_patients(pairs, seed):
    x, y = np.array(pairs, float).T / 30
    drawn = weights(len(x), 3, seed)
    for row, r in zip(drawn, pearson(drawn, x, y), strict=True):
        many = row.astype(int)
        a, b = np.repeat(x, many), np.repeat(y, many)
        if np.ptp(a) and np.ptp(b):
            assert r == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-6)
        else:
            assert np.isnan(r)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 30), min_size=4, max_size=4))
def test_kappa_is_bounded_and_one_only_without_disagreement(table):
    value = kappa(np.array([table], float))[0]
    if np.isfinite(value):
        assert -1 - 1e-9 <= value <= 1 + 1e-9
        assert (value == pytest.approx(1)) == (table[1] == table[2] == 0)


def test_halves_follow_the_order_where_it_is_given_and_chance_where_not():
    cells = made.cohort(4, 11)
    one = of(cells)
    first = halves(one, np.arange(44)[::-1].astype(float), 1)
    assert np.flatnonzero(first[:11]).tolist() == [6, 7, 8, 9, 10]  # the last rows come first on the smear
    drawn = halves(one, cells.order, 1)
    assert [int(drawn[one.patient == p].sum()) for p in range(4)] == [5, 5, 5, 5]
    assert not np.array_equal(drawn, halves(one, cells.order, 2))


def test_whole_fields_make_the_halves_and_no_single_draw_decides():
    cells = replace(made.cohort(4, 60), field=np.tile(np.repeat([f"f{k}" for k in range(6)], 10), 4))
    one = of(cells)
    for seed in range(5):
        first = halves(one, cells.order, seed)
        assert [int(first[one.patient == p].sum()) for p in range(4)] == [30] * 4
        assert all(
            len(set(first[(cells.field == f) & (one.patient == 0)].tolist())) == 1 for f in np.unique(cells.field)
        )
    held = left_out(one, cells.order, 1).held
    assert {len(rows) for rows in held[WHOLE]} == {HALVINGS}
    for row in interval_figures(held, 100, 1):
        assert row.draws == (1 if row.name == SAME else HALVINGS)
    assert {len(rows) for rows in left_out(one, np.arange(240.0), 1).held[WHOLE]} == {1}


def test_cells_that_lie_together_tell_less_and_their_interval_is_wider():
    """All blasts in two of six fields: fewer cells' worth than as many blasts spread evenly."""
    labels = [["blast"] * 10, ["blast"] * 10] + [["band"] * 10] * 4
    rows = [("A", code, code) for field in labels for code in field]
    fields = np.repeat([f"f{k}" for k in range(6)], 10)
    plain = made.cells(rows)
    lumped, even = replace(plain, field=fields), replace(plain, field=np.tile(np.unique(fields), 10))
    everyone = np.ones(60, bool)
    together, spread = (of(c).effective_n(of(c).called, everyone) for c in (lumped, even))
    assert together < 15 < 55 < spread <= 60
    assert of(plain).effective_n(of(plain).called, everyone) is None
    assert (
        of(replace(plain, field=np.where(np.arange(60) == 3, "", fields))).effective_n(plain.called, everyone) is None
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [(text, "apl") for text in ("APL", " apl", "AML M3", "AML-M3", "FAB M3v", "Acute promyelocytic leukaemia")]
    + [
        (text, "apl")
        for text in ("acute promyelocytic leukemia (APL)", "AML with PML::RARA", "acute myeloid leukemia M3")
    ]
    + [(text, "aml") for text in ("AML", "AML, not APL", "non-APL AML", "acute myeloid leukaemia", "AML M2", "M5a")]
    + [(text, "aml") for text in ("AML with NPM1", "AML without PML::RARA", "acute myeloid leukemia, M4")]
    + [("Healthy", "control"), ("no leukaemia", "control"), ("ALL", "else"), ("CMML", "else"), ("  ", "")],
)
def test_a_diagnosis_is_known_however_it_is_spelt(text, kind):
    assert diagnosis.kind(text) == kind


def test_diagnoses_that_mean_nothing_here_are_named():
    cells = made.cohort(12, 20)
    cells = replace(cells, diagnosis=np.where(cells.diagnosis == "APL", "Typ 3", "Typ 1"))
    found = diagnosis.diagnoses(cells, [("CBLC-3", of(cells))], 50, 1)
    assert "'Typ 1', 'Typ 3'" in found[0].auroc.note


def test_intervals_hold_and_score_as_their_definition():
    cells = made.cohort(24, 80)
    one = of(cells)
    fixed = left_out(one, cells.order, 1)
    found = {i.name: i for i in interval_figures(fixed.held, 100, 1)}
    rows = [row for (row,) in fixed.held[SAME] if not row.withheld]
    assert found[SAME].patients == len(rows) == 24
    assert found[SAME].score.value == pytest.approx(np.mean([interval_score(r.low, r.high, r.truth) for r in rows]))
    assert found[SAME].coverage.value == pytest.approx(np.mean([r.low <= r.truth <= r.high for r in rows]), abs=0.05)
    assert found[SAME].coverage.value >= 0.85
    assert found[WHOLE].width.value > found[SAME].width.value * 0.9
    assert 0.6 < found[READER].coverage.value <= 1


def test_a_patient_left_out_does_not_shape_its_own_correction():
    """Turning all labels of one patient round changes its truth, never its estimate."""
    cells = made.cohort(12, 60)
    mine = cells.patients == "P00"
    turned = np.where(mine, (cells.truth + 5) % 16, cells.truth)
    before = left_out(of(cells), cells.order, 1).estimates
    after = left_out(of(replace(cells, truth=turned)), cells.order, 1).estimates
    assert before[0].acc == after[0].acc
    assert before[0].pacc == after[0].pacc
    assert before[1].acc != after[1].acc


def test_correcting_a_classifier_that_always_errs_alike_brings_bias_down():
    rng = np.random.default_rng(0)
    rows = []
    for p in range(24):
        share = rng.uniform(0.05, 0.6)
        for _ in range(120):
            truth = "smudge" if rng.random() < 0.1 else "blast" if rng.random() < share else "lymphocyte"
            called = "lymphocyte" if truth == "blast" and rng.random() < 0.35 else truth
            rows.append((f"P{p:02d}", truth, called))
    cells = made.cells(rows)
    one = of(cells)
    found = corrected_figures(one, left_out(one, cells.order, 1).estimates, 300, 1)
    assert found.patients == 24
    assert found.verdict["acc"] == "bias fell"
    assert abs(found.bias["acc"].value) < 0.02 < -found.bias["raw"].value


def test_too_few_patients_withhold_the_correction_with_a_reason():
    cells = made.cohort(4, 60)
    fixed = left_out(of(cells), cells.order, 1)
    found = {i.name: i for i in interval_figures(fixed.held, 50, 1)}
    assert found[SAME].patients == 0
    assert found[SAME].coverage.value is None
    assert sum(found[SAME].withheld.values()) == 4


def test_diagnoses_from_the_mixture_and_against_controls():
    cells = made.cohort(30, 60)
    found = diagnosis.diagnoses(cells, [("CBLC-3", of(cells))], 100, 1)
    called, expert, controls = found
    assert (called.positive, called.negative) == (10, 10)
    assert called.auroc.value > 0.9
    assert expert.auroc.value > 0.9
    assert (controls.positive, controls.negative) == (20, 10)
    x, _, _ = of(cells).shares()
    ill = np.array([d != "control" for d in diagnosis.of_patients(cells)])
    assert controls.auroc.value == pytest.approx(metrics.roc_auc_score(ill, x))
    assert controls.sensitivity.value == pytest.approx((x[ill] >= 0.2).mean())
    assert controls.specificity.value == pytest.approx((x[~ill] < 0.2).mean())


def test_without_controls_it_says_so():
    cells = made.cohort(30, 40)
    cells = cells.only(cells.diagnosis != "control")
    last = diagnosis.diagnoses(cells, [("CBLC-3", of(cells))], 100, 1)[-1]
    assert last.auroc.value is None
    assert last.auroc.note == "not estimable: no controls"


def test_left_out_scores_find_nothing_where_there_is_nothing():
    rng, few = np.random.default_rng(1), np.arange(30) < 10
    found = [
        metrics.roc_auc_score(few, diagnosis.held_out_scores(rng.random((30, 5)), few, np.arange(30))) for _ in range(4)
    ]
    assert 0.3 < np.mean(found) < 0.65


def test_a_centre_with_all_of_one_kind_leaves_nothing_to_learn_from():
    few = np.arange(30) < 10
    assert np.isnan(diagnosis.held_out_scores(np.ones((30, 5)), few, few.astype(int))).all()
