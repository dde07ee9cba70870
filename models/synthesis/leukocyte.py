"""One leukocyte: first its outlines (which neighbours may still trim), then its dyes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.synthesis import granules
from models.synthesis.kinds import KINDS, Kind, Range
from models.synthesis.look import AZUROPHILIC, BASOPHILIC, CHROMATIN, DYES, EOSINOPHILIC, HAEMOGLOBIN, ORANGE, Look
from models.synthesis.nuclei import FORMS
from models.synthesis.shapes import (
    Patch,
    Plane,
    Point,
    Rng,
    bent,
    blob,
    main_part,
    mask,
    near,
    patch,
    ripples,
    smoothed,
)

MEMBRANE_UM = 0.30  # softness of outlines on the smear itself, before optics


@dataclass(frozen=True, slots=True)
class Plan:
    """What is settled before a cell has a place: its kind, its size, its own numbers."""

    label: str
    radius_um: float
    seed: int

    @property
    def kind(self) -> Kind:
        return KINDS[self.label]


@dataclass(slots=True, eq=False)
class Body:
    """Outlines as depth maps on the cell's own window; `cell` and `nucleus` may be trimmed before painting."""

    plan: Plan
    window: Patch
    cell: Plane
    nucleus: Plane
    faces: Point  # from the cell's centre to the nucleus's, µm


def plan(rng: Rng, label: str) -> Plan:
    low, high = KINDS[label].diameter
    middle, spread = (low + high) / 2, (high - low) / 4
    diameter = float(np.clip(rng.normal(middle, spread), low, high))
    return Plan(label, diameter / 2, int(rng.integers(2**63)))


def body(idea: Plan, center: Point, um: float, dents: list[tuple[Point, float]]) -> Body:
    """The cell's outlines. `dents` are discs (centre in µm from the cell's, radius) that it flows around."""
    rng = np.random.default_rng([idea.seed, 1])
    kind, radius = idea.kind, idea.radius_um
    window = patch(center, radius * 1.45 + 1.0, um)
    long = rng.uniform(*kind.elongation) ** 0.5
    turn = rng.uniform(0, np.pi)
    x, y = bent(rng, window, kind.bend * 1.5, 1.3)
    waves = ripples(rng, kind.wobble)
    cell = blob(x, y, (0.0, 0.0), (radius * long, radius / long), turn, waves)
    for (dx, dy), size in dents:
        cell = np.minimum(cell, np.hypot(window.x - np.float32(dx), window.y - np.float32(dy)) - np.float32(size))
    for _ in range(drawn(rng, kind.blebs)):
        angle, size = rng.uniform(0, 2 * np.pi), rng.uniform(0.08, 0.2) * radius
        spot = (radius * 0.98 * np.cos(angle), radius * 0.98 * np.sin(angle))
        cell = np.maximum(cell, blob(x, y, spot, (size, size * 0.8), angle))
    cell = main_part(smoothed(cell, window, 0.14))
    nucleus, middle = _nucleus(rng, kind, window, radius, cell)
    return Body(idea, window, cell, nucleus, middle)


def _nucleus(rng: Rng, kind: Kind, window: Patch, radius: float, cell: Plane) -> tuple[Plane, Point]:
    names, weights = zip(*kind.nuclei, strict=True)
    form = names[rng.choice(len(names), p=np.array(weights) / sum(weights))]
    size = radius * rng.uniform(*kind.share)
    room = max(0.0, radius * 0.97 - size)
    away, angle = room * rng.uniform(*kind.eccentric), rng.uniform(0, 2 * np.pi)
    middle = (float(away * np.cos(angle)), float(away * np.sin(angle)))
    x, y = bent(rng, window, 0.036 * size, 0.22 * size)
    facing = angle + np.pi + rng.normal(0, 0.5)  # hollows face the wide side of the cytoplasm
    nucleus = smoothed(FORMS[form](rng, x, y, middle, size, facing), window, 0.12)
    return np.minimum(nucleus, cell - np.float32(0.16)), middle


def dyes(cell: Body, look: Look) -> Plane:
    """(side, side, DYES): how much of each dye lies where."""
    rng = np.random.default_rng([cell.plan.seed, 2])
    kind, window = cell.plan.kind, cell.window
    out = np.zeros((*window.x.shape, DYES), np.float32)
    inside = mask(cell.cell, MEMBRANE_UM)
    core = mask(cell.nucleus, MEMBRANE_UM * 0.8)
    _cytoplasm(rng, cell, out, inside, core)
    _granules(rng, cell, out, inside, core)
    _vacuoles(rng, kind, window, out, inside * (1 - core))
    _chromatin(rng, cell, look, out, core)
    _dark_granules(rng, kind, window, out, inside, core)
    return out


def _cytoplasm(rng: Rng, cell: Body, out: Plane, inside: Plane, core: Plane) -> None:
    kind, window = cell.plan.kind, cell.window
    blue, pink = rng.uniform(*kind.blue), rng.uniform(*kind.pink)
    texture = 1 + np.float32(kind.mottle) * (0.5 * window.grain(rng, 0.45) + 0.8 * window.grain(rng, 0.15))
    texture *= 1 + np.float32(0.13) * window.grain(rng, 1.8)
    thickness = np.float32(0.78) + np.float32(0.22) * np.clip(cell.cell / 1.2, 0, 1)  # the margin is thin …
    margin = np.float32(kind.edge) * np.exp(-np.maximum(cell.cell, 0) / np.float32(1.3))  # … yet stains bluer
    pale = np.float32(1)
    if kind.hof:
        dx, dy = -np.array(cell.faces) * 0.55 + rng.normal(0, 0.4, 2)
        reach = np.float32(cell.plan.radius_um * rng.uniform(0.24, 0.36))
        pale = 1 - np.float32(kind.hof * rng.uniform(0.6, 1)) * np.exp(
            -(np.square(window.x - np.float32(dx)) + np.square(window.y - np.float32(dy))) / (2 * reach * reach)
        )
    body = inside * texture * (1 - np.float32(0.8) * core)
    out[..., BASOPHILIC] += np.float32(blue) * body * thickness * (pale + margin)
    out[..., EOSINOPHILIC] += np.float32(pink) * body * thickness
    if kind.haemoglobin[1]:
        out[..., HAEMOGLOBIN] += np.float32(rng.uniform(*kind.haemoglobin)) * body * thickness
    out[..., CHROMATIN] += np.float32(0.05 + 0.10 * blue) * inside * near(cell.cell, 0.1, 0.22)


def _granules(rng: Rng, cell: Body, out: Plane, inside: Plane, core: Plane) -> None:
    kind, um = cell.plan.kind, cell.window.um
    room = inside * (cell.cell > 0.35)
    free = room * (1 - np.float32(0.85) * core) * np.clip(1 + 0.5 * cell.window.grain(rng, 1.1), 0.05, None)
    fine = drawn(rng, kind.neutrophilic)
    if fine:
        strength = rng.uniform(0.16, 0.5)
        dots = np.minimum(granules.dust(rng, free, fine, 0.11 / um), 1.6)
        out[..., AZUROPHILIC] += np.float32(strength * 0.55) * dots
        out[..., EOSINOPHILIC] += np.float32(strength * 0.7) * dots
    coarse = drawn(rng, kind.azurophilic)
    if coarse:
        dots = granules.dust(rng, free if coarse < 100 else free + 0.3 * room, coarse, 0.13 / um)
        out[..., AZUROPHILIC] += np.float32(rng.uniform(0.35, 0.8)) * np.minimum(dots, 1.4)
    eosinophilic = drawn(rng, kind.orange)
    if eosinophilic:
        over = room * (1 - np.float32(0.93) * core) * np.clip(1 + 0.25 * cell.window.grain(rng, 1.5), 0.0, None)
        tone, cover = granules.beads(rng, over, eosinophilic, (0.30 / um, 0.44 / um), 0.7)
        out *= (1 - np.float32(0.6) * cover)[..., None]
        out[..., ORANGE] += np.float32(rng.uniform(0.62, 0.85)) * tone * cover
        out[..., EOSINOPHILIC] += np.float32(0.12) * cover


def _dark_granules(rng: Rng, kind: Kind, window: Patch, out: Plane, inside: Plane, core: Plane) -> None:
    """Basophil granules lie over the nucleus as well."""
    count = drawn(rng, kind.dark)
    if not count:
        return
    where = inside * (0.75 + 0.25 * core) * np.clip(1 + 0.6 * window.grain(rng, 1.0), 0, None)
    tone, cover = granules.beads(rng, where, count, (0.16 / window.um, 0.38 / window.um), 0.0, 0.35)
    strength = rng.uniform(0.34, 0.62)
    out[..., CHROMATIN] += (np.float32(strength) - np.minimum(out[..., CHROMATIN], 0.4)) * cover * tone
    out[..., AZUROPHILIC] += np.float32(0.35) * cover


def _vacuoles(rng: Rng, kind: Kind, window: Patch, out: Plane, where: Plane) -> None:
    count = drawn(rng, kind.vacuoles)
    if count:
        _, hole = granules.beads(rng, where * (where > 0.9), count, (0.3 / window.um, 0.75 / window.um), 0.0)
        out *= (1 - np.float32(0.72) * hole)[..., None]


def _chromatin(rng: Rng, cell: Body, look: Look, out: Plane, core: Plane) -> None:
    kind, window, depth = cell.plan.kind, cell.window, cell.nucleus
    amount = rng.uniform(*kind.chromatin)
    tight = np.float32(look.contrast)
    tone = 1 + np.float32(kind.fine) * tight * window.grain(rng, 0.125)
    tone += np.float32(0.4 * kind.fine) * tight * window.grain(rng, 0.26) + np.float32(0.05) * window.grain(rng, 1.4)
    if kind.clump:
        lumps = np.tanh(1.6 * window.grain(rng, kind.clump_um) + 0.35)
        if kind.clock:
            lumps = np.maximum(lumps, _hours(rng, cell))
        tone += np.float32(kind.clump) * tight * lumps
    if kind.folds:
        crease = np.exp(-np.square(window.grain(rng, 1.7) / np.float32(0.11))) * (window.grain(rng, 1.5) > -0.1)
        tone += np.float32(kind.folds * rng.uniform(0.3, 0.9)) * crease
    tone += np.float32(kind.rim * rng.uniform(0.7, 1.3)) * near(depth, 0.17, 0.2)
    tone *= np.float32(0.90) + np.float32(0.10) * np.clip(depth / 1.6, 0, 1)
    for _ in range(drawn(rng, kind.nucleoli)):
        ring = granules.places(rng, (depth > 0.9).astype(np.float32), 1)
        if len(ring):
            size = rng.uniform(0.6, 1.2)
            spot = (float(window.x[0, 0] + ring[0, 0] * window.um), float(window.y[0, 0] + ring[0, 1] * window.um))
            hollow = mask(
                blob(window.x, window.y, spot, (size, size * rng.uniform(0.75, 1)), 0.0, ripples(rng, 0.08)), 0.5
            )
            tone *= 1 - np.float32(rng.uniform(0.24, 0.42)) * hollow
            out[..., BASOPHILIC] += np.float32(0.10) * hollow * core
    out[..., CHROMATIN] += np.float32(amount) * core * np.clip(tone, 0.55, 1.7)


def _hours(rng: Rng, cell: Body) -> Plane:
    """Clumps spaced along the nuclear membrane."""
    window = cell.window
    angle = np.arctan2(window.y - np.float32(cell.faces[1]), window.x - np.float32(cell.faces[0]))
    spokes = np.cos(float(rng.integers(6, 9)) * angle + 0.7 * window.grain(rng, 1.2))
    return np.tanh(2.2 * spokes) * near(cell.nucleus, 0.7, 0.7) * 1.3 - 0.3


def drawn(rng: Rng, between: Range) -> int:
    """A whole number from a range of how many."""
    return int(rng.uniform(*between)) if between[1] > 0 else 0
