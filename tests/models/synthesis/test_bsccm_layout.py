"""Data sets written in BSCCM's layout, read back by our reader and by the authors' own package."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from bsccm import BSCCM
from hypothesis import given, settings
from hypothesis import strategies as st

from models.imaging.bsccm import VIEWS, Bsccm, BsccmError, Folder
from models.imaging.bsccm_tables import MARKERS
from models.synthesis.bsccm_layout import CHANNELS, Cell, Slide, main, mnist, simulated, written

CLASSES = ("lymphocyte", "granulocyte", "monocyte")  # 0, 1, 2 of the reference package
ORDER = ("left", "right", "top", "bottom")
authors_own = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # it leaves the metadata open


@pytest.fixture(scope="module")
def drawn() -> list[Cell]:
    """Two donors of two slides each."""
    return list(simulated([1001, 1002], 2, 5))


def field(seed: int, side: int = 200) -> np.ndarray:
    return np.random.default_rng(seed).integers(900, 1100, (side, side), dtype=np.uint16)


@pytest.mark.parametrize("zarr_format", [2, 3])
@authors_own
def test_the_reference_package_reads_pictures(tmp_path: Path, drawn: list[Cell], zarr_format: int) -> None:
    fields = {channel: field(k) for k, channel in enumerate(VIEWS.values())}
    placed = [replace(cell, place=(100 + k, 90 - k)) for k, cell in enumerate(drawn)]
    written(tmp_path, placed, zarr_format=zarr_format, backgrounds=fields)
    theirs, ours = BSCCM(str(tmp_path)), Bsccm(Folder(tmp_path))
    assert theirs.size == len(drawn)
    assert theirs.get_indices(batch=0, antibodies="all", slide_replicate=2).tolist() == [c.index for c in drawn[10:15]]
    for cell in (placed[0], placed[-1]):
        for k, view in enumerate(ORDER):
            np.testing.assert_array_equal(theirs.read_image(cell.index, VIEWS[view], copy=True), cell.pixels[k])
            behind = theirs.get_background(cell.index, channel=VIEWS[view], percentile=40, dim=64)
            np.testing.assert_array_equal(behind, ours.background(cell.index, 64, 40)[k])
        np.testing.assert_array_equal(ours.views(cell.index), cell.pixels)
        np.testing.assert_allclose(theirs.read_image(cell.index, "dpc", copy=True), cell.phase, atol=1e-6)


@authors_own
def test_the_reference_package_reads_markers_and_classes(tmp_path: Path, drawn: list[Cell]) -> None:
    written(tmp_path, drawn)
    theirs, ours = BSCCM(str(tmp_path)), Bsccm(Folder(tmp_path))
    indices, classes = theirs.get_cell_type_classification_data()
    known = {cell.index: cell.label for cell in drawn if cell.label in CLASSES}
    assert dict(zip(indices.tolist(), (CLASSES[int(k)] for k in classes), strict=True)) == known
    assert {cell: label for cell, label in ours.labels().items() if label in CLASSES} == known
    _, single, names, values = theirs.get_surface_marker_data([cell.index for cell in drawn])
    assert np.isnan(single).all()
    cells, mine = ours.markers()
    assert cells.tolist() == [cell.index for cell in drawn]
    assert [name.removesuffix("_full_model_unmixed") for name in names] == list(MARKERS)
    np.testing.assert_allclose(values, mine, rtol=1e-6)
    np.testing.assert_allclose(np.log10(values), [[c.markers[m] for m in MARKERS] for c in drawn], rtol=1e-9)


@authors_own
def test_the_reference_package_reads_the_mnist_flavour(tmp_path: Path, drawn: list[Cell]) -> None:
    written(tmp_path, mnist(drawn[:3]), name="BSCCMNIST")
    theirs, ours = BSCCM(str(tmp_path)), Bsccm(Folder(tmp_path))
    assert ours.is_mnist
    assert ours.um_per_px == pytest.approx(0.166 * 96 / 28, abs=1e-6)
    for cell in drawn[:3]:
        small = theirs.read_image(cell.index, "DPC_Top", copy=True)
        assert (small.shape, small.dtype) == ((28, 28), np.uint8)
        np.testing.assert_array_equal(ours.views(cell.index)[2], small)
        assert small.mean() == pytest.approx(cell.pixels[2, 16:112, 16:112].mean() / 16, abs=0.5)


def test_simulated_cells_know_their_donor_and_leave_gaps(tmp_path: Path, drawn: list[Cell]) -> None:
    written(tmp_path, drawn)
    panel = Bsccm(Folder(tmp_path))
    assert set(panel.groups().values()) == {"donor_00", "donor_01"}
    assert [panel.groups()[cell.index] for cell in drawn] == [cell.donor for cell in drawn]
    assert len({panel.slide(cell) for cell in panel.cells}) == 4
    assert np.diff(panel.cells).min() > 1
    assert panel.contents().arrays == ("led_array", "dpc")
    assert panel.is_simulated
    written(tmp_path, drawn[:1], simulated_by="")
    assert not Bsccm(Folder(tmp_path)).is_simulated


@given(label=st.sampled_from((*CLASSES, "other")), cd45=st.floats(1.5, 4), cd16=st.floats(1.5, 4))
@settings(max_examples=12, deadline=None)
def test_a_class_comes_back_whatever_its_markers_are(
    tmp_path_factory: pytest.TempPathFactory, label: str, cd45: float, cd16: float
) -> None:
    root = tmp_path_factory.mktemp("set")
    one = Cell(5, Slide(), np.ones((4, 4, 4), np.uint16), label, {"CD45": cd45, "CD16": cd16})
    written(root, [one, replace(one, index=9, label=""), replace(one, index=11, slide=Slide("CD3"))])
    assert Bsccm(Folder(root)).labels() == {5: label}, "cells of a slide with one antibody were never gated"


def test_cells_are_written_as_they_come(tmp_path: Path) -> None:
    """A million cells must not be held at once: each is on the disk before the next is asked for."""

    def cells() -> Iterator[Cell]:
        for index in (3, 8):
            yield Cell(index, Slide(), np.full((4, 8, 8), index, np.uint16))
            assert (tmp_path / "BSCCM_images.zarr" / Slide().path / "led_array" / f"cell_{index}").is_dir()

    assert written(tmp_path, cells(), markers=False) == 2
    with pytest.raises(BsccmError, match="BSCCM_surface_markers"):
        Bsccm(Folder(tmp_path)).labels()


def test_pictures_of_another_number_of_views_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"4 views or {len(CHANNELS)} channels; found 3"):
        written(tmp_path, [Cell(1, Slide(), np.ones((3, 8, 8), np.uint16))])
    with pytest.raises(ValueError, match="at least 96 pixels"):
        next(mnist([Cell(1, Slide(), np.ones((4, 64, 64), np.uint16))]))


def test_the_command_writes_a_set_and_spares_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = [str(tmp_path / "set"), "--donors", "2", "--slides", "1", "--cells", "2", "--mnist", "--zarr", "3"]
    main(order)
    panel = Bsccm(Folder(tmp_path / "set"))
    assert panel.is_mnist
    assert [panel.views(cell).shape for cell in panel.cells] == 4 * [(4, 28, 28)]
    assert "4 simulated cells of 2 donors" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(order)
    assert "found files in" in capsys.readouterr().err
