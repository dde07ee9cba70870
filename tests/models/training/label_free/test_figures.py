"""Figures of the label-free network: the within-class correlation is not fooled by classes, intervals hold donors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training.label_free import figures
from models.training.label_free.figures import Truth

NAMES, MARKERS = ("lymphocyte", "granulocyte", "monocyte"), ("CD16",)


def truth(seed: int, cells: int = 600) -> tuple[Truth, np.ndarray]:
    """CD16 that is nothing but the class and noise; the second return says the class exactly."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, cells)
    values = np.array([1.0, 3.0, 2.0])[labels] + rng.normal(0, 0.3, cells)
    groups = np.array([f"donor_{k:02}" for k in rng.integers(0, 6, cells)])
    alike = np.stack([50 + 20 * labels + rng.normal(0, 1, cells), rng.random(cells), rng.random(cells)], 1)
    told = np.array([1.0, 3.0, 2.0])[labels]
    return Truth(labels, values[:, None], groups, alike, NAMES, MARKERS), told


def test_a_reader_of_classes_has_a_pooled_correlation_and_none_within_classes() -> None:
    true, told = truth(1)
    found = figures.of_markers((told + 1e-3 * np.random.default_rng(0).normal(size=len(told)))[:, None], true)["CD16"]
    assert found["pooled"] > 0.9
    assert abs(found["within_class"]) < 0.15
    assert abs(found["alike"]) < 0.7  # strata by quantiles hold a few cells of another class
    assert found["pooled_interval"][0] <= found["pooled"] <= found["pooled_interval"][1]
    assert set(found["by_class"]) == set(NAMES)


@given(seed=st.integers(0, 200), scale=st.floats(0.1, 10), shift=st.floats(-5, 5))
@settings(max_examples=20, deadline=None)
def test_neither_unit_nor_class_level_changes_the_within_class_correlation(
    seed: int, scale: float, shift: float
) -> None:
    rng = np.random.default_rng(seed)
    x, y, g = rng.normal(size=90), rng.normal(size=90), rng.integers(0, 3, 90)
    plain = figures.within(x, y, g)
    assert figures.within(scale * x + shift, y + np.array([0, 7, -4])[g], g) == pytest.approx(plain, abs=1e-9)
    assert -1 <= plain <= 1


def test_cells_of_unknown_class_do_not_count_within_classes() -> None:
    x = np.arange(30.0)
    labels = np.repeat([0, -1], 15)
    assert figures.within(x, np.where(labels < 0, -x, x), labels) == pytest.approx(1)


def test_perfect_answers_are_perfect_and_chance_is_chance() -> None:
    true, _ = truth(2)
    perfect = figures.of_classes(8 * np.eye(3)[true.labels], true)
    assert perfect["accuracy"] == perfect["balanced_accuracy"] == perfect["auroc"] == 1
    chance = figures.of_classes(np.random.default_rng(0).normal(size=(600, 3)), true)
    assert chance["balanced_accuracy_interval"][0] < 1 / 3 < chance["balanced_accuracy_interval"][1]
    assert chance["auroc"] == pytest.approx(0.5, abs=0.06)


def test_cells_without_measures_are_in_no_stratum() -> None:
    measures = np.random.default_rng(0).random((100, 3))
    measures[::7, 1] = np.nan
    strata = figures.alike(measures)
    assert (strata[::7] == -1).all()
    assert len(np.unique(strata)) > 20


def test_two_donors_make_no_interval() -> None:
    assert figures.intervals(np.array(["a", "b"] * 5), lambda rows: {"n": float(len(rows))}) == {}
