"""Folding changes nothing that can be told; one network runs at a time on the processor."""

from __future__ import annotations

import copy
import threading

import numpy as np
import pytest
import torch
from torch import nn

from models import contour_network, runtime
from models.backends import choice
from models.backends.reference import TorchNetwork, folded
from models.cell_network import CellNetwork
from tests.models.backends.small import Small, pictures, plan


def lived(net: nn.Module) -> nn.Module:
    """With normalisations as training leaves them, not as they begin."""
    torch.manual_seed(3)
    for part in net.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.2)
            part.running_var.uniform_(0.5, 2)
            part.weight.data.uniform_(0.5, 1.5)
            part.bias.data.normal_(0, 0.2)
    return net.eval()


@pytest.mark.parametrize("last", [False, True])
def test_folded_the_classifier_says_the_same(last: bool):
    net = lived(CellNetwork(16, 3, "relu6"))
    if last:
        net = net.to(memory_format=torch.channels_last)
    given, hints = torch.randn(2, 3, 64, 64), torch.randn(2, 2)
    with torch.inference_mode():
        before, after = net(given, hints), folded(copy.deepcopy(net))(given, hints)
    assert torch.allclose(before.features, after.features, atol=1e-4)
    assert torch.allclose(before.logits, after.logits, atol=1e-4)


def test_of_the_classifier_and_the_contours_no_normalisation_is_left():
    for net in (CellNetwork(16, 3, "relu6"), contour_network.Network()):
        assert not [part for part in folded(lived(net)).modules() if isinstance(part, nn.BatchNorm2d)]


def test_folded_the_contours_are_the_same():
    net = lived(contour_network.Network())
    given = torch.rand(2, 3, 80, 80)
    with torch.inference_mode():
        before, after = net(given), folded(copy.deepcopy(net))(given)
    assert all(torch.allclose(one, other, atol=1e-4) for one, other in zip(before, after, strict=True))


def test_a_normalisation_after_something_else_stays():
    odd = nn.Sequential(nn.Conv2d(2, 2, 1), nn.ReLU(), nn.BatchNorm2d(2))
    assert isinstance(folded(odd.eval())[2], nn.BatchNorm2d)


def test_half_precision_is_near_and_is_named():
    """On the processor, as there may be no GPU here; bound by the same agreement there."""
    whole = choice.reference(plan())
    half = TorchNetwork(Small(), "cpu", torch.bfloat16, "torch-bfloat16")
    assert half.engine.startswith("torch-bfloat16 ")
    answers = half(pictures(3))
    assert all(answer.dtype == np.float32 for answer in answers)
    assert np.abs(answers[0] - whole(pictures(3))[0]).max() < 0.05


def test_one_network_runs_at_a_time():
    class Counting(nn.Module):
        inside = most = 0

        def forward(self, given: torch.Tensor) -> tuple[torch.Tensor]:
            Counting.inside += 1
            Counting.most = max(Counting.most, Counting.inside)
            threading.Event().wait(0.01)
            Counting.inside -= 1
            return (given,)

    networks = [TorchNetwork(Counting()) for _ in range(3)]
    threads = [threading.Thread(target=network, args=(pictures(1),)) for network in networks for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counting.most == 1
    assert not runtime.turn.locked()
