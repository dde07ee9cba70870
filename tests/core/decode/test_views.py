"""DPC: four files by name, four pages, arrays and BSCCM sets."""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import tifffile

from core.decode import read as decode
from core.decode.gather import grouped, lacking
from core.records import Modality, Upload
from core.settings import Settings
from models.synthesis import donors
from models.synthesis.white_cells import Traits
from tests import bsccm_layout as layout
from tests.core.decode.samples import message, npy, npz, packed, rgb, saved, taken, tiff, views

STACK = views()
ORDER = ("left", "right", "top", "bottom")


def four(stem: str = "cell7_{}.png", stack: np.ndarray = STACK) -> dict[str, bytes]:
    return {stem.format(view): saved(plane, "PNG") for view, plane in zip(ORDER, stack, strict=True)}


@pytest.mark.parametrize("stem", ["{}.png", "cell7_{}.png", "DPC-{} cell 7.tif", "run.3/{}.x.png"])
def test_four_files_by_name_in_any_order_and_case(stem: str) -> None:
    files = {name.upper() if n % 2 else name: data for n, (name, data) in enumerate(four(stem).items())}
    found = taken(dict(sorted(files.items(), reverse=True)))
    assert not found.problems
    assert len(found.images) == 1
    info = found.images[0].info
    np.testing.assert_array_equal(found.images[0].pixels, STACK)
    assert (info.modality, info.views, info.label, info.bits) == (Modality.DPC, ORDER, "image 1", 16)


def test_views_are_whole_words_and_sets_are_kept_apart() -> None:
    names = ["a_left.png", "a_right.png", "a_top.png", "b_left.png", "a_bottom.png", "leftover.png", "left_top.png"]
    assert grouped(names, None) == [(0, 1, 2, 4), (3,), (5,), (6,)]
    assert grouped(names, Modality.SMEAR) == [(n,) for n in range(7)]
    assert lacking(names, 3) == ("right", "top", "bottom")
    twice = ["left.png", "left.tif", "right.png", "top.png", "bottom.png"]
    assert grouped(twice, None) == [(n,) for n in range(5)]


def test_an_incomplete_set_names_what_is_missing() -> None:
    files = four()
    del files["cell7_top.png"]
    found = taken(files, Modality.DPC)
    assert len(found.problems) == 3
    assert "no top beside this one" in found.problems[0].message


def test_two_sets_and_a_zip_of_one() -> None:
    found = taken({**four("a_{}.png"), **four("b_{}.png", views(1)), "c.zip": packed(four("x/{}.png", views(2)))})
    assert [image.info.label for image in found.images] == ["image 1", "image 2", "image 3"]
    np.testing.assert_array_equal(found.images[2].pixels, views(2))


def test_views_of_different_size_are_refused() -> None:
    files = four() | {"cell7_top.png": saved(views(side=40)[0], "PNG")}
    found = taken(files)
    assert "four views of the same size and depth" in found.problems[0].message


def test_a_bad_view_is_named_and_its_set_is_not_read_as_smears() -> None:
    files = four() | {"cell7_top.png": b"\x89PNG\r\n\x1a\n broken"}
    found = taken(files)
    assert not found.images
    assert [problem.file for problem in found.problems] == ["cell7_top.png"]


def test_colour_pictures_with_such_names_are_smears_unless_dpc_was_asked_for() -> None:
    files = {f"slide_{view}.png": saved(rgb(n), "PNG") for n, view in enumerate(ORDER)}
    assert [image.info.modality for image in taken(files).images] == [Modality.SMEAR] * 4
    assert "a colour picture" in taken(files, Modality.DPC).problems[0].message
    assert len(taken(four(), Modality.SMEAR).images) == 4


def test_a_tiff_of_four_grey_pages() -> None:
    image = taken({"a.tif": tiff(*STACK)}).images[0]
    np.testing.assert_array_equal(image.pixels, STACK)
    assert "order left, right, top, bottom was assumed" in image.info.warnings[0]
    kind, text = message(tiff(*STACK[:3]), "a.tif", Modality.DPC)
    assert kind == "refusedfile"
    assert "four DPC views; found 3 pages" in text


def test_a_tiff_that_names_its_views_is_ordered_by_them(tmp_path: Path) -> None:
    labels = ["DPC_Bottom", "DPC_Left", "DPC_Right", "DPC_Top"]
    shuffled = np.stack([STACK[ORDER.index(label[4:].lower())] for label in labels])
    tifffile.imwrite(tmp_path / "ij.tif", shuffled, imagej=True, metadata={"Labels": labels, "axes": "ZYX"})
    tifffile.imwrite(tmp_path / "ome.tif", shuffled, ome=True, metadata={"axes": "CYX", "Channel": {"Name": labels}})
    for name in ("ij.tif", "ome.tif"):
        found = taken({name: (tmp_path / name).read_bytes()})
        assert not found.problems
        np.testing.assert_array_equal(found.images[0].pixels, STACK, err_msg=name)
        assert found.images[0].info.warnings == ()


def test_arrays_of_every_shape() -> None:
    for array in (STACK, np.moveaxis(STACK, 0, -1), np.asfortranarray(STACK), STACK.astype(">u2"), STACK.astype(int)):
        found = taken({"a.npy": npy(array)})
        assert not found.problems
        np.testing.assert_array_equal(found.images[0].pixels, STACK)
        assert found.images[0].info.id == taken({"b.npy": npy(STACK)}).images[0].info.id
    many = taken({"a.npy": npy(np.stack([views(n) for n in range(3)]))})
    assert [image.info.label for image in many.images] == [f"image 1 page {n}" for n in (1, 2, 3)]
    floats = taken({"a.npy": npy(STACK / 4096)}).images[0]
    assert (floats.pixels.dtype, floats.info.bits) == (np.float32, 32)


def test_npz_by_view_or_as_one_array() -> None:
    named = dict(zip(ORDER, STACK, strict=True))
    for data in (npz(**named), npz(**{f"DPC_{k.title()}": v for k, v in named.items()}), npz(anything=STACK)):
        np.testing.assert_array_equal(taken({"a.npz": data}).images[0].pixels, STACK)
    several = npz(**{view: np.stack([views(n)[k] for n in range(2)]) for k, view in enumerate(ORDER)})
    np.testing.assert_array_equal(taken({"a.npz": several}).images[1].pixels, views(1))
    assert "arrays left, right, top and bottom" in message(npz(a=STACK[0], b=STACK[1]), "a.npz")[1]
    assert "four arrays of one shape" in message(npz(**(named | {"top": STACK[0][:20]})), "a.npz")[1]


@pytest.mark.parametrize("packing", ["folder", "zip", "bytes"])
def test_bsccm_cells_by_choice(tmp_path: Path, packing: str) -> None:
    made = layout.write(tmp_path / "set")
    source: Path | bytes = tmp_path / "set"
    if packing != "folder":
        source = layout.zipped(tmp_path / "set", tmp_path / "set.zip", inside="set/")
    if packing == "bytes":
        source = Path(source).read_bytes()
    chosen = Upload("set", source, select=(4096, 5, 17))
    found = decode.images([chosen], Settings(max_zip_entries=20))
    assert [image.info.label for image in found.images] == ["image 1 cell 4096", "image 1 cell 17"]
    assert found.problems[0].file == "set cell 5"
    assert "not in BSCCM_index.csv" in found.problems[0].message
    due = np.stack([made[17][layout.CHANNELS.index(f"DPC_{view.title()}")] for view in ORDER])
    info = found.images[1].info
    np.testing.assert_array_equal(found.images[1].pixels, due)
    assert (info.um_per_px, info.bits, info.page, info.views) == (0.166, 12, 17, ORDER)
    contents, cells = decode.panel_contents(chosen, Settings())
    assert (contents.cells, cells) == (4, (3, 17, 4096, 99_001))


def test_bsccm_without_a_choice_is_read_only_if_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout.write(tmp_path / "set")
    upload = Upload("set", tmp_path / "set")
    assert len(decode.images([upload], Settings()).images) == 4
    monkeypatch.setattr("core.decode.panel.MOST_UNSELECTED", 3)
    assert "a choice of cells" in decode.images([upload], Settings()).problems[0].message
    assert "Choose DPC" in decode.images([upload], Settings(), Modality.SMEAR).problems[0].message


def test_bsccm_without_dpc_channels_says_so(tmp_path: Path) -> None:
    layout.write(tmp_path / "set")
    head = tmp_path / "set" / "BSCCM_global_metadata.json"
    head.write_text(head.read_text().replace("DPC_Top", "DPC_Up"))
    found = decode.images([Upload("set", tmp_path / "set", select=(3,))], Settings())
    assert "channel DPC_Top" in found.problems[0].message
    assert "channel DPC_Top" in decode.panel_contents(Upload("s", tmp_path / "set"), Settings())[0].missing


def test_a_zip_that_is_no_data_set_has_no_contents() -> None:
    with pytest.raises(Exception, match="a BSCCM data set; found a ZIP without"):
        decode.panel_contents(Upload("a.zip", packed({"a.png": b"x"}, zipfile.ZIP_STORED)), Settings())


@cache
def cell(seed: int = 3) -> np.ndarray:
    """A simulated cell's counts."""
    of, on = donors.donor(seed), donors.slide(seed, 0)
    return donors.pictured(np.random.default_rng(seed), of, on, Traits("granulocyte")).views.astype(np.uint16)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ((1, 0, 2, 3), "Left and right are swapped: exchange them."),
        ((0, 1, 3, 2), "Top and bottom are swapped: exchange them."),
        ((1, 0, 3, 2), "Left and right, and top and bottom, are swapped"),
        ((2, 3, 0, 1), "The axes are exchanged"),
        ((0, 2, 1, 3), "The axes are mixed up"),
    ],
)
def test_views_in_a_wrong_order_are_refused_for_what_they_are(order: tuple[int, ...], words: str) -> None:
    wrong = cell()[list(order)]
    given = four("a_{}.png", wrong) | four("b_{}.png", cell(4))
    for files in (given, {"a.npy": npy(np.stack([wrong, cell(4)]))}, {"a.tif": tiff(*wrong), "b.tif": tiff(*cell(4))}):
        found = taken(files)
        assert words in found.problems[0].message
        assert len(found.problems) == 1
        np.testing.assert_array_equal(found.images[0].pixels, cell(4))


def test_one_bad_cell_of_an_array_harms_no_other() -> None:
    many = np.stack([cell(3), cell(4), cell(5)]).astype(np.float32)
    many[0, 2, 5, 5] = np.nan
    many[1, 0] = 800
    found = taken({"a.npy": npy(many)})
    assert [problem.file for problem in found.problems] == ["a.npy page 1", "a.npy page 2"]
    assert "NaN or infinite pixels" in found.problems[0].message
    assert "every pixel has the same value" in found.problems[1].message
    assert [image.info.label for image in found.images] == ["image 1 page 3"]


def test_eight_bits_and_clipped_views_are_taken_with_a_warning() -> None:
    (image,) = taken(four(stack=(cell() // 16).astype(np.uint8))).images
    assert "8 bits, on an unknown scale" in image.info.warnings[0]
    clipped = np.minimum(cell(), np.percentile(cell(), 99.5).astype(np.uint16))
    (image,) = taken({"a.npz": npz(**dict(zip(ORDER, clipped, strict=True)))}).images
    assert "very end of the scale" in image.info.warnings[0]


def test_the_views_of_a_bsccm_set_are_known_by_name_and_not_doubted(tmp_path: Path) -> None:
    swapped = np.zeros((len(layout.CHANNELS), 128, 128), np.uint16)
    for view, plane in zip(("Right", "Left", "Top", "Bottom"), cell(), strict=True):
        swapped[layout.CHANNELS.index(f"DPC_{view}")] = plane
    layout.write(tmp_path / "set", arrays={7: swapped})
    found = decode.images([Upload("set", tmp_path / "set")], Settings())
    assert not found.problems
    assert found.images[0].info.warnings == ()
