"""Fields of synthetic cells: the same everywhere, true to their truth, coloured like a stain."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.imaging.contours import area, rasterised
from models.synthesis import smear
from models.synthesis.kinds import KINDS
from models.synthesis.smear import LABELS, Field, TrueCell, draw_look, field, labels, single

ROOT = Path(__file__).parents[3]
EVERYTHING = dict.fromkeys(LABELS, 1.0)
few = settings(max_examples=12, deadline=None)


def digest(drawn: Field) -> str:
    parts = [drawn.pixels.tobytes()]
    for cell in drawn.cells:
        parts += [cell.label.encode(), cell.contour.tobytes(), *(n.tobytes() for n in cell.nucleus)]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def inside(cell: TrueCell, shape: tuple[int, int]) -> np.ndarray:
    return rasterised(cell.contour, shape)


def test_the_labels_are_those_of_the_shipped_vocabulary() -> None:
    assert LABELS == (
        "blast",
        "promyelocyte",
        "promonocyte",
        "myelocyte",
        "metamyelocyte",
        "band",
        "segmented",
        "eosinophil",
        "basophil",
        "monocyte",
        "lymphocyte",
        "variant_lymphocyte",
        "plasma_cell",
        "erythroblast",
        "smudge",
        "other",
    )


def test_the_same_seed_draws_the_same_field_in_another_process() -> None:
    code = (
        "from tests.models.synthesis.test_smear_fields import digest, EVERYTHING, field;"
        "print(digest(field(41, mix=EVERYTHING, cells=6, size=(320, 400))))"
    )
    other = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    here = digest(field(41, mix=EVERYTHING, cells=6, size=(320, 400)))
    assert other.stdout.strip() == here
    assert digest(field(42, mix=EVERYTHING, cells=6, size=(320, 400))) != here


def test_a_look_is_one_per_slide_and_shows() -> None:
    assert draw_look(5) == draw_look(5)
    assert draw_look(5) != draw_look(6)
    first = field(1, mix={"lymphocyte": 1}, cells=1, size=(200, 200), look=draw_look(5))
    again = field(2, mix={"lymphocyte": 1}, cells=1, size=(200, 200), look=draw_look(5))
    other = field(1, mix={"lymphocyte": 1}, cells=1, size=(200, 200), look=draw_look(11))
    assert first.um_per_px == again.um_per_px == draw_look(5).um_per_px
    lights = [np.percentile(f.pixels.reshape(-1, 3), 97, axis=0) for f in (first, again, other)]
    assert np.abs(lights[0] - lights[1]).max() <= 4
    assert np.abs(lights[0] - lights[2]).max() > 4


@pytest.mark.parametrize("label", LABELS)
def test_every_class_is_drawn_at_its_size(label: str) -> None:
    low, high = KINDS[label].diameter
    for seed in (3, 4):
        drawn = single(seed, label, um_per_px=0.15)
        assert drawn.pixels.shape == (192, 192, 3)
        cell = drawn.cells[0]
        assert cell.label == label
        assert np.hypot(cell.center[0] - 96, cell.center[1] - 96) < 12
        diameter = 2 * np.sqrt(area(cell.contour) / np.pi) * drawn.um_per_px
        # Clumps, artefacts and smears fill their circle less than a round cell does.
        assert (0.5 if label in ("other", "smudge") else 0.8) * low < diameter < 1.2 * high
        assert bool(cell.nucleus) == (label != "other")


@pytest.mark.parametrize("label", [name for name in LABELS if name not in ("other", "smudge")])
def test_a_nucleus_lies_in_its_cell_and_is_darker_than_its_surroundings(label: str) -> None:
    drawn = single(8, label, um_per_px=0.15)
    cell = drawn.cells[0]
    body = inside(cell, (192, 192))
    core = np.any([rasterised(ring, (192, 192)) for ring in cell.nucleus], axis=0)
    assert (core & ~body).sum() <= 0.01 * core.sum()
    assert 0.08 < core.sum() / body.sum() < 0.96
    green = drawn.pixels[..., 1].astype(float)
    background = np.percentile(green, 90)
    assert green[core].mean() < 0.55 * background
    if label != "basophil":  # whose granules are as dark
        assert green[core].mean() < green[body & ~core].mean() - 12


def test_classes_look_as_they_are_named() -> None:
    """Each on ten cells: lobes, grain and colour that a reader would name them by."""
    look = draw_look(3)
    drawn = {name: [single(s, name, um_per_px=0.15, look=look) for s in range(10)] for name in SHOWN}

    def share(f: Field) -> float:
        return sum(area(n) for n in f.cells[0].nucleus) / area(f.cells[0].contour)

    def solidity(f: Field) -> float:
        from skimage.measure import label as parts
        from skimage.measure import regionprops

        core = np.any([rasterised(n, (192, 192)) for n in f.cells[0].nucleus], axis=0)
        return float(max(regionprops(parts(core.astype(int))), key=lambda r: r.area).solidity)

    def cytoplasm(f: Field) -> np.ndarray:
        core = np.any([rasterised(n, (192, 192)) for n in f.cells[0].nucleus], axis=0)
        return f.pixels[inside(f.cells[0], (192, 192)) & ~core].astype(float).mean(axis=0)

    def mean(measure, name):
        return np.mean([measure(f) for f in drawn[name]], axis=0)

    assert mean(share, "blast") > mean(share, "monocyte") > 0.3
    assert mean(share, "lymphocyte") > mean(share, "plasma_cell")
    assert mean(solidity, "myelocyte") > 0.95 > mean(solidity, "band")
    assert mean(solidity, "metamyelocyte") > mean(solidity, "segmented")
    red, _, blue = mean(cytoplasm, "eosinophil")
    assert red > blue + 20  # orange
    red, _, blue = mean(cytoplasm, "plasma_cell")
    assert blue > red + 20  # blue


SHOWN = (
    "blast",
    "monocyte",
    "lymphocyte",
    "plasma_cell",
    "myelocyte",
    "metamyelocyte",
    "band",
    "segmented",
    "eosinophil",
)


@few
@given(
    seed=st.integers(0, 2**40),
    height=st.integers(150, 420),
    width=st.integers(150, 420),
    um=st.floats(0.11, 0.3),
    cells=st.integers(0, 5),
)
def test_truth_holds_for_any_field(seed: int, height: int, width: int, um: float, cells: int) -> None:
    taken = cells * np.pi * (10.5 / um) ** 2 / (height * width)
    if taken > smear.FULLEST:
        cells = 1
    if np.pi * (10.5 / um) ** 2 > smear.FULLEST * height * width:
        cells = 0
    drawn = field(seed, mix=EVERYTHING, cells=cells, size=(height, width), um_per_px=um)
    assert drawn.pixels.shape == (height, width, 3)
    assert drawn.pixels.dtype == np.uint8
    assert drawn.um_per_px == um
    assert drawn.seed == seed
    assert len(drawn.cells) == cells
    assert sorted(c.label for c in drawn.cells) == sorted(labels(seed, mix=EVERYTHING, cells=cells))
    owners = np.zeros((height, width), int)
    for cell in drawn.cells:
        for ring in (cell.contour, *cell.nucleus):
            assert ring.dtype == np.float32
            assert ring.min() >= 0
            assert ring[:, 0].max() <= width
            assert ring[:, 1].max() <= height
        on_edge = cell.contour.min() <= 0 or (cell.contour.max(axis=0) >= (width, height)).any()
        assert cell.touches_edge == on_edge
        x, y = cell.center
        assert 0 <= x <= width
        assert 0 <= y <= height
        owners += inside(cell, (height, width))
    assert owners.max(initial=0) <= 1, "no pixel belongs to two cells"


def test_touching_cells_share_a_border_without_overlap() -> None:
    """A crowded field: some contours meet, none cross."""
    drawn = field(12, mix={"blast": 1, "monocyte": 1}, cells=16, size=(640, 640), um_per_px=0.15)
    masks = [inside(c, (640, 640)) for c in drawn.cells]
    assert sum(masks).max() == 1
    from scipy.ndimage import binary_dilation

    grown = sum(binary_dilation(m, iterations=2).astype(int) for m in masks)
    assert grown.max() >= 2, "in so crowded a field some cells touch"


def test_the_contour_is_where_the_colour_changes() -> None:
    """Just inside a lymphocyte's contour it is darker than just outside, where no neighbour lies."""
    from scipy.ndimage import binary_dilation, binary_erosion

    found = 0
    for seed in range(6):
        drawn = single(seed, "blast", um_per_px=0.15)
        everyone = np.any([inside(c, (192, 192)) for c in drawn.cells], axis=0)
        body = inside(drawn.cells[0], (192, 192))
        rim = body & ~binary_erosion(body, iterations=4)
        outside = binary_dilation(body, iterations=5) & ~binary_dilation(body, iterations=1) & ~everyone
        red = drawn.pixels[..., 0].astype(float)
        found += red[rim].mean() < np.median(red[outside]) - 15
    assert found >= 5


def test_the_colours_are_those_of_a_stain() -> None:
    for seed in range(5):
        drawn = field(seed, mix={"lymphocyte": 1, "segmented": 1}, cells=4, size=(420, 420))
        red, green, blue = (drawn.pixels[..., i].astype(float) for i in range(3))
        bright = np.percentile(green, 95)
        assert bright > 170, "light shines through the empty slide"
        cells = np.any([inside(c, (420, 420)) for c in drawn.cells], axis=0)
        erythrocytes = ~cells & (green < 0.84 * bright)
        assert 0.02 < erythrocytes.mean() < 0.75
        assert red[erythrocytes].mean() > green[erythrocytes].mean(), "erythrocytes are pinkish, not blue"
        nuclei = np.any([rasterised(n, (420, 420)) for c in drawn.cells for n in c.nucleus], axis=0)
        assert blue[nuclei].mean() > red[nuclei].mean() > green[nuclei].mean(), "nuclei are purple"
        assert drawn.pixels.reshape(-1, 3).std(axis=0).min() > 8


def test_scale_changes_the_picture_and_not_the_cell() -> None:
    fine = single(9, "monocyte", size=260, um_per_px=0.11)
    coarse = single(9, "monocyte", size=260, um_per_px=0.22)
    sizes = [2 * np.sqrt(area(f.cells[0].contour) / np.pi) * f.um_per_px for f in (fine, coarse)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.12)
    assert len(fine.cells[0].contour) > 1.4 * len(coarse.cells[0].contour)


def test_the_mix_is_kept() -> None:
    names = [n for s in range(60) for n in labels(s, mix={"blast": 3, "smudge": 1, "band": 0}, cells=20)]
    assert set(names) == {"blast", "smudge"}
    assert names.count("blast") / len(names) == pytest.approx(0.75, abs=0.05)


@pytest.mark.parametrize("mix", [{}, {"neutrophil": 1}, {"blast": -1}, {"blast": 0}])
def test_a_wrong_mix_is_refused_by_name(mix: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected weights"):
        field(1, mix=mix)


def test_too_many_cells_for_the_field_are_refused() -> None:
    with pytest.raises(ValueError, match="draw fewer cells, or a larger field"):
        field(1, mix={"monocyte": 1}, cells=50, size=(256, 256))
