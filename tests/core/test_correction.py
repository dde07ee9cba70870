"""Corrected shares: right on average, with intervals that hold what they say, and withheld where they cannot be."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from core import statistics
from core.correction import Case, _truths, corrected, interval_score, mixture, rates
from core.records import Confusion

TRUTH = np.array([[0.85, 0.12, 0.03], [0.08, 0.88, 0.04], [0.05, 0.1, 0.85]])


def confusion(rng, given_=TRUTH, patients=15, cells=150, spread=40.0) -> Confusion:
    """Patients whose own error rates scatter around the given ones (Dirichlet), calls and probabilities alike."""
    made = []
    for _ in range(patients):
        own = np.array([rng.dirichlet(row * spread) for row in given_])
        made.append([rng.multinomial(n, row) for n, row in zip((cells // 3, cells // 2, cells // 6), own, strict=True)])
    called = tuple(tuple(tuple(float(v) for v in row) for row in patient) for patient in made)
    return Confusion(called, called)


def exact(given_=TRUTH, patients=8) -> Confusion:
    one = tuple(tuple(100 * float(v) for v in row) for row in given_)
    return Confusion((one,) * patients, (one,) * patients)


def case(called, known=(0, 0, 0), n=None) -> Case:
    called = np.asarray(called, float)
    return Case(called, np.diag(called), np.asarray(known, float), effective_n=n)


def test_a_classifier_without_error_changes_nothing():
    found = corrected(case([40, 160, 30]), exact(np.eye(3)))
    assert found.acc == pytest.approx(0.2)
    assert found.pacc == pytest.approx(0.2)
    assert found.same_cells.low == pytest.approx(0.2)
    assert found.same_cells.high == pytest.approx(0.2)
    wilson = statistics.wilson(40, 200)  # nothing but sampling is left
    assert (found.patient.low, found.patient.high) == pytest.approx((wilson.low, wilson.high), abs=0.003)


def test_the_true_mixture_is_found_behind_the_calls():
    true = np.array([60.0, 200, 40])
    found = corrected(case(true @ TRUTH), exact())
    assert found.acc == pytest.approx(60 / 260, abs=1e-6)
    assert found.pacc == pytest.approx(60 / 260, abs=1e-6)


def test_cells_a_person_named_are_not_corrected():
    found = corrected(case([0, 0, 0], known=[30, 70, 5]), exact())
    assert found.pacc == pytest.approx(0.3)
    assert found.same_cells.low == pytest.approx(0.3)
    assert found.same_cells.high == pytest.approx(0.3)
    assert found.patient.low < 0.3 < found.patient.high


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(5)
    same = whole = 0
    rounds = 120
    for number in range(rounds):
        known = confusion(rng)
        share = rng.dirichlet([2, 6, 1])
        true = rng.multinomial(220, share)
        own = np.array([rng.dirichlet(row * 40) for row in TRUTH])
        called = sum(rng.multinomial(n, row) for n, row in zip(true, own, strict=True))
        found = corrected(case(called), known, seed=number)
        counted, composite = true[:2].sum(), share[0] / share[:2].sum()
        same += found.same_cells.low <= true[0] / counted <= found.same_cells.high
        whole += found.patient.low <= composite <= found.patient.high
    assert same / rounds > 0.9
    assert whole / rounds > 0.9


def test_correction_removes_bias_where_errors_are_as_known():
    rng = np.random.default_rng(8)
    raw, better = [], []
    for number in range(60):
        true = rng.multinomial(300, [0.05, 0.8, 0.15])
        called = sum(rng.multinomial(n, row) for n, row in zip(true, TRUTH, strict=True))
        expert = true[0] / true[:2].sum()
        raw.append(called[0] / called[:2].sum() - expert)
        better.append(corrected(case(called), exact(), seed=number).acc - expert)
    assert np.mean(raw) > 0.05
    assert abs(np.mean(better)) < 0.01


@given(st.lists(st.integers(0, 400), min_size=3, max_size=3), st.integers(0, 2**16))
@settings(max_examples=60, deadline=None)
def test_what_comes_out_is_a_mixture_and_no_mixture_is_closer(called, seed):
    rng = np.random.default_rng(seed)
    table = np.array([rng.dirichlet(np.eye(3)[k] * 4 + 0.6) for k in range(3)])
    said = np.array(called, float)[None] + 1e-9
    found = mixture(said, table)[0]
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1)
    target = said[0] / said.sum()

    def miss(point):
        return float((((point @ table) - target) ** 2).sum())

    reference = minimize(
        miss, np.ones(3) / 3, bounds=[(0, 1)] * 3, constraints={"type": "eq", "fun": lambda p: p.sum() - 1}
    )
    assert miss(found) <= reference.fun + 1e-6


@given(st.permutations(range(6)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_calibration_patients_changes_nothing(order):
    known = confusion(np.random.default_rng(2), patients=6)
    turned = Confusion(tuple(known.called[k] for k in order), tuple(known.probable[k] for k in order))
    one, other = corrected(case([50, 100, 20]), known), corrected(case([50, 100, 20]), turned)
    for here, there in ((one.same_cells, other.same_cells), (one.patient, other.patient)):
        assert (one.pacc, here.low, here.high) == pytest.approx((other.pacc, there.low, there.high))


def test_the_error_of_the_calls_alone_is_the_textbook_one():
    """Patients all alike: what is left on the same cells is M⁻ᵀ Σ tᵢ (diag Mᵢ − Mᵢ Mᵢᵀ) M⁻¹ (delta method)."""
    true = np.array([150.0, 600, 250])
    found = _truths(np.random.default_rng(1), case(true @ TRUTH), np.repeat(TRUTH[None], 20_000, 0))
    back = np.linalg.inv(TRUTH.T)
    noise = sum(n * (np.diag(row) - np.outer(row, row)) for n, row in zip(true, TRUTH, strict=True))
    assert np.cov(found.T) == pytest.approx(back @ noise @ back.T, rel=0.05, abs=3)


def test_probabilities_say_more_than_calls_and_narrow_the_interval():
    """The same sums of probabilities from cells that are alike within a call, and from cells that are not."""
    known, called = exact(), np.array([60.0, 180, 40])
    one_hot = Case(called, np.diag(called), np.zeros(3), np.diag(called))
    typical = np.diag(called) @ TRUTH
    soft = Case(called, typical, np.zeros(3), TRUTH.T @ np.diag(called) @ TRUTH)
    wide, narrow = corrected(one_hot, known).same_cells, corrected(soft, known).same_cells
    assert narrow.high - narrow.low < wide.high - wide.low


def test_the_patient_interval_holds_the_one_of_these_cells():
    rng = np.random.default_rng(3)
    for number in range(20):
        found = corrected(case(rng.multinomial(90, rng.dirichlet([1, 3, 1]))), confusion(rng), seed=number)
        assert found.patient.low <= found.same_cells.low <= found.pacc <= found.same_cells.high <= found.patient.high


def test_more_calls_of_the_composite_never_lower_it():
    values = [corrected(case([k, 200 - k, 20]), exact()).acc for k in range(0, 201, 10)]
    assert all(a <= b + 1e-9 for a, b in itertools.pairwise(values))


def test_fields_that_differ_widen_the_patient_interval_only():
    plain, clustered = corrected(case([60, 180, 20]), exact()), corrected(case([60, 180, 20], n=40), exact())
    assert clustered.patient.high - clustered.patient.low > 1.5 * (plain.patient.high - plain.patient.low)
    assert clustered.same_cells == plain.same_cells


@pytest.mark.parametrize(
    ("known", "counts", "why"),
    [
        (exact(patients=3), [1, 2, 3], "fewer than 5"),
        (exact(np.full((3, 3), 1 / 3)), [1, 2, 3], "too often"),
        (exact(), [0, 0, 0], "no cells"),
        (Confusion((((9.0, 1, 0), (1, 99, 0), (0, 0, 1)),) * 6, (((9.0, 1, 0), (1, 99, 0), (0, 0, 1)),) * 6),
         [1, 2, 3], "fewer than 30"),
        (Confusion((((-1.0, 1, 0), (1, 99, 0), (0, 0, 99)),) * 6, exact().probable), [1, 2, 3], "no counts"),
    ],
)  # fmt: skip
def test_what_cannot_be_turned_round_is_withheld_and_says_why(known, counts, why):
    found = corrected(case(counts), known)
    assert why in found.withheld
    assert (found.acc, found.pacc, found.same_cells, found.patient) == (None,) * 4


def test_the_same_case_gives_the_same_intervals():
    assert corrected(case([9, 80, 3]), exact()) == corrected(case([9, 80, 3]), exact())


def test_no_patient_outweighs_the_median_one():
    large = 50 * np.array([[0.0, 100, 0], [0, 100, 0], [0, 0, 100]])
    small = np.array([[[100.0, 0, 0], [0, 100, 0], [0, 0, 100]]] * 4)
    assert rates(np.concatenate([small, large[None]]))[0, 0] == pytest.approx(0.8)


def test_the_interval_score_fines_what_is_missed():
    assert interval_score(0.1, 0.3, 0.2) == pytest.approx(0.2)
    assert interval_score(0.1, 0.3, 0.35) == pytest.approx(0.2 + 40 * 0.05)
    assert interval_score(0.1, 0.3, 0.0) == pytest.approx(0.2 + 40 * 0.1)
