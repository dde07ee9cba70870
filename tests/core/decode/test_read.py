"""The whole of decode: numbering, duplicates, what the store gives back, masks, folders."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image as Pillow

from core.cases import pictures
from core.decode import known, raster
from core.decode import read as decode
from core.decode.limits import Budget
from core.decode.sniff import Kind
from core.errors import NotFound
from core.records import Image, ImageInfo, Modality, Upload
from core.settings import Settings
from tests import bsccm_layout as layout
from tests.core.decode.samples import dicom, npy, packed, rgb, saved, taken, tiff, views

FIELD = rgb()


def image_of(pixels: NDArray[np.generic], modality: Modality) -> Image:
    height, width = pixels.shape[:2] if modality is Modality.SMEAR else pixels.shape[1:]
    info = ImageInfo(
        decode.picture_id(pixels, modality), "0" * 64, 2, "image 9 page 3", modality, width, height, 0.25, 12
    )
    return Image(replace(info, warnings=("kept",), source_format="TIFF"), pixels)


smears = hnp.arrays(np.uint8, st.tuples(st.integers(16, 24), st.integers(16, 24), st.just(3)))
stacks = hnp.arrays(
    st.sampled_from([np.uint8, np.uint16]), st.tuples(st.integers(1, 4), st.integers(16, 24), st.integers(16, 24))
)


@given(st.one_of(smears, stacks))
def test_what_is_stored_comes_back_with_its_identity(pixels: NDArray[np.generic]) -> None:
    modality = Modality.SMEAR if pixels.shape[-1] == 3 else Modality.DPC
    image = image_of(pixels, modality)
    data = pictures.encoded(image)
    assert data == pictures.encoded(image)
    back = decode.images([Upload("", data, known=image.info)], Settings())
    assert not back.problems
    assert back.images[0].info == image.info
    np.testing.assert_array_equal(back.images[0].pixels, pixels)


def test_floats_come_back_too() -> None:
    image = image_of(views(dtype=np.float32) / 3, Modality.DPC)
    back = decode.images([Upload("", pictures.encoded(image), known=image.info)], Settings())
    np.testing.assert_array_equal(back.images[0].pixels, image.pixels)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "LA"])
def test_a_stored_png_is_the_same_to_both_readers(mode: str) -> None:
    buffer = io.BytesIO()
    Pillow.fromarray(FIELD).convert(mode).save(buffer, "PNG")
    info = replace(image_of(FIELD, Modality.SMEAR).info, source_format="")
    np.testing.assert_array_equal(
        known._pixels(buffer.getvalue(), info, Budget(Settings())),
        raster.page(buffer.getvalue(), Kind.PNG, Budget(Settings())).pixels,
    )


def test_a_stored_picture_of_more_pixels_than_may_be_is_refused() -> None:
    image = image_of(FIELD, Modality.SMEAR)
    found = decode.images([Upload("", pictures.encoded(image), known=image.info)], Settings(max_pixels=100))
    assert found.problems[0].kind == "refusedfile"


def test_a_damaged_store_is_named() -> None:
    image, other = image_of(FIELD, Modality.SMEAR), image_of(rgb(3), Modality.SMEAR)
    stack = image_of(views(), Modality.DPC)
    whole = pictures.encoded(image)
    for data in (pictures.encoded(other), pictures.encoded(stack), whole[:-50], whole[:20], whole[:26], b""):
        found = decode.images([Upload("", data, known=image.info)], Settings())
        assert not found.images
        assert found.problems[0].kind == "unreadablefile"
    assert (
        "the store is damaged"
        in decode.images([Upload("", pictures.encoded(other), known=image.info)], Settings()).problems[0].message
    )


@given(smears, st.integers(0, 23), st.integers(0, 23), st.integers(0, 2))
def test_an_id_changes_with_any_pixel(pixels: NDArray[np.uint8], y: int, x: int, channel: int) -> None:
    changed = pixels.copy()
    changed[y % pixels.shape[0], x % pixels.shape[1], channel] ^= 1
    assert decode.picture_id(changed, Modality.SMEAR) != decode.picture_id(pixels, Modality.SMEAR)
    assert decode.picture_id(pixels.swapaxes(0, 1), Modality.SMEAR) == decode.picture_id(
        np.ascontiguousarray(pixels.swapaxes(0, 1)), Modality.SMEAR
    )


def test_an_id_has_16_hex_digits_and_knows_shape_and_kind() -> None:
    flat = np.zeros((4, 16, 16), np.uint8)
    ids = {
        decode.picture_id(flat, Modality.DPC),
        decode.picture_id(flat, Modality.SMEAR),
        decode.picture_id(flat.reshape(4, 8, 32), Modality.DPC),
        decode.picture_id(flat.view(np.int8), Modality.DPC),
    }
    assert len(ids) == 4
    assert all(len(i) == 16 and int(i, 16) >= 0 for i in ids)


def test_the_same_picture_in_any_container_counts_once_and_names_the_first() -> None:
    png = saved(FIELD, "PNG")
    found = taken(
        {
            "first.png": png,
            "again.tif": tiff(FIELD, photometric="rgb"),
            "new.png": saved(rgb(1), "PNG"),
            "zip.zip": packed({"copy.png": png}),
            "scan.dcm": dicom(FIELD),
        }
    )
    assert [image.info.label for image in found.images] == ["image 1", "image 3"]
    assert [d.file for d in found.duplicates] == ["again.tif", "zip.zip › copy.png", "scan.dcm"]
    assert {d.message for d in found.duplicates} == {"The same picture as image 1 (first.png); it is counted once."}
    assert {d.kind for d in found.duplicates} == {"duplicate"}


def test_numbers_follow_the_uploads_even_past_bad_ones() -> None:
    files = {"a.png": saved(rgb(1), "PNG"), "b.png": b"broken", "c.png": saved(rgb(2), "PNG")}
    labels = {i.info.id: i.info.label for i in taken(files).images}
    mended = taken(files | {"b.png": saved(rgb(3), "PNG")})
    assert list(labels.values()) == ["image 1", "image 3"]
    assert labels.items() <= {i.info.id: i.info.label for i in mended.images}.items()


def test_names_of_files_stay_out_of_what_is_kept() -> None:
    found = taken({"Jane Doe 1954.png": saved(FIELD, "PNG"), "Doe.npy": npy(views())})
    assert "Doe" not in repr([image.info for image in found.images])


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[str, int, int]] = []
    uploads = [Upload(f"{n}.png", saved(rgb(n), "PNG")) for n in range(3)]
    decode.images(uploads, Settings(), tell=lambda *said: told.append(said))
    assert told == [("decode", n, 3) for n in range(4)]
    assert decode.images([], Settings()).images == ()


def test_a_mask_paints_the_colour_around_and_gives_a_new_id() -> None:
    pixels = FIELD.copy()
    pixels[5:9, 30:50] = 0
    image = image_of(pixels, Modality.SMEAR)
    clean = decode.masked(image, [(30, 5, 50, 9), (-5, 36.5, 3, 99)])
    assert clean.info.id == decode.picture_id(clean.pixels, Modality.SMEAR) != image.info.id
    assert clean.info.warnings[-1] == "2 regions were painted over before storing."
    assert (clean.pixels[5:9, 30:50] == clean.pixels[5, 30]).all()
    assert np.abs(clean.pixels[5, 30].astype(int) - np.median(FIELD[:12, 25:], axis=(0, 1))).max() < 8
    outside = np.ones(pixels.shape[:2], bool)
    outside[5:9, 30:50] = outside[36:, :3] = False
    np.testing.assert_array_equal(clean.pixels[outside], pixels[outside])
    back = decode.images([Upload("", pictures.encoded(clean), known=clean.info)], Settings())
    assert not back.problems
    assert image.pixels[5, 30, 0] == 0, "the original is untouched"


def test_a_mask_covers_every_view_and_even_a_whole_picture() -> None:
    image = image_of(views(), Modality.DPC)
    clean = decode.masked(image, [(2, 2, 10, 6)])
    for view in clean.pixels:
        assert len(np.unique(view[2:6, 2:10])) == 1
    assert clean.pixels.dtype == np.uint16
    whole = decode.masked(image, [(0, 0, 32, 32)])
    assert len(np.unique(whole.pixels[0])) == 1


def test_uploads_of_folders(tmp_path: Path) -> None:
    for name in ("b.png", "a/c.png", "a/.hidden", ".secret/d.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    layout.write(tmp_path / "a" / "set")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    found = decode.uploads_in([tmp_path, tmp_path / "b.png", tmp_path / "a" / "set"])
    assert [upload.name for upload in found] == ["a/c.png", "a/set", "b.png", "b.png", "set"]
    with pytest.raises(NotFound, match="nothing at"):
        decode.uploads_in([tmp_path / "gone"])
