"""Quantitative phase from differential phase contrast: the weak-object model and its regularised inversion.

    brightness / background − 1 = F⁻¹[ Hu · absorption + Hp · phase ]        one such equation a view
    Hu, Hp(f) = (1, i) / I0 · Σ over the lit diodes q of [ P(q + f) ± P(q − f) ]

The pupil P is 1 inside the objective's aperture. The model is exact for thin, faint objects (a few tenths of a
radian); thick cells come out flatter than they are. Slow changes of phase are hardly transferred, which is why a cell
lies in a dark halo. Rows run downwards: 'top' lights the diodes that make a cell bright at the top, na_y < 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

VIEWS = ("left", "right", "top", "bottom")
LEDS = 43  # of each half ring
ABSORPTION, PHASE = 0.1, 0.005  # Tikhonov's weights
SOFT_NA = 0.0125  # over which the edge of the pupil falls: a quarter of the spacing of the diodes
BORDER = 16  # pixels over which a frame fades into empty glass, so that its edge does not ring
Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Microscope:
    """BSCCM's: 20×, 515 nm, a ring of diodes just inside the pupil's edge."""

    na: float = 0.5
    wavelength_um: float = 0.515
    inner_na: float = 0.409
    outer_na: float = 0.498
    um_per_px: float = 0.166
    medium: float = 1.335


BSCCM = Microscope()


@lru_cache(maxsize=8)
def diodes(microscope: Microscope = BSCCM) -> NDArray[np.float64]:
    """(n, 2) numerical apertures (x to the right, y down) of the ring, on a square array with `LEDS` in each half.

    Diodes on an axis belong to neither of its halves.
    """
    for step in np.arange(0.04, 0.07, 0.00005):
        line = np.arange(-14, 15) * step
        x, y = (axis.ravel() for axis in np.meshgrid(line, line))
        inside = (np.hypot(x, y) >= microscope.inner_na) & (np.hypot(x, y) <= microscope.outer_na)
        if np.count_nonzero(inside & (x > 0)) == LEDS:
            return np.stack([x[inside], y[inside]], 1)
    raise ValueError(f"no square array puts {LEDS} diodes into each half of the ring of {microscope}")


def lit(view: str, ring: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which diodes a pattern lights."""
    x, y = ring.T
    return {"left": x > 0, "right": x < 0, "top": y < 0, "bottom": y > 0}[view]


@lru_cache(maxsize=2)  # a frame, and the same with its border: at 2048 pixels each is 200 MB
def transfer(
    shape: tuple[int, int], um_per_px: float, microscope: Microscope = BSCCM
) -> tuple[NDArray[np.float32], NDArray[np.complex64]]:
    """Hu and Hp of the four views on the frequencies of `numpy.fft.fft2`, each (4, H, W). Not to be written to.

    The ring is the same seen from behind: the second view of a pair has the Hu of the first and its Hp negated.
    """
    down, right = (np.fft.fftfreq(n, um_per_px).astype(np.float32) * microscope.wavelength_um for n in shape)
    ring = diodes(microscope)
    absorbing = np.empty((len(VIEWS), *shape), np.float32)
    shifting = np.empty((len(VIEWS), *shape), np.complex64)
    for k in (0, 2):
        chosen = ring[lit(VIEWS[k], ring)]
        light = _pupil(*chosen.T, microscope).sum()
        through = np.zeros(shape, np.float32)
        for x, y in chosen.astype(np.float32):
            through += _pupil((x + right)[None], (y + down)[:, None], microscope)
        through /= light
        back = np.roll(through[::-1, ::-1], (1, 1), (0, 1))
        absorbing[k : k + 2] = through + back
        shifting[k] = 1j * (through - back)
        shifting[k + 1] = -shifting[k]
    return absorbing, shifting


def _pupil(x: NDArray[np.floating], y: NDArray[np.floating], microscope: Microscope) -> NDArray[np.floating]:
    """1 inside the objective's aperture, with a soft edge: 43 points of light against a hard one make steps in Hp that
    a grid of frequencies hits or misses, so that the phase would hang on the number of pixels."""
    return np.clip((microscope.na - np.hypot(x, y)) / np.float32(SOFT_NA) + np.float32(0.5), 0, 1)


def phase(
    views: Plane, um_per_px: float, present: Sequence[bool] = (True, True, True, True), *, border: int = BORDER
) -> Plane:
    """(4, H, W) brightness over background → (H, W) phase in radians, its mean at the frame's rim set to 0.

    Absent views are not looked at. A single view, or two of one axis, leave the other axis blurred.
    """
    if views.shape[0] != len(VIEWS) or not any(present):
        raise ValueError(
            f"Expected an array (4, H, W) with at least one view present; found {views.shape} with {sum(present)}. "
            "Put the views in the order left, right, top, bottom."
        )
    used = np.flatnonzero(present)
    height, width = views.shape[1:]
    faded = np.stack([_faded(views[k] - 1, border) for k in used])
    hu, hp = (part[used] for part in transfer(faded.shape[1:], um_per_px))
    seen = fft.fft2(faded, axes=(1, 2))
    a = (hu**2).sum(0) + np.float32(ABSORPTION)
    d = (np.square(hp.real) + np.square(hp.imag)).sum(0) + np.float32(PHASE)
    b = (hu * hp).sum(0)
    first, second = (hu * seen).sum(0), (hp.conj() * seen).sum(0)
    shared = np.square(b.real) + np.square(b.imag)
    found = fft.ifft2((a * second - b.conj() * first) / (a * d - shared)).real
    inner = found[border : border + height, border : border + width]
    rim = np.concatenate([inner[0], inner[-1], inner[:, 0], inner[:, -1]])
    return (inner - np.median(rim)).astype(np.float32)


def _faded(view: Plane, border: int) -> Plane:
    """The view with a border that goes from its edge's brightness to nought."""
    if border == 0:
        return view
    wide = np.pad(view, border, mode="edge").astype(np.float32)
    ramp = (0.5 - 0.5 * np.cos(np.pi * (np.arange(border) + 0.5) / border)).astype(np.float32)
    for axis in (0, 1):
        line = np.ones(wide.shape[axis], np.float32)
        line[:border], line[-border:] = ramp, ramp[::-1]
        wide = wide * (line[:, None] if axis == 0 else line[None])
    return wide
