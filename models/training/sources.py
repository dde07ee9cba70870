"""The labelled pictures at hand in one shape, with one split that everything trained here shares.

    bccd_fields       whole fields with masks (255 nucleus, 128 cytoplasm)
    raabin            crops of fields with boxes     } the three origins of txl_pbc, told apart
    barcelona         single-cell crops with boxes   } by the size of their pictures
    bccd_boxes        whole fields with boxes        }
    segmentation_1    single-cell crops with masks
    segmentation_2    single-cell crops with masks

BCCD pictures stand in `bccd_fields` and again in `bccd_boxes`, there also turned, cut, and recoloured. They are
matched by what they show, not by name, and one field with all its copies is one group. A copy whose original is not
found with certainty is left out altogether. A group lies wholly in train, validate or test, by a hash of its name.

    python -m models.training.sources        counts of every source and part
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models.imaging.contours import Contour, bounds, outline

ROOT = Path("../shared/data")  # beside the project; never part of it
CACHE = Path(".cache/training")
SOURCES = ("bccd_fields", "raabin", "barcelona", "bccd_boxes", "segmentation_1", "segmentation_2")
PARTS = ("train", "validate", "test")
SHARES = (70, 80)  # per cent below which a group's hash is train, validate
SMALLEST = 1 / 768  # of the picture: a smaller masked part is a slip of the pen
RAABIN_SIDE = 575
BARCELONA_SIDES = (363, 369)
THUMB = 32
SAME = 0.93  # correlation of thumbnails above which a picture is a copy of another
CUT = 0.85  # the same for a copy turned, cut and recoloured, beside the original it fits best
TWIN = 0.985  # the same within single-cell crops, which all look alike when small


@dataclass(frozen=True, slots=True)
class Picture:
    source: str
    path: Path
    marks: Path  # mask, or boxes
    group: str
    part: str


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    pixels: NDArray[np.uint8]  # (height, width, 3) RGB
    contours: list[Contour] | None  # of nucleated cells; None where only boxes are known
    boxes: NDArray[np.float32]  # (n, 4) x0, y0, x1, y1 of nucleated cells
    nuclei: NDArray[np.bool_] | None
    others: NDArray[np.float32]  # (m, 4) erythrocytes and platelets, where they were marked


def pictures(root: Path = ROOT, sources: Sequence[str] = SOURCES, cache: Path = CACHE) -> list[Picture]:
    """Every picture of `sources` with its part, in a fixed order; the matching of copies is kept in `cache`."""
    unknown = sorted(set(sources) - set(SOURCES))
    if unknown:
        raise ValueError(f"expected sources among {', '.join(SOURCES)}; found {', '.join(unknown)}")
    listed = list(_listed(root))
    if not listed:
        raise FileNotFoundError(
            f"expected bccd_fields, txl_pbc and segmentation_wbc in {root}; found none: say where with --root"
        )
    kept = cache / "groups.json"
    key = hashlib.sha256("\n".join(f"{s} {p.name} {p.stat().st_size}" for s, p, _ in listed).encode()).hexdigest()
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    if known.get("key") != key:
        known = {"key": key, "groups": _groups([(s, p) for s, p, _ in listed])}
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(known), encoding="utf-8")
    found = []
    for (source, path, marks), group in zip(listed, known["groups"], strict=True):
        if group is not None and source in sources:
            found.append(Picture(source, path, marks, group, part_of(group)))
    return found


def part_of(group: str) -> str:
    """Train, validate or test, the same on every machine."""
    number = int(hashlib.sha256(group.encode()).hexdigest(), 16) % 100
    return PARTS[sum(number >= share for share in SHARES)]


def truth(picture: Picture) -> Truth:
    """What is known of a picture. Masks give contours, and from them boxes; boxes give no contours."""
    pixels = read(picture.path)
    if picture.marks.suffix == ".txt":
        cells, others = _boxed(picture.marks, pixels.shape[1], pixels.shape[0])
        return Truth(pixels, None, cells, None, others)
    mask = cv2.imread(str(picture.marks), cv2.IMREAD_GRAYSCALE)
    if mask is None or mask.shape != pixels.shape[:2]:
        raise ValueError(f"expected a mask as large as its picture {pixels.shape[:2]} in {picture.marks}")
    count, labels, stats, _ = cv2.connectedComponentsWithStats((mask > 60).astype(np.uint8))
    rings = [outline(labels == k) for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] > SMALLEST * mask.size]
    contours = [ring for ring in rings if ring is not None]
    boxes = np.array([bounds(c) for c in contours], np.float32).reshape(-1, 4)
    return Truth(pixels, contours, boxes, mask > 190, np.zeros((0, 4), np.float32))


def read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"expected a picture; found something else in {path}")
    return np.ascontiguousarray(picture[..., ::-1])


def _listed(root: Path) -> Iterator[tuple[str, Path, Path]]:
    """Source, picture and marks of everything there, in order."""
    for path in sorted((root / "bccd_fields/images").glob("*.jpg")):
        yield "bccd_fields", path, root / "bccd_fields/masks" / f"{path.stem}.png"
    for path in sorted((root / "txl_pbc/images").rglob("*.jpg")):
        side = _height(path)
        source = "raabin" if side == RAABIN_SIDE else "barcelona" if side in BARCELONA_SIDES else "bccd_boxes"
        yield source, path, root / "txl_pbc/labels" / path.parent.name / f"{path.stem}.txt"
    for number in (1, 2):
        for path in sorted((root / f"segmentation_wbc/dataset_{number}").glob("*_image.png")):
            yield f"segmentation_{number}", path, path.with_name(path.name.replace("_image", "_mask"))


def _height(path: Path) -> int:
    """From the JPEG's frame header, without decoding it."""
    content = path.read_bytes()
    place = 2
    while place + 9 < len(content):
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(content[place + 5 : place + 7], "big")
        place += 2 + length
    raise ValueError(f"expected a JPEG picture; found something else in {path}")


def _boxed(path: Path, width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Boxes of nucleated cells (class 0), and of all else."""
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    table = np.array([[float(v) for v in row[:5]] for row in rows], np.float64).reshape(-1, 5)
    middle, half = table[:, 1:3], table[:, 3:5] / 2
    corners = np.hstack([middle - half, middle + half]) * np.array([width, height, width, height])
    corners = np.clip(corners, 0, [width, height, width, height]).astype(np.float32)
    return corners[table[:, 0] == 0], corners[table[:, 0] != 0]


def _groups(listed: Sequence[tuple[str, Path]]) -> list[str | None]:
    """The group of every picture; None for a copy whose original is not certain."""
    names: list[str | None] = [f"{source}/{path.stem}" for source, path in listed]
    for family in (("bccd_fields",), ("raabin",), ("barcelona",), ("segmentation_1",), ("segmentation_2",)):
        places = [i for i, (source, _) in enumerate(listed) if source in family]
        twins = _twins([listed[i][1] for i in places], TWIN if family[0].startswith("segmentation") else SAME)
        for i, first in zip(places, twins, strict=True):
            names[i] = names[places[first]]
    originals = [i for i, (source, _) in enumerate(listed) if source == "bccd_fields"]
    copies = [i for i, (source, _) in enumerate(listed) if source == "bccd_boxes"]
    if originals and copies:
        best, likeness = _originals([listed[i][1] for i in copies], [listed[i][1] for i in originals])
        for i, original, alike in zip(copies, best, likeness, strict=True):
            names[i] = names[originals[original]] if alike >= CUT else None
    return names


def _thumb(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A small grey copy without mean and contrast."""
    soft = cv2.GaussianBlur(grey, (0, 0), max(grey.shape) / 80)
    small = cv2.resize(soft, (THUMB, THUMB), interpolation=cv2.INTER_AREA)
    flat = small.astype(np.float32) - float(small.mean())
    return np.asarray(flat / (np.linalg.norm(flat) + 1e-6), np.float32)


def _grey(path: Path) -> NDArray[np.uint8]:
    """Green, in which both stains absorb, so that a shift of hue changes least."""
    return np.ascontiguousarray(read(path)[..., 1])


def _turned(thumbs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """All eight ways to lay a square, each flattened."""
    ways = [np.rot90(side, k, (1, 2)) for side in (thumbs, thumbs[:, :, ::-1]) for k in range(4)]
    return [np.ascontiguousarray(way).reshape(-1, THUMB * THUMB) for way in ways]


def _twins(paths: Sequence[Path], least: float) -> list[int]:
    """For every picture the first of those it is linked with by likeness, however turned."""
    thumbs = np.array([_thumb(_grey(p)) for p in paths], np.float32).reshape(-1, THUMB, THUMB)
    flat = thumbs.reshape(-1, THUMB * THUMB)
    alike = np.max([flat @ way.T for way in _turned(thumbs)], axis=0) >= least
    first = list(range(len(paths)))
    for i, j in zip(*np.nonzero(np.triu(alike, 1)), strict=True):
        low, high = sorted((first[i], first[j]))
        first = [low if f == high else f for f in first]
    return first


def _originals(copies: Sequence[Path], originals: Sequence[Path]) -> tuple[list[int], list[float]]:
    """For every copy the field it was cut from, and how alike they are: any turn, any cut down to 0.7 of the side."""
    ways = _turned(np.array([_thumb(_grey(p)) for p in copies], np.float32))
    greys = [cv2.resize(_grey(p), (128, 128), interpolation=cv2.INTER_AREA) for p in originals]
    best, likeness = np.zeros(len(copies), int), np.full(len(copies), -1.0)
    for wide in (128, 121, 115, 109, 102, 96, 90):
        for high in {wide, min(wide + 6, 128), max(wide - 6, 90)}:
            for x in np.unique(np.linspace(0, 128 - wide, 1 + (128 - wide) // 5).astype(int)):
                for y in np.unique(np.linspace(0, 128 - high, 1 + (128 - high) // 5).astype(int)):
                    cut = np.array([_thumb(g[y : y + high, x : x + wide]) for g in greys]).reshape(len(greys), -1)
                    table = np.max([cut @ way.T for way in ways], axis=0)
                    top = table.max(axis=0)
                    better = top > likeness
                    best[better], likeness[better] = table.argmax(axis=0)[better], top[better]
    return [int(b) for b in best], [float(v) for v in likeness]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=ROOT)
    counts = Counter((p.source, p.part) for p in pictures(parser.parse_args().root))
    for source in SOURCES:
        print(f"{source:16}", "  ".join(f"{part} {counts[source, part]:4}" for part in PARTS))


if __name__ == "__main__":
    main()
