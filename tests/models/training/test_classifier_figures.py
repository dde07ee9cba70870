"""Figures of a classifier on answers whose worth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training.classifier_card import _prior
from models.training.classifier_figures import figures, interval, mature_accuracy, merged, per_class
from models.training.recipe import LABELS


def answers(called: list[str], sure: float = 0.9) -> np.ndarray:
    p = np.full((len(called), len(LABELS)), (1 - sure) / (len(LABELS) - 1), np.float32)
    p[np.arange(len(called)), [LABELS.index(c) for c in called]] = sure
    return p


def classes(names: list[str]) -> np.ndarray:
    return np.array([LABELS.index(c) for c in names], np.int64)


def test_right_answers_are_worth_everything():
    names = ["blast", "lymphocyte", "segmented", "blast"]
    found = figures(classes(names), answers(names))
    assert (found["weighted_f1"], found["macro_f1"], found["cblc_auroc"]) == (1, 1, 1)
    assert found["calibration_error"] == pytest.approx(0.1, abs=1e-6)


def test_half_right_and_half_sure_is_calibrated():
    found = figures(classes(["blast", "monocyte"]), answers(["blast", "blast"], 0.5))
    assert found["calibration_error"] == pytest.approx(0)


def test_a_merger_forgives_what_readers_confuse_and_nothing_else():
    truth = classes(["band", "band", "lymphocyte", "blast"])
    found = merged(truth, answers(["segmented", "band", "variant_lymphocyte", "smudge"]))
    assert found["none"] < found["granulocytic_stages"] < found["all"] < 1
    assert found["monocytic_stages"] == found["none"]


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from(LABELS), min_size=2, max_size=30), st.randoms(use_true_random=False))
def test_no_merger_makes_answers_worse(names, chance):
    called = [chance.choice(LABELS) for _ in names]
    found = merged(classes(names), answers(called))
    assert min(found.values()) >= found["none"] - 1e-9


def test_bands_pass_for_the_neutrophils_of_the_other_laboratories():
    assert mature_accuracy(classes(["segmented", "monocyte"]), answers(["band", "lymphocyte"])) == 0.5


def test_classes_that_do_not_occur_count_no_cells():
    assert per_class(classes(["blast", "blast"]), answers(["blast", "smudge"]))["smudge"] == {
        "precision": 0.0, "recall": 0.0, "f1": 0.0, "cells": 0,
    }  # fmt: skip


def test_the_interval_of_patients_who_differ_is_wider_than_that_of_patients_alike():
    truth = classes(["blast", "monocyte"] * 20)
    patients = np.repeat(np.arange(10), 4)
    alike = answers(["blast", "blast"] * 20)
    apart = answers((["blast", "monocyte"] * 2 + ["monocyte", "blast"] * 2) * 5)
    widths = [
        np.diff(interval(patients, lambda rows, p=p: figures(truth[rows], p[rows]), 60)["weighted_f1"])[0]
        for p in (alike, apart)
    ]
    assert widths[0] < widths[1]


def test_what_was_drawn_too_often_is_called_less_often():
    there = np.repeat(np.arange(len(LABELS)), [400 if k < 8 else 40 for k in range(len(LABELS))])
    as_it_is = _prior(there, there)
    assert as_it_is[0] - as_it_is[-1] == pytest.approx(0.25 * np.log(10), abs=1e-3)
    evened = _prior(there, np.repeat(np.arange(len(LABELS)), 40))
    assert evened[0] - evened[-1] == pytest.approx(0.75 * np.log(10), abs=1e-3)
