"""What speaks against four pictures being the left, right, top and bottom view of one field, in words.

Orientation is told by the physics of the pictures, whatever the cells look like:

- opposite views of a field are nearly the negative of one another: two views that pair better otherwise are mixed up;
- the two axes show the same phase, so that Hp(top) · (left − right) = Hp(left) · (top − bottom) at every frequency.
  Their correlation is near 1; about a quarter if the axes are exchanged; negative if one pair is swapped;
- cells are denser than what they lie in: recovered phase stands out upwards, or both pairs are swapped.

Nothing is said of orientation where the frame holds too little to tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from models.imaging import dpc
from models.imaging.phase import BSCCM, VIEWS, phase, transfer

LEAST_DETAIL = 0.025  # spread of a view's detail (over background) below which nothing is said of its orientation
FINE_UM, COARSE_UM = 0.25, 2.0  # between these two blurs lies the detail
CLEARLY = 0.15  # by how much another pairing, or the exchanged axes, must fit better
TOLD = 0.25  # correlation of the axes, either way, below which they show no common phase
SUNKEN = -0.5  # skewness of a recovered phase that stands out downwards (real cells: +1.8 and more)
CLIPPED, LOST = 0.002, 0.25  # share of pixels at a view's very end: to be warned of, to be refused
SPIKE = 2  # times as many pixels at the end as just before it
NEGATIVE = 0.05
LARGEST, COARSEST_UM = 1024, 0.4  # pixels and µm per pixel in which a large field is looked at
Views = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fault:
    """What was expected, what was found, what to do. A grave one forbids using the picture; others are warnings."""

    expected: str
    found: str
    do: str
    grave: bool = True

    def __str__(self) -> str:
        return f"Expected {self.expected}; found {self.found}. {self.do}"


def faults(views: Sequence[NDArray[Any]] | NDArray[Any], um_per_px: float | None = None) -> tuple[Fault, ...]:
    """Everything that is wrong with four views as the camera gave them; the grave ones first, and then only those."""
    grave = _unusable(views)
    if grave:
        return (grave,)
    stack = np.stack(list(views))
    wrong = misplaced(dpc.normalised(stack), um_per_px or BSCCM.um_per_px)
    return (wrong,) if wrong else (*_clipped(stack), *_unscaled(stack))


def _unusable(views: Sequence[NDArray[Any]] | NDArray[Any]) -> Fault | None:
    """What forbids any look at orientation."""
    if len(views) != len(VIEWS):
        return Fault("four DPC views", f"{len(views)}", "Give left, right, top and bottom views of one field.")
    shapes = [np.shape(view) for view in views]
    if len(set(shapes)) > 1 or len(shapes[0]) != 2:
        found = ", ".join(" × ".join(map(str, shape[::-1])) for shape in shapes)
        return Fault("four grey views of the same size", found, "Export the four views alike.")
    for name, view in zip(VIEWS, views, strict=True):
        problem = _spoiled(np.asarray(view))
        if problem:
            return Fault(*(part.format(name=name) for part in problem))
    for (one, first), (other, second) in combinations(zip(VIEWS, views, strict=True), 2):
        if np.array_equal(first, second):
            found = f"the same picture as {one} and as {other}"
            return Fault("four different views", found, "Check which file is which view.")
    return None


def _spoiled(view: NDArray[Any]) -> tuple[str, str, str] | None:
    """Expected, found, do: what is wrong with the numbers of one view, whose name is still to be put in."""
    if not np.isfinite(view).all():
        return "finite numbers in the {name} view", "NaN or infinite pixels", "Export it again without them."
    if view.min() == view.max():
        do = "Check that the camera or the export did not fail."
        return "a picture in the {name} view", "one value in every pixel", do
    if float((view < 0).mean()) > NEGATIVE:
        found = f"numbers below nought in {(view < 0).mean():.0%} of it"
        return (
            "brightness in the {name} view",
            found,
            "Give the pictures as the camera took them, or divided by the background; not their differences.",
        )
    if _at_end(view) > LOST:
        found = f"{_at_end(view):.0%} of its pixels at the very end of the scale"
        return "a {name} view within the camera's range", found, "Take it again with a shorter exposure."
    return None


def _at_end(view: NDArray[Any]) -> float:
    """The share of pixels with the view's highest value where clipping put them: far more than have the next one."""
    highest = view == view.max()
    below = view == view[~highest].max()
    clipped = np.count_nonzero(highest) > SPIKE * np.count_nonzero(below)
    return float(highest.mean()) if clipped else 0.0


def _clipped(stack: NDArray[Any]) -> tuple[Fault, ...]:
    shares = {name: _at_end(view) for name, view in zip(VIEWS, stack, strict=True)}
    over = [name for name, share in shares.items() if share > CLIPPED and share * stack[0].size >= 8]
    if not over:
        return ()
    found = f"{max(shares.values()):.1%} of the pixels at the very end of the scale in {', '.join(over)}"
    do = "Phase is too low there; take the views again with a shorter exposure."
    return (Fault("views within the camera's range", found, do, grave=False),)


def _unscaled(stack: NDArray[Any]) -> tuple[Fault, ...]:
    """Eight bits, or every view stretched from end to end: how bright it was is lost."""
    ends = (0.0, 1.0 if stack.dtype.kind == "f" else float(np.iinfo(stack.dtype).max))
    stretched = all((float(view.min()), float(view.max())) == ends for view in stack)
    if stack.dtype != np.uint8 and not stretched:
        return ()
    found = "views each stretched to the whole scale" if stretched else "8 bits, on an unknown scale"
    do = "Phase and class may be off; export the camera's own 12 or 16 bits, unstretched."
    return (Fault("the camera's counts, or brightness over background", found, do, grave=False),)


def misplaced(views: Views, um_per_px: float) -> Fault | None:
    """A wrong order of the views; (4, H, W) over background, all present."""
    views, um = _handy(views, um_per_px)
    detail = np.stack([_detail(view, um) for view in views])
    if detail.std((1, 2)).min() < LEAST_DETAIL:
        return None
    alike = np.corrcoef(detail.reshape(len(VIEWS), -1))
    fit = {"": alike[0, 1] + alike[2, 3], "top": alike[0, 2] + alike[1, 3], "bottom": alike[0, 3] + alike[1, 2]}
    other = min(fit["top"], fit["bottom"])
    if other < fit[""] - CLEARLY:
        rather = "top" if fit["top"] < fit["bottom"] else "bottom"
        return Fault(
            "left and right, and top and bottom, to be nearly the negative of one another",
            f"correlations of {alike[0, 1]:.2f} and {alike[2, 3]:.2f}, while left is rather the negative of {rather}",
            "The axes are mixed up: check which file is which view.",
        )
    straight, exchanged = _common(views, um)
    if abs(exchanged) > abs(straight) + CLEARLY:
        return Fault(
            "left and right to differ across the picture, top and bottom along it",
            "the contrary",
            "The axes are exchanged: name left and right what is now top and bottom, or turn the pictures.",
        )
    if abs(straight) < TOLD:
        found = f"hardly anything in common (correlation {straight:.2f})"
        do = "The two pairs come from different fields: put together views of the same one."
        return Fault("one field in all four views", found, do)
    return _swapped(views, um, straight > 0)


def _swapped(views: Views, um: float, agree: bool) -> Fault | None:
    """Which pairs are the wrong way round; `agree`: both or neither."""
    upright = views if agree else views[[1, 0, 2, 3]]
    found = cv2.GaussianBlur(phase(upright, um), (0, 0), max(FINE_UM / um, 0.5))
    off = found - np.median(found)
    skewness = float((off**3).mean() / max(float((off**2).mean()), 1e-12) ** 1.5)
    if skewness > abs(SUNKEN):
        wrong = "" if agree else "Left and right"
    elif skewness < SUNKEN:
        wrong = "Left and right, and top and bottom," if agree else "Top and bottom"
    else:
        wrong = "" if agree else "Left and right, or top and bottom,"
    if not wrong:
        return None
    return Fault(
        "cells denser than what they lie in (bright on the right in the left view, at the top in the top view)",
        "the contrary",
        f"{wrong} are swapped: exchange them.",
    )


def _common(views: Views, um: float) -> tuple[float, float]:
    """Correlation of what the two axes say of the phase: as they are named, and exchanged."""
    height, width = views.shape[1:]
    shifting = transfer((height, width), um)[1]
    across, along = shifting[0].imag, shifting[2].imag
    fade = np.sqrt(np.hanning(height)[:, None] * np.hanning(width)[None]).astype(np.float32)
    first, second = (fft.fft2((views[k] - views[k + 1]) * fade) for k in (0, 2))
    return _correlation(along * first, across * second), _correlation(along * second, across * first)


def _correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    power = float((np.abs(one) ** 2).sum()) * float((np.abs(other) ** 2).sum())
    return float((one * other.conj()).real.sum() / max(power, 1e-30) ** 0.5)


def _detail(view: Views, um: float) -> Views:
    fine, coarse = (cv2.GaussianBlur(view, (0, 0), max(blur / um, 0.5)) for blur in (FINE_UM, COARSE_UM))
    return np.asarray(fine - coarse, np.float32)


def _handy(views: Views, um: float) -> tuple[Views, float]:
    """A large field on coarser pixels, and if that is not enough its middle."""
    factor = min(max(views.shape[1:]) / LARGEST, COARSEST_UM / um)
    if factor > 1:
        size = (round(views.shape[2] / factor), round(views.shape[1] / factor))
        views = np.stack([cv2.resize(view, size, interpolation=cv2.INTER_AREA) for view in views])
        um *= factor
    top, left = (max(0, (n - LARGEST) // 2) for n in views.shape[1:])
    return np.ascontiguousarray(views[:, top : top + LARGEST, left : left + LARGEST]), um
