"""The label-free network behind its card: absent views are not used, sums are right, weights survive their file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.label_free import NETWORK, LabelFree
from models.label_free_network import Hybrid, Shape
from models.registry import Card, ModelRefused

LABELS = ("lymphocyte", "granulocyte", "monocyte", "other")
MARKERS = ("CD45", "CD16")
SHAPE = Shape(8, 16, 24, 16, 1, 2, 32)


def network(seed: int = 0) -> Hybrid:
    torch.manual_seed(seed)
    return Hybrid(len(LABELS), len(MARKERS), 4, SHAPE).eval()


def card(**changed: Any) -> Card:
    made = Card(
        name="label-free", task="phenotyper", version="1", notice="n", domain="d", licence="l", vocabulary="dpc4",
        cannot_do=("x",), labels=LABELS, markers=MARKERS, marker_truth="simulated", marker_units="log10",
        preprocessing={"side": 28, "spread": 0.12},
        parameters={
            "shape": asdict(SHAPE), "fusion": "adaptive",
            "marker_middle": {"CD45": 3.0, "CD16": 2.5}, "marker_scale": {"CD45": 0.5, "CD16": 0.7},
        },
        calibration={"temperature": 1.3, "markers": {"alpha": 0.1, "widths": {"CD16": 2.0}}},
    )  # fmt: skip
    return replace(made, **changed)


def weights(half: bool = False) -> bytes:
    state: Mapping[str, torch.Tensor] = network().state_dict()
    return safetensors.torch.save(
        {NETWORK + k: v.half() if half and v.is_floating_point() else v for k, v in state.items()}
    )


MODEL = LabelFree(card(), weights())


def cells(count: int, seed: int, side: int = 64) -> NDArray[np.float32]:
    return (1 + 0.12 * np.random.default_rng(seed).standard_normal((count, 4, side, side))).astype(np.float32)


@given(keep=st.lists(st.booleans(), min_size=4, max_size=4).filter(any), seed=st.integers(0, 50))
@settings(max_examples=10, deadline=None)
def test_absent_views_are_told_and_not_used(keep: list[bool], seed: int) -> None:
    views = cells(3, seed)
    views[:, [k for k, there in enumerate(keep) if not there]] = np.nan
    seen = MODEL.look(list(views))
    assert (seen.views == np.array(keep)).all()
    assert np.isfinite(seen.probabilities).all()
    assert np.allclose(seen.probabilities.sum(1), 1, atol=1e-5)


def test_a_cell_without_any_view_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="at least one view"):
        MODEL.look([np.full((4, 28, 28), np.nan, np.float32)])


def test_values_lie_in_their_interval_and_a_marker_without_width_has_none() -> None:
    seen = MODEL.look(list(cells(5, 1)))
    assert (seen.low <= seen.markers).all()
    assert (seen.markers <= seen.high).all()
    assert np.isinf(seen.low[:, MARKERS.index("CD45")]).all()
    assert np.isfinite(seen.high[:, MARKERS.index("CD16")]).all()


def test_the_batch_and_its_order_do_not_matter() -> None:
    views = list(cells(4, 2))
    whole, single = MODEL.look(views), [MODEL.look([v]) for v in views[::-1]]
    assert np.allclose(whole.markers[::-1], np.concatenate([s.markers for s in single]), atol=1e-4)
    assert np.allclose(whole.gate[::-1], np.concatenate([s.gate for s in single]), atol=1e-4)


def test_half_precision_changes_next_to_nothing() -> None:
    views = list(cells(4, 3))
    assert np.allclose(LabelFree(card(), weights(half=True)).look(views).markers, MODEL.look(views).markers, atol=0.02)


@pytest.mark.parametrize("target", ["monocyte", "CD16"])
def test_a_saliency_map_sums_to_what_the_cell_changes(target: str) -> None:
    views = cells(2, 4, side=28)
    told = MODEL.saliency(list(views), target)
    assert told.shape == (2, 28, 28)
    at = [*LABELS, *MARKERS].index(target)
    empty = np.ones_like(views[:1])
    whole, none = (np.concatenate([s[0], s[1]], 1)[:, at] for s in (MODEL.said(list(views)), MODEL.said(list(empty))))
    assert np.allclose(told.sum((1, 2)), whole - none, atol=0.15 * np.abs(whole - none).max() + 0.02)


def test_no_cells_give_no_rows() -> None:
    assert MODEL.look([]).probabilities.shape == (0, 4)


def test_weights_of_another_shape_are_refused() -> None:
    other = card(parameters={**card().parameters, "shape": asdict(Shape())})
    with pytest.raises(ModelRefused, match="fit the card label-free"):
        LabelFree(other, weights())
