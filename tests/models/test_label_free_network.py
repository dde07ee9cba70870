"""The hybrid: any side, any views, a gate of each cell's own, and nothing read from a view that is absent."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.label_free_network import PAPER, Hybrid, Shape

NETWORK = Hybrid(4, 4).eval()


@pytest.mark.parametrize("side", [28, 32, 48, 64, 96, 128])
def test_any_side_gives_the_same_kinds_of_answer(side: int) -> None:
    answer = NETWORK(torch.randn(3, 4, side, side))
    assert answer.logits.shape == answer.markers.shape == answer.spread.shape == (3, 4)
    assert answer.gate.shape == (3, 2)
    assert all(torch.isfinite(part).all() for part in answer)


@given(keep=st.lists(st.booleans(), min_size=4, max_size=4).filter(any), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_an_absent_view_is_not_looked_at(keep: list[bool], seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    pixels, there = torch.randn(2, 4, 28, 28, generator=rng), torch.tensor([keep] * 2).float()
    other = torch.where(there[:, :, None, None] > 0, pixels, 100 * torch.randn(2, 4, 28, 28, generator=rng))
    for one, two in zip(NETWORK(pixels, there), NETWORK(other, there), strict=True):
        assert torch.allclose(one, two, atol=1e-5)
    if not all(keep):
        assert not torch.allclose(NETWORK(pixels, there).features, NETWORK(pixels).features)


def test_the_fusion_is_the_cells_own_unless_it_is_the_papers() -> None:
    pixels = torch.randn(8, 4, 28, 28) * torch.linspace(0.2, 3, 8)[:, None, None, None]
    assert NETWORK(pixels).gate.std(0).min() > 0
    scalars = Hybrid(4, 4, fusion="scalars").eval()(pixels).gate
    assert torch.allclose(scalars, torch.full_like(scalars, 0.5))


def test_the_order_of_a_batch_does_not_matter() -> None:
    pixels = torch.randn(5, 4, 28, 28)
    turned = torch.tensor([3, 0, 4, 1, 2])
    assert torch.allclose(NETWORK(pixels).logits[turned], NETWORK(pixels[turned]).logits, atol=1e-5)


def test_the_papers_widths_come_to_the_papers_size() -> None:
    weights = sum(w.numel() for w in Hybrid(3, 4, shape=PAPER, fusion="scalars").parameters())
    assert weights == pytest.approx(1_816_244, rel=0.05)


def test_every_weight_learns() -> None:
    network = Hybrid(4, 4)
    answer = network(torch.randn(4, 4, 28, 28))
    sum(part.square().sum() for part in answer).backward()
    assert [name for name, weight in network.named_parameters() if weight.grad is None] == []


def test_colours_and_a_single_task_fit_too() -> None:
    assert Hybrid(16, 0, 3, tell_absent=False)(torch.randn(2, 3, 64, 64)).markers.shape == (2, 0)


@pytest.mark.parametrize("fine", [1, 2, 4])
@pytest.mark.parametrize("side", [28, 30, 57, 64, 128])
def test_a_network_for_fine_pictures_takes_any_other_too(side: int, fine: int) -> None:
    answer = Hybrid(4, 4, shape=Shape(fine=fine)).eval()(torch.randn(2, 4, side, side))
    assert answer.logits.shape == (2, 4)
    assert torch.isfinite(answer.features).all()


def test_pooling_is_blind_to_single_pixels_and_squares_as_channels_are_not() -> None:
    checked = torch.ones(64, 64)
    checked[::2, ::2] = checked[1::2, 1::2] = -1
    told = {}
    for fine in (1, 2):
        torch.manual_seed(1)
        network = Hybrid(4, 4, shape=Shape(fine=fine)).eval()
        features = network(torch.stack([checked, torch.zeros(64, 64)])[:, None].expand(2, 4, 64, 64)).features
        told[fine] = float((features[0] - features[1]).norm().detach())
    assert told[2] > 5 * told[1]
