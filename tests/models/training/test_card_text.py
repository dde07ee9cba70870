"""A card written is a card read."""

import math
import tomllib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from models.training.card_text import toml
from models.training.classifier_figures import (
    confusion,
    figures,
    interval,
    mature_accuracy,
    per_class,
)
from models.training.recipe import LABELS

plain = st.one_of(
    st.text(max_size=30), st.integers(-(10**9), 10**9), st.booleans(), st.floats(-1e4, 1e4).map(lambda v: round(v, 4))
)
values = st.one_of(plain, st.lists(plain.filter(lambda v: isinstance(v, int)), max_size=40))
tables = st.dictionaries(
    st.text(min_size=1, max_size=12),
    st.recursive(values, lambda v: st.dictionaries(st.text(min_size=1, max_size=8), v, max_size=4), max_leaves=8),
    max_size=6,
)


@given(tables)
@settings(max_examples=150, deadline=None)
def test_whatever_is_written_is_read_back(table):
    assert tomllib.loads(toml(table)) == table


def test_what_toml_has_no_word_for_is_left_out():
    assert tomllib.loads(toml({"a": None, "b": math.nan, "c": 1, "d": {"e": None}})) == {"c": 1}


def test_what_is_no_plain_value_is_refused():
    with pytest.raises(TypeError, match="expected text"):
        toml({"a": object()})


def test_figures_agree_with_hand_and_with_sklearn():
    rng = np.random.default_rng(3)
    labels = rng.integers(16, size=400)
    p = rng.dirichlet(np.ones(16), 400).astype(np.float32)
    p[np.arange(400), labels] += 0.3
    p /= p.sum(axis=1, keepdims=True)
    found, called = figures(labels, p), p.argmax(axis=1)
    assert found["weighted_f1"] == pytest.approx(f1_score(labels, called, average="weighted"))
    assert confusion(labels, p).sum() == 400
    assert np.trace(confusion(labels, p)) == int((called == labels).sum())
    table = per_class(labels, p)
    blast = LABELS.index("blast")
    assert table["blast"]["recall"] == pytest.approx((called[labels == blast] == blast).mean(), abs=1e-3)
    spread = interval(np.repeat(np.arange(20), 20), lambda rows: figures(labels[rows], p[rows]), times=40)
    assert spread["weighted_f1"][0] < found["weighted_f1"] < spread["weighted_f1"][1]


def test_bands_and_variant_lymphocytes_agree_with_the_coarser_classes():
    p = np.eye(16, dtype=np.float32)[[LABELS.index(c) for c in ("band", "variant_lymphocyte", "blast")]]
    truth = np.array([LABELS.index(c) for c in ("segmented", "lymphocyte", "lymphocyte")])
    assert mature_accuracy(truth, p) == pytest.approx(2 / 3)
