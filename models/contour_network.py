"""The detector's second look: a small U-Net draws the outline of the cell in the middle of a box, and its nucleus.

    box → square crop → optical density over clear glass → body, nucleus, is it a cell at all?

Whatever the size of the cell in the picture, the network sees it about `SIDE / MARGIN` pixels wide, and the outline is
found between pixels where its soft mask passes one half. Numpy in, numpy out; coordinates as in
`models.imaging.contours`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from skimage.measure import find_contours
from torch import nn

from models import runtime
from models.backends import drawn as pictures
from models.backends.choice import Engines
from models.backends.plan import Agreement, Arrays, Plan, within
from models.imaging import colour
from models.imaging.contours import Contour, area, bounds, simplified

SIDE = 80  # pixels of a crop as the network sees it
MARGIN = 1.6  # side of a crop over the longer side of its box
WIDTHS = (12, 24, 40, 64)
DENSEST = 2.5  # optical density that counts as 1
BATCH = 64
CHUNK = 4  # crops that a compiled engine is given at once; of a field's few cells little is filled up for nothing
MOST_OFF = 0.1  # pixels of a crop that an engine's outline may lie from the reference's
LEAST_NUCLEUS = 0.004  # of the crop: a smaller part is no lobe


class Network(nn.Module):
    """Three halvings and back; a fourth input channel says how far from the middle a pixel lies."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList(_block(i, o) for i, o in zip((4, *WIDTHS[:-1]), WIDTHS, strict=True))
        self.up = nn.ModuleList(
            _block(deep + level, level) for deep, level in zip(WIDTHS[:0:-1], WIDTHS[-2::-1], strict=True)
        )
        self.masks = nn.Conv2d(WIDTHS[0], 2, 1)
        self.cell = nn.Sequential(nn.Linear(2 * WIDTHS[-1] + WIDTHS[0], 48), nn.ReLU(), nn.Linear(48, 1))

    def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (n, 2, SIDE, SIDE) of body and nucleus, and logits (n,) of being a cell."""
        x, levels = _with_middle(crops), []
        for number, block in enumerate(self.down):
            x = block(x if number == 0 else nn.functional.max_pool2d(x, 2))
            levels.append(x)
        deepest = x
        for block, level in zip(self.up, levels[-2::-1], strict=True):
            wide = nn.functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = block(torch.cat([wide, level], 1))
        masks = self.masks(x)
        body = masks[:, :1].sigmoid()
        inside = (x * body).sum((2, 3)) / (body.sum((2, 3)) + 1.0)
        seen = torch.cat([deepest.mean((2, 3)), deepest.amax((2, 3)), inside], 1)
        return masks, self.cell(seen)[:, 0]


def _block(inputs: int, outputs: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for number in (inputs, outputs):
        layers += [nn.Conv2d(number, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def _with_middle(crops: torch.Tensor) -> torch.Tensor:
    place = torch.linspace(-1, 1, crops.shape[-1], device=crops.device, dtype=crops.dtype)
    far = (place[:, None] ** 2 + place[None, :] ** 2).sqrt().expand(crops.shape[0], 1, -1, -1)
    return torch.cat([crops, far], 1)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What was drawn for one box. No contour: the network sees no body there."""

    contour: Contour | None
    nuclei: tuple[Contour, ...]
    score: float  # that a nucleated cell is in the middle


class ContourNetwork:
    """`draw` is the whole interface."""

    def __init__(
        self,
        state: Mapping[str, torch.Tensor],
        device: str = "cpu",
        precision: Any = None,
        engines: Engines | None = None,
        digest: str = "",
    ) -> None:
        self._run = (engines or Engines()).network(_plan(state, digest), device, precision)

    @property
    def engine(self) -> str:
        return self._run.engine

    def draw(
        self, pixels: NDArray[np.uint8], boxes: NDArray[Any], rounds: int = 2, nuclei: bool = True
    ) -> list[Drawn]:  # fmt: skip
        """One answer for each box (n, 4); later rounds look again at the box of the outline just drawn. Without
        `nuclei` only bodies are traced, which is half of that work."""
        clear = colour.background(pixels[:: 1 + pixels.shape[0] // 640, :: 1 + pixels.shape[1] // 640])
        drawn: list[Drawn] = []
        looked = np.asarray(boxes, np.float64).reshape(-1, 4)
        for _ in range(rounds):
            places = [square(box) for box in looked]
            answers = runtime.in_batches(lambda some: self._answers(pixels, clear, some), places, BATCH, lambda _: None)
            drawn = [_drawn(answer, place, nuclei) for answer, place in zip(answers, places, strict=True)]
            looked = np.array(
                [old if d.contour is None else bounds(d.contour) for d, old in zip(drawn, looked, strict=True)]
            ).reshape(-1, 4)
        return drawn

    def _answers(
        self, pixels: NDArray[np.uint8], clear: NDArray[Any], places: Sequence[tuple[float, float, float]]
    ) -> list[tuple[NDArray[np.float32], float]]:
        crops = np.stack([cut(pixels, clear, *place) for place in places])
        soft, scores = self._run(standardised(torch.from_numpy(crops), torch.as_tensor(clear)).numpy())
        return [(soft[k], float(scores[k])) for k in range(len(places))]


class _Soft(Network):
    """What is drawn from: shares instead of logits."""

    def forward(self, crops: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        masks, cells = super().forward(crops)
        return masks.float().sigmoid(), cells.float().sigmoid()


def _plan(state: Mapping[str, torch.Tensor], digest: str) -> Plan:
    def module() -> nn.Module:
        from models.backends.reference import folded

        made = _Soft()
        made.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
        return folded(made.eval())

    return Plan("cell-detector.contours", digest, module, ((CHUNK, 3, SIDE, SIDE),), _samples, _agrees, 2)


def _samples() -> Arrays:
    """Drawn cells over their own glass."""
    crops, clear = [], []
    for pixels in pictures.cells()[0]:
        clear.append(colour.background(pixels))
        crops.append(cut(pixels, clear[-1], 0.0, 0.0, float(len(pixels))))
    return (standardised(torch.from_numpy(np.stack(crops)), torch.from_numpy(np.stack(clear))).numpy(),)


def _agrees(reference: Arrays, found: Arrays) -> Agreement:
    """Masks and scores, and the outlines drawn from them: as many, none further off than a tenth of a crop's pixel."""
    told = within(("masks", "scores"), reference, found)
    off = 0.0
    for one, other in zip(reference[0], found[0], strict=True):
        for k in range(2):
            rings = [_rings(soft[k]) for soft in (one, other)]
            if [len(ring) for ring in rings[0]] != [len(ring) for ring in rings[1]]:
                return Agreement(False, f"{told.said}, other outlines")
            off = max([off, *(float(np.abs(a - b).max()) for a, b in zip(*rings, strict=True))])
    return Agreement(told.holds and off <= MOST_OFF, f"{told.said}, outlines {off:.1e} px")


def square(box: NDArray[Any], margin: float = MARGIN) -> tuple[float, float, float]:
    """Left, top and side of the crop that belongs to a box."""
    side = max(4.0, float(max(box[2] - box[0], box[3] - box[1])) * margin)
    return float(box[0] + box[2] - side) / 2, float(box[1] + box[3] - side) / 2, side


def cut(
    pixels: NDArray[np.uint8], clear: NDArray[Any], left: float, top: float, side: float, size: int = SIDE
) -> NDArray[np.uint8]:
    """The square resampled to `size` pixels; beyond the picture lies clear glass."""
    factor = size / side
    source, x, y = pixels, left, top
    if factor < 0.75:  # average over pixels before sampling: a linear step would skip some
        (x0, x1), (y0, y1) = (_reach(at, side, pixels.shape[axis]) for at, axis in ((left, 1), (top, 0)))
        spread = np.float64(0.42 / factor)
        source = cv2.GaussianBlur(np.ascontiguousarray(pixels[y0:y1, x0:x1]), (0, 0), spread)
        x, y = left - x0, top - y0
    matrix = np.array([[factor, 0, (0.5 - x) * factor - 0.5], [0, factor, (0.5 - y) * factor - 0.5]])
    glass = [float(c) for c in clear]
    shown = cv2.warpAffine(
        source, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=glass
    )
    return np.asarray(shown, np.uint8)


def _reach(at: float, side: float, length: int) -> tuple[int, int]:
    """First and last pixel that a crop needs, and a few more; never none, wherever the crop lies."""
    first = min(max(0, int(np.floor(at)) - 2), length - 1)
    return first, max(first + 1, int(np.ceil(at + side)) + 2)


def standardised(crops: torch.Tensor, clear: torch.Tensor) -> torch.Tensor:
    """uint8 (n, side, side, 3) → densities over clear glass (n, 3, side, side); `clear` (3,) or (n, 3)."""
    glass = clear.float().reshape(-1, 1, 1, 3)
    density = torch.log((glass + 4.0) / (crops.float() + 4.0)) / DENSEST
    return density.clamp(-0.1, 1.3).permute(0, 3, 1, 2).contiguous()


def _drawn(answer: tuple[NDArray[np.float32], float], place: tuple[float, float, float], nuclei: bool) -> Drawn:
    soft, score = answer
    body = _central(soft[0])
    lobes = [ring for ring in _rings(soft[1]) if area(ring) > LEAST_NUCLEUS * soft[1].size] if nuclei else []
    contour = None if body is None else _placed(body, place)
    return Drawn(contour, tuple(_placed(ring, place) for ring in lobes), score)


def _rings(soft: NDArray[np.float32]) -> list[Contour]:
    """Closed lines at one half, in pixels of the crop; the crop's border closes what reaches it."""
    found = find_contours(np.pad(soft, 1), 0.5)
    return [np.asarray(ring[:-1, ::-1] - 0.5, np.float32) for ring in found if len(ring) > 3]


def _central(soft: NDArray[np.float32]) -> Contour | None:
    """The line around the middle, or else the one whose inside weighs most near it."""
    rings = [ring for ring in _rings(soft) if area(ring) > 4]
    if not rings:
        return None
    middle = (soft.shape[1] / 2, soft.shape[0] / 2)
    around = [r for r in rings if cv2.pointPolygonTest(r.reshape(-1, 1, 2), middle, False) >= 0]
    if around:
        return max(around, key=area)
    return max(rings, key=lambda r: area(r) / (1.0 + float(np.hypot(*(r.mean(axis=0) - middle))) ** 2))


def _placed(ring: Contour, place: tuple[float, float, float], size: int = SIDE) -> Contour:
    left, top, side = place
    return np.asarray(simplified(ring) * (side / size) + np.array([left, top]), np.float32)
