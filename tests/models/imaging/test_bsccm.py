"""The BSCCM reader against data sets that the zarr package wrote."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.decode.limits import Budget
from core.decode.panel import Members
from core.settings import Settings
from models.imaging.bsccm import IMAGES, VIEWS, Bsccm, BsccmError, Folder
from tests import bsccm_layout as layout


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("codec", ["blosc", "default", "none"])
@pytest.mark.parametrize("chunk_planes", [1, 5, 23])
def test_views_are_the_named_channels(tmp_path: Path, zarr_format: int, codec: str, chunk_planes: int) -> None:
    made = layout.write(tmp_path, zarr_format=zarr_format, codec=codec, chunk_planes=chunk_planes)
    panel = Bsccm(Folder(tmp_path))
    for cell, pixels in made.items():
        due = np.stack([pixels[layout.CHANNELS.index(VIEWS[v])] for v in ("left", "right", "top", "bottom")])
        np.testing.assert_array_equal(panel.views(cell), due)
    np.testing.assert_array_equal(panel.image(17, "led_array"), made[17])


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_a_chunk_nobody_wrote_holds_the_fill_value(tmp_path: Path, zarr_format: int) -> None:
    made = layout.images()
    made[3][layout.CHANNELS.index("DPC_Top")] = 0  # zarr writes no file for a chunk of fill values
    layout.write(tmp_path, zarr_format=zarr_format, arrays=made)
    assert not Bsccm(Folder(tmp_path)).views(3)[2].any()


def test_contents_tell_what_is_there_and_what_is_not(tmp_path: Path) -> None:
    layout.write(tmp_path, markers=False)
    panel = Bsccm(Folder(tmp_path))
    found = panel.contents()
    assert (found.cells, found.arrays, found.name) == (4, ("led_array",), "BSCCM-tiny")
    assert panel.cells == (3, 17, 4096, 99_001)
    assert any("surface markers" in part for part in found.missing)
    assert any("backgrounds" in part for part in found.missing)
    with pytest.raises(BsccmError, match=r"BSCCM_surface_markers\.csv; found no such file"):
        panel.markers()


def test_markers_and_classes_by_global_index(tmp_path: Path) -> None:
    layout.write(tmp_path)
    panel = Bsccm(Folder(tmp_path))
    cells, values = panel.markers(("CD16", "CD45"), cells=[4096, 17])
    assert cells.tolist() == [17, 4096]
    assert np.isnan(values[0]).all(), "the slide of cell 17 is stained for CD16 alone"
    np.testing.assert_allclose(values[1], [10**1.5, 1000], rtol=1e-6)
    alone = panel.markers(["CD16"], "single_antibody_model")[1][:, 0]
    assert np.isfinite(alone).tolist() == [False, True, False, True]
    assert panel.labels() == {3: "lymphocyte", 4096: "lymphocyte"}
    assert panel.labels([17, 3]) == {3: "lymphocyte"}
    assert panel.groups() == {cell: panel.slide(cell) for cell in layout.CELLS}, "no donor is named: slides are groups"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda p: p.markers(["CD7"]), "no column CD7_full_model_unmixed"),
        (lambda p: p.markers(["CD16"], "half_model"), "no unmixing model 'half_model'; there are full_model and"),
        (lambda p: list(p.index("donor", "mood")), "no column mood"),
        (lambda p: p.background(3, 16), "array BSCCM_backgrounds.zarr/DPC_Left/50_percentile .*; found none"),
    ],
)
def test_what_is_not_there_is_named(tmp_path: Path, ask: Callable[[Bsccm], object], message: str) -> None:
    layout.write(tmp_path)
    with pytest.raises(BsccmError, match=message):
        ask(Bsccm(Folder(tmp_path)))


@pytest.mark.parametrize("inside", ["", "BSCCM-tiny/"])
def test_a_zip_is_read_member_by_member(tmp_path: Path, inside: str) -> None:
    made = layout.write(tmp_path / "set")
    packed = layout.zipped(tmp_path / "set", tmp_path / "set.zip", inside=inside)
    budget = Budget(Settings())
    with zipfile.ZipFile(packed) as found:
        panel = Bsccm(Members(found, budget))
        assert panel.contents().arrays == ("led_array",)
        left = panel.views(99_001)[0]
    np.testing.assert_array_equal(left, made[99_001][layout.CHANNELS.index("DPC_Left")])
    whole = sum(p.stat().st_size for p in (tmp_path / "set").rglob("*") if p.is_file())
    assert budget.unpacked < whole / 4, "one cell's four chunks and the tables, no more"


def test_a_cell_in_the_index_without_an_image_is_named(tmp_path: Path) -> None:
    layout.write(tmp_path)
    shutil.rmtree(tmp_path / IMAGES / layout.SLIDES[0] / "led_array" / "cell_3")
    panel = Bsccm(Folder(tmp_path))
    with pytest.raises(BsccmError, match=r"led_array array of cell 3; found nothing"):
        panel.views(3)
    assert panel.views(17).shape == (4, 32, 32)
    with pytest.raises(BsccmError, match="not consecutive"):
        panel.views(4)


def test_damage_is_named(tmp_path: Path) -> None:
    layout.write(tmp_path)
    cell = tmp_path / IMAGES / layout.SLIDES[0] / "led_array" / "cell_3"
    chunk = cell / f"{layout.CHANNELS.index('DPC_Left')}.0.0"
    whole = chunk.read_bytes()
    for damaged in (b"", whole[:20], whole[:4] + b"\xff\xff\xff\x7f" + whole[8:]):  # the last would unpack to 2 GB
        chunk.write_bytes(damaged)
        with pytest.raises(BsccmError, match="array of cell 3"):
            Bsccm(Folder(tmp_path)).views(3)
    head = json.loads((cell / ".zarray").read_text())
    for change in ({"shape": [23, 10**6, 10**6]}, {"chunks": [0, 1, 1]}, {"dtype": "|O"}, {"filters": [{"id": "x"}]}):
        (cell / ".zarray").write_text(json.dumps(head | change))
        with pytest.raises(BsccmError, match="array of cell 3"):
            Bsccm(Folder(tmp_path)).views(3)


@pytest.mark.timeout(60)
def test_an_array_in_millions_of_absent_chunks_is_refused_and_not_looked_for(tmp_path: Path) -> None:
    layout.write(tmp_path)
    cell = tmp_path / IMAGES / layout.SLIDES[0] / "led_array" / "cell_3"
    head = json.loads((cell / ".zarray").read_text())
    shutil.rmtree(cell)
    cell.mkdir()
    (cell / ".zarray").write_text(json.dumps(head | {"shape": [23, 1600, 1600], "chunks": [1, 1, 1]}))
    with pytest.raises(BsccmError, match="58,880,000 chunks"):
        Bsccm(Folder(tmp_path)).views(3)


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("BSCCM_global_metadata.json", "{", "JSON in BSCCM_global_metadata"),
        ("BSCCM_index.csv", "a,b\n1,2\n", "columns global_index and data_path"),
        ("BSCCM_index.csv", "global_index,data_path\n1,../../etc\n", "damaged table"),
    ],
)
def test_wrong_tables_are_refused(tmp_path: Path, file: str, text: str, message: str) -> None:
    layout.write(tmp_path)
    (tmp_path / file).write_text(text)
    with pytest.raises(BsccmError, match=message):
        Bsccm(Folder(tmp_path))


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    layout.write(tmp_path / "set")
    (tmp_path / "secret").write_text("global_index,CD45\n3,1\n")
    (tmp_path / "set" / "BSCCM_surface_markers.csv").unlink()
    (tmp_path / "set" / "BSCCM_surface_markers.csv").symlink_to(tmp_path / "secret")
    with pytest.raises(BsccmError, match="found no such file"):
        Bsccm(Folder(tmp_path / "set")).markers()
