"""Frames of several unstained cells, drawn with exact truth; and the label-free demo case.

The frames of a case share a donor and a slide. Cells lie apart or just touch; what lies over the frame's border is
imaged too, since the plane is larger than the frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.synthesis import donors, dpc_optics, markers, white_cells
from models.synthesis.shapes import Rng
from models.synthesis.white_cells import Traits

UM_PER_PX = dpc_optics.BSCCM.um_per_px
BORDER = 16  # pixels of plane beyond the frame on every side
TRIES = 60


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A cell of a frame, and what is true of it."""

    traits: Traits
    centre: tuple[float, float]  # x, y in the frame's pixels
    inside: NDArray[np.bool_]  # (H, W) of the frame
    markers: NDArray[np.float64]  # log10


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    views: NDArray[np.uint16]  # (4, H, W) counts: left, right, top, bottom
    phase: NDArray[np.float32]  # (H, W) rad
    cells: tuple[Standing, ...]
    um_per_px: float = UM_PER_PX


@dataclass(frozen=True, slots=True)
class DpcCase:
    """A synthetic label-free case."""

    key: str
    title: str
    seed: int
    frames: int
    cells_per_frame: int
    side: int
    note: str


DEMO = DpcCase(
    key="demo-label-free",
    title="Synthetic case 4: unstained blood",
    seed=2041,
    frames=12,
    cells_per_frame=14,
    side=384,
    note="Simulated by a program, not photographed: unstained cells in four views. CD16 is shown here, and only here.",
)


def frames(case: DpcCase = DEMO) -> Iterator[Frame]:
    """The case's frames, one after another."""
    of, on = donors.donor(case.seed), donors.slide(case.seed, 0)
    for number in range(case.frames):
        rng = np.random.default_rng([case.seed, 6, number])
        traits = donors.traits(of, case.cells_per_frame, int(rng.integers(2**31)))
        yield frame(rng, of, on, traits, case.side)


def frame(rng: Rng, of: donors.Donor, on: donors.Slide, traits: Sequence[Traits], side: int) -> Frame:
    """Cells laid on one frame, imaged together."""
    plane = side + 2 * BORDER
    phase = donors.uneven(rng, on, (plane, plane))
    absorption = np.zeros_like(phase)
    values = markers.drawn(rng, traits, of.shift).values
    placed: list[tuple[float, float, float]] = []
    cells = []
    for cell, told in zip(traits, values, strict=True):
        reach = white_cells.KINDS[cell.kind].diameter * 0.62
        spot = _spot(rng, placed, reach, side * UM_PER_PX)
        if spot is None:
            continue
        placed.append((*spot, reach))
        change = dict(of.change[cell.label])
        change["index"] *= on.index
        drawn, corner = _patch(rng, cell, spot, plane, change)
        rows, columns = (slice(at, at + drawn.phase.shape[0]) for at in corner)
        phase[rows, columns] += drawn.phase
        absorption[rows, columns] += drawn.absorption
        whole = np.zeros((plane, plane), bool)
        whole[rows, columns] = drawn.inside
        middle = (side / 2 + spot[0] / UM_PER_PX, side / 2 + spot[1] / UM_PER_PX)
        cells.append(Standing(cell, middle, whole[BORDER:-BORDER, BORDER:-BORDER], told))
    focus = on.focus_um + 0.3 * on.focus_spread_um * float(rng.normal())
    seen = dpc_optics.views(phase, absorption, defocus_um=focus)
    inner = slice(BORDER, BORDER + side)
    counted = donors.camera(rng, on, seen[:, inner, inner], counts=True)
    return Frame(counted.astype(np.uint16), phase[inner, inner], tuple(cells))


def _spot(
    rng: Rng, placed: Sequence[tuple[float, float, float]], reach: float, width_um: float
) -> tuple[float, float] | None:
    """Somewhere that is free, in µm from the frame's middle; None when the frame is full."""
    half = width_um / 2 - reach
    for _ in range(TRIES):
        x, y = rng.uniform(-half, half, 2)
        if all(np.hypot(x - a, y - b) > reach + other for a, b, other in placed):
            return float(x), float(y)
    return None


def _patch(
    rng: Rng, cell: Traits, spot: tuple[float, float], plane: int, change: dict[str, float]
) -> tuple[white_cells.Drawn, tuple[int, int]]:
    """The cell on a small plane of its own, and that plane's corner (row, column) on the large one."""
    side = min(donors.SIDE, plane)
    at = [plane / 2 + offset / UM_PER_PX for offset in spot]
    left, top = (int(np.clip(round(place - side / 2), 0, plane - side)) for place in at)
    off = ((at[0] - left - side / 2) * UM_PER_PX, (at[1] - top - side / 2) * UM_PER_PX)
    return white_cells.cell(rng, cell, white_cells.window(side, UM_PER_PX, off), change), (top, left)
