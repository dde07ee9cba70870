"""Differential phase contrast pictures made comparable: light evened out, a cell's window cut, faults named.

    counts → brightness over background (empty glass is 1) → the 15.9 µm around a cell, on as many pixels as asked

Views come in the order left, right, top, bottom; an absent one is NaN throughout.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.imaging import phase as recovered

VIEWS = recovered.VIEWS
WINDOW_UM = 96 * recovered.BSCCM.um_per_px  # what BSCCMNIST shows of a cell
STEP = 4  # pixels averaged before the background is fitted
ROUNDS = 6
CLIP = 2.5  # spreads beyond which a pixel is cell, not background
OPPOSITE = -0.1  # opposite views of a cell are the negative of one another: a correlation above this is no pair
LEAST_CONTRAST = 0.02  # spread of a view in which there is something to check
FLAT = 1e-6
ACROSS, ALONG = (True, True, False, False), (False, False, True, True)
CLEARLY = 0.1
Views = NDArray[np.float32]


def normalised(views: NDArray[np.generic], background: NDArray[np.generic] | None = None) -> Views:
    """(v, H, W) brightness over its background: a measured one, or a smooth surface through what is not cell."""
    light = np.asarray(views, np.float32)
    if background is not None:
        if background.shape != light.shape:
            raise ValueError(
                f"Expected a background of the picture's shape {light.shape}; found {background.shape}. "
                "Take the background with the same camera settings, or leave it out."
            )
        under = np.asarray(background, np.float32)
    else:
        under = np.stack([_surface(view) for view in light])
    return (light / np.maximum(under, FLAT)).astype(np.float32)


def _surface(view: Views) -> Views:
    """A polynomial of second degree through the pixels that lie near it, again and again without those that do not."""
    height, width = view.shape
    if not np.isfinite(view).all():
        return np.ones_like(view)
    small = cv2.resize(view, (max(width // STEP, 8), max(height // STEP, 8)), interpolation=cv2.INTER_AREA)
    y, x = (np.linspace(-1, 1, n) for n in small.shape)
    terms = _terms(x, y).reshape(6, -1).T
    values = small.ravel().astype(np.float64)
    near = np.ones(len(values), bool)
    fit = np.zeros(6)
    for degree in (1, 3, 6, 6, 6, 6)[:ROUNDS]:  # level, plane, then the curve: a cell must not bend the first guess
        fit = np.zeros(6)
        chosen = terms[near, :degree]
        fit[:degree] = np.linalg.lstsq(chosen.T @ chosen, chosen.T @ values[near], rcond=None)[0]
        off = np.abs(values - terms @ fit)
        spread = 1.4826 * np.median(off) + 1e-9
        near = off <= CLIP * spread
        if near.sum() < 30:
            break
    across, down = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    level, x1, y1, x2, xy, y2 = fit.astype(np.float32)
    surface = (level + (y1 + y2 * down) * down) + (x1 + xy * down + x2 * across) * across
    floor = max(0.05 * float(np.median(values)), FLAT)
    return np.maximum(surface, floor).astype(np.float32)


def _terms(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    across, down = np.meshgrid(x, y)
    return np.stack([np.ones_like(across), across, down, across**2, across * down, down**2])


def window(views: Views, centre: tuple[float, float], um_per_px: float, side: int) -> Views:
    """(v, side, side): the square of `WINDOW_UM` around `centre` (x, y in pixels); beyond the frame is empty glass."""
    reach = max(round(WINDOW_UM / um_per_px), 4)
    left, top = round(centre[0] - reach / 2), round(centre[1] - reach / 2)
    cut = np.ones((len(views), reach, reach), np.float32)
    height, width = views.shape[1:]
    rows, columns = slice(max(top, 0), min(top + reach, height)), slice(max(left, 0), min(left + reach, width))
    if rows.start < rows.stop and columns.start < columns.stop:
        inner = views[:, rows, columns]
        at = (rows.start - top, columns.start - left)
        cut[:, at[0] : at[0] + inner.shape[1], at[1] : at[1] + inner.shape[2]] = inner
    absent = ~np.isfinite(views).all((1, 2))
    how = cv2.INTER_AREA if side < reach else cv2.INTER_CUBIC
    found = np.stack(
        [cv2.resize(np.where(a, 1, c), (side, side), interpolation=how) for a, c in zip(absent, cut, strict=True)]
    )
    found[absent] = np.nan
    return found.astype(np.float32)


def resized(views: Views, side: int) -> Views:
    """Windows already cut, on other pixels; absent views stay so."""
    if views.shape[-1] == side:
        return views
    how = cv2.INTER_AREA if side < views.shape[-1] else cv2.INTER_CUBIC
    return np.stack([cv2.resize(view, (side, side), interpolation=how) for view in views]).astype(np.float32)


def faults(views: Views, um_per_px: float) -> tuple[str, ...]:
    """What speaks against the views being what they are called; views over background, none absent.

    Opposite views of the same cell are nearly the negative of one another, and cells are denser than what they lie in,
    so that the recovered phase stands out upwards, however the light falls. Nothing is said of an empty frame.
    """
    if views.shape[0] != len(VIEWS) or not np.isfinite(views).all():
        return ()
    if min(float(view.std()) for view in views) < LEAST_CONTRAST:
        return ()
    detail = [cv2.GaussianBlur(view, (0, 0), 1.5) - cv2.GaussianBlur(view, (0, 0), 12) for view in views]
    alike = np.corrcoef([part.ravel() for part in detail])
    pairs = {"left and right": alike[0, 1], "top and bottom": alike[2, 3]}
    mixed = [name for name, value in pairs.items() if value > OPPOSITE]
    if mixed:
        return (
            f"{' and '.join(mixed).capitalize()} should be nearly the negative of one another and are not (correlation "
            f"{max(pairs[name] for name in mixed):.2f}): views are mixed up or come from different fields. "
            "Check which file is which view.",
        )
    across, along = (recovered.phase(views, um_per_px, axis) for axis in (ACROSS, ALONG))
    turned = views[[2, 3, 0, 1]]
    exchanged = [recovered.phase(turned, um_per_px, axis) for axis in (ACROSS, ALONG)]
    if _agree(*exchanged) > _agree(across, along) + CLEARLY:
        return (
            "Left and right seem to be top and bottom, and the other way round: the phase recovered from the two pairs "
            "agrees better when they are exchanged. Check which file is which view.",
        )
    return tuple(
        f"{name} seem to be swapped: cells come out thinner than what surrounds them. Exchange the two."
        for name, found in (("Left and right", across), ("Top and bottom", along))
        if _sunken(found)
    )


def _agree(one: Views, other: Views) -> float:
    return abs(float(np.corrcoef(one.ravel(), other.ravel())[0, 1]))


def _sunken(found: Views) -> bool:
    """Whether what stands out of a recovered phase stands out downwards, and clearly so."""
    middle = np.median(found)
    return bool(middle - np.percentile(found, 1) > 1.3 * (np.percentile(found, 99) - middle))
