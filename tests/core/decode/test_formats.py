"""What can be read, and what becomes of it."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from core.cases.pictures import encoded
from core.records import Modality
from tests.core.decode.samples import dicom, rgb, saved, taken, tiff

FIELD = rgb()
EXACT = {
    "field.png": saved(FIELD, "PNG"),
    "field.bmp": saved(FIELD, "BMP"),
    "field.webp": saved(FIELD, "WEBP", lossless=True),
    "plain.tif": tiff(FIELD, photometric="rgb"),
    "tiled.tif": tiff(FIELD, photometric="rgb", tile=(16, 16), compression="zlib", predictor=True),
    "lzw.tif": tiff(FIELD, photometric="rgb", compression="lzw"),
    "planes.tif": tiff(np.moveaxis(FIELD, -1, 0), photometric="rgb", planarconfig="separate"),
    "field.dcm": dicom(FIELD),
}


@pytest.mark.parametrize("name", EXACT)
def test_lossless_formats_give_the_same_pixels_and_the_same_id(name: str) -> None:
    found = taken({name: EXACT[name]})
    assert not found.problems
    image = found.images[0]
    np.testing.assert_array_equal(image.pixels, FIELD)
    assert (image.info.width, image.info.height, image.info.modality) == (56, 40, Modality.SMEAR)
    assert image.info.id == taken({"a.png": EXACT["field.png"]}).images[0].info.id
    assert image.info.label == "image 1"


def test_jpeg_plain_and_inside_tiff() -> None:
    for name, data in {"a.jpg": saved(FIELD, "JPEG", quality=95), "a.tif": tiff(FIELD, compression="jpeg")}.items():
        found = taken({name: data})
        assert not found.problems
        assert np.abs(found.images[0].pixels.astype(int) - FIELD).mean() < 6


def test_pages_are_images_of_their_own() -> None:
    pages = [rgb(seed) for seed in range(3)]
    found = taken({"first.png": saved(rgb(9), "PNG"), "stack.tif": tiff(*pages, photometric="rgb")})
    assert [i.info.label for i in found.images] == ["image 1", "image 2 page 1", "image 2 page 2", "image 2 page 3"]
    assert [i.info.page for i in found.images] == [0, 0, 1, 2]
    np.testing.assert_array_equal(found.images[2].pixels, pages[1])


def test_thumbnails_in_a_tiff_are_left_out(tmp_path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(FIELD, photometric="rgb")
        writer.write(FIELD[::2, ::2], photometric="rgb", subfiletype=1)
    found = taken({"a.tif": (tmp_path / "a.tif").read_bytes()})
    assert len(found.images) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_honoured_alike_in_every_format(orientation: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    upright = {1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud, 5: lambda a: a.swapaxes(0, 1)}
    upright |= {6: lambda a: np.rot90(a, -1), 7: lambda a: np.rot90(a, 2).swapaxes(0, 1), 8: np.rot90}
    due = upright[orientation](FIELD)
    sixteen = tiff(FIELD.astype(np.uint16) * 257, photometric="rgb", extratags=[(274, 3, 1, orientation, True)])
    files = {
        "a.png": saved(FIELD, "PNG", exif=exif),
        "b.webp": saved(FIELD, "WEBP", lossless=True, exif=exif),
        "c.tif": tiff(FIELD, photometric="rgb", extratags=[(274, 3, 1, orientation, True)]),
        "d.tif": sixteen,
    }
    for name, data in files.items():
        np.testing.assert_array_equal(taken({name: data}).images[0].pixels, due, err_msg=name)
    jpeg = taken({"e.jpg": saved(FIELD, "JPEG", quality=95, exif=exif)}).images[0].pixels
    assert np.abs(jpeg.astype(int) - due).mean() < 6


def test_nothing_but_pixels_survives() -> None:
    note = PngInfo()
    note.add_text("Patient", "Jane Doe")
    exif = Pillow.Exif()
    exif[0x010E] = "Jane Doe"
    for name, data in {
        "Doe.png": saved(FIELD, "PNG", pnginfo=note, exif=exif),
        "Doe.tif": tiff(FIELD, photometric="rgb", description="Jane Doe"),
        "Doe.dcm": dicom(FIELD),
    }.items():
        assert b"Doe" in data
        found = taken({name: data})
        assert b"Doe" not in encoded(found.images[0])
        assert "Doe" not in repr(found.images[0].info)


def test_sixteen_bits_become_eight_by_the_stated_rule() -> None:
    twelve = FIELD.astype(np.uint16) * 16
    for name, data in {
        "a.tif": tiff(twelve, photometric="rgb"),
        "b.png": _png16(twelve),
        "c.tif": tiff(FIELD.astype(np.uint16) * 256, photometric="rgb"),
    }.items():
        image = taken({name: data}).images[0]
        np.testing.assert_array_equal(image.pixels, FIELD, err_msg=name)
        assert any(w.startswith("Reduced from 1") for w in image.info.warnings)
        assert image.info.bits == 16
    low = taken({"d.tif": tiff(FIELD.astype(np.uint16), photometric="rgb")}).images[0]
    np.testing.assert_array_equal(low.pixels, FIELD)
    assert low.info.warnings == ("Stored with 16 bits, of which 8 are used; read as 8 bits.",)


def _png16(pixels: NDArray[np.uint16]) -> bytes:
    return bytes(imagecodecs.png_encode(pixels))


def test_grey_cmyk_palette_and_transparent_pictures_become_rgb_and_say_so() -> None:
    grey = taken({"g.png": saved(FIELD[..., 0], "PNG")}).images[0]
    assert (grey.pixels == FIELD[..., :1]).all()
    assert "grey" in grey.info.warnings[0]

    cmyk = Pillow.fromarray(FIELD).convert("CMYK")
    for name, data in {"c.jpg": saved(cmyk, "JPEG", quality=95), "c.tif": saved(cmyk, "TIFF")}.items():
        found = taken({name: data}).images[0]
        assert np.abs(found.pixels.astype(int) - FIELD).mean() < 8, name
        assert "CMYK" in found.info.warnings[0]

    few = Pillow.fromarray(FIELD).quantize(200)
    for name, data in {"p.png": saved(few, "PNG"), "p.tif": saved(few, "TIFF"), "p.bmp": saved(few, "BMP")}.items():
        found = taken({name: data}).images[0]
        np.testing.assert_array_equal(found.pixels, np.asarray(few.convert("RGB")), err_msg=name)
        assert "palette" in found.info.warnings[0]

    alpha = np.dstack([FIELD, np.full(FIELD.shape[:2], 255, np.uint8)])
    assert taken({"o.png": saved(alpha, "PNG")}).images[0].info.warnings == ()
    alpha[:10, :, 3] = 0
    for name, data in {"t.png": saved(alpha, "PNG"), "t.tif": saved(Pillow.fromarray(alpha), "TIFF")}.items():
        found = taken({name: data}).images[0]
        assert (found.pixels[:10] == 255).all()
        np.testing.assert_array_equal(found.pixels[10:], FIELD[10:], err_msg=name)
        assert found.info.warnings == ("Transparent parts were laid on white.",)


def test_dicom_grey_inverted_and_flagged() -> None:
    grey = FIELD[..., 0].copy()
    found = taken({"a.dcm": dicom(grey, PhotometricInterpretation="MONOCHROME1")})
    np.testing.assert_array_equal(found.images[0].pixels[..., 0], 255 - grey)
    flagged = taken({"b.dcm": dicom(FIELD, BurnedInAnnotation="YES")})
    assert flagged.doubts[0].image == flagged.images[0].info.id
    assert "burned into the picture" in flagged.doubts[0].reason
    assert not taken({"c.dcm": dicom(FIELD, BurnedInAnnotation="NO")}).doubts


@pytest.mark.parametrize(
    ("name", "data", "due"),
    [
        ("ppm.png", saved(FIELD, "PNG", dpi=(254_000, 254_000)), 0.1),
        ("screen.png", saved(FIELD, "PNG", dpi=(96, 96)), None),
        ("print.tif", tiff(FIELD, photometric="rgb", resolution=(300, 300), resolutionunit=2), None),
        ("cm.tif", tiff(FIELD, photometric="rgb", resolution=(50_000, 50_000), resolutionunit=3), 0.2),
        ("uneven.tif", tiff(FIELD, photometric="rgb", resolution=(50_000, 40_000), resolutionunit=3), None),
        ("fine.dcm", dicom(FIELD, PixelSpacing=[0.00025, 0.00025]), 0.25),
        ("imager.dcm", dicom(FIELD, ImagerPixelSpacing=[0.0001, 0.0001]), 0.1),
        ("xray.dcm", dicom(FIELD, PixelSpacing=[0.14, 0.14]), None),
        ("camera.jpg", saved(FIELD, "JPEG", dpi=(300, 300)), None),
    ],
)
def test_scale_is_read_where_a_microscope_can_have_made_it(name: str, data: bytes, due: float | None) -> None:
    found = taken({name: data}).images[0].info.um_per_px
    assert found == (pytest.approx(due, rel=1e-3) if due else None)


def test_scale_from_imagej_and_ome(tmp_path) -> None:
    tifffile.imwrite(
        tmp_path / "ij.tif", FIELD, imagej=True, resolution=(1 / 0.15, 1 / 0.15), metadata={"unit": "um", "axes": "YXS"}
    )
    tifffile.imwrite(
        tmp_path / "ome.tif",
        FIELD,
        ome=True,
        photometric="rgb",
        metadata={"axes": "YXS", "PhysicalSizeX": 120, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 120},
    )
    for name, due in {"ij.tif": 0.15, "ome.tif": 0.12}.items():
        found = taken({name: (tmp_path / name).read_bytes()})
        assert not found.problems
        assert found.images[0].info.um_per_px == pytest.approx(due, rel=1e-3)


def test_a_wrong_name_is_no_obstacle_and_is_said() -> None:
    image = taken({"field.jpg": saved(FIELD, "PNG")}).images[0]
    assert image.info.source_format == "PNG"
    assert image.info.warnings == ("The name promises JPEG, the contents are PNG; read as PNG.",)


def test_colour_profiles_other_than_srgb_are_mentioned() -> None:
    profile = b"\0" * 36 + b"acsp" + b"\0" * 88 + b"Adobe RGB"
    warned = taken({"a.png": saved(FIELD, "PNG", icc_profile=profile)}).images[0].info.warnings
    assert warned == ("Its colour profile is not sRGB and was not applied.",)
