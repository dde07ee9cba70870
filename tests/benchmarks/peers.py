"""What people would write instead: the same trained networks, called in the usual ways.

`Loop` is a competent first version: ultralytics' own `predict` picture by picture, then every cell by itself through
the outlining network and the timm classifier. `Batched` gives both networks as much at once as there is. With `whole`
they do the same work as Hemaboard (two rounds of outlines, the card's number of views a cell, standardised colours);
without, what one would write who takes the outlines of `predict` as they are and looks at each cell once. Both run the
published weights in plain torch, eager, fp32, as many threads as torch takes. Neither keeps crops, measures, sets of
possible classes or anything else that Hemaboard stores; each writes one JSON line with outline and probabilities for
each cell. `Classical` is the baseline detector and classifier of this repository, without any network.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray

from core.windows import around
from models import contour_network, registry, yolo
from models.cell_detector import Parameters
from models.cell_network import CellNetwork
from models.imaging import colour, contours
from models.preprocess import Preprocessing, standardised

Pixels = NDArray[np.uint8]
AT_ONCE = 64  # crops
ROUNDS = 2  # of outlines, as in `contour_network.ContourNetwork.draw`
LEAST = 0.45  # score of a cell
Cut = tuple[Pixels, NDArray[np.bool_]]


class Networks:
    """The three networks from the shipped weights, in plain torch."""

    def __init__(self, um_per_px: float, *, whole: bool) -> None:
        card = registry.card("cell-detector")
        state = safetensors.torch.load(registry.weights(card))
        given = Parameters(**card.parameters)
        self.side = yolo.STRIDE * round(1024 * given.cell_px / (given.cell_um / um_per_px) / yolo.STRIDE)
        with yolo._quiet():  # ultralytics sets OMP_NUM_THREADS to 1 for whoever is loaded after it
            from ultralytics import YOLO

            self.finder = YOLO(yolo.ARCHITECTURE, task="segment", verbose=False)
        self.finder.model = yolo.trained(_part(state, "yolo"))
        self.finder.model.names = {0: "cell"}
        self.finder.model.pt_path = None
        self.outlines = contour_network.Network()
        self.outlines.load_state_dict(
            {k: v.float() if v.is_floating_point() else v for k, v in _part(state, "contours").items()}
        )
        self.outlines.eval()
        self.um_per_px, self.whole = um_per_px, whole
        self.threads = torch.get_num_threads()
        self._classifier()

    def _classifier(self) -> None:
        card = registry.card("cell-classifier")
        state = _part(safetensors.torch.load(registry.weights(card)), "network")
        self.namer = CellNetwork(len(card.labels), len(card.parameters["measures"]), card.parameters["activation"])
        self.namer.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()})
        self.namer.eval()
        self.how = Preprocessing.from_card(card.preprocessing)
        self.views = int(card.parameters.get("views", 1)) if self.whole else 1

    def predicted(self, pictures: Sequence[Pixels]) -> list[list[NDArray[np.float32]]]:
        """Outlines of each picture's cells, by ultralytics' own predictor."""
        told = [np.ascontiguousarray(picture[..., ::-1]) for picture in pictures]
        found = self.finder.predict(
            told, imgsz=self.side, conf=LEAST, iou=0.7, device="cpu", verbose=False, save=False, batch=len(told)
        )
        if torch.get_num_threads() != self.threads:  # `predict` leaves torch with one core less than there are
            torch.set_num_threads(self.threads)
        return [[ring for ring in one.masks.xy if len(ring) >= 3] if one.masks is not None else [] for one in found]

    def drawn(self, picture: Pixels, clear: NDArray[Any], rings: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """Outlines drawn anew from the picture's own pixels, in two rounds."""
        for _ in range(ROUNDS):
            places = [contour_network.square(np.array(contours.bounds(ring))) for ring in rings]
            crops = np.stack([contour_network.cut(picture, clear, *place) for place in places])
            with torch.inference_mode():
                masks, _ = self.outlines(contour_network.standardised(torch.from_numpy(crops), torch.as_tensor(clear)))
            inside = (masks[:, 0] > 0).numpy().astype(np.uint8)
            rings = [_ring(mask, place, ring) for mask, place, ring in zip(inside, places, rings, strict=True)]
        return list(rings)

    def named(self, cuts: Sequence[Cut]) -> NDArray[np.float32]:
        """Probabilities, of the card's number of views or one."""
        ready = standardised([c for c, _ in cuts], [m for _, m in cuts], [self.um_per_px] * len(cuts), self.how)
        pixels, hints = torch.from_numpy(ready.pixels), torch.from_numpy(ready.sizes)
        with torch.inference_mode():
            logits = [self.namer(torch.rot90(pixels, k, (2, 3)), hints).logits for k in range(self.views)]
        return torch.stack(logits).mean(0).softmax(1).numpy()


class Loop:
    """Picture by picture, cell by cell."""

    def __init__(self, um_per_px: float, *, whole: bool) -> None:
        self._networks = Networks(um_per_px, whole=whole)

    def runner(self, files: Sequence[Path], said: Path) -> Callable[[], int]:
        return lambda: _written(said, self._cells(files))

    def _cells(self, files: Sequence[Path]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        networks = self._networks
        for file in files:
            picture = _read(file)
            clear = colour.background(picture[::2, ::2])
            for rough in networks.predicted([picture])[0]:
                ring = networks.drawn(picture, clear, [rough])[0] if networks.whole else rough
                yield ring, networks.named([_cut(picture, ring, clear)])[0]


class Batched(Loop):
    """All pictures at once through `predict`, all cells of a picture through the outlines, 64 crops at once."""

    def _cells(self, files: Sequence[Path]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        networks = self._networks
        rings: list[NDArray[Any]] = []
        cuts: list[Cut] = []
        for start in range(0, len(files), 4):
            pictures = [_read(file) for file in files[start : start + 4]]
            for picture, found in zip(pictures, networks.predicted(pictures), strict=True):
                clear = colour.background(picture[::2, ::2])
                better = networks.drawn(picture, clear, found) if networks.whole and found else found
                rings += better
                cuts += [_cut(picture, ring, clear) for ring in better]
        for start in range(0, len(cuts), AT_ONCE):
            yield from zip(rings[start:], networks.named(cuts[start : start + AT_ONCE]), strict=False)


class Classical:
    """Colour, watershed and trees."""

    def __init__(self, um_per_px: float) -> None:
        self._detector, self._classifier = registry.load("baseline-detector"), registry.load("baseline-classifier")
        self._um = um_per_px

    def runner(self, files: Sequence[Path], said: Path) -> Callable[[], int]:
        return lambda: _written(said, self._cells(files))

    def _cells(self, files: Sequence[Path]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        for file in files:
            picture = _read(file)
            clear = colour.background(picture[::2, ::2])
            rings = [ring for ring, _ in self._detector.find(picture, self._um)]
            cuts = [_cut(picture, ring, clear) for ring in rings]
            named = self._classifier.name([c for c, _ in cuts], [m for _, m in cuts], [self._um] * len(cuts))
            yield from zip(rings, named.probabilities, strict=True)


def _part(state: dict[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    return {k.removeprefix(f"{name}."): v for k, v in state.items() if k.startswith(f"{name}.")}


def _read(file: Path) -> Pixels:
    return np.ascontiguousarray(cv2.imread(str(file), cv2.IMREAD_COLOR)[..., ::-1])


def _ring(mask: NDArray[np.uint8], place: tuple[float, float, float], before: NDArray[Any]) -> NDArray[Any]:
    """The largest outline of a mask, in the picture's pixels; the one before where there is none."""
    rings, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    best = max(rings, key=cv2.contourArea, default=None)
    if best is None or len(best) < 3:
        return before
    left, top, side = place
    return (best[:, 0].astype(np.float32) + 0.5) * (side / len(mask)) + np.array([left, top], np.float32)


def _cut(picture: Pixels, ring: NDArray[Any], clear: NDArray[Any]) -> Cut:
    """A square around the cell and the cell's mask in it; glass beyond the picture."""
    window = around(contours.bounds(ring))
    left, top, side = window.left, window.top, window.side
    square = np.full((side, side, 3), clear, np.uint8)
    inside = picture[max(top, 0) : max(top + side, 0), max(left, 0) : max(left + side, 0)]
    down, across = max(-top, 0), max(-left, 0)
    square[down : down + inside.shape[0], across : across + inside.shape[1]] = inside
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [np.round(ring - (left, top)).astype(np.int32)], 1)
    return square, mask.astype(bool)


def _written(said: Path, cells: Iterator[tuple[NDArray[Any], NDArray[Any]]]) -> int:
    count = 0
    with said.open("w", encoding="utf-8") as file:
        for ring, probabilities in cells:
            line = {"outline": np.round(ring, 1).tolist(), "probabilities": np.round(probabilities, 5).tolist()}
            file.write(json.dumps(line) + "\n")
            count += 1
    return count
