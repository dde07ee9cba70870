"""Geometry against physics: a turned cell, imaged anew, looks as the augmentation says it does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.synthesis import dpc_optics
from models.synthesis.shapes import grain
from models.training.label_free.augment import Batch, Targets, changed, moved
from models.training.label_free.recipe import Recipe

N = 96


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("turn", range(4))
def test_a_moved_picture_is_the_picture_of_the_moved_cell(turn: int, mirror: bool) -> None:
    phase = 1.5 * np.abs(grain(np.random.default_rng(2), (N, N), 6))
    there = np.rot90(phase[:, ::-1] if mirror else phase, turn)
    imaged = dpc_optics.views(np.ascontiguousarray(there))
    pixels, known = moved(torch.from_numpy(dpc_optics.views(phase))[None], torch.ones(1, 4), turn, mirror)
    assert np.allclose(pixels[0].numpy(), imaged, atol=1e-4)
    assert known.sum() == 4


def test_which_views_are_there_moves_with_them() -> None:
    pixels = torch.arange(4.0)[None, :, None, None].expand(1, 4, 8, 8)
    for view in range(4):
        known = torch.nn.functional.one_hot(torch.tensor([view]), 4).float()
        for turn in range(4):
            for mirror in (False, True):
                seen, there = moved(pixels, known, turn, mirror)
                assert float(seen[0, there[0].argmax(), 0, 0]) == view


def test_colours_are_not_renamed() -> None:
    pixels = torch.arange(3.0)[None, :, None, None].expand(1, 3, 4, 4)
    assert torch.equal(moved(pixels, torch.ones(1, 3), 1, True, views=False)[0], pixels)


def batch(n: int, seed: int) -> Batch:
    rng = torch.Generator().manual_seed(seed)
    classes = torch.nn.functional.one_hot(torch.randint(0, 4, (n,), generator=rng), 4).float()
    markers = torch.randn(n, 4, generator=rng)
    markers[::5, 1] = float("nan")
    there = (torch.rand(n, 4, generator=rng) < 0.6).float()
    there[there.sum(1) == 0] = 1
    return Batch(torch.randn(n, 4, 64, 64, generator=rng), there, Targets(classes, markers))


@given(seed=st.integers(0, 1000), side=st.sampled_from([28, 48, 64]))
@settings(max_examples=15, deadline=None)
def test_what_comes_out_is_whole(seed: int, side: int) -> None:
    out = changed(batch(32, seed), Recipe(side=side, mixup=0.7), torch.Generator().manual_seed(seed))
    assert out.pixels.shape == (32, 4, side, side)
    assert torch.isfinite(out.pixels).all()
    assert (out.there.sum(1) >= 1).all()
    assert out.pixels[out.there == 0].abs().sum() == 0
    assert torch.allclose(out.targets.classes.sum(1), torch.ones(32), atol=1e-5)


def test_mixed_cells_mix_their_markers_by_the_weight_of_their_classes() -> None:
    whole = batch(64, 5)
    markers = whole.targets.classes @ torch.tensor([[0.0], [1.0], [2.0], [3.0]])  # a marker that is the class
    given_ = Batch(whole.pixels, torch.ones(64, 4), Targets(whole.targets.classes, markers))
    out = changed(given_, Recipe(mixup=1.0, dropout=0.0), torch.Generator().manual_seed(1))
    told = out.targets.classes @ torch.tensor([0.0, 1.0, 2.0, 3.0])
    assert torch.allclose(out.targets.markers[:, 0], told, atol=1e-5)
    assert ((out.targets.classes > 0.01) & (out.targets.classes < 0.99)).any()
