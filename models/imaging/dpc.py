"""Differential phase contrast pictures made comparable: light evened out, a cell's window cut.

    counts → brightness over background (empty glass is 1) → the 15.9 µm around a cell, on as many pixels as asked

Views come in the order left, right, top, bottom; an absent one is NaN throughout.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from models.imaging.phase import BSCCM

WINDOW_UM = 96 * BSCCM.um_per_px  # what BSCCMNIST shows of a cell
STEP = 4  # pixels averaged before the background is fitted
ROUNDS = 6
CLIP = 2.5  # spreads beyond which a pixel is cell, not background
FLAT = 1e-6
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
