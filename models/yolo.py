"""The one door to ultralytics: its newest nano segmentation network, built from its yaml, and its loss.

Ultralytics sets thread counts, writes a settings file, and looks for the network when it is imported. Here it does so
offline, into a folder that goes when the process ends, and what it changed in the process is put back.

The network has no end-to-end head: one head learns, and doubles are suppressed by the caller, who knows the contours.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor, nn

ARCHITECTURE = "yolo26n-seg.yaml"
STRIDE = 32  # sides of pictures must be multiples of it
MASK_STRIDE = 4  # pixels of the picture along one pixel of the prototypes
GAINS = {"box": 7.5, "cls": 0.5, "dfl": 1.5}
_import = threading.Lock()


@contextmanager
def _quiet() -> Iterator[None]:
    """Environment, threads and print options as they were before, whatever ultralytics does to them."""
    before, threads, cv_threads = dict(os.environ), torch.get_num_threads(), cv2.getNumThreads()
    options = np.get_printoptions()
    own = tempfile.mkdtemp(prefix="hemaboard-yolo-")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    os.environ.update(YOLO_OFFLINE="1", YOLO_AUTOINSTALL="0", YOLO_CONFIG_DIR=own, YOLO_VERBOSE="0")
    try:
        yield
    finally:
        for key in set(os.environ) - set(before):
            del os.environ[key]
        os.environ.update(before)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        cv2.setNumThreads(cv_threads)
        np.set_printoptions(**options)
        torch.set_printoptions(profile="default")


def _tasks() -> Any:
    """ultralytics.nn.tasks, imported without a word."""
    with _import, _quiet():
        logging.getLogger("ultralytics").setLevel(logging.CRITICAL)
        from ultralytics.nn import tasks

        logging.getLogger("ultralytics").setLevel(logging.CRITICAL)
    return tasks


def network() -> nn.Module:
    """The network with random weights (of torch's present seed), for training."""
    tasks = _tasks()
    with _quiet():
        table = tasks.yaml_model_load(ARCHITECTURE) | {"end2end": False, "nc": 1}
        made: nn.Module = tasks.SegmentationModel(table, ch=3, nc=1, verbose=False)
        from ultralytics.cfg import get_cfg

        made.args = get_cfg(overrides={**GAINS, "overlap_mask": True})
    return made


def trained(state: Mapping[str, Tensor]) -> nn.Module:
    """The network with these weights (see `weights`), for finding: normalisation folded in, training parts left out."""
    made = network()
    _head(made).fuse()
    made.load_state_dict({key: value.float() for key, value in state.items()}, strict=True)
    return _folded(made.eval())


def weights(net: nn.Module) -> dict[str, Tensor]:
    """What is needed to find cells, in half precision: everything but the parts that only serve training."""
    return {
        key: (value.half() if value.is_floating_point() else value).contiguous().cpu().clone()
        for key, value in net.state_dict().items()
        if ".proto.semseg." not in key
    }


def loss(net: nn.Module, pictures: Tensor, marks: Tensor, boxes: Tensor, picture_of: Tensor) -> tuple[Tensor, Any]:
    """Ultralytics' loss per picture, and its parts.

    pictures (n, 3, side, side) in 0–1; marks (n, side / 4, side / 4), 0 or 1 + the cell's number in its picture;
    boxes (cells, 4) as x, y, width, height in shares of the side; picture_of (cells,) the picture of each.
    """
    if getattr(net, "criterion", None) is None:
        net.criterion = net.init_criterion()  # type: ignore[operator]
    batch = {
        "batch_idx": picture_of.float(),
        "cls": torch.zeros(len(boxes), 1),
        "bboxes": boxes,
        "masks": marks.float(),
        "sem_masks": torch.zeros(marks.shape, dtype=torch.long),
    }
    answer = net(pictures)
    answer = {key: _whole(value) for key, value in answer.items()}
    with torch.autocast(pictures.device.type, enabled=False):
        total, parts = net.criterion(answer, batch)  # type: ignore[operator]
    return total.sum() / len(pictures), {key: float(value) for key, value in parts.items()}


def _whole(value: Any) -> Any:
    """Single precision, for the loss, of whatever a part was computed in."""
    if isinstance(value, Tensor):
        return value.float()
    return type(value)(_whole(v) for v in value) if isinstance(value, list | tuple) else value


class Finding(nn.Module):
    """A `trained` network, and what finding needs of its answer."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        _head(net).dynamic = True  # where the anchors lie is computed from each picture's sides, in an export too

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Boxes (n, anchors, 4) x0 y0 x1 y1 in pixels, scores (n, anchors), mask coefficients, prototypes."""
        (answer, prototypes), _ = self.net(pictures)
        answer = answer.float().transpose(1, 2)
        middle, half = answer[..., :2], answer[..., 2:4] / 2
        boxes = torch.cat([middle - half, middle + half], dim=-1)
        return boxes, answer[..., 4], answer[..., 5:], prototypes.float()


def found(net: nn.Module, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What `Finding` says of pictures, at once."""
    with torch.inference_mode():
        answer: tuple[Tensor, Tensor, Tensor, Tensor] = Finding(net)(pictures)
        return answer


def _head(net: nn.Module) -> Any:
    return net.model[-1]  # type: ignore[index]


def _folded(net: nn.Module) -> nn.Module:
    """Each normalisation folded into the convolution before it."""
    with _quiet():
        from ultralytics.nn.modules import Conv
        from ultralytics.utils.torch_utils import fuse_conv_and_bn

        for part in net.modules():
            if isinstance(part, Conv) and hasattr(part, "bn"):
                part.conv = fuse_conv_and_bn(part.conv, part.bn)
                delattr(part, "bn")
                part.forward = part.forward_fuse
    return net.requires_grad_(False)
