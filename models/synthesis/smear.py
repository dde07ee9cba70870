"""A stained field with exact truth: the door of `models.synthesis`.

`field(seed, mix={"lymphocyte": 2, "blast": 1})` draws a field; `draw_look(patient)` gives the look that all fields of
one slide share. The same arguments give the same picture in every process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.synthesis import erythrocytes, leukocyte, litter, optics
from models.synthesis.kinds import LABELS
from models.synthesis.leukocyte import Body, Plan
from models.synthesis.look import Look, draw_look
from models.synthesis.shapes import Patch, Plane, Point, Rng, enclosed, main_part, mask, rings

__all__ = ["LABELS", "Field", "Look", "TrueCell", "draw_look", "field", "labels", "places", "single"]

FULLEST = 0.45  # share of a field that leukocytes may cover: beyond it they cannot be laid side by side


@dataclass(frozen=True, slots=True, eq=False)
class TrueCell:
    """One leukocyte as it was drawn. Outlines are x, y in pixels of the field, cut off at its border."""

    label: str
    contour: NDArray[np.float32]  # (N, 2), the whole cell
    nucleus: tuple[NDArray[np.float32], ...]  # lobes, or whole nuclei; empty for thrombocytes and artefacts
    touches_edge: bool
    center: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    pixels: NDArray[np.uint8]  # (H, W, 3) RGB
    cells: tuple[TrueCell, ...]
    um_per_px: float
    seed: int


def field(
    seed: int,
    *,
    mix: Mapping[str, float],
    cells: int = 12,
    size: tuple[int, int] = (1024, 1024),
    um_per_px: float | None = None,
    look: Look | None = None,
) -> Field:
    """A field of `size` (height, width) with `cells` leukocytes drawn from the weights of `mix`."""
    look = look or draw_look(seed)
    um = um_per_px or look.um_per_px
    plans = _planned(seed, mix, cells)
    _room(plans, size, um)
    rng = np.random.default_rng([seed, 0xF1E1D])
    return _drawn(rng, seed, look, um, size, plans, _laid_out(rng, plans, size, um))


def single(
    seed: int, label: str, *, size: int = 192, um_per_px: float | None = None, look: Look | None = None
) -> Field:
    """One cell of class `label` in the middle of a square, among erythrocytes; now and then a neighbour."""
    _weights({label: 1.0})
    rng = np.random.default_rng([seed, 0x51E, LABELS.index(label)])
    look = look or draw_look(seed)
    um = um_per_px or look.um_per_px
    plans = [leukocyte.plan(rng, label)]
    places: list[Point] = [(size / 2 + rng.normal(0, 1), size / 2 + rng.normal(0, 1))]
    if rng.random() < 0.18:
        plans.append(leukocyte.plan(rng, LABELS[int(rng.integers(len(LABELS) - 2))]))
        away, angle = (plans[0].radius_um + plans[1].radius_um) / um * rng.uniform(0.97, 1.3), rng.uniform(0, 6.3)
        spot = places[0][0] + away * np.cos(angle), places[0][1] + away * np.sin(angle)
        places.append((float(spot[0]), float(spot[1])))
    return _drawn(rng, seed, look, um, (size, size), plans, places)


def labels(seed: int, *, mix: Mapping[str, float], cells: int = 12) -> tuple[str, ...]:
    """The classes that `field` will draw from the same arguments, without drawing them."""
    return tuple(idea.label for idea in _planned(seed, mix, cells))


def places(
    seed: int,
    *,
    mix: Mapping[str, float],
    cells: int = 12,
    size: tuple[int, int] = (1024, 1024),
    um_per_px: float | None = None,
    look: Look | None = None,
) -> tuple[tuple[str, float, float, float], ...]:
    """Class, x, y and radius in pixels of the cells that `field` will draw from the same arguments, in its order."""
    um = um_per_px or (look or draw_look(seed)).um_per_px
    plans = _planned(seed, mix, cells)
    laid = _laid_out(np.random.default_rng([seed, 0xF1E1D]), plans, size, um)
    return tuple((plan.label, *place, plan.radius_um / um) for plan, place in zip(plans, laid, strict=True))


def _planned(seed: int, mix: Mapping[str, float], cells: int) -> list[Plan]:
    names, weights = _weights(mix)
    rng = np.random.default_rng([seed, 0x91A5])
    return [leukocyte.plan(rng, names[i]) for i in rng.choice(len(names), cells, p=weights)]


def _weights(mix: Mapping[str, float]) -> tuple[list[str], NDArray[np.float64]]:
    unknown = sorted(set(mix) - set(LABELS))
    weights = np.array([float(v) for v in mix.values()])
    if unknown or not len(weights) or weights.min() < 0 or weights.sum() <= 0:
        raise ValueError(f"expected weights ≥ 0 for some of {', '.join(LABELS)}; found {dict(mix)!r}")
    return list(mix), weights / weights.sum()


def _room(plans: list[Plan], size: tuple[int, int], um: float) -> None:
    needed = sum(np.pi * (p.radius_um / um) ** 2 for p in plans)
    if needed > FULLEST * size[0] * size[1]:
        raise ValueError(
            f"expected {len(plans)} cells to cover at most {FULLEST:.0%} of a field of {size[0]} × {size[1]} px at "
            f"{um} µm/px; found {needed / (size[0] * size[1]):.0%}: draw fewer cells, or a larger field"
        )


def _laid_out(rng: Rng, plans: list[Plan], size: tuple[int, int], um: float) -> list[Point]:
    """Places for all cells: apart, or just touching (what still overlaps is shared out between neighbours)."""
    height, width = size
    places: list[Point] = []
    for number, idea in enumerate(plans):
        radius = idea.radius_um / um
        others = np.array(places).reshape(-1, 2)
        limits = np.array([p.radius_um / um for p in plans[:number]]) + radius
        best, most = (width / 2, height / 2), -np.inf
        for attempt in range(60):
            if places and rng.random() < 0.12:  # lean on a neighbour
                beside, angle = int(rng.integers(number)), rng.uniform(0, 2 * np.pi)
                away = limits[beside] * rng.uniform(0.93, 1.02)
                spot = others[beside] + away * np.array([np.cos(angle), np.sin(angle)])
            else:
                spot = rng.uniform(0, 1, 2) * (width, height)
            if not (
                0.35 * radius < spot[0] < width - 0.35 * radius and 0.35 * radius < spot[1] < height - 0.35 * radius
            ):
                continue
            clear = float((np.hypot(*(others - spot).T) / limits).min(initial=9.0))
            if clear > most:
                best, most = (float(spot[0]), float(spot[1])), clear
            if clear > 0.92 and (attempt > 0 or clear > 1.0):
                best = (float(spot[0]), float(spot[1]))
                break
        places.append(best)
    return places


def _drawn(
    rng: Rng, seed: int, look: Look, um: float, size: tuple[int, int], plans: list[Plan], places: list[Point]
) -> Field:
    fixed: list[Point] = []
    bodies = []
    for idea, place in zip(plans, places, strict=True):
        dents = _dents(rng, idea, place, look, um, list(zip(plans, places, strict=True)))
        fixed += [(place[0] + dx / um, place[1] + dy / um) for (dx, dy), _ in dents]
        bodies.append(_body(idea, place, um, dents))
    _share_out(bodies)
    white = [(place, idea.radius_um / um) for idea, place in zip(plans, places, strict=True)]
    red = erythrocytes.layer(rng, look, size, um, white, fixed)
    absorbance = np.full((*size, 3), look.plasma, np.float32)
    for cell in bodies:
        _kept_clear(red, cell)
    absorbance += red[..., None] * np.array(look.haemoglobin, np.float32)
    for cell in bodies:
        _laid_on(absorbance, cell.window, _dyes(cell, look) @ look.dyes)
    _strewn(rng, absorbance, red, look, um, white)
    pixels = optics.photograph(rng, absorbance, look, um)
    true = (_truth(cell, size, place) for cell, place in zip(bodies, places, strict=True))
    return Field(pixels, tuple(cell for cell in true if cell is not None), um, seed)


def _body(idea: Plan, place: Point, um: float, dents: list[tuple[Point, float]]) -> Body:
    if idea.label == "smudge":
        return litter.smudge_body(idea, place, um)
    if idea.label == "other":
        return litter.other_body(idea, place, um)
    return leukocyte.body(idea, place, um, dents)


def _dyes(cell: Body, look: Look) -> Plane:
    if cell.plan.label == "smudge":
        return litter.smudge_dyes(cell)
    if cell.plan.label == "other":
        return litter.other_dyes(cell)
    return leukocyte.dyes(cell, look)


def _dents(
    rng: Rng, idea: Plan, place: Point, look: Look, um: float, everyone: list[tuple[Plan, Point]]
) -> list[tuple[Point, float]]:
    """Erythrocytes that this cell flows around, where no other leukocyte lies."""
    dents: list[tuple[Point, float]] = []
    reach = look.erythrocyte_um
    for angle in rng.uniform(0, 2 * np.pi, leukocyte.drawn(rng, idea.kind.skirt)):
        away = idea.radius_um * rng.uniform(0.92, 1.05) + reach * (
            rng.uniform(0.55, 0.8) if idea.kind.skirt[0] else rng.uniform(0.74, 0.95)
        )
        dx, dy = float(away * np.cos(angle)), float(away * np.sin(angle))
        spot = (place[0] + dx / um, place[1] + dy / um)
        alone = all(
            np.hypot(spot[0] - other[0], spot[1] - other[1]) * um > who.radius_um + 0.8 * reach
            for who, other in everyone
            if who is not idea
        )
        if alone and all(np.hypot(dx - x, dy - y) > 1.9 * reach for (x, y), _ in dents):
            dents.append(((dx, dy), reach + erythrocytes.DENT_UM))
    return dents


def _share_out(bodies: list[Body]) -> None:
    """Where two cells overlap each keeps the pixels that lie deeper in itself: a flat border, no shared pixel."""
    before = [cell.cell.copy() for cell in bodies]
    for i, cell in enumerate(bodies):
        for j, other in enumerate(bodies):
            if i == j:
                continue
            mine, theirs = _common(cell.window, other.window)
            if mine is None or theirs is None:
                continue
            border = (before[i][mine] - before[j][theirs]) / 2
            cell.cell[mine] = np.where(before[j][theirs] > -1.0, np.minimum(cell.cell[mine], border), cell.cell[mine])
        cell.cell = main_part(cell.cell)
        if cell.plan.label == "smudge":
            cell.nucleus = cell.cell.copy()
        elif cell.plan.label != "other":
            cell.nucleus = np.minimum(cell.nucleus, cell.cell - np.float32(0.16))


Window = tuple[slice, slice]


def _common(first: Patch, second: Patch) -> tuple[Window | None, Window | None]:
    left, top = max(first.left, second.left), max(first.top, second.top)
    right = min(first.left + first.side, second.left + second.side)
    bottom = min(first.top + first.side, second.top + second.side)
    if left >= right or top >= bottom:
        return None, None
    return (
        (slice(top - first.top, bottom - first.top), slice(left - first.left, right - first.left)),
        (slice(top - second.top, bottom - second.top), slice(left - second.left, right - second.left)),
    )


def _overlap(window: Patch, shape: tuple[int, ...]) -> tuple[Window, Window]:
    top, left = max(0, window.top), max(0, window.left)
    bottom, right = min(shape[0], window.top + window.side), min(shape[1], window.left + window.side)
    bottom, right = max(bottom, top), max(right, left)
    own = (slice(top - window.top, bottom - window.top), slice(left - window.left, right - window.left))
    return (slice(top, bottom), slice(left, right)), own


def _kept_clear(red: Plane, cell: Body) -> None:
    there, own = _overlap(cell.window, red.shape)
    red[there] *= 1 - np.float32(0.96) * mask(cell.cell[own] + np.float32(0.12), 0.5)


def _laid_on(absorbance: Plane, window: Patch, added: Plane) -> None:
    there, own = _overlap(window, absorbance.shape)
    absorbance[there] += added[own]


def _strewn(rng: Rng, absorbance: Plane, red: Plane, look: Look, um: float, white: list[tuple[Point, float]]) -> None:
    """Platelets and precipitate, off the leukocytes; seldom on an erythrocyte, where they would pass for parasites."""
    height, width = absorbance.shape[:2]
    area = height * width * um * um
    cells = np.array([[*center, size] for center, size in white]).reshape(-1, 3)
    for count, what in ((rng.poisson(area / 900), "platelet"), (rng.poisson(look.litter * area / 3000), "grain")):
        for _ in range(int(count)):
            spot = rng.uniform(0, 1, 2) * (width, height)
            size = rng.uniform(0.9, 1.6) if what == "platelet" else rng.gamma(1.5, 0.14) + 0.1
            if (np.hypot(*(cells[:, :2] - spot).T) < 1.25 * cells[:, 2] + size / um).any():
                continue
            if red[int(spot[1]), int(spot[0])] > 0.1 and rng.random() < 0.93:
                continue
            place = (float(spot[0]), float(spot[1]))
            if what == "platelet":
                window, _, dye = litter.platelet(rng, um, place, float(size))
            else:
                window, dye = litter.precipitate(rng, um, place, float(size))
            _laid_on(absorbance, window, dye @ look.dyes)


def _truth(cell: Body, size: tuple[int, int], place: Point) -> TrueCell | None:
    """None when the cell lies outside the field altogether (a neighbour beyond a small field's border)."""
    lines = rings(cell.cell, cell.window, size)
    if not lines:
        return None
    contour = lines[0]
    low, high = contour.min(axis=0), contour.max(axis=0)
    edge = bool(low.min() <= 0 or high[0] >= size[1] or high[1] >= size[0])
    nucleus = tuple(
        ring for ring in rings(cell.nucleus, cell.window, size) if enclosed(ring) * cell.window.um**2 > 0.25
    )
    middle = place if not edge else (float(contour[:, 0].mean()), float(contour[:, 1].mean()))
    return TrueCell(cell.plan.label, contour, nucleus, edge, (float(middle[0]), float(middle[1])))
