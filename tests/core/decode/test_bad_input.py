"""Bad input: each ends in its own message, and never sinks the files beside it."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from core.cases import pictures
from core.decode import read as decode
from core.records import Modality, Upload
from core.settings import Settings
from tests.core.decode.samples import dicom, message, npy, packed, rgb, saved, taken, tiff, views

FIELD = rgb()
PNG = saved(FIELD, "PNG")


def animated(kind: str) -> bytes:
    frames = [Pillow.fromarray(rgb(seed)) for seed in range(3)]
    stream = io.BytesIO()
    frames[0].save(stream, format=kind, save_all=True, append_images=frames[1:], duration=50)
    return stream.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header promises any size, with almost nothing behind it."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


WHOLE = {
    "a.jpg": saved(FIELD, "JPEG"),
    "a.png": PNG,
    "a.bmp": saved(FIELD, "BMP"),
    "a.webp": saved(FIELD, "WEBP"),
    "a.tif": tiff(FIELD, photometric="rgb"),
    "a.dcm": dicom(FIELD),
    "a.npy": npy(views()),
    "a.zip": packed({"a.png": PNG}),
}


@pytest.mark.parametrize("name", WHOLE)
def test_truncated(name: str) -> None:
    for part in (0.5, 0.9):
        data = WHOLE[name]
        kind, text = message(data[: int(len(data) * part)], name)
        assert kind == "unreadablefile"
        assert text.startswith("Expected ")
        assert "found" in text


def test_truncated_says_so() -> None:
    assert "one that ends too early" in message(WHOLE["a.jpg"][:-200], "a.jpg")[1]


def four_bits() -> bytes:
    return with_tags(tiff(FIELD[..., 0], photometric="minisblack"), {258: 4})


def huge_tile() -> bytes:
    return with_tags(tiff(FIELD, photometric="rgb", tile=(48, 64), compression="zlib"), {322: 30_000, 323: 30_000})


def with_tags(whole: bytes, values: dict[int, int]) -> bytes:
    """A little-endian TIFF with other values in tags of its first page."""
    out = bytearray(whole)
    start = struct.unpack_from("<I", out, 4)[0]
    for number in range(struct.unpack_from("<H", out, start)[0]):
        entry = start + 2 + 12 * number
        tag, kind = struct.unpack_from("<HH", out, entry)
        if tag in values:
            struct.pack_into("<H" if kind == 3 else "<I", out, entry + 8, values[tag])
    return bytes(out)


def ome(channels: int = 1, depth: int = 1) -> str:
    schema = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
    pixels = f'<Pixels SizeC="{channels}" SizeZ="{depth}" SizeT="1">{"<Channel/>" * channels}</Pixels>'
    return f'<?xml version="1.0"?><OME xmlns="{schema}"><Image>{pixels}</Image></OME>'


CASES = {
    "empty": (b"", "unreadablefile", "an empty file (0 bytes)"),
    "text": (b"Dear colleague, please find attached", "unreadablefile", "a text file"),
    "noise": (bytes(range(1, 256)) * 4, "unreadablefile", "no picture format we know"),
    "pdf": (b"%PDF-1.7 ...", "unsupportedfile", "a PDF document"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0", "unsupportedfile", "an HEIC, AVIF or video file"),
    "jpeg 2000": (b"\0\0\0\x0cjP  \r\n\x87\n....", "unsupportedfile", "a JPEG 2000 picture"),
    "gif": (saved(Pillow.fromarray(FIELD).quantize(9), "GIF"), "unsupportedfile", "at most 256 colours"),
    "animated gif": (animated("GIF"), "refusedfile", "an animated GIF"),
    "animated webp": (animated("WEBP"), "refusedfile", "an animated WebP"),
    "animated png": (animated("PNG"), "refusedfile", "an animated PNG"),
    "one pixel": (saved(FIELD[:1, :1], "PNG"), "refusedfile", "1 × 1 pixels, too small to show a cell"),
    "one pixel tiff": (tiff(FIELD[:1, :1], photometric="rgb"), "refusedfile", "1 × 1 pixels, too small"),
    "a line": (saved(FIELD[:4], "PNG"), "refusedfile", "56 × 4 pixels"),
    "blank": (saved(np.full((40, 40, 3), 200, np.uint8), "PNG"), "refusedfile", "every pixel has the same value"),
    "huge": (png_of(30_000, 30_000), "refusedfile", "found"),
    "rather large": (png_of(11_000, 11_000), "refusedfile", "11,000 × 11,000 pixels"),
    "five channels": (tiff(np.zeros((40, 40, 5), np.uint8), photometric="rgb"), "refusedfile", "every pixel"),
    "six channels": (
        tiff(np.zeros((40, 40, 6), np.uint8), photometric="rgb"),
        "unsupportedfile",
        "6 channels",
    ),
    "float tiff": (tiff(FIELD[..., 0].astype(np.float32)), "unsupportedfile", "floating-point pixels"),
    "bilevel tiff": (tiff(FIELD[..., 0] > 128), "unsupportedfile", "black-and-white"),
    "jpeg 2000 in tiff": (
        tiff(FIELD, photometric="rgb", compression="jpeg2000"),
        "unsupportedfile",
        "compression 34712",
    ),
    "dicom frames": (dicom(FIELD, NumberOfFrames="3"), "unsupportedfile", "3 frames"),
    "dicom signed": (dicom(FIELD[..., 0], PixelRepresentation=1), "unsupportedfile", "signed"),
    "dicom huge": (dicom(FIELD, Rows=60_000, Columns=60_000), "refusedfile", "60,000 × 60,000 pixels"),
    "dicom deflated": (
        dicom(FIELD).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99"),
        "unsupportedfile",
        "a deflated one",
    ),
    "dicom deflated, said late": (
        dicom(FIELD, PatientComments="x" * 5000 + "1.2.840.10008.1.2.1.99"),
        "unsupportedfile",
        "a deflated one",
    ),
    "ycbcr tiff": (
        tiff(np.asarray(Pillow.fromarray(FIELD).convert("YCbCr")), photometric="ycbcr"),
        "unsupportedfile",
        "YCbCr without JPEG",
    ),
    "four bits": (four_bits(), "unsupportedfile", "4 bits"),
    "tiff with a tile far larger than itself": (huge_tile(), "refusedfile", "tiles of 30,000 × 30,000"),
    "ome colours apart": (
        tiff(*np.moveaxis(FIELD, -1, 0), description=ome(channels=3), photometric="minisblack"),
        "unsupportedfile",
        "the 3 colours of one field",
    ),
    "ome focus": (
        tiff(FIELD, FIELD[::-1], description=ome(depth=2), photometric="rgb"),
        "unsupportedfile",
        "2 planes of one field",
    ),
    "pickle": (npy(np.array([{}, 1], dtype=object), allow_pickle=True), "refusedfile", "objects"),
    "wrong shape": (npy(np.zeros((3, 40, 41), np.uint8)), "unsupportedfile", "shape (3, 40, 41)"),
    "nan": (npy(np.full((4, 32, 32), np.nan, np.float32)), "refusedfile", "NaN or infinite"),
    "empty array": (npy(np.zeros((0, 4, 32, 32), np.uint8)), "unreadablefile", "an array without any"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_bad_file_has_its_message(name: str) -> None:
    data, kind, text = CASES[name]
    found_kind, found = message(data)
    assert found_kind == kind, found
    assert text in found


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    big = tmp_path / "big.tif"
    with big.open("wb") as stream:
        stream.truncate(3 * 1024 * 1024)
    found = decode.images([Upload("big.tif", big)], Settings(max_file_mb=2))
    assert "a file of at most 2 MB; found 3.0 MB" in found.problems[0].message


def test_a_case_beyond_the_limit_keeps_what_fits() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (500, 500, 3), dtype=np.uint8)
    other = noise[::-1].copy()
    found = taken({"a.bmp": saved(noise, "BMP"), "b.bmp": saved(other, "BMP")}, max_case_mb=1)
    assert len(found.images) == 1
    assert "a case of at most 1 MB" in found.problems[0].message


def test_pictures_that_would_not_fit_in_memory_are_refused() -> None:
    pale = [np.full((700, 700, 3), 200 + n, np.uint8) for n in range(2)]
    for field in pale:
        field[::2] = 0
    found = taken({f"{n}.png": saved(field, "PNG") for n, field in enumerate(pale)}, max_unpacked_mb=2)
    assert len(found.images) == 1
    assert "2 MB together once decoded" in found.problems[0].message


def test_a_pixel_limit_holds_for_every_format() -> None:
    for name in ("a.jpg", "a.png", "a.bmp", "a.webp", "a.tif", "a.dcm"):
        kind, text = message(WHOLE[name], name, max_pixels=1000)
        assert kind == "refusedfile"
        assert "an image of at most 1,000 pixels; found 56 × 40" in text


def test_files_that_are_gone_or_are_folders(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    found = decode.images([Upload("gone.png", tmp_path / "gone.png"), Upload("f", tmp_path / "folder")], Settings())
    assert "No such file" in found.problems[0].message
    assert "a folder without BSCCM_global_metadata.json" in found.problems[1].message


def test_one_bad_file_never_sinks_the_others() -> None:
    found = taken(
        {"good.png": PNG, **{f"{name}.bad": case[0] for name, case in CASES.items()}, "also.tif": WHOLE["a.tif"]}
    )
    assert len(found.images) == 1
    assert len(found.duplicates) == 1
    assert len(found.problems) == len(CASES)
    assert {problem.file for problem in found.problems} == {f"{name}.bad" for name in CASES}


def test_a_bad_page_does_not_sink_its_file() -> None:
    blank = np.full_like(FIELD, 7)
    found = taken({"a.tif": tiff(FIELD, blank, rgb(2), photometric="rgb")})
    assert [image.info.label for image in found.images] == ["image 1 page 1", "image 1 page 3"]
    assert found.problems[0].file == "a.tif page 2"


def test_a_jpeg_made_to_stall_is_refused() -> None:
    assert "at most 200 scans" in message(b"\xff\xd8\xff\xe0" + b"\xff\xda" * 300, "a.jpg")[1]


def test_tiff_pages_in_a_circle_are_refused() -> None:
    data = bytearray(tiff(FIELD, photometric="rgb"))
    start = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, start)[0]
    struct.pack_into("<I", data, start + 2 + 12 * count, start)
    assert "runs in a circle" in message(bytes(data), "a.tif")[1]


def test_a_jpeg_tile_larger_than_its_page_is_refused() -> None:
    data = bytearray(tiff(FIELD, photometric="rgb", compression="jpeg"))
    place = data.find(b"\xff\xc0")
    struct.pack_into(">HH", data, place + 5, 60_000, 60_000)
    assert "one of 60000 × 60000" in message(bytes(data), "a.tif")[1]


def test_colour_where_views_were_asked_for() -> None:
    kind, text = message(PNG, "a.png", Modality.DPC)
    assert kind == "refusedfile"
    assert "four DPC views; found 1 page" in text
    assert "a colour picture" in message(tiff(*[rgb(n) for n in range(4)], photometric="rgb"), "a", Modality.DPC)[1]
    assert "which is read as DPC views" in message(npy(views()), "a.npy", Modality.SMEAR)[1]


@pytest.mark.parametrize("preamble", [b"II*\0", b"MM\0*", b"\xff\xd8\xff\xe0", b"PK\x03\x04"])
def test_a_dicom_that_poses_as_another_format_keeps_its_burned_in_flag(preamble: bytes) -> None:
    whole = bytearray(dicom(FIELD, BurnedInAnnotation="YES"))
    whole[: len(preamble)] = preamble
    found = taken({"a.tif": bytes(whole)})
    assert [doubt.image for doubt in found.doubts] == [image.info.id for image in found.images]
    assert len(found.images) == 1


def test_a_stored_picture_larger_than_an_upload_may_be_is_read_back() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (700, 700, 3), dtype=np.uint8)
    image = taken({"a.jpg": saved(noise, "JPEG", quality=30)}, max_file_mb=1).images[0]
    kept = pictures.encoded(image)
    assert len(kept) > 1024 * 1024
    back = decode.images([Upload(image.info.label, kept, known=image.info)], Settings(max_file_mb=1))
    assert not back.problems
    assert back.images[0].info == image.info
