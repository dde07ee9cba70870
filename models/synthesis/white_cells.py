"""Unstained cells on a slide as maps of phase and absorption: lymphocyte, granulocyte, monocyte and what is neither.

A cell is a height map (a settled, more or less flattened drop, sometimes with a thin skirt) times a difference of
refractive index, with a denser nucleus, granules and a ruffled membrane. What varies from cell to cell are a few
standard normal numbers (`Traits`): size, density, granularity, segmentation, spread. Markers are drawn from the same
numbers (`models.synthesis.markers`), so that how well a picture can tell a marker is known.

Sizes, indices and textures follow textbook ranges and the look of the published BSCCM panels taken together; none was
set by class against labelled panels. They are frozen: a change makes every simulated figure another figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synthesis.shapes import Patch, Plane, Rng, bent, blob, chain, mask, near, ripples, smoothed

WAVENUMBER = 2 * np.pi / 0.515  # rad per µm of path and unit of index
SOFT_UM = 0.18  # how softly an outline ends: the cell's own rim, before the optics


@dataclass(frozen=True, slots=True)
class Kind:
    """The middle and the spread of a kind of cell. Lengths in µm."""

    label: str
    diameter: float
    diameter_spread: float  # of its logarithm
    height: float  # of the middle, as a share of the diameter
    edge: float  # exponent of the height's profile: 0.5 a drop, less: flatter
    elongation: float
    roughness: float
    index: float  # of the cytoplasm over the medium
    nucleus: float  # its diameter over the cell's
    nucleus_index: float  # on top of the cytoplasm's
    lobes: float
    granules: float  # index fluctuation
    grain: float  # µm
    skirt: float  # width of the thin spread border, as a share of the radius
    absorption: float = 0.0


# fmt: off
_NUMBERS: Mapping[str, tuple[float, ...]] = {  # in the order of Kind
    "lymphocyte":             (7.4, 0.09, 0.76, 0.44, 0.06, 0.025, 0.026, 0.84, 0.009, 1, 0.0042, 0.24, 0.04),
    "lymphocyte/large":       (8.9, 0.09, 0.66, 0.42, 0.09, 0.035, 0.025, 0.74, 0.009, 1, 0.0055, 0.22, 0.10),
    "granulocyte":            (9.2, 0.07, 0.64, 0.40, 0.12, 0.035, 0.028, 0.60, 0.006, 3, 0.0085, 0.18, 0.05),
    "granulocyte/eosinophil": (9.6, 0.07, 0.66, 0.40, 0.09, 0.03, 0.030, 0.56, 0.006, 2, 0.0125, 0.26, 0.04),
    "monocyte":               (10.2, 0.11, 0.56, 0.38, 0.09, 0.03, 0.024, 0.64, 0.012, 1, 0.0058, 0.20, 0.20),
    "monocyte/nonclassical":  (9.0, 0.10, 0.60, 0.40, 0.08, 0.03, 0.025, 0.68, 0.012, 1, 0.0052, 0.20, 0.14),
    "other/erythrocyte":      (6.9, 0.08, 0.33, 0.30, 0.06, 0.02, 0.046, 0.0, 0.0, 0, 0.001, 0.4, 0.0, 0.05),
    "other/platelets":        (3.1, 0.22, 0.50, 0.5, 0.25, 0.12, 0.024, 0.0, 0.0, 0, 0.006, 0.22, 0.2),
    "other/ghost":            (8.6, 0.16, 0.45, 0.3, 0.12, 0.06, 0.010, 0.6, 0.009, 1, 0.0050, 0.30, 0.15),
    "other/debris":           (4.6, 0.35, 0.40, 0.4, 0.45, 0.20, 0.022, 0.0, 0.0, 0, 0.008, 0.30, 0.1),
}
# fmt: on
KINDS: Mapping[str, Kind] = {name: Kind(name.partition("/")[0], *numbers) for name, numbers in _NUMBERS.items()}


@dataclass(frozen=True, slots=True)
class Traits:
    """What makes one cell of its kind this cell: standard normal, but for the kind."""

    kind: str
    size: float = 0.0
    density: float = 0.0
    granularity: float = 0.0
    segmentation: float = 0.0
    spread: float = 0.0

    @property
    def label(self) -> str:
        return KINDS[self.kind].label


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A cell on a plane, and what is true of it."""

    phase: Plane
    absorption: Plane
    inside: NDArray[np.bool_]
    measures: Mapping[str, float]


def window(side: int, um: float, centre_um: tuple[float, float] = (0.0, 0.0)) -> Patch:
    """A square of `side` pixels; coordinates are µm from a cell at `centre_um` off its middle."""
    line = (np.arange(side, dtype=np.float32) + 0.5 - side / 2) * np.float32(um)
    x, y = np.meshgrid(line - np.float32(centre_um[0]), line - np.float32(centre_um[1]))
    return Patch(0, 0, um, x, y)


def cell(rng: Rng, traits: Traits, where: Patch, change: Mapping[str, float] | None = None) -> Drawn:
    """One cell drawn at the origin of `where`. `change` multiplies numbers of its kind: a donor's, a slide's."""
    kind = KINDS[traits.kind]
    if change:
        kind = replace(kind, **{key: getattr(kind, key) * factor for key, factor in change.items()})
    radius = kind.diameter / 2 * float(np.exp(kind.diameter_spread * traits.size))
    stretch = float(np.exp(kind.elongation * abs(rng.normal()) / 2))
    x, y = bent(rng, where, kind.roughness * radius * 0.35, 0.9)
    angle = rng.uniform(0, np.pi)
    waves = ripples(rng, kind.roughness * 1.2)
    outline = blob(x, y, (0, 0), (radius * stretch, radius / stretch), angle, waves)
    height = _height(outline, radius, 2 * radius * kind.height * float(np.exp(-0.12 * traits.spread)), kind.edge)
    if traits.kind == "other/erythrocyte":
        height *= 1 - 0.55 * np.exp(-np.square(np.hypot(where.x, where.y) / (0.45 * radius)))
    skirt = kind.skirt * float(np.exp(0.5 * traits.spread)) * radius
    height, body = _skirted(rng, where, outline, height, skirt)
    index = kind.index * float(np.exp(0.10 * traits.density))
    granules = kind.granules * float(np.exp(0.28 * traits.granularity))
    phase = height * np.float32(index)
    nucleus, fraction, lobes = _nucleus(rng, kind, traits, where, outline, radius)
    phase += nucleus
    texture = where.grain(rng, kind.grain) + 0.45 * where.grain(rng, 2.5 * kind.grain)
    phase += np.float32(granules) * texture * np.sqrt(np.clip(height, 0, None) * np.float32(1.4))
    ruffle = near(body, 0.22, 0.2) * (0.5 + 0.7 * where.grain(rng, 0.5))
    phase += np.float32(0.10 * index) * ruffle * radius * mask(body, SOFT_UM)
    phase = cv2.GaussianBlur(phase * np.float32(WAVENUMBER), (0, 0), 0.09 / where.um)
    absorbed = height * np.float32(kind.absorption)
    inside = body > 0
    return Drawn(phase, absorbed, inside, _measures(phase, inside, where.um, fraction, lobes, granules, stretch))


def _height(depth: Plane, radius: float, top: float, edge: float) -> Plane:
    """A drop's height over its outline: steep at the rim, flat in the middle."""
    inward = np.clip(depth / np.float32(radius), 0, 1)
    return np.float32(top) * np.power(1 - np.square(1 - inward), np.float32(edge)) * mask(depth, SOFT_UM)


def _skirted(rng: Rng, where: Patch, outline: Plane, height: Plane, skirt: float) -> tuple[Plane, Plane]:
    """Cytoplasm spread thinly around the cell, here more, there less; the new outline with it."""
    if skirt < 0.15:
        return height, outline
    turn = np.arctan2(where.y, where.x)
    lean = 1 + 0.5 * np.cos(turn - np.float32(rng.uniform(-np.pi, np.pi)))
    wide = outline + np.float32(skirt) * lean * (1 + 0.12 * where.grain(rng, 2.0))
    thin = _height(wide, max(skirt, 0.5), float(rng.uniform(0.9, 1.9)), 0.5)
    return np.maximum(height, thin), np.maximum(outline, wide)


def _nucleus(
    rng: Rng, kind: Kind, traits: Traits, where: Patch, outline: Plane, radius: float
) -> tuple[Plane, float, float]:
    """Index times height that the nucleus adds; its share of the cell's area; its lobes."""
    if kind.nucleus == 0:
        return np.zeros_like(outline), 0.0, 0.0
    size = kind.nucleus * radius * float(np.exp(-0.06 * traits.spread))
    free = max(radius - size, 0.0)
    off, way = free * float(rng.uniform(0.2, 0.8)), rng.uniform(0, 2 * np.pi)
    place = (off * np.cos(way), off * np.sin(way))
    lobes = int(np.clip(np.round(kind.lobes + 0.9 * traits.segmentation), 1, 5)) if kind.lobes > 1 else int(kind.lobes)
    x, y = bent(rng, where, 0.12, 0.6)
    if lobes > 1:
        turns = way + np.linspace(0, 1.2 * np.pi, lobes) + rng.normal(0, 0.15, lobes)
        points = np.stack([place[0] + 0.62 * size * np.cos(turns), place[1] + 0.62 * size * np.sin(turns)], 1)
        deep = smoothed(chain(x, y, points, np.full(lobes, size * (0.62 - 0.05 * lobes))), where, 0.15)
    else:
        narrow = float(np.exp(0.10 * abs(traits.segmentation)))
        deep = blob(x, y, place, (size * narrow, size / narrow), way, ripples(rng, 0.05))
        if kind.label == "monocyte":  # a kidney: a bay cut into one side
            bay = size * (0.35 + 0.12 * traits.segmentation)
            cut = np.hypot(x - np.float32(place[0] + size * np.cos(way)), y - np.float32(place[1] + size * np.sin(way)))
            deep = np.minimum(deep, cut - np.float32(np.clip(bay, 0.0, 0.8 * size)))
    deep = np.minimum(deep, outline - np.float32(0.15))
    thick = _height(deep, size, 1.3 * size, 0.4)
    clumps = 1 + 0.16 * where.grain(rng, 0.38)
    share = float((deep > 0).sum() / max((outline > 0).sum(), 1))
    return np.float32(kind.nucleus_index) * thick * clumps, share, float(lobes)


def _measures(
    phase: Plane, inside: NDArray[np.bool_], um: float, fraction: float, lobes: float, granules: float, stretch: float
) -> dict[str, float]:
    area = float(inside.sum()) * um**2
    return {
        "area": area,
        "eccentricity": float(np.sqrt(1 - stretch**-4)),
        "phase": float(phase[inside].mean()) if inside.any() else 0.0,
        "nucleus_fraction": fraction,
        "lobes": lobes,
        "granularity": granules,
    }
