"""The reference: torch itself, as the network was trained and measured. Every other engine is compared with it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models import runtime
from models.backends.plan import Arrays


class TorchNetwork:
    """A module in evaluation, its arrays channels last: the same sums, in the order that processors and GPUs like."""

    def __init__(
        self, module: nn.Module, device: str = "cpu", precision: torch.dtype = torch.float32, name: str = "torch"
    ) -> None:
        self.engine = f"{name} {torch.__version__.split('+')[0]}"
        self.module = module.eval().to(device).to(memory_format=torch.channels_last)
        self._device, self._precision = device, precision

    def __call__(self, *arrays: NDArray[Any]) -> Arrays:
        half = self._precision is not torch.float32
        with (
            runtime.turn if self._device == "cpu" else nullcontext(),
            torch.inference_mode(),
            torch.autocast(self._device, self._precision) if half else nullcontext(),
        ):
            answer = self.module(*(self._tensor(array) for array in arrays))
            return tuple(part.float().cpu().numpy() for part in answer)

    def _tensor(self, array: NDArray[Any]) -> torch.Tensor:
        tensor = torch.from_numpy(np.ascontiguousarray(array)).to(self._device)
        return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor


def folded(module: nn.Module) -> nn.Module:
    """The module with each normalisation that directly follows a convolution made part of it; in evaluation only.

    Looked for where what stands side by side also runs one after the other: in `nn.Sequential`, and in timm's blocks,
    whose normalisations carry the activation that then remains.
    """
    for parent in list(module.modules()):
        before: tuple[str, nn.Module] | None = None
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.BatchNorm2d) and before is not None and isinstance(before[1], nn.Conv2d):
                follows = isinstance(parent, nn.Sequential) or hasattr(child, "act")
                if follows and before[1].out_channels == child.num_features:
                    joined = torch.nn.utils.fusion.fuse_conv_bn_eval(before[1].eval(), child.eval())
                    setattr(parent, before[0], joined.requires_grad_(False))
                    setattr(parent, name, getattr(child, "act", nn.Identity()))
            before = (name, child)
    return module
