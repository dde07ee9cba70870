"""A whole slide drawn by a program, with exact truth: a smear with a thick end, a monolayer and a feathered edge.

    truth = slide.drawn(Path("slide.tif"), side=40_000, seed=1)

Written as a tiled pyramid, strip by strip, so that a slide of any size costs the memory of one strip. A small bank of
drawn pieces is laid over the glass in ever new turns, and leukocytes of a bank of their own on top; neighbouring pieces
are blended into one another. The same arguments give the same slide in every process.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray

from models.synthesis import background_bank, smear
from models.synthesis.background_bank import Kind
from models.synthesis.look import Look, draw_look

UM_PER_PX = 0.25
BLOCK = 1024  # one piece of the bank
BLEND = 24  # over which neighbouring pieces pass into one another
TILE = 512
REDUCED = 4  # from one level of the pyramid to the next
LEAST_SIDE = 512  # of the smallest level
QUALITY = 85
MIX: Mapping[str, float] = {"segmented": 5, "lymphocyte": 3, "monocyte": 1, "blast": 2, "erythroblast": 1}
LEFT, RIGHT, BROAD = 0.05, 0.95, 0.40  # of the smear, in sides of the slide; half its breadth
THICK, MONOLAYER = 0.40, 0.72  # where they end, in lengths of the smear
PER_BLOCK = {"thick": 9, "monolayer": 12, "feather": 4}  # leukocytes, on average
RED = {"monolayer": 0.46, "feather": 0.10}  # crowding of erythrocytes
APART = 70  # pixels between two centres

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Lying:
    """A leukocyte of the slide: class, centre and radius in pixels of the first level, and the part it lies in."""

    label: str
    x: float
    y: float
    radius: float
    zone: str


@dataclass(frozen=True, slots=True, eq=False)
class _Sprite:
    label: str
    light: NDArray[np.float32]  # what it lets through, (S, S, 3)
    clear: NDArray[np.float32]  # where no erythrocyte lies, (S, S, 1)
    radius: float


@dataclass(frozen=True, slots=True, eq=False)
class _Bank:
    pieces: Mapping[str, tuple[Pixels, ...]]
    sprites: tuple[_Sprite, ...]
    glass: NDArray[np.float32]


def drawn(path: Path, side: int, seed: int = 0, *, pieces: int = 4, sprites: int = 40) -> tuple[Lying, ...]:
    """Write the slide to `path`; the leukocytes on it. `pieces` and `sprites` of the bank: more is more varied."""
    if side < BLOCK:
        raise ValueError(f"expected a side of at least {BLOCK} pixels; found {side}")
    truth: list[Lying] = []
    bank = _bank(seed, pieces, sprites)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder, tifffile.TiffWriter(path, bigtiff=True) as out:
        levels = _smaller_levels(Path(folder), side)
        _written(out, _tiles(_strips(bank, side, seed, truth, levels), side), side, 0)
        for number, level in enumerate(levels, start=1):
            if number > 1:
                _reduced_whole(levels[number - 2], level)
            rows = (level[top : top + TILE] for top in range(0, level.shape[0], TILE))
            _written(out, _tiles(rows, level.shape[1]), level.shape[0], number)
        del levels
    return tuple(truth)


def zone(x: float, y: float, side: int) -> str:
    """Which part of the smear a place belongs to: 'thick', 'monolayer', 'feather' or 'glass'."""
    along = (x / side - LEFT) / (RIGHT - LEFT)
    if not 0 <= along <= 1 or _inside(np.array([x]), np.array([y]), side)[0] < 0.5:
        return "glass"
    return "thick" if along < THICK else "monolayer" if along < MONOLAYER else "feather"


def _inside(x: NDArray[Any], y: NDArray[Any], side: int) -> NDArray[np.float32]:
    """1 within the smear, 0 on glass, in between at its border: a tongue that narrows towards the feathered edge."""
    along = np.clip((x / side - LEFT) / (RIGHT - LEFT), 0, 1)
    broad = BROAD * np.sqrt(np.clip(1 - along**3, 0, 1)) * (1 + 0.02 * np.sin(40 * along))
    to_side = broad - np.abs(y / side - 0.5)
    to_end = np.minimum(x / side - LEFT, RIGHT - x / side)
    return np.clip(0.5 + np.minimum(to_side, to_end) * side / 200, 0, 1).astype(np.float32)


def _bank(seed: int, pieces: int, sprites: int) -> _Bank:
    look = replace(draw_look(seed), um_per_px=UM_PER_PX, vignette=0.0, fringe_px=0.0, defocus_um=0.0, noise=1.2)
    size = BLOCK + BLEND
    found: dict[str, tuple[Pixels, ...]] = {"glass": (_piece(seed, size, look, Kind.GLASS),)}
    for name, crowding in RED.items():
        thin = replace(look, crowding=crowding, rouleaux=0.0)
        count = pieces if name == "monolayer" else max(1, pieces // 2)
        found[name] = tuple(_piece(seed + 100 * k, size, thin, Kind.ERYTHROCYTES) for k in range(count))
    glass = found["glass"][0].reshape(-1, 3).mean(axis=0).astype(np.float32)
    layers = found["monolayer"]
    found["thick"] = tuple(
        _together(one, other / glass) for one, other in zip(layers, (*layers[1:], layers[0]), strict=True)
    )
    return _Bank(found, tuple(_sprites(seed, look, sprites)), glass)


def _together(one: Pixels, let_through: NDArray[np.float32]) -> Pixels:
    """Three layers: one, and another in two turns."""
    light = one * let_through[::-1, ::-1] * let_through[:, ::-1]
    return np.clip(light, 0, 255).astype(np.uint8)


def _piece(seed: int, size: int, look: Look, kind: Kind) -> Pixels:
    return background_bank.stained(seed, size, kind=kind, um_per_px=UM_PER_PX, look=look)


def _sprites(seed: int, look: Look, count: int) -> Iterator[_Sprite]:
    """Leukocytes on bare glass; one in the middle each."""
    bare = replace(look, crowding=0.0, litter=0.0, noise=0.6)
    rng = np.random.default_rng([seed, 0x5B1D])
    labels, weights = list(MIX), np.array(list(MIX.values()), float)
    made = tried = 0
    while made < count:
        tried += 1
        label = labels[int(rng.choice(len(labels), p=weights / weights.sum()))]
        field = smear.single(seed * 1000 + tried, label, size=128, um_per_px=UM_PER_PX, look=bare)
        if len(field.cells) != 1 or field.cells[0].touches_edge:
            continue
        made += 1
        ground = np.median(np.concatenate([field.pixels[:4], field.pixels[-4:]]).reshape(-1, 3), axis=0)
        light = np.clip(field.pixels / np.maximum(ground, 1), 0, 1.05).astype(np.float32)
        mask = np.zeros(field.pixels.shape[:2], np.float32)
        cv2.fillPoly(mask, [np.rint(field.cells[0].contour).astype(np.int32)], 1.0)
        clear = cv2.GaussianBlur(cv2.dilate(mask, np.ones((9, 9), np.uint8)), (0, 0), 1.5)[..., None]
        # Beyond its outline a sprite lets everything through: its own noise is not laid on twice.
        light = 1 + (light - 1) * clear
        yield _Sprite(label, light, clear, float(math.sqrt(mask.sum() / math.pi)))


def _strips(bank: _Bank, side: int, seed: int, truth: list[Lying], levels: list[Pixels]) -> Iterator[Pixels]:
    """Rows of blocks from top to bottom, finished; `truth` and the first smaller level are filled on the way."""
    ramp = np.linspace(0, 1, BLEND + 2, dtype=np.float32)[1:-1]
    carried: Pixels | None = None
    count = math.ceil(side / BLOCK)
    for row in range(count):
        strip = np.empty((BLOCK + BLEND, count * BLOCK + BLEND, 3), np.uint8)
        for column in range(count):
            piece = _block(bank, row, column, side, seed)
            x = column * BLOCK
            if column:
                over = strip[:, x : x + BLEND]
                share = ramp[None, :, None]
                piece[:, :BLEND] = piece[:, :BLEND] * share + over * (1 - share)
            strip[:, x : x + BLOCK + BLEND] = piece
        if carried is not None:
            share = ramp[:, None, None]
            strip[:BLEND] = strip[:BLEND] * share + carried * (1 - share)
        carried = strip[BLOCK:].copy()
        for column in range(count):
            truth += _strewn(bank, strip, row, column, side, seed)
        tall = min(BLOCK, side - row * BLOCK)
        if levels:
            _reduced(strip[:tall, :side], levels[0], row * BLOCK // REDUCED)
        yield strip[:tall, :side]


def _block(bank: _Bank, row: int, column: int, side: int, seed: int) -> Pixels:
    """A piece of the bank in one of its eight turns, and glass beyond the border of the smear."""
    rng = np.random.default_rng([seed, 0xB10C, row, column])
    middle = (column + 0.5) * BLOCK, (row + 0.5) * BLOCK
    what = zone(*middle, side)
    kinds = bank.pieces[what]
    piece = kinds[int(rng.integers(len(kinds)))]
    piece = np.rot90(piece, int(rng.integers(4)))
    piece = np.ascontiguousarray(piece[::-1] if rng.random() < 0.5 else piece)
    places = np.linspace(0, BLOCK + BLEND, 33)
    x, y = np.meshgrid(column * BLOCK + places, row * BLOCK + places)
    inside = _inside(x, y, side)
    if inside.min() >= 1 or inside.max() <= 0:
        return piece if inside.max() > 0 else np.ascontiguousarray(_turned_glass(bank, rng))
    if what == "glass":  # its middle lies beyond the border, a part of it does not
        nearest = zone(min(max(middle[0], (LEFT + 0.01) * side), (RIGHT - 0.01) * side), 0.5 * side, side)
        piece = bank.pieces[nearest][0].copy()
    share = cv2.resize(inside, (BLOCK + BLEND,) * 2, interpolation=cv2.INTER_LINEAR)[..., None]
    return (piece * share + _turned_glass(bank, rng) * (1 - share)).astype(np.uint8)


def _turned_glass(bank: _Bank, rng: np.random.Generator) -> Pixels:
    return np.rot90(bank.pieces["glass"][0], int(rng.integers(4)))


def _strewn(bank: _Bank, strip: Pixels, row: int, column: int, side: int, seed: int) -> list[Lying]:
    """Leukocytes laid on the block, well inside it and well inside the smear, none on another."""
    rng = np.random.default_rng([seed, 0xCE11, row, column])
    half = bank.sprites[0].light.shape[0] // 2
    found: list[Lying] = []
    for _ in range(int(rng.poisson(max(PER_BLOCK.values())))):
        x = int(rng.integers(column * BLOCK + half, (column + 1) * BLOCK - half))
        y = int(rng.integers(half, BLOCK - half))
        down = row * BLOCK + y
        sprite = bank.sprites[int(rng.integers(len(bank.sprites)))]
        turns, luck = int(rng.integers(4)), rng.random()
        what = zone((column + 0.5) * BLOCK, (row + 0.5) * BLOCK, side)  # of the block: what lies around the cell
        if what == "glass" or luck > PER_BLOCK[what] / max(PER_BLOCK.values()) or max(x, down) + half >= side:
            continue
        corners = np.array([x - half, x + half, x - half, x + half]), np.array([down - half] * 2 + [down + half] * 2)
        if _inside(*corners, side).min() < 1 or any(math.hypot(x - o.x, down - o.y) < APART for o in found):
            continue
        window = strip[y - half : y + half, x - half : x + half]
        light, clear = np.rot90(sprite.light, turns), np.rot90(sprite.clear, turns)
        laid = (window * (1 - clear) + bank.glass * clear) * light
        window[:] = np.clip(np.rint(laid), 0, 255).astype(np.uint8)
        found.append(Lying(sprite.label, float(x), float(down), sprite.radius, what))
    return found


def _smaller_levels(folder: Path, side: int) -> list[Pixels]:
    """Room for the smaller levels, in files: the largest of a large slide would not fit in a modest memory."""
    levels: list[Pixels] = []
    while side // REDUCED >= LEAST_SIDE // 2:
        side //= REDUCED
        file = folder / f"level{len(levels)}.raw"
        levels.append(np.memmap(file, np.uint8, "w+", shape=(side, side, 3)))  # type: ignore[arg-type]
        if side <= LEAST_SIDE:
            break
    return levels


def _reduced(strip: Pixels, level: Pixels, top: int) -> None:
    tall = min(strip.shape[0] // REDUCED, level.shape[0] - top)
    wide = level.shape[1]
    if tall > 0:
        part = strip[: tall * REDUCED, : wide * REDUCED]
        level[top : top + tall] = cv2.resize(part, (wide, tall), interpolation=cv2.INTER_AREA)


def _reduced_whole(finer: Pixels, level: Pixels) -> None:
    for top in range(0, level.shape[0], TILE):
        _reduced(finer[top * REDUCED : (top + TILE) * REDUCED], level, top)


def _tiles(strips: Iterator[Pixels], width: int) -> Iterator[Pixels]:
    """Tiles row by row; those at the right and lower border are filled up with white."""
    for strip in strips:
        for top in range(0, strip.shape[0], TILE):
            for left in range(0, width, TILE):
                tile = strip[top : top + TILE, left : left + TILE]
                if tile.shape[:2] != (TILE, TILE):
                    whole = np.full((TILE, TILE, 3), 255, np.uint8)
                    whole[: tile.shape[0], : tile.shape[1]] = tile
                    tile = whole
                yield np.ascontiguousarray(tile)


def _written(out: Any, tiles: Iterator[Pixels], side: int, level: int) -> None:
    density = 1e4 / (UM_PER_PX * REDUCED**level)
    out.write(
        tiles,
        shape=(side, side, 3),
        dtype=np.uint8,
        tile=(TILE, TILE),
        photometric="rgb",
        compression="jpeg",
        compressionargs={"level": QUALITY},
        subfiletype=int(level > 0),
        resolution=(density, density),
        resolutionunit="CENTIMETER",
        software="Hemaboard (drawn by a program)" if not level else None,
        metadata=None,
        maxworkers=1,
    )
