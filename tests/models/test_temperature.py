"""One temperature, and the error that is left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.conformal import patient_weights
from models.temperature import calibration_error, log_loss, reliability, softmax, temperature
from tests.models.patients import labelled


@settings(max_examples=15, deadline=None)
@given(st.floats(0.3, 5.0), st.integers(0, 10_000))
def test_a_known_temperature_is_found_again(heat, seed):
    cells = labelled(seed, patients=60, heat=heat)
    even = np.ones(len(cells.labels))
    found = temperature(cells.logits, cells.labels, even)
    assert found == pytest.approx(heat, rel=0.15)
    for other in (found * 0.99, found * 1.01):
        assert log_loss(cells.logits, cells.labels, even, found) <= log_loss(cells.logits, cells.labels, even, other)


def test_one_patient_with_many_cells_does_not_decide():
    cells = labelled(1, patients=20)
    loud = cells.logits.copy()
    many = cells.patients == cells.patients[0]
    logits = np.concatenate([loud] + [loud[many] * 8] * 40)
    labels = np.concatenate([cells.labels] + [cells.labels[many]] * 40)
    patients = np.concatenate([cells.patients] + [cells.patients[many]] * 40)
    by_cell = temperature(logits, labels, np.ones(len(labels)))
    by_patient = temperature(logits, labels, patient_weights(patients))
    honest = temperature(cells.logits, cells.labels, patient_weights(cells.patients))
    assert abs(np.log(by_patient / honest)) < 0.5 * abs(np.log(by_cell / honest))


def test_the_temperature_takes_away_the_calibration_error_and_changes_no_call():
    cells = labelled(2, patients=80, heat=4.0)
    heat = temperature(cells.logits, cells.labels, patient_weights(cells.patients))
    loud, calm = softmax(cells.logits), softmax(cells.logits, heat)
    assert calibration_error(loud, cells.labels) > 0.15
    assert calibration_error(calm, cells.labels) < 0.05
    assert np.array_equal(loud.argmax(axis=1), calm.argmax(axis=1))
    assert calm.sum(axis=1) == pytest.approx(1)


def test_the_reliability_curve_holds_every_cell_in_bins_of_equal_mass():
    cells = labelled(3)
    points = reliability(softmax(cells.logits), cells.labels)
    counts = [count for _, _, count in points]
    assert sum(counts) == len(cells.labels)
    assert max(counts) - min(counts) <= 1
    assert [said for said, _, _ in points] == sorted(said for said, _, _ in points)


def test_a_liar_and_a_prophet():
    sure = np.array([[0.99, 0.01]] * 50)
    assert calibration_error(sure, np.ones(50, int)) == pytest.approx(0.99)
    assert calibration_error(np.array([[1.0, 0.0]] * 50), np.zeros(50, int)) == 0.0
    huge = softmax(np.array([[1e4, 0.0], [0.0, -1e4]]))
    assert np.isfinite(huge).all()


def test_equally_sure_cells_share_a_bin_so_that_the_order_of_rows_changes_nothing():
    labels, p = np.array([0, 1] * 50), np.full((100, 2), 0.5)
    assert calibration_error(p, labels) == pytest.approx(0)  # half sure, half right: cutting ties would find a gap
    boast = np.tile([0.99, 0.01], (100, 1))
    assert calibration_error(boast, labels) == pytest.approx(0.49)
    rng = np.random.default_rng(0)
    p = np.round(rng.dirichlet(np.ones(3), 200), 2) + 1e-3
    labels, turned = rng.integers(3, size=200), rng.permutation(200)
    assert calibration_error(p[turned], labels[turned]) == pytest.approx(calibration_error(p, labels))
