"""Finds nucleated cells without a network: colour deconvolution, nuclear seeds, watershed.

    clear background → optical density → nuclear threshold → scale (given, or from erythrocytes) →
    nuclei split and lobes gathered → cytoplasm: azure in the stain directions of this very picture,
    within reach of a nucleus, divided between neighbours → contours

A baseline that trained networks must beat; not for reading.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.segmentation import watershed

from models.classical_nuclei import Labels, Parameters, disc, gathered, nuclear_threshold, nuclei, united
from models.classical_scale import um_per_px as measured_scale
from models.imaging import colour
from models.imaging.contours import Contour, outline, simplified
from models.registry import CODES, Card

COARSE = 640  # longer side at which background, threshold and scale are measured
LARGEST = 2400  # longer side at which cells are looked for, whatever the stated scale
LEAST_SIDE = 12  # pixels; nothing smaller can hold a cell that could be named
DARK = 30.0  # a clear background darker than this is no transmitted light
GLASS = (0.09, 0.20)  # least and most density, red and green together, at which glass ends


class ClassicalDetector:
    """`find` is the whole interface; `card` says what it is and is not."""

    code = CODES["baseline-detector"]

    def __init__(self, card: Card) -> None:
        self.card = card
        self.name = card.name
        self.digest = card.digest_of(self.code)
        self.parameters = Parameters(**card.parameters)

    def find(self, pixels: NDArray[np.uint8], um_per_px: float | None) -> list[tuple[Contour, float]]:
        """Contours (N, 2) in the picture's pixels, N ≤ 64, with a score in 0–1, the best first."""
        _check(pixels)
        given = self.parameters
        if min(pixels.shape[:2]) < LEAST_SIDE:
            return []
        coarse, factor = _shrunk(pixels, COARSE / max(pixels.shape[:2]))
        clear = colour.background(coarse)
        if clear.max() < DARK:
            return []
        density = colour.optical_density(_blurred(coarse, 0.8), clear)
        nuclear = colour.nuclear_density(density)
        foreground = _foreground(density)
        cut = nuclear_threshold(nuclear, foreground, given)
        if cut is None:
            return []
        um = um_per_px or _original(measured_scale(_stain(density), foreground, nuclear > cut, given), factor)
        if um is None:
            return []
        work, factor = _shrunk(pixels, max(um / given.working_um, LEAST_SIDE / min(pixels.shape[:2])))
        cells = self._cells(work, clear, cut, um / factor)
        size = np.array(pixels.shape[1::-1], np.float32)
        back = size / np.array(work.shape[1::-1], np.float32)  # whole pixels: a little different along x and y
        return [(np.clip(contour * back, 0, size), score) for contour, score in cells]

    def scale(self, pixels: NDArray[np.uint8]) -> float | None:
        """µm per pixel estimated from erythrocytes (7.5 µm) or nuclei; None where there are neither."""
        _check(pixels)
        return scale_of(pixels, self.parameters)

    def _cells(
        self, pixels: NDArray[np.uint8], clear: NDArray[Any], cut: float, um: float
    ) -> list[tuple[Contour, float]]:
        given = self.parameters
        density = colour.optical_density(_blurred(pixels, 0.25 / um), clear)
        nuclear = colour.nuclear_density(density)
        glass = ~_foreground(density)
        seeds = nuclei(nuclear, cut, um, given)
        seeds = gathered(seeds, glass, um, given)
        seeds = _large_enough(seeds, given.least_nucleus_um2 / um**2)
        if not seeds.any():
            return []
        body = _cytoplasm(density, glass, seeds, um, given)
        cells = united(_divided(seeds, body, um), seeds, um, given)
        return _contours(cells, nuclear, cut)


def scale_of(pixels: NDArray[np.uint8], given: Parameters) -> float | None:
    """µm per pixel estimated from what is in the picture; None where there is nothing to measure."""
    if min(pixels.shape[:2]) < LEAST_SIDE:
        return None
    coarse, factor = _shrunk(pixels, COARSE / max(pixels.shape[:2]))
    clear = colour.background(coarse)
    if clear.max() < DARK:
        return None
    density = colour.optical_density(_blurred(coarse, 0.8), clear)
    nuclear, foreground = colour.nuclear_density(density), _foreground(density)
    cut = nuclear_threshold(nuclear, foreground, given)
    mask = nuclear > cut if cut is not None else np.zeros_like(foreground)
    return _original(measured_scale(_stain(density), foreground, mask, given), factor)


def _check(pixels: NDArray[Any]) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"expected uint8 pixels (height, width, 3), found {pixels.dtype} {pixels.shape}")


def _shrunk(pixels: NDArray[np.uint8], factor: float) -> tuple[NDArray[np.uint8], float]:
    """The picture made smaller by `factor` (never larger, never beyond LARGEST), and the factor used."""
    height, width = pixels.shape[:2]
    factor = min(1.0, factor, LARGEST / max(height, width))
    if factor >= 0.999:
        return pixels, 1.0
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8), factor


def _original(um: float | None, factor: float) -> float | None:
    return None if um is None else um * factor


def _blurred(pixels: NDArray[np.uint8], sigma: float) -> NDArray[np.uint8]:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), max(sigma, 0.5)), np.uint8)


def _foreground(density: NDArray[Any]) -> NDArray[np.bool_]:
    """Whatever is stained: denser in green, or in red and green, than the grain of this picture's glass."""
    both = _stain(density)
    lighter = both[both < 0]
    grain = float(np.sqrt(np.mean(lighter**2))) if lighter.size > 50 else 0.0
    return np.asarray(both > np.clip(4 * grain, *GLASS), bool)


def _stain(density: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(density[..., 1] + np.maximum(density[..., 0], density[..., 1]), np.float32)


def _large_enough(labels: Labels, least: float) -> Labels:
    sizes = np.bincount(labels.ravel())
    keep = sizes >= least
    keep[0] = False
    lookup = np.where(keep, np.cumsum(keep), 0).astype(np.int32)
    return np.asarray(lookup[labels], np.int32)


def _cytoplasm(
    density: NDArray[Any], glass: NDArray[np.bool_], seeds: Labels, um: float, given: Parameters
) -> NDArray[np.bool_]:
    """Pixels near a nucleus that are neither glass nor erythrocyte, by the colours of this very picture."""
    inside = seeds > 0
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5) * um
    near = (away <= given.reach_um) & ~glass
    red = density[(away > given.reach_um + 1.0) & ~glass]
    if len(red) < given.red_um2 / um**2:
        return np.asarray(near | inside, bool)  # no erythrocytes: whatever is stained is the cell
    haemoglobin = colour.direction(red, colour.HAEMOGLOBIN)
    azure = colour.direction(density[inside], colour.AZURE)
    stains = colour.deconvolved(density, azure, haemoglobin)
    red_stains = colour.deconvolved(red, azure, haemoglobin)
    typical = max(float(np.median(stains[inside][:, 0])), 0.2)
    least = max(given.cytoplasm * typical, float(np.percentile(red_stains[:, 0], 80)))
    usual = max(float(np.percentile(red_stains[:, 1], 75)), 0.1)
    off_hue = _off(density, haemoglobin) > max(float(np.percentile(_off(red, haemoglobin), 85)), 0.05)
    body = (stains[..., 0] > least) | (stains[..., 1] > given.darker * usual) | off_hue
    return np.asarray((body & near) | inside, bool)


def _off(density: NDArray[Any], hue: NDArray[Any]) -> NDArray[np.float32]:
    """How far densities lie from the line of one stain: the part of them that is another colour."""
    along = density @ hue
    return np.asarray(np.linalg.norm(density - along[..., None] * hue, axis=-1), np.float32)


def _divided(seeds: Labels, body: NDArray[np.bool_], um: float) -> Labels:
    """Body pixels given to the nearest seed they are connected with, edges smoothed, bridges cut."""
    solid = cv2.morphologyEx(body.astype(np.uint8), cv2.MORPH_CLOSE, disc(0.5 / um))
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, disc(0.9 / um)) | (seeds > 0).astype(np.uint8)
    rim = cv2.dilate((seeds > 0).astype(np.uint8), disc(0.35 / um))
    solid |= rim
    away = cv2.distanceTransform((seeds == 0).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(watershed(away, seeds, mask=solid.astype(bool)), np.int32)


def _contours(cells: Labels, nuclear: NDArray[Any], cut: float) -> list[tuple[Contour, float]]:
    found: list[tuple[Contour, float]] = []
    for label, (x, y, w, h) in _boxes(cells):
        mask = cells[y : y + h, x : x + w] == label
        ring = outline(mask)
        if ring is None or len(ring) < 3:
            continue
        window = nuclear[y : y + h, x : x + w][mask]
        dark = window[window > cut]
        score = float(1 - np.exp(-(np.median(dark) - 0.5 * cut) / cut)) if dark.size else 0.0
        found.append((simplified(ring) + np.array([x, y], np.float32), score))
    return sorted(found, key=lambda cell: -cell[1])


def _boxes(labels: Labels) -> list[tuple[int, tuple[int, int, int, int]]]:
    """Label and x, y, width, height of everything labelled, in one pass."""
    rows, columns = np.nonzero(labels)
    names = labels[rows, columns]
    top = int(labels.max()) + 1
    low = np.full((top, 2), 1 << 30)
    high = np.full((top, 2), -1)
    for axis, values in enumerate((columns, rows)):
        np.minimum.at(low[:, axis], names, values)
        np.maximum.at(high[:, axis], names, values)
    present = np.flatnonzero(high[:, 0] >= 0)
    return [
        (int(k), (int(low[k, 0]), int(low[k, 1]), int(high[k, 0] - low[k, 0] + 1), int(high[k, 1] - low[k, 1] + 1)))
        for k in present
    ]
