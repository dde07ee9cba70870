"""Odd cells are those unlike the calibration cells; one in a hundred calibration cells is odder than 99 in 100."""

from __future__ import annotations

import numpy as np
import pytest

from models import oddness
from models.conformal import patient_weights
from models.oddness import auroc
from tests.models.patients import labelled


def test_distance_is_kept_where_features_tell_and_energy_where_logits_do():
    cells = labelled(0)
    rng = np.random.default_rng(5)
    far = (cells.logits[:200], cells.features[:200] + 6)
    quiet = (cells.logits[:200] - 30, cells.features[:200])
    by_features, told = oddness.fit(cells.logits, cells.features, cells.labels, cells.patients, {"stain": far})
    assert by_features.score == "distance"
    assert told["distance"]["stain"] > 0.99
    assert told["energy"]["stain"] == pytest.approx(0.5, abs=0.1)
    by_logits, _ = oddness.fit(cells.logits, cells.features, cells.labels, cells.patients, {"blur": quiet})
    assert (by_logits.score, by_logits.distance) == ("energy", None)
    shuffled = rng.permutation(len(cells.labels))[:200]
    for found, other in ((by_features, far), (by_logits, quiet)):
        assert found(*other).min() > 0.95
        assert found(cells.logits[shuffled], cells.features[shuffled]).mean() == pytest.approx(0.5, abs=0.1)


def test_new_patients_are_as_odd_as_the_calibration_cells():
    shares, means = [], []
    for seed in range(6):
        both = labelled(seed, patients=160, width=80)
        old = np.isin(both.patients, np.unique(both.patients)[::2])
        found, _ = oddness.fit(both.logits[old], both.features[old], both.labels[old], both.patients[old], {})
        odd = found(both.logits[~old], both.features[~old])
        assert odd.dtype == np.float32
        weights = patient_weights(both.patients[~old])
        shares.append(np.average(odd > 0.99, weights=weights))
        means.append(np.average(odd, weights=weights))
    assert 0.006 < np.mean(shares) < 0.014
    assert np.mean(means) == pytest.approx(0.5, abs=0.03)


def test_cells_measured_from_a_mean_they_made_would_seem_too_familiar():
    """Why each patient is measured from the others: few patients, many features."""
    own, apart, new = [], [], []
    for seed in range(6):
        both = labelled(seed, patients=24, most=20, width=64)
        old = np.isin(both.patients, np.unique(both.patients)[::2])
        distance, its = oddness._measured(both.features[old], both.labels[old], both.patients[old])
        own.append(np.median(distance(both.features[old])))
        apart.append(np.median(its))
        new.append(np.median(distance(both.features[~old])))
    assert np.mean(own) < 0.95 * np.mean(new)
    assert np.mean(new) < 1.02 * np.mean(apart) < 1.15 * np.mean(new)


def test_odder_never_means_less_odd():
    cells = labelled(6)
    found, _ = oddness.fit(cells.logits, cells.features, cells.labels, cells.patients, {})
    steps = np.stack([cells.features[0] + k for k in np.linspace(0, 50, 60)])
    odd = found(np.zeros((60, 5)), steps)
    assert odd[-1] == 1
    beyond = odd[np.linspace(0, 50, 60) > 4]
    assert (np.diff(beyond) >= 0).all()


def test_area_under_the_curve():
    assert auroc(np.array([1.0, 2, 3]), np.array([4.0, 5])) == 1
    assert auroc(np.array([4.0, 5]), np.array([1.0, 2, 3])) == 0
    assert auroc(np.array([1.0, 1]), np.array([1.0])) == 0.5


def test_missing_features_are_told():
    cells = labelled(0)
    found, _ = oddness.fit(cells.logits, cells.features, cells.labels, cells.patients, {})
    with pytest.raises(ValueError, match="penultimate features"):
        found(cells.logits, None)
    blind, told = oddness.fit(cells.logits, None, cells.labels, cells.patients, {})
    assert blind.score == "energy"
    assert set(told) == {"energy"}
    with pytest.raises(ValueError, match="of the other pictures 'blur'"):
        oddness.fit(cells.logits, cells.features, cells.labels, cells.patients, {"blur": (cells.logits, None)})
    with pytest.raises(ValueError, match="at least 5"):
        oddness.fit(cells.logits[:4], cells.features[:4], cells.labels[:4], np.arange(4), {})
