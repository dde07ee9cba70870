"""The trained detector of nucleated cells: one network finds them, another draws their outlines.

    picture → its scale, stated or estimated → resampled so that a typical cell is about 48 pixels → tiles →
    boxes and rough masks → stitched → sizes found tell whether the scale was right, if not once more →
    outlines drawn anew at the picture's own resolution, and scored again

Numpy in, numpy out; coordinates as in `models.imaging.contours`.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray

from models import runtime, yolo
from models.backends import drawn
from models.backends.choice import Engines
from models.backends.plan import ANY, Agreement, Arrays, Plan, within
from models.classical_detector import DARK, LEAST_SIDE, scale_of
from models.classical_nuclei import Parameters as ScaleParameters
from models.imaging.contours import Contour, area, bounds, iou, outline, simplified
from models.registry import Card
from models.tiling import Tile, distinct, stitched, tiles

Pixels = NDArray[np.uint8]
Found = tuple[Contour, float]
MOST_ENLARGED = 6.0
COMPARED = 384  # pixels along the drawn fields that engines are compared on
SAME = 0.99  # overlap of an engine's outline with the reference's
DOUBT = 0.4  # of a box's score that is left when the second network sees no cell in it


@dataclass(frozen=True, slots=True)
class Parameters:
    """The card's numbers. Lengths in pixels are those of the resampled picture."""

    cell_um: float = 13.0  # the typical cell
    cell_px: float = 48.0  # what it is resampled to
    least_px: float = 27.0  # a median outside these two says that the scale was wrong
    most_px: float = 82.0
    tile: int = 768  # longest side; no tile is larger than the picture needs
    overlap: int = 128
    candidate: float = 0.1  # score below which a box is not looked at
    threshold: float = 0.45  # score of a cell
    batch: int = 4
    largest: int = 6144  # longer side of the resampled picture


class CellDetector:
    """`find` is the whole interface; `card` says what it is and is not."""

    def __init__(
        self, card: Card, weights: bytes, device: str = "cpu", precision: str = "", engines: Engines | None = None
    ) -> None:
        self.card = card
        self.name = card.name
        self.digest = card.digest_of("")
        self.parameters = Parameters(**card.parameters)
        half = getattr(torch, precision) if precision else None
        engines = engines or Engines()
        state = safetensors.torch.load(weights)
        parts = {name: _part(state, name) for name in ("yolo", "contours")}
        self._run = engines.network(_plan(parts["yolo"], self.digest, self.parameters.candidate), device, half)
        self._estimated: tuple[weakref.ref[Pixels] | None, float | None] = None, None
        self._outlines: Any = None
        if parts["contours"]:
            from models.contour_network import ContourNetwork  # only detectors that have one need it

            self._outlines = ContourNetwork(parts["contours"], device, half, engines, self.digest)

    @property
    def engine(self) -> str:
        """What runs its networks; asking settles it."""
        parts = [self._run.engine, *([self._outlines.engine] if self._outlines is not None else [])]
        return ", ".join(dict.fromkeys(parts))

    def find(self, pixels: Pixels, um_per_px: float | None, below: bool = False) -> list[Found]:
        """Contours (N, 2) in the picture's pixels, N ≤ 64, with a score in 0–1, the best first.

        `below` keeps what scores less than the card's threshold too, for measuring.
        """
        _check(pixels)
        given = self.parameters
        if min(pixels.shape[:2]) < LEAST_SIDE or pixels.max() < DARK:
            return []
        found = self._at_right_size(pixels, um_per_px)
        found = self._outlined(pixels, found)
        size = np.array(pixels.shape[1::-1], np.float32)
        least = 0.0 if below else given.threshold
        cells = [(np.clip(simplified(c), 0, size), score) for c, score in found if score >= least]
        return sorted((cell for cell in cells if area(cell[0]) > 0), key=lambda cell: -cell[1])

    def scale(self, pixels: Pixels) -> float | None:
        """µm per pixel estimated from erythrocytes (7.5 µm) or nuclei; None where there are neither.

        Whoever has cells found in a picture without a scale asks for it next: the last answer is kept.
        """
        _check(pixels)
        of, estimate = self._estimated
        if of is None or of() is not pixels:
            estimate = scale_of(pixels, ScaleParameters())
            self._estimated = weakref.ref(pixels), estimate
        return estimate

    def _at_right_size(self, pixels: Pixels, um_per_px: float | None) -> list[Found]:
        """Cells at the stated or estimated scale; the sizes found correct it once.

        Where nothing is found and nobody stated the scale, twice and half of it are tried too.
        """
        given = self.parameters
        um = um_per_px or self.scale(pixels)
        across = given.cell_um / um if um else 0.25 * min(pixels.shape[:2])
        first = self._at(pixels, across)
        sure = [c for c, score in first if score >= given.threshold]
        if sure:
            found = float(np.median([2 * np.sqrt(area(c) / np.pi) for c in sure]))
            if given.least_px <= found * given.cell_px / across <= given.most_px:
                return first
            return max(self._at(pixels, found), first, key=lambda cells: bool(self._weight(cells)))
        if um_per_px is not None:
            return first
        return max([first, *(self._at(pixels, wrong * across) for wrong in (0.5, 2.0))], key=self._weight)

    def _weight(self, found: list[Found]) -> float:
        return sum(score for _, score in found if score >= self.parameters.threshold)

    def _at(self, pixels: Pixels, across: float) -> list[Found]:
        """Rough outlines in the picture's pixels, found with cells of `across` pixels at the working size."""
        given = self.parameters
        work = _resampled(pixels, min(given.cell_px / across, given.largest / max(pixels.shape[:2]), MOST_ENLARGED))
        back = np.array(pixels.shape[1::-1], np.float32) / np.array(work.shape[1::-1], np.float32)
        laid = tiles(work.shape, given.tile, given.overlap, yolo.STRIDE)
        found = runtime.in_batches(lambda some: self._seen(work, some), laid, given.batch, lambda _: None)
        return [(contour * back, score) for contour, score in stitched(found, laid, given.overlap)]

    def _seen(self, work: Pixels, laid: Sequence[Tile]) -> list[list[Found]]:
        """What the network finds in tiles of one size."""
        windows = np.stack([work[t.y : t.y + t.height, t.x : t.x + t.width] for t in laid])
        boxes, scores, coefficients, prototypes = self._run(_pictures(windows))
        return [
            _decoded(boxes[k], scores[k], coefficients[k], prototypes[k], self.parameters.candidate)
            for k in range(len(laid))
        ]

    def _outlined(self, pixels: Pixels, found: list[Found]) -> list[Found]:
        """Outlines and scores of the second network, where there is one."""
        if self._outlines is None or not found:
            return found
        boxes = np.array([bounds(c) for c, _ in found], np.float32)
        drawn = self._outlines.draw(pixels, boxes, nuclei=False)
        better = []
        for (contour, score), cell in zip(found, drawn, strict=True):
            whole = cell.contour is not None and len(cell.contour) >= 3
            better.append((cell.contour if whole else contour, score * (DOUBT + (1 - DOUBT) * cell.score)))
        return distinct(better)


def _pictures(windows: Pixels) -> NDArray[np.float32]:
    return np.ascontiguousarray(windows.transpose(0, 3, 1, 2), np.float32) / np.float32(255)


def _plan(state: dict[str, torch.Tensor], digest: str, candidate: float) -> Plan:
    def agrees(reference: Arrays, found: Arrays) -> Agreement:
        """Numbers, and the outlines drawn from them: as many in each tile, each over its twin."""
        told = within(("boxes", "scores", "coefficients", "prototypes"), reference, found)
        least = 1.0
        for one, other in zip(zip(*reference, strict=True), zip(*found, strict=True), strict=True):
            cells, twins = _decoded(*one, candidate), _decoded(*other, candidate)
            if len(cells) != len(twins) or not cells:
                return Agreement(False, f"{told.said}, {len(twins)} outlines instead of {len(cells)}")
            least = min(least, *(iou(a, b) for (a, _), (b, _) in zip(cells, twins, strict=True)))
        return Agreement(told.holds and least >= SAME, f"{told.said}, outlines overlap by {least:.4f} or more")

    return Plan(
        name="cell-detector.cells",
        digest=digest,
        module=lambda: yolo.Finding(yolo.trained(state)),
        usual=((1, 3, ANY, ANY),),
        samples=lambda: (_pictures(np.stack(drawn.fields(COMPARED))),),
        agrees=agrees,
        answers=4,
    )


def _check(pixels: NDArray[Any]) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"expected uint8 pixels (height, width, 3), found {pixels.dtype} {pixels.shape}")


def _part(state: dict[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    return {key.removeprefix(f"{name}."): value for key, value in state.items() if key.startswith(f"{name}.")}


def _resampled(pixels: Pixels, factor: float) -> Pixels:
    """The picture at the working size, both sides whole strides of the network."""
    size = [max(1, round(length * factor / yolo.STRIDE)) * yolo.STRIDE for length in pixels.shape[1::-1]]
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)


def _decoded(
    boxes: NDArray[Any], scores: NDArray[Any], coefficients: NDArray[Any], prototypes: NDArray[Any], least: float
) -> list[Found]:
    """Outlines of one tile: boxes that nothing better covers, each with its mask."""
    order = np.flatnonzero(scores >= least)
    order = order[np.argsort(-scores[order], kind="stable")]
    kept = order[_uncovered(boxes[order])]
    found = []
    for k in kept:
        contour = _masked(boxes[k], coefficients[k], prototypes)
        if contour is not None:
            found.append((contour, float(scores[k])))
    return distinct(found)


def _uncovered(boxes: NDArray[Any], most: float = 0.7) -> list[int]:
    """Places of boxes, best first, that overlap no better one by more than `most`."""
    kept: list[int] = []
    sizes, left = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1), np.arange(len(boxes))
    while len(left):
        k, left = left[0], left[1:]
        kept.append(int(k))
        low, high = np.maximum(boxes[left, :2], boxes[k, :2]), np.minimum(boxes[left, 2:], boxes[k, 2:])
        both = np.prod(np.clip(high - low, 0, None), axis=1)
        left = left[both <= most * (sizes[left] + sizes[k] - both)]
    return kept


def _masked(box: NDArray[Any], coefficients: NDArray[Any], prototypes: NDArray[Any]) -> Contour | None:
    """The outline of the mask inside its box, finer than the prototypes by interpolation."""
    step = yolo.MASK_STRIDE
    high, wide = prototypes.shape[1:]
    left, top = np.clip(np.floor(box[:2] / step).astype(int) - 1, 0, [wide - 1, high - 1])
    right, bottom = np.clip(np.ceil(box[2:] / step).astype(int) + 1, [left + 1, top + 1], [wide, high])
    logits = np.tensordot(coefficients, prototypes[:, top:bottom, left:right], axes=1)
    fine = cv2.resize(logits, None, fx=step, fy=step, interpolation=cv2.INTER_LINEAR)
    y, x = np.ogrid[: fine.shape[0], : fine.shape[1]]
    x, y = x + left * step + 0.5, y + top * step + 0.5
    border = 0.03 * (box[2:] - box[:2])
    inside = (
        (x >= box[0] - border[0]) & (x <= box[2] + border[0]) & (y >= box[1] - border[1]) & (y <= box[3] + border[1])
    )
    ring = outline((fine > 0) & inside)
    if ring is None or len(ring) < 3:
        return None
    return simplified(ring) + np.array([left * step, top * step], np.float32)
