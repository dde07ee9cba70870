"""Simulated donors and slides: what shifts all cells of a person, and all pictures of a slide.

    donor (mix of classes, sizes, textures, marker shifts) → slide (focus, light, photons, dirt) → cell → four views

Everything follows from the seed. Views are given as the camera counts them (12 bit over an offset) or, with
`counts=False`, over the slide's own light, as `models.imaging.dpc.normalised` would make them of the counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.synthesis import dpc_optics, markers, white_cells
from models.synthesis.shapes import Plane, Rng, grain
from models.synthesis.white_cells import KINDS, Traits

SIDE = 128  # of a picture, as in BSCCM
DOMAIN = 160  # of the plane that is imaged: what lies beyond the picture shines into it
OFFSET = 30.0  # counts of the camera in the dark
TOP = 4095
MIX = {"lymphocyte": 0.36, "granulocyte": 0.40, "monocyte": 0.16, "other": 0.08}
WITHIN: Mapping[str, Mapping[str, float]] = {
    "lymphocyte": {"lymphocyte": 0.90, "lymphocyte/large": 0.10},
    "granulocyte": {"granulocyte": 0.94, "granulocyte/eosinophil": 0.06},
    "monocyte": {"monocyte": 0.88, "monocyte/nonclassical": 0.12},
    "other": {"other/erythrocyte": 0.4, "other/platelets": 0.2, "other/ghost": 0.2, "other/debris": 0.2},
}


@dataclass(frozen=True, slots=True, eq=False)
class Donor:
    seed: int
    mix: NDArray[np.float64]  # over the kinds of `KINDS`, in their order
    change: Mapping[str, Mapping[str, float]]  # by label: factors of the kind's numbers
    shift: NDArray[np.float64]  # of the markers


@dataclass(frozen=True, slots=True)
class Slide:
    focus_um: float
    focus_spread_um: float
    photons: float  # a pixel and view
    slope: float  # of the light over a picture, as a share
    dirt: float  # rad: phase of what lies about
    index: float  # factor: another medium
    neighbours: float  # share of pictures with a piece of another cell


@dataclass(frozen=True, slots=True, eq=False)
class Pictured:
    """A cell as the microscope shows it, and everything that is true of it."""

    views: NDArray[np.float32]  # (4, SIDE, SIDE): left, right, top, bottom
    phase: Plane  # (SIDE, SIDE) rad
    inside: NDArray[np.bool_]
    traits: Traits
    measures: Mapping[str, float]


def donor(seed: int) -> Donor:
    rng = np.random.default_rng([seed, 1])
    shares = rng.dirichlet(60 * np.array(list(MIX.values())))
    mix = np.array([shares[list(MIX).index(KINDS[k].label)] * WITHIN[KINDS[k].label][k] for k in KINDS])
    change = {
        label: {
            "diameter": float(np.exp(rng.normal(0, 0.035))),
            "granules": float(np.exp(rng.normal(0, 0.10))),
            "index": float(np.exp(rng.normal(0, 0.05))),
            "skirt": float(np.exp(rng.normal(0, 0.15))),
            "roughness": float(np.exp(rng.normal(0, 0.15))),
        }
        for label in MIX
    }
    return Donor(seed, mix / mix.sum(), change, rng.normal(0, 1, 4) * np.array(markers.DONOR))


def slide(seed: int, number: int) -> Slide:
    rng = np.random.default_rng([seed, 2, number])
    return Slide(
        focus_um=float(rng.normal(0.0, 0.6)),
        focus_spread_um=float(rng.uniform(0.2, 0.7)),
        photons=float(np.exp(rng.uniform(np.log(600), np.log(1300)))),
        slope=float(abs(rng.normal(0, 0.04))),
        dirt=float(rng.uniform(0.01, 0.05)),
        index=float(np.exp(rng.normal(0, 0.03))),
        neighbours=float(rng.uniform(0.03, 0.12)),
    )


def traits(of: Donor, count: int, number: int) -> list[Traits]:
    """Cells of one slide of a donor."""
    rng = np.random.default_rng([of.seed, 3, number])
    kinds = list(KINDS)
    return [Traits(kinds[int(rng.choice(len(kinds), p=of.mix))], *rng.normal(0, 1, 5)) for _ in range(count)]


def pictures(of: Donor, on: Slide, cells: Sequence[Traits], number: int, *, counts: bool = True) -> Iterator[Pictured]:
    """Every cell in a picture of its own."""
    for k, cell in enumerate(cells):
        yield pictured(np.random.default_rng([of.seed, 4, number, k]), of, on, cell, counts=counts)


def pictured(rng: Rng, of: Donor, on: Slide, cell: Traits, *, counts: bool = True) -> Pictured:
    um = dpc_optics.BSCCM.um_per_px
    change = dict(of.change[cell.label])
    change["index"] *= on.index
    where = white_cells.window(DOMAIN, um, tuple(rng.normal(0, 0.35, 2)))
    drawn = white_cells.cell(rng, cell, where, change)
    phase, absorption = drawn.phase + uneven(rng, on, where.x.shape), drawn.absorption
    if rng.random() < on.neighbours:
        far, way = rng.uniform(9.0, 13.0), rng.uniform(0, 2 * np.pi)
        there = white_cells.window(DOMAIN, um, (far * np.cos(way), far * np.sin(way)))
        other = traits(of, 1, int(rng.integers(2**31)))[0]
        beside = white_cells.cell(rng, other, there, of.change[other.label])
        phase, absorption = np.maximum(phase, beside.phase), np.maximum(absorption, beside.absorption)
    focus = on.focus_um + on.focus_spread_um * float(rng.normal())
    border = (DOMAIN - SIDE) // 2
    inner = slice(border, border + SIDE)
    seen = dpc_optics.views(phase, absorption, defocus_um=focus)[:, inner, inner]
    return Pictured(
        camera(rng, on, seen, counts), phase[inner, inner], drawn.inside[inner, inner], cell, drawn.measures
    )


def uneven(rng: Rng, on: Slide, shape: tuple[int, ...]) -> Plane:
    """What lies about: slow unevenness of the medium, and here and there a faint thread or speck."""
    uneven = on.dirt * (2.0 * grain(rng, shape, 16) + grain(rng, shape, 5))
    if rng.random() < 0.35:
        specks = np.clip(grain(rng, shape, 4) - 1.8, 0, None) * grain(rng, shape, 1.2)
        uneven = uneven + np.float32(4 * on.dirt) * specks
    return uneven.astype(np.float32)


def camera(rng: Rng, on: Slide, seen: NDArray[np.float32], counts: bool) -> NDArray[np.float32]:
    """Uneven light, shot noise, offset; 12 bit."""
    line = np.linspace(-1, 1, seen.shape[-1], dtype=np.float32)
    light = np.empty_like(seen)
    for k in range(len(seen)):
        down, across = rng.normal(0, on.slope, 2)
        light[k] = float(np.exp(rng.normal(0, 0.03))) * (1 + down * line[:, None] + across * line[None])
    mean = np.clip(seen * light, 0, None) * np.float32(on.photons)
    caught = mean + np.sqrt(mean) * rng.standard_normal(mean.shape, np.float32)  # Poisson's, at hundreds of photons
    if counts:
        return np.clip(np.rint(caught + OFFSET), 0, TOP).astype(np.float32)
    return (caught / (light * on.photons)).astype(np.float32)
