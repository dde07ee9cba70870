"""What can be measured on one cell: sizes, shapes, colours, textures of nucleus and cytoplasm.

Every cell is brought to one size first, so that the measures do not depend on the camera; sizes in µm are
measured beside it and are NaN where the scale is not known. Colours are optical densities relative to the clear
background of the crop.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from models.imaging import colour

SIDE = 72  # pixels: the longer side of every cell once resized
BORDER = 14  # pixels of surroundings kept around it
FLAT = 0.25  # density below which nothing inside a cell is called nucleus
NAN = float("nan")
Mask = NDArray[np.bool_]


def measures(pixels: NDArray[np.uint8], mask: Mask, um_per_px: float | None) -> dict[str, float]:
    """The measures of one cell by name, always the same names in the same order."""
    _check(pixels, mask)
    if not mask.any():
        mask = np.ones_like(mask)
    cell, inside, factor = _standard(pixels, mask)
    outside = cell[~inside]
    clear = colour.background(outside[None] if len(outside) >= 200 else cell)
    density = colour.optical_density(cv2.GaussianBlur(cell, (0, 0), 0.7), clear)
    nuclear = colour.nuclear_density(density)
    nucleus = _nucleus(nuclear, inside)
    rest = inside & ~cv2.dilate(nucleus.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    um = um_per_px / factor if um_per_px else NAN
    found: dict[str, float] = {}
    found |= _sizes(inside, nucleus, um)
    found |= {f"cell_{k}": v for k, v in _shape(inside).items()}
    found |= {f"nucleus_{k}": v for k, v in _shape(nucleus).items()}
    found |= _arrangement(inside, nucleus)
    stains = colour.deconvolved(density, colour.AZURE, colour.HAEMOGLOBIN)
    shown = colour.lab(colour.balanced(cell, clear))
    found |= {f"nucleus_{k}": v for k, v in _colours(density, stains, shown, nucleus).items()}
    found |= {f"cytoplasm_{k}": v for k, v in _colours(density, stains, shown, rest).items()}
    found |= {f"nucleus_{k}": v for k, v in _texture(density[..., 1], nucleus).items()}
    found |= {f"cytoplasm_{k}": v for k, v in _texture(density[..., 1], rest).items()}
    found |= _surroundings(density, stains, inside, nucleus, rest)
    return found


def _check(pixels: NDArray[Any], mask: NDArray[Any]) -> None:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"expected a uint8 crop (height, width, 3), found {pixels.dtype} {pixels.shape}")
    if mask.shape != pixels.shape[:2] or mask.dtype != np.bool_:
        raise ValueError(f"expected a bool mask {pixels.shape[:2]}, found {mask.dtype} {mask.shape}")


def _standard(pixels: NDArray[np.uint8], mask: Mask) -> tuple[NDArray[np.uint8], Mask, float]:
    """The cell and some surroundings with its longer side at SIDE pixels, its mask, and the factor used."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    longer = int(max(rows[-1] - rows[0], columns[-1] - columns[0])) + 1
    factor = SIDE / longer
    border = round(BORDER / factor)
    part = (
        slice(max(0, rows[0] - border), rows[-1] + 1 + border),
        slice(max(0, columns[0] - border), columns[-1] + 1 + border),
    )
    window, inside = pixels[part], mask[part].astype(np.uint8)
    size = (max(1, round(window.shape[1] * factor)), max(1, round(window.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(np.ascontiguousarray(window), size, interpolation=how)
    grown = cv2.resize(inside * 255, size, interpolation=how) > 127
    if not grown.any():  # a mask thinner than a pixel of the standard size
        grown = np.ones_like(grown)
    return np.asarray(resized, np.uint8), np.asarray(grown, bool), factor


def _nucleus(nuclear: NDArray[Any], inside: Mask) -> Mask:
    """Otsu's threshold on nuclear density within the cell; the whole cell where it is one even density."""
    values = nuclear[inside]
    top = max(float(np.percentile(values, 99)), 1e-3)
    scaled = np.clip(values * (255 / top), 0, 255).astype(np.uint8)
    level, _ = cv2.threshold(scaled[None], 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    cut = level * top / 255
    low, high = values[values <= cut], values[values > cut]
    if low.size and high.size and float(low.mean()) > 0.72 * float(high.mean()):
        cut = FLAT  # no second population: chromatin alone
    mask = ((nuclear > max(cut, FLAT)) & inside).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.asarray(mask.astype(bool) & inside, bool)


def _sizes(inside: Mask, nucleus: Mask, um: float) -> dict[str, float]:
    area, dark = float(np.count_nonzero(inside)), float(np.count_nonzero(nucleus))
    return {
        "area_um2": area * um**2,
        "diameter_um": 2 * float(np.sqrt(area / np.pi)) * um,
        "nucleus_um2": dark * um**2,
        "nucleus_fraction": dark / area,
    }


def _shape(mask: Mask) -> dict[str, float]:
    """Circularity, solidity, eccentricity and slimness (widest inscribed circle over area), 1 for a disc."""
    rings, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    area = float(np.count_nonzero(mask))
    if not rings or area < 9:
        return dict.fromkeys(("circularity", "solidity", "eccentricity", "fullness"), NAN)
    length = sum(cv2.arcLength(r, closed=True) for r in rings) + np.pi
    points = np.vstack(rings)
    hull = cv2.convexHull(points)
    hull_area = cv2.contourArea(hull) + cv2.arcLength(hull, closed=True) / 2 + 1
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    spread, tilt = moments["nu20"] + moments["nu02"], np.hypot(2 * moments["nu11"], moments["nu20"] - moments["nu02"])
    depth = float(cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3).max())
    return {
        "circularity": float(4 * np.pi * area / length**2),
        "solidity": float(area / hull_area),
        "eccentricity": float(np.sqrt(max(0.0, 1 - (spread - tilt) / max(spread + tilt, 1e-9)))),
        "fullness": float(np.pi * depth**2 / area),
    }


def _arrangement(inside: Mask, nucleus: Mask) -> dict[str, float]:
    """Where the nucleus lies and how many lobes it has."""
    keys = ("lobes", "parts", "largest_lobe", "offset", "nucleus_at_edge", "dent")
    if np.count_nonzero(nucleus) < 9:
        return dict.fromkeys(keys, NAN)
    parts, _, sizes, _ = cv2.connectedComponentsWithStats(nucleus.astype(np.uint8), connectivity=4)
    depth = cv2.distanceTransform(np.pad(nucleus, 1).astype(np.uint8), cv2.DIST_L2, 3)
    cores, _, core_sizes, _ = cv2.connectedComponentsWithStats((depth > 0.62 * depth.max()).astype(np.uint8))
    lobes, _, lobe_sizes, _ = cv2.connectedComponentsWithStats((depth > 0.42 * depth.max()).astype(np.uint8))
    middle = [np.mean(np.argwhere(m), axis=0) for m in (inside, nucleus)]
    radius = np.sqrt(np.count_nonzero(inside) / np.pi)
    edge = inside & ~cv2.erode(np.pad(inside, 1).astype(np.uint8), np.ones((5, 5), np.uint8))[1:-1, 1:-1].astype(bool)
    y, x = np.round(middle[1]).astype(int)
    return {
        "lobes": float(max(cores, lobes) - 1),
        "parts": float(parts - 1 - np.count_nonzero(sizes[1:, cv2.CC_STAT_AREA] < 12)),
        "largest_lobe": float(lobe_sizes[1:, cv2.CC_STAT_AREA].max() / lobe_sizes[1:, cv2.CC_STAT_AREA].sum())
        * float(core_sizes[1:, cv2.CC_STAT_AREA].max() / core_sizes[1:, cv2.CC_STAT_AREA].sum()),
        "offset": float(np.hypot(*(middle[1] - middle[0])) / radius),
        "nucleus_at_edge": float(np.count_nonzero(edge & nucleus) / max(1, np.count_nonzero(edge))),
        "dent": float(1 - depth[y + 1, x + 1] / depth.max()),  # 1: the nucleus' centre of mass is not nucleus
    }


def _colours(density: NDArray[Any], stains: NDArray[Any], shown: NDArray[Any], mask: Mask) -> dict[str, float]:
    keys = ("red", "green", "blue", "azure", "eosin", "warmth", "blueness", "L", "a", "b")
    if np.count_nonzero(mask) < 9:
        return dict.fromkeys(keys, NAN)
    red, green, blue = (float(v) for v in np.median(density[mask], axis=0))
    azure, eosin = (float(v) for v in np.median(stains[mask], axis=0))
    whole = max(red + green + blue, 0.05)
    lightness, a, b = (float(v) for v in np.median(shown[mask], axis=0))
    values = (red, green, blue, azure, eosin, (blue - red) / whole, (red - 0.6 * green) / whole, lightness, a, b)
    return dict(zip(keys, values, strict=True))


def _texture(density: NDArray[Any], mask: Mask) -> dict[str, float]:
    """Spread of density at three sizes of detail, and how far its darkest and palest parts lie from the middle."""
    keys = ("fine", "middling", "coarse", "dark_tail", "pale_tail")
    if np.count_nonzero(mask) < 25:
        return dict.fromkeys(keys, NAN)
    weight = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5) + 1e-6
    wide = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 4.0) + 1e-6
    held = np.where(mask, density, 0).astype(np.float32)
    near, far = cv2.GaussianBlur(held, (0, 0), 1.5) / weight, cv2.GaussianBlur(held, (0, 0), 4.0) / wide
    low, middle, high = np.percentile(density[mask], [5, 50, 95])
    scale = max(float(middle), 0.1)
    return {
        "fine": float(np.std((density - near)[mask]) / scale),
        "middling": float(np.std((near - far)[mask]) / scale),
        "coarse": float(np.std(far[mask]) / scale),
        "dark_tail": float((high - middle) / scale),
        "pale_tail": float((middle - low) / scale),
    }


def _surroundings(
    density: NDArray[Any], stains: NDArray[Any], inside: Mask, nucleus: Mask, rest: Mask
) -> dict[str, float]:
    """Granules by colour, the clear zone beside the nucleus, the sharpness of the cell's edge, its erythrocytes."""
    found = dict.fromkeys(("azure_granules", "eosin_spread", "hof", "edge", "edge_step", "against_erythrocytes"), NAN)
    if np.count_nonzero(rest) >= 25:
        azure, eosin = stains[..., 0][rest], stains[..., 1][rest]
        found["azure_granules"] = float(np.mean(azure > np.median(azure) + 0.25))
        found["eosin_spread"] = float(np.percentile(eosin, 90) - np.percentile(eosin, 10))
    if np.count_nonzero(rest) >= 25 and nucleus.any():
        away = cv2.distanceTransform((~nucleus).astype(np.uint8), cv2.DIST_L2, 3)[rest]
        green, split = density[..., 1][rest], float(np.median(away))
        if (away > split).any():
            found["hof"] = float(green[away > split].mean() - green[away <= split].mean())
    green = np.asarray(density[..., 1], np.float32)
    slope = np.hypot(cv2.Sobel(green, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(green, cv2.CV_32F, 0, 1) / 8)
    kernel = np.ones((3, 3), np.uint8)
    rim = (cv2.dilate(inside.astype(np.uint8), kernel) - cv2.erode(inside.astype(np.uint8), kernel)).astype(bool)
    found["edge"] = float(np.median(slope[rim])) if rim.any() else NAN
    beyond = cv2.dilate(inside.astype(np.uint8), kernel, iterations=4).astype(bool) & ~inside
    within = inside & ~cv2.erode(np.pad(inside, 1).astype(np.uint8), kernel, iterations=4)[1:-1, 1:-1].astype(bool)
    if beyond.any() and within.any():
        found["edge_step"] = float(np.median(green[within]) - np.percentile(green[beyond], 25))
    red = ~inside & (green > 0.2)
    if np.count_nonzero(red) > 60 and np.count_nonzero(rest) >= 25:
        usual = np.median(density[red], axis=0)
        found["against_erythrocytes"] = float(np.linalg.norm(np.median(density[rest], axis=0) - usual))
    return found
