"""What else lies on a smear: platelets, stain precipitate, and the cells of the class "other" and "smudge"."""

from __future__ import annotations

import cv2
import numpy as np

from models.synthesis import granules
from models.synthesis.leukocyte import Body, Plan
from models.synthesis.look import AZUROPHILIC, BASOPHILIC, CHROMATIN, DYES, EOSINOPHILIC
from models.synthesis.shapes import (
    Patch,
    Plane,
    Point,
    Rng,
    bent,
    blob,
    grain,
    main_part,
    mask,
    near,
    patch,
    ripples,
    smoothed,
)

NOWHERE = -9.0  # depth of a nucleus that is not there


def platelet(rng: Rng, um: float, center: Point, radius_um: float) -> tuple[Patch, Plane, Plane]:
    """A small pale body full of purple grains: (window, depth, dyes)."""
    window = patch(center, radius_um * 1.6 + 0.6, um)
    x, y = bent(rng, window, 0.22, 0.45)
    long = rng.uniform(1.0, 1.5) ** 0.5
    depth = blob(x, y, (0.0, 0.0), (radius_um * long, radius_um / long), rng.uniform(0, np.pi), ripples(rng, 0.07))
    return window, depth, _thrombocyte(rng, window, depth, radius_um)


def _thrombocyte(rng: Rng, window: Patch, depth: Plane, radius_um: float) -> Plane:
    out = np.zeros((*window.x.shape, DYES), np.float32)
    body = mask(depth, 0.5)
    texture = np.clip(1 + 0.35 * window.grain(rng, 0.3), 0.1, None)
    out[..., BASOPHILIC] = rng.uniform(0.16, 0.32) * body * texture
    out[..., EOSINOPHILIC] = rng.uniform(0.05, 0.3) * body
    middle = np.clip(depth / radius_um, 0, 1) * np.clip(1 + 0.7 * window.grain(rng, 0.5), 0, None)
    dots = granules.dust(rng, middle * body, int(14 * radius_um**2), 0.17 / window.um)
    out[..., AZUROPHILIC] = rng.uniform(0.25, 0.55) * np.minimum(dots, 1.5) * body + 0.12 * middle * body
    return out


def precipitate(rng: Rng, um: float, center: Point, radius_um: float) -> tuple[Patch, Plane]:
    """Grains of dye that fell out of solution."""
    window = patch(center, radius_um * 1.5 + 0.5, um)
    x, y = bent(rng, window, 0.3 * radius_um, 0.4)
    body = mask(blob(x, y, (0.0, 0.0), (radius_um, radius_um * 0.7), rng.uniform(0, np.pi)), 0.3)
    out = np.zeros((*window.x.shape, DYES), np.float32)
    out[..., CHROMATIN] = rng.uniform(0.3, 1.1) * body
    out[..., EOSINOPHILIC] = rng.uniform(0, 0.8) * body
    return window, out


# --- smudge: a bare nucleus, smeared, without a membrane ---------------------------------------------------------


def smudge_body(idea: Plan, center: Point, um: float) -> Body:
    rng = np.random.default_rng([idea.seed, 1])
    radius = idea.radius_um
    window = patch(center, radius * 1.7 + 1.0, um)
    x, y = bent(rng, window, rng.uniform(0.06, 0.28) * radius, radius * 0.42)
    rough = np.float32(rng.uniform(0.05, 0.3))
    x, y = x + rough * window.grain(rng, 0.4), y + rough * window.grain(rng, 0.4)
    long = rng.uniform(1.0, 1.7) ** 0.5
    depth = blob(x, y, (0.0, 0.0), (radius * long, radius / long), rng.uniform(0, np.pi), ripples(rng, 0.10))
    depth = main_part(smoothed(depth, window, 0.2))
    return Body(idea, window, depth, depth.copy(), (0.0, 0.0))


def _strands(rng: Rng, window: Patch) -> Plane:
    """Noise drawn out along one direction, with a sway: chromatin pulled into threads."""
    angle = rng.uniform(0, np.pi)
    sway = 0.5 * window.grain(rng, 1.6)
    along = (np.cos(angle) * window.x + np.sin(angle) * window.y) / 5
    across = np.cos(angle) * window.y - np.sin(angle) * window.x + sway
    middle = window.side
    noise = grain(rng, (2 * middle, 2 * middle), 0.16 / window.um)
    across, along = across / np.float32(window.um) + middle, along / np.float32(window.um) + middle
    return cv2.remap(noise, across.astype(np.float32), along.astype(np.float32), cv2.INTER_LINEAR)


def smudge_dyes(cell: Body) -> Plane:
    rng = np.random.default_rng([cell.plan.seed, 2])
    window, depth = cell.window, cell.cell
    out = np.zeros((*window.x.shape, DYES), np.float32)
    tone = 1 + 0.17 * window.grain(rng, 0.13) + 0.08 * window.grain(rng, 0.4) + 0.10 * window.grain(rng, 1.5)
    tone += rng.uniform(0.0, 0.16) * _strands(rng, window)
    softness = rng.uniform(0.45, 1.9)
    body = mask(depth, softness)
    amount = rng.uniform(*cell.plan.kind.chromatin)
    out[..., CHROMATIN] = amount * body * np.clip(tone, 0.3, 1.8) * (1 + 0.12 * near(depth, 0.3, 0.35))
    fringe = np.exp(-np.square(np.maximum(-depth, 0) / rng.uniform(0.6, 1.8))) * (1 - body)
    frayed = np.clip(0.5 + 0.6 * window.grain(rng, 0.3) + 0.5 * window.grain(rng, 0.9), 0, None)
    out[..., CHROMATIN] += rng.uniform(0.05, 0.2) * fringe * frayed
    out[..., EOSINOPHILIC] = rng.uniform(0.0, 0.35) * body
    out[..., BASOPHILIC] = rng.uniform(0.0, 0.15) * body * np.clip(1 + window.grain(rng, 0.8), 0, None)
    return out


# --- other: giant thrombocyte, clump of thrombocytes, artefact --------------------------------------------------


def other_body(idea: Plan, center: Point, um: float) -> Body:
    rng = np.random.default_rng([idea.seed, 1])
    radius = idea.radius_um
    window = patch(center, radius * 1.6 + 1.2, um)
    if _guise(idea) == "clump":
        depth = np.full(window.x.shape, -np.inf, np.float32)
        for spot, size in _members(rng, radius):
            x, y = bent(rng, window, 0.18, 0.45)
            depth = np.maximum(depth, blob(x, y, spot, (size * 1.1, size * 0.9), rng.uniform(0, np.pi)))
        depth = smoothed(depth, window, 0.2) + np.float32(0.12)
    else:
        x, y = bent(rng, window, 0.5 if _guise(idea) == "artefact" else 0.28, 0.55)
        long = rng.uniform(1.0, 1.35) ** 0.5
        ripple = 0.16 if _guise(idea) == "artefact" else 0.06
        depth = blob(x, y, (0.0, 0.0), (radius * long, radius / long), rng.uniform(0, np.pi), ripples(rng, ripple))
    depth = main_part(smoothed(depth, window, 0.14))
    return Body(idea, window, depth, np.full(depth.shape, NOWHERE, np.float32), (0.0, 0.0))


def other_dyes(cell: Body) -> Plane:
    rng = np.random.default_rng([cell.plan.seed, 2])
    window, depth = cell.window, cell.cell
    if _guise(cell.plan) != "artefact":
        return _thrombocyte(rng, window, depth, min(cell.plan.radius_um, 2.4))
    out = np.zeros((*window.x.shape, DYES), np.float32)
    body = mask(depth, 0.4)
    patches = np.clip(0.45 + 0.5 * window.grain(rng, 0.7) + 0.3 * window.grain(rng, 0.2), 0.05, 1.6)
    out[..., CHROMATIN] = rng.uniform(0.3, 0.85) * body * patches
    out[..., EOSINOPHILIC] = rng.uniform(0.2, 0.9) * body
    return out


def _guise(idea: Plan) -> str:
    return str(np.random.default_rng([idea.seed, 3]).choice(["giant", "clump", "artefact"], p=[0.45, 0.4, 0.15]))


def _members(rng: Rng, radius: float) -> list[tuple[Point, float]]:
    """A clump grows by single thrombocytes that lean on those already there, so that it hangs together."""
    members: list[tuple[Point, float]] = [((0.0, 0.0), rng.uniform(1.1, 1.5))]
    for _ in range(60):
        (x, y), size = members[int(rng.integers(len(members)))]
        own, angle = rng.uniform(0.9, 1.5), rng.uniform(0, 2 * np.pi)
        spot = (x + 0.8 * (size + own) * np.cos(angle), y + 0.8 * (size + own) * np.sin(angle))
        if np.hypot(*spot) + own <= radius and all(
            np.hypot(spot[0] - mx, spot[1] - my) > 0.72 * (own + ms) for (mx, my), ms in members
        ):
            members.append((spot, own))
    return members
