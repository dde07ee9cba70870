"""Differential phase contrast as BSCCM's microscope makes it: the Abbe sum over its light-emitting diodes.

    object o = exp(−absorption + i·phase)
    picture  = mean over the diodes q of a pattern of |F⁻¹{ pupil(f) · F(o · e^{2πi q·x}) }|²

A tilted wave only shifts the object's spectrum, and the pupil lets little of it through: every diode is summed on the
coarse grid that holds the whole of its picture, and only the sum is brought to the camera's pixels. Diodes lie on whole
bins of the spectrum, at most half a bin (0.01 NA) from where the array has them. The weak-object model is
`models.imaging.phase`; on thick cells it is wrong, which is why cells are not made with it.

Rows of a picture run downwards. 'left' lights na_x > 0, so that a cell is bright on the right of its left view; 'top'
lights the diodes that make it bright at the top, na_y < 0 with y counted downwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from models.imaging.phase import BSCCM, VIEWS, Microscope, diodes, lit

Plane = NDArray[np.float32]


def views(
    phase: Plane,
    absorption: Plane | None = None,
    *,
    microscope: Microscope = BSCCM,
    defocus_um: float = 0.0,
    patterns: Sequence[str] = VIEWS,
) -> Plane:
    """(patterns, H, W) brightness over that of the empty field. The object is taken to repeat beyond its borders."""
    plan = _plan(phase.shape, microscope)
    spectrum = fft.fftshift(fft.fft2(_object(phase, absorption)))
    focus, (high, wide) = _focus(plan, defocus_um), plan.pupil.shape
    cut = np.empty((len(plan.corners), high, wide), np.complex64)
    for k, (top, left) in enumerate(plan.corners):
        np.multiply(spectrum[top : top + high, left : left + wide], focus, out=cut[k])
    fields = fft.ifft(fft.ifft(cut, plan.grid[1], axis=2), plan.grid[0], axis=1, overwrite_x=True)
    bright = np.square(fields.real)
    bright += np.square(fields.imag)
    scale = np.float32(plan.grid[0] * plan.grid[1] / phase.size) ** 2
    return np.stack([_enlarged(bright[plan.lit[view]].mean(0) * scale, phase.shape) for view in patterns])


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """What depends on size and microscope alone."""

    grid: tuple[int, int]  # coarse: holds twice the pupil's width, so that a squared field has room
    pupil: Plane  # the box of bins that it lets through; where it lies on the grid does not change a brightness
    squared: Plane  # (na/medium)² of each of them
    corners: tuple[tuple[int, int], ...]  # of the box in the centred spectrum, a diode each
    lit: dict[str, NDArray[np.bool_]]
    microscope: Microscope


@lru_cache(maxsize=8)
def _plan(shape: tuple[int, int], microscope: Microscope) -> _Plan:
    bins = [microscope.wavelength_um / (n * microscope.um_per_px) for n in shape]  # numerical aperture of a bin
    reach = [int(np.ceil(microscope.na / step)) for step in bins]
    ring = diodes(microscope)
    shifts = np.round(ring[:, ::-1] / bins).astype(int)  # rows, columns
    room = [n // 2 - r - int(abs(shifts[:, axis]).max()) for axis, (n, r) in enumerate(zip(shape, reach, strict=True))]
    grid = tuple(fft.next_fast_len(4 * r + 1) for r in reach)
    if min(room) < 1:
        raise ValueError(
            f"Expected pixels of at most {microscope.wavelength_um / 4 / microscope.na:.3f} µm; found "
            f"{microscope.um_per_px} µm. Draw the object on finer pixels."
        )
    lines = [np.arange(-r, r + 1) * step for r, step in zip(reach, bins, strict=True)]
    na = np.hypot(lines[0][:, None], lines[1][None])
    corners = [(shape[0] // 2 - reach[0] - int(y), shape[1] // 2 - reach[1] - int(x)) for y, x in shifts]
    return _Plan(
        (grid[0], grid[1]),
        (na <= microscope.na).astype(np.float32),
        np.square(na / microscope.medium).astype(np.float32),
        tuple(corners),
        {view: lit(view, ring) for view in VIEWS},
        microscope,
    )


def _object(phase: Plane, absorption: Plane | None) -> NDArray[np.complex64]:
    wave = np.exp(1j * phase.astype(np.complex64))
    return (wave if absorption is None else wave * np.exp(-absorption)).astype(np.complex64)


def _focus(plan: _Plan, defocus_um: float) -> NDArray[np.complex64]:
    """The pupil, with the phase that an object away from focus gathers in the medium."""
    if defocus_um == 0:
        return plan.pupil.astype(np.complex64)
    turns = plan.microscope.medium / plan.microscope.wavelength_um * defocus_um
    along = np.sqrt(np.clip(1 - plan.squared, 0, None))
    return (plan.pupil * np.exp(2j * np.pi * turns * along)).astype(np.complex64)


def _enlarged(picture: Plane, shape: tuple[int, int]) -> Plane:
    """Band-limited interpolation to more pixels, exact."""
    small = fft.rfft2(picture)
    large = np.zeros((shape[0], shape[1] // 2 + 1), small.dtype)
    high, wide = (picture.shape[0] - 1) // 2, min(small.shape[1], large.shape[1])
    large[: high + 1, :wide] = small[: high + 1, :wide]
    large[-high:, :wide] = small[-high:, :wide]
    return (fft.irfft2(large, shape) * (large.shape[0] * shape[1] / picture.size)).astype(np.float32)
