"""Nuclei in a stained smear by thresholds and shape: which pixels, at what scale, which belong together.

Everything is measured in micrometres once the scale is known, so that one set of numbers serves every camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import h_maxima
from skimage.segmentation import watershed

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Parameters:
    """The detector's numbers; the card carries them, and they enter its digest. Lengths in µm, areas in µm²."""

    working_um: float = 0.22  # resolution at which cells are found
    least_density: float = 0.42  # nuclear density below which nothing is a nucleus in any stain
    least_contrast: float = 0.35  # between nuclei and the rest, in density
    erythrocyte_um: float = 7.5
    nucleus_um: float = 9.0  # assumed for the typical nucleus where no erythrocyte gives the scale
    ghost: float = 0.12  # of the stain of nuclei: fainter parts are no erythrocytes
    speck_um2: float = 2.5  # smaller dark parts are dust or granules
    least_nucleus_um2: float = 13.0  # smaller cells are platelets
    lobe_um2: float = 34.0  # a lobe of a segmented nucleus is smaller
    joined_um2: float = 85.0  # lobes together are smaller
    lobe_gap_um: float = 2.6  # between lobes of one cell
    split_um2: float = 60.0  # a smaller nucleus is never split
    part_um2: float = 24.0  # nor into smaller parts
    neck: float = 0.72  # of the smaller part's width: a wider neck is one nucleus
    reach_um: float = 5.5  # of cytoplasm beyond the nucleus
    cytoplasm: float = 0.10  # azure of the palest cytoplasm, nuclei being 1
    red_um2: float = 120.0  # erythrocytes in the picture before their colour counts as known
    whole_um2: float = 330.0  # two halves of one body are together smaller
    whole_solidity: float = 0.88  # and convex
    whole_elongation: float = 1.55  # and not drawn out
    nuclear_um2: float = 150.0  # and hold less nucleus
    darker: float = 1.45  # haemoglobin-like density of eosinophil cytoplasm, erythrocytes being 1


def nuclear_threshold(density: NDArray[Any], foreground: NDArray[np.bool_], given: Parameters) -> float | None:
    """The density above which pixels are nuclear, or None when the picture holds no second population.

    Otsu's threshold on square-rooted counts, so that a few nuclei among many erythrocytes still pull.
    """
    values = density[foreground]
    if values.size < 20:
        return None
    top = float(np.percentile(values, 99.8))
    if top < given.least_density:
        return None
    counts, edges = np.histogram(values, bins=96, range=(0.0, max(top, 1e-3)))
    weight = np.sqrt(cv2.GaussianBlur(counts.astype(np.float32)[None], (0, 0), 1.2)[0].astype(np.float64))
    middle = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(weight)
    above = below[-1] - below
    sums = np.cumsum(weight * middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    cut = float(middle[int(np.nanargmax(between[:-1]))])
    cut = max(cut, given.least_density)
    high, low = values[values > cut], values[values <= cut]
    if high.size < 10:
        return None
    if low.size and float(np.median(high)) - float(np.median(low)) < given.least_contrast:
        return None
    return cut


def filled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask with its holes filled, a hole being background that does not reach the edge."""
    padded = np.pad(mask, 1).astype(np.uint8)
    cv2.floodFill(padded, None, (0, 0), 2)
    return np.asarray(padded[1:-1, 1:-1] != 2, bool)


def nuclei(density: NDArray[Any], cut: float, um: float, given: Parameters) -> Labels:
    """Labelled nuclei, clumps split; lobes of one cell still apart."""
    mask = (density > cut).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, disc(0.3 / um))
    small_holes = filled(mask.astype(bool)) & ~mask.astype(bool)
    mask |= without_large(small_holes, 6.0 / um**2).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    keep = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] * um**2 >= given.speck_um2)
    lookup = np.zeros(count, np.int32)
    lookup[keep[keep > 0]] = np.arange(1, np.count_nonzero(keep > 0) + 1)
    labels = lookup[labels]
    for part in keep[keep > 0]:
        if stats[part, cv2.CC_STAT_AREA] * um**2 > given.split_um2:
            _split(labels, int(lookup[part]), stats[part], um, given)
    return np.asarray(labels, np.int32)


def without_large(holes: NDArray[np.bool_], limit: float) -> NDArray[np.bool_]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(holes.astype(np.uint8), connectivity=4)
    small = stats[:, cv2.CC_STAT_AREA] <= limit
    small[0] = False
    return np.asarray(small[labels], bool)


def _split(labels: Labels, label: int, stat: NDArray[Any], um: float, given: Parameters) -> None:
    """Cut one clump at its necks, in place: watershed of the distance to its edge, wide necks healed."""
    x, y, w, h = (int(v) for v in stat[:4])
    window = labels[y : y + h, x : x + w]
    mask = np.pad(window == label, 1)
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    smooth = cv2.GaussianBlur(depth, (0, 0), max(0.5, 0.35 / um)) * mask
    peaks = h_maxima(smooth, max(0.25 / um, 0.06 * float(smooth.max())))
    count, markers = cv2.connectedComponents(np.asarray(peaks, np.uint8), connectivity=8)
    if count <= 2:
        return
    parts = np.asarray(watershed(-smooth, markers, mask=mask), np.int32)
    parts = _healed(parts, depth, um, given)[1:-1, 1:-1]
    names = np.unique(parts[parts > 0])
    fresh = int(labels.max())
    for k, name in enumerate(names[1:], 1):
        window[parts == name] = fresh + k


def _healed(parts: Labels, depth: NDArray[Any], um: float, given: Parameters) -> Labels:
    """Join parts again across wide necks, and parts too small to be a nucleus to the neighbour they share most with."""
    while True:
        sizes = np.bincount(parts.ravel())
        names = np.flatnonzero(sizes[1:]) + 1
        if len(names) < 2:
            return parts
        radius = {int(n): float(depth[parts == n].max()) for n in names}
        worst: tuple[float, int, int] | None = None
        for a, b, neck in _necks(parts, depth):
            ratio = neck / max(min(radius[a], radius[b]), 1e-6)
            if min(sizes[a], sizes[b]) * um**2 < given.part_um2:
                ratio += 1.0
            if ratio > given.neck and (worst is None or ratio > worst[0]):
                worst = (ratio, a, b)
        if worst is None:
            return parts
        parts = np.where(parts == worst[2], worst[1], parts).astype(np.int32)


def _necks(parts: Labels, depth: NDArray[Any]) -> list[tuple[int, int, float]]:
    """For every pair of touching parts, half the width of their border."""
    found: dict[tuple[int, int], float] = {}
    for left, right, deep in (
        (parts[:, :-1], parts[:, 1:], depth[:, :-1]),
        (parts[:-1], parts[1:], depth[:-1]),
    ):
        border = (left != right) & (left > 0) & (right > 0)
        for a, b, d in zip(left[border], right[border], deep[border], strict=True):
            key = (int(min(a, b)), int(max(a, b)))
            found[key] = max(found.get(key, 0.0), float(d))
    return [(a, b, d) for (a, b), d in found.items()]


def gathered(labels: Labels, clear: NDArray[np.bool_], um: float, given: Parameters) -> Labels:
    """Lobes of one cell under one label: small parts, close together, with no clear glass between them."""
    count = int(labels.max())
    sizes = np.bincount(labels.ravel(), minlength=count + 1) * um**2
    owner = np.arange(count + 1)
    for gap, a, b in _gaps(labels, clear, um, given.lobe_gap_um):
        one, other = int(owner[a]), int(owner[b])
        if one == other:
            continue
        small, both = min(sizes[one], sizes[other]), sizes[one] + sizes[other]
        is_fragment = small < given.lobe_um2 / 3 and gap < given.lobe_gap_um / 2
        if small <= given.lobe_um2 and (both <= given.joined_um2 or is_fragment):
            owner[owner == other] = one
            sizes[one] = both
    return np.asarray(owner[labels], np.int32)


def _gaps(labels: Labels, clear: NDArray[np.bool_], um: float, reach: float) -> list[tuple[float, int, int]]:
    """(gap in µm, a, b) of near neighbours, the closest first, skipping pairs parted by clear glass."""
    if labels.max() < 2:
        return []
    distance, nearest = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    zero = labels > 0
    names = np.zeros(int(nearest.max()) + 1, np.int32)
    names[nearest[zero]] = labels[zero]
    zone = names[nearest]
    best: dict[tuple[int, int], float] = {}
    for one, other in (((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
                       ((slice(None, -1), slice(None)), (slice(1, None), slice(None)))):  # fmt: skip
        border = (zone[one] != zone[other]) & ~clear[one] & ~clear[other]
        gap = (distance[one][border] + distance[other][border]) * um
        close = gap <= reach
        for a, b, g in zip(zone[one][border][close], zone[other][border][close], gap[close], strict=True):
            key = (int(min(a, b)), int(max(a, b)))
            best[key] = min(best.get(key, np.inf), float(g))
    return sorted((g, a, b) for (a, b), g in best.items())


def united(cells: Labels, seeds: Labels, um: float, given: Parameters) -> Labels:
    """Neighbouring cells that make one compact body: lobes of one nucleus too far apart to be gathered.

    Two cells that touch make a waisted or drawn-out body; one cell cut in pieces makes a round one. The
    largest set of neighbours that passes wins, so that three lobes are not joined two by two.
    """
    cells = cells.copy()
    nuclear = np.bincount(seeds.ravel(), minlength=int(cells.max()) + 1).astype(np.float64) * um**2
    borders = {pair for pair, length in _borders(cells).items() if length >= 4}
    neighbours: dict[int, set[int]] = {}
    for a, b in borders:
        neighbours.setdefault(a, set()).add(b)
        neighbours.setdefault(b, set()).add(a)
    used = set[int]()
    sets = {grown for cell in neighbours for grown in _sets_with(cell, neighbours)}
    for group in sorted(sets, key=lambda g: (-len(g), sorted(g))):
        if used & group or sum(nuclear[k] for k in group) > given.nuclear_um2:
            continue
        names = sorted(group)
        if _one_body(np.isin(cells, names), um, given):
            cells[np.isin(cells, names)] = names[0]
            used |= group
    return cells


def _sets_with(cell: int, neighbours: dict[int, set[int]], largest: int = 4) -> set[frozenset[int]]:
    """Connected sets of 2 to `largest` cells holding `cell`; only pairs where neighbours are many."""
    grown = {frozenset([cell])}
    every = set[frozenset[int]]()
    for _ in range(largest - 1 if len(neighbours[cell]) <= 3 else 1):
        grown = {g | {n} for g in grown for k in g for n in neighbours[k] if n not in g}
        if len(grown) > 40:
            break
        every |= grown
    return every


def _borders(cells: Labels) -> dict[tuple[int, int], int]:
    """Length in pixels of the border that each pair of cells shares."""
    lengths: dict[tuple[int, int], int] = {}
    for one, other in ((cells[:, :-1], cells[:, 1:]), (cells[:-1], cells[1:])):
        meets = (one != other) & (one > 0) & (other > 0)
        low, high = np.minimum(one[meets], other[meets]), np.maximum(one[meets], other[meets])
        pairs, counts = np.unique(np.stack([low, high], axis=1), axis=0, return_counts=True)
        for (a, b), n in zip(pairs, counts, strict=True):
            lengths[int(a), int(b)] = lengths.get((int(a), int(b)), 0) + int(n)
    return lengths


def _one_body(mask: NDArray[np.bool_], um: float, given: Parameters) -> bool:
    rings, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    ring = max(rings, key=len)
    size = float(np.count_nonzero(mask))
    if size * um**2 > given.whole_um2 or len(ring) < 5:
        return False
    hull = cv2.contourArea(cv2.convexHull(ring)) + len(ring) / 2  # the ring runs through pixel centres
    (_, (short, long), _) = cv2.minAreaRect(ring)
    drawn_out = max(short, long) / max(min(short, long), 1.0)
    return size / max(hull, 1.0) >= given.whole_solidity and drawn_out <= given.whole_elongation


def disc(radius: float) -> NDArray[np.uint8]:
    """A round structuring element of at least one pixel."""
    r = max(1, round(radius))
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1)), np.uint8)
