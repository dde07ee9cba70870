"""Backgrounds without a nucleated cell, drawn by a program: what a cell can be laid on to ask what its surroundings do.

Stained smears: bare glass, glass with what lies about (platelets, precipitate), or erythrocytes. Unstained views: the
empty field with its unevenness and dirt. The same seed draws the same picture in every process.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.imaging import dpc
from models.synthesis import donors, dpc_optics, erythrocytes, litter, optics
from models.synthesis.look import Look, draw_look
from models.synthesis.shapes import Patch, Plane, Rng

UM_PER_PX = 0.14  # of a stained picture where its scale is not known
LITTER = (1.5, 4.0)  # how much more lies about than a look has it: the pictures are small
KEY = 0xBA6E


class Kind(StrEnum):
    """What lies on a stained background."""

    GLASS = "glass"
    LITTER = "litter"
    ERYTHROCYTES = "erythrocytes"


CELL_FREE = (Kind.GLASS, Kind.LITTER)


def stained(
    seed: int, side: int, *, kind: Kind = Kind.GLASS, um_per_px: float = UM_PER_PX, look: Look | None = None
) -> NDArray[np.uint8]:
    """(side, side, 3): a square of a slide on which no leukocyte lies."""
    rng = np.random.default_rng([seed, KEY, list(Kind).index(kind)])
    look = look or draw_look(seed)
    shape = (side, side)
    absorbance = np.full((*shape, 3), look.plasma, np.float32)
    red = np.zeros(shape, np.float32)
    if kind is Kind.ERYTHROCYTES:
        red = erythrocytes.layer(rng, look, shape, um_per_px, [], [])
        absorbance += red[..., None] * np.array(look.haemoglobin, np.float32)
    if kind is not Kind.GLASS:
        _strewn(rng, absorbance, red, look, um_per_px)
    return optics.photograph(rng, absorbance, look, um_per_px)


def unstained(seed: int, side: int) -> NDArray[np.float32]:
    """(4, side, side): the window of a label-free cell, with no cell in it, brightness over the empty field."""
    rng = np.random.default_rng([seed, KEY, len(Kind)])
    on = donors.slide(seed, 0)
    phase = donors.uneven(rng, on, (donors.DOMAIN, donors.DOMAIN))
    seen = dpc_optics.views(phase, defocus_um=on.focus_um + on.focus_spread_um * float(rng.normal()))
    counted = donors.camera(rng, on, seen, counts=False)
    middle = donors.DOMAIN / 2
    return dpc.window(counted, (middle, middle), dpc_optics.BSCCM.um_per_px, side)


def stained_bank(
    count: int, side: int, *, seed: int = 0, kinds: tuple[Kind, ...] = CELL_FREE, um_per_px: float = UM_PER_PX
) -> tuple[NDArray[np.uint8], ...]:
    """So many stained backgrounds, each of a slide of its own, the kinds in turn."""
    return tuple(stained(seed + k, side, kind=kinds[k % len(kinds)], um_per_px=um_per_px) for k in range(count))


def unstained_bank(count: int, side: int, *, seed: int = 0) -> tuple[NDArray[np.float32], ...]:
    """So many empty windows, each of a slide of its own."""
    return tuple(unstained(seed + k, side) for k in range(count))


def _strewn(rng: Rng, absorbance: Plane, red: Plane, look: Look, um: float) -> None:
    """Platelets and precipitate, anywhere but on erythrocytes."""
    side = len(red)
    area = (side * um) ** 2
    more = rng.uniform(*LITTER)
    for count, what in (
        (rng.poisson(area / 600), "platelet"),
        (rng.poisson(more * look.litter * area / 3000), "grain"),
    ):
        for _ in range(int(count)):
            x, y = (float(v) for v in rng.uniform(0, side, 2))
            if red[int(y), int(x)] > 0.1:
                continue
            if what == "platelet":
                window, _, dye = litter.platelet(rng, um, (x, y), float(rng.uniform(0.9, 1.6)))
            else:
                window, dye = litter.precipitate(rng, um, (x, y), float(rng.gamma(1.5, 0.14) + 0.1))
            _laid_on(absorbance, window, np.asarray(dye @ look.dyes, np.float32))


def _laid_on(absorbance: Plane, window: Patch, added: Plane) -> None:
    side = len(absorbance)
    top, left = max(0, window.top), max(0, window.left)
    bottom, right = min(side, window.top + window.side), min(side, window.left + window.side)
    if top < bottom and left < right:
        absorbance[top:bottom, left:right] += added[
            top - window.top : bottom - window.top, left - window.left : right - window.left
        ]
