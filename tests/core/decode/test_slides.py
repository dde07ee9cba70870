"""Whole slides among pictures are recognised, and whoever gave one hears where it is read."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from core.decode import read as decode
from core.records import Upload
from core.settings import Settings
from tests.core.decode.samples import dicom, message, packed, rgb, saved, taken, tiff

FIELD = rgb(height=64, width=96)


def pyramid(tmp_path, **options: object) -> bytes:
    big = np.tile(FIELD, (4, 4, 1))
    with tifffile.TiffWriter(tmp_path / "a.tif", **options) as writer:
        writer.write(big, photometric="rgb", tile=(64, 64), subifds=2, metadata={"axes": "YXS"})
        writer.write(big[::2, ::2], photometric="rgb", tile=(64, 64), subfiletype=1)
        writer.write(big[::4, ::4], photometric="rgb", tile=(64, 64), subfiletype=1)
    return (tmp_path / "a.tif").read_bytes()


def flat_pyramid() -> bytes:
    big = np.tile(FIELD, (4, 4, 1))
    return tiff(big, big[::2, ::2], big[::4, ::4], photometric="rgb", tile=(64, 64))


SLIDES = {
    "svs": (tiff(FIELD, photometric="rgb", description="Aperio Image Library v12"), "Aperio SVS"),
    "ndpi": (tiff(FIELD, photometric="rgb", extratags=[(65420, 4, 1, 1, True)]), "Hamamatsu NDPI"),
    "scn": (
        tiff(FIELD, photometric="rgb", description='<scn xmlns="http://www.leica-microsystems.com/scn/2010/10/01"/>'),
        "Leica SCN",
    ),
    "bif": (tiff(FIELD, photometric="rgb", extratags=[(700, 1, 20, b"<iScan Magnification", True)]), "Ventana BIF"),
    "philips": (tiff(FIELD, photometric="rgb", software="Philips DP v1.0"), "Philips TIFF"),
    "pages": (flat_pyramid(), "TIFF pyramid"),
    "czi": (b"ZISRAWFILE" + bytes(100), "Zeiss CZI"),
    "ets": (b"SIS\0" + bytes(100), "Olympus ETS"),
    "dicom": (dicom(FIELD, SOPClassUID="1.2.840.10008.5.1.4.1.1.77.1.6"), "DICOM whole slide"),
    "slidedat": (b"[GENERAL]\r\nSLIDE_VERSION = 01.02\r\nSLIDE_ID = X\r\n", "MRXS"),
}


@pytest.mark.parametrize("name", SLIDES)
def test_slides_by_content(name: str) -> None:
    kind, text = message(SLIDES[name][0])
    assert kind == "unsupportedfile"
    assert SLIDES[name][1] in text
    closed = name == "ets"
    assert ("export the slide as a tiled TIFF" in text) == closed
    assert ("python -m core slide add" in text) != closed


@pytest.mark.parametrize("ome", [False, True])
def test_pyramids(tmp_path, ome: bool) -> None:
    kind, text = message(pyramid(tmp_path, ome=ome))
    assert kind == "unsupportedfile"
    assert "TIFF pyramid" in text


@pytest.mark.parametrize("name", ["a.mrxs", "a.VSI"])
def test_slides_that_begin_as_an_ordinary_picture_are_known_by_their_ending(name: str) -> None:
    assert "single fields" in message(saved(FIELD, "JPEG"), name)[1]
    assert "single fields" in taken({"a.zip": packed({name: saved(FIELD, "JPEG")})}).problems[0].message


def test_a_slide_beyond_the_limit_for_pictures_hears_where_it_is_read(tmp_path) -> None:
    path = tmp_path / "large.svs"
    path.write_bytes(bytes(2_000_000))
    found = decode.images([Upload("large.svs", path)], Settings(max_file_mb=1))
    assert "python -m core slide add" in found.problems[0].message


def test_an_ordinary_tiled_field_is_no_slide() -> None:
    assert len(taken({"a.tif": tiff(FIELD, photometric="rgb", tile=(16, 16))}).images) == 1
