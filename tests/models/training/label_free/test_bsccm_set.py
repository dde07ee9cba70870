"""A user's BSCCM: read as the app sees its cells, split by slide, and never called measured when we drew it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.imaging.bsccm import IMAGES, Bsccm, BsccmError, Folder
from models.label_free import LabelFree
from models.registry import card as card_named
from models.registry import weights as weights_of
from models.synthesis.bsccm_layout import Cell, Slide, mnist, written
from models.synthesis.markers import MARKERS
from models.training import train_label_free
from models.training.label_free import bsccm_set, figures
from models.training.label_free.cells import LABELS, SIDE, Cells
from models.training.label_free.recipe import Recipe
from models.training.label_free.split import LEAST, by_slide

CLASSES, FIELDS, EACH, SIZE = LABELS[:3], 8, (18, 3), 96
NAME = "bsccm-mine"  # what the training keeps a folder 'mine' under


def drawn(slides: int = 2) -> Iterator[Cell]:
    """Half-shadowed discs, larger by class, brighter by CD16; a few cells in each field of view."""
    rng = np.random.default_rng(4)
    y, x = np.mgrid[:SIZE, :SIZE] - SIZE / 2
    fields = [(slide, field) for slide in range(slides) for field in range(FIELDS) for _ in range(EACH[slide])]
    for k, (slide, field) in enumerate(fields):
        kind, amount = k % 3, rng.uniform(0.2, 0.4)
        disc = (np.hypot(y, x) < 14 + 6 * kind) * amount
        tilts = [x / SIZE, -x / SIZE, -y / SIZE, y / SIZE]
        pixels = rng.poisson(1000 * np.stack([1 + disc * np.sign(tilt) for tilt in tilts])).astype(np.uint16)
        values = dict.fromkeys(MARKERS, 2.0 + amount)
        yield Cell(3 + 7 * k, Slide(replicate=slide), pixels, CLASSES[kind], values, frame=(field, 0))


@pytest.fixture(scope="module")
def two_slides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("downloads") / "mine"
    written(folder, drawn(), simulated_by="")
    return folder


@pytest.fixture(scope="module")
def read(two_slides: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Cells, Path]:
    cache = tmp_path_factory.mktemp("cache")
    return bsccm_set.read(two_slides, NAME, cache=cache), cache


def test_cells_come_with_class_markers_and_field(read: tuple[Cells, Path]) -> None:
    cells, _ = read
    assert cells.views.shape == (sum(EACH) * FIELDS, 4, SIDE, SIDE)
    assert cells.labels[:6].tolist() == [0, 1, 2, 0, 1, 2]
    assert np.all((cells.markers > 2.15) & (cells.markers < 2.45))
    assert len(set(cells.groups)) == 2 * FIELDS
    assert len(set(cells.slides)) == 2
    left = cells.views[2, 0].astype(np.float32)
    assert left[:, SIDE * 5 // 8].mean() > 1.05 > 0.95 > left[:, SIDE * 3 // 8].mean()
    assert np.median(left[:4]) == pytest.approx(1, abs=0.05)


def test_what_was_read_is_not_read_again(
    read: tuple[Cells, Path], two_slides: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells, cache = read
    monkeypatch.setattr(bsccm_set, "pictures", None)
    again = bsccm_set.read(two_slides, NAME, cache=cache)
    assert again.names.tolist() == cells.names.tolist()
    with pytest.raises(TypeError):
        bsccm_set.read(two_slides, NAME, most=20, cache=cache)


def test_the_last_slide_is_for_testing_alone(read: tuple[Cells, Path]) -> None:
    cells, _ = read
    split = by_slide(cells)
    assert set(cells.slides[split.test]) == {max(cells.slides)}
    assert min(cells.slides) in split.how or max(cells.slides) in split.how
    parts = [set(cells.groups[rows]) for rows in (split.train, split.validate, split.calibrate, split.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 2 * FIELDS


@given(fields=st.integers(LEAST, 40), slides=st.integers(1, 3), seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_no_field_is_on_two_sides(fields: int, slides: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = np.array([f"slide_{s}/field_{f}" for s in range(slides) for f in range(fields) for _ in range(3)])
    blank = np.zeros((len(names), 1))
    labels = rng.integers(-1, 3, len(names))
    labels[:: len(names) // slides] = 0
    cells = Cells(blank, labels, blank, names, np.array([n.split("/")[0] for n in names]), blank, names)
    split = by_slide(cells)
    rows = [split.train, split.validate, split.calibrate, split.test]
    assert sorted(np.concatenate(rows).tolist()) == list(range(len(names)))
    sides = [set(names[part]) for part in rows]
    assert sum(map(len, sides)) == len(set(names))
    if slides > 1:
        assert set(cells.slides[split.test]).isdisjoint(cells.slides[np.concatenate(rows[:3])])


def test_a_card_of_measured_markers_is_made_and_read_back(
    read: tuple[Cells, Path], two_slides: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "ROUNDS", 10)
    tiny = Recipe(steps=6, batch=12, side=28)
    made = train_label_free.of_bsccm(two_slides, tiny, tmp_path, tmp_path, cache=read[1], kept=tmp_path)
    assert made.marker_truth == "measured"
    assert "slide" in made.training["split"]
    assert {"source", "classes_only", "trees_on_morphology", "test_donors"} <= set(made.figures)
    assert made.figures["test_donors"]["classes"]["cells"] == FIELDS * EACH[1]
    card = card_named("label-free", tmp_path)
    found = LabelFree(card, weights_of(card, tmp_path)).look([np.ones((4, 48, 48), np.float32)])
    assert found.markers.shape == (1, len(MARKERS))


def test_simulated_cells_in_the_same_layout_stay_simulated(tmp_path: Path) -> None:
    some = list(drawn(1))[::6]
    written(tmp_path / "said", some)
    assert bsccm_set.truth(Bsccm(Folder(tmp_path / "said"))) == "simulated"
    written(tmp_path / "named", [replace(cell, donor=f"donor_{cell.index}") for cell in some], simulated_by="")
    cells = bsccm_set.read(tmp_path / "named", "named", cache=tmp_path / "cache")
    assert cells.about["truth"] == "simulated"
    assert set(cells.groups) == {f"donor_{cell.index}" for cell in some}


def test_the_small_pictures_of_the_mnist_set_show_the_same_square(tmp_path: Path, read: tuple[Cells, Path]) -> None:
    large, _ = read
    written(tmp_path, mnist(list(drawn())[:12]), name="BSCCMNIST")
    small = bsccm_set.read(tmp_path, "mnist", cache=tmp_path / "cache")
    assert small.about["um_per_px"] == pytest.approx(0.569, abs=1e-3)
    for one, other in zip(small.views, large.views, strict=False):
        assert np.corrcoef(one.astype(np.float32).ravel(), other.astype(np.float32).ravel())[0, 1] > 0.9


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(tmp_path / "bare", list(drawn(1))[:6], markers=False)
    with pytest.raises(BsccmError, match="surface markers"):
        bsccm_set.read(tmp_path / "bare", "bare", cache=tmp_path)
    unnamed = [replace(cell, label="") for cell in list(drawn(1))[:6]]
    written(tmp_path / "unnamed", unnamed)
    with pytest.raises(BsccmError, match="none in a gate"):
        bsccm_set.read(tmp_path / "unnamed", "unnamed", cache=tmp_path)
    written(tmp_path / "torn", list(drawn(1))[:6])
    for cell in (3, 10):
        shutil.rmtree(next((tmp_path / "torn" / IMAGES).rglob(f"cell_{cell}")))
    assert len(bsccm_set.read(tmp_path / "torn", "torn", cache=tmp_path)) == 4
    assert "pictures of 2 of 6 cells" in capsys.readouterr().err


def test_a_folder_that_is_none_ends_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["train_label_free", "--bsccm", str(tmp_path)])
    with pytest.raises(SystemExit, match="BSCCM_global_metadata"):
        train_label_free.main()
