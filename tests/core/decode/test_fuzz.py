"""Mutated files of every format: decode never crashes, hangs or leaks a warning, and always says what became of each.

More than 2,000 files from fixed seeds. pytest turns every warning into an error, so a leaked one fails the test.
"""

from __future__ import annotations

import io
import logging
import random
import time

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from core.decode import read as decode
from core.records import Modality, Upload
from core.settings import Settings
from tests import bsccm_layout as layout
from tests.core.decode.samples import dicom, npy, npz, packed, rgb, saved, tiff, views

FIELD = rgb(height=24, width=24)
STACK = views(side=16)
LONGEST = 5.0  # seconds for one small file, on a busy machine
SMALL = Settings(max_file_mb=4, max_case_mb=4, max_pixels=1_000_000, max_zip_entries=200, max_unpacked_mb=16)
MUTANTS = 400  # of each file


def _ome() -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, STACK, ome=True, metadata={"axes": "CYX", "PhysicalSizeX": 0.2, "PhysicalSizeY": 0.2})
    return stream.getvalue()


SEEDS = {
    "jpeg": saved(FIELD, "JPEG"),
    "progressive jpeg": saved(FIELD, "JPEG", progressive=True),
    "cmyk jpeg": saved(Pillow.fromarray(FIELD).convert("CMYK"), "JPEG"),
    "png": saved(FIELD, "PNG", dpi=(254_000, 254_000)),
    "palette png": saved(Pillow.fromarray(FIELD).quantize(16), "PNG"),
    "bmp": saved(FIELD, "BMP"),
    "palette bmp": saved(Pillow.fromarray(FIELD).quantize(16), "BMP"),
    "webp": saved(FIELD, "WEBP"),
    "lossless webp": saved(FIELD, "WEBP", lossless=True),
    "tiff": tiff(FIELD, photometric="rgb"),
    "tiled tiff": tiff(FIELD, photometric="rgb", tile=(16, 16), compression="zlib", predictor=True),
    "lzw tiff": tiff(FIELD, photometric="rgb", compression="lzw"),
    "jpeg tiff": tiff(FIELD, photometric="rgb", compression="jpeg"),
    "zstd tiff": tiff(FIELD, photometric="rgb", compression="zstd"),
    "16 bit tiff": tiff(*STACK),
    "big tiff": _ome(),
    "dicom": dicom(FIELD, PixelSpacing=[0.0002, 0.0002]),
    "npy": npy(STACK),
    "npz": npz(left=STACK[0], right=STACK[1], top=STACK[2], bottom=STACK[3]),
    "zip": packed({"a.png": saved(FIELD, "PNG"), "b/c.tif": tiff(FIELD, photometric="rgb")}),
    "nested zip": packed({"in.zip": packed({"a.bmp": saved(FIELD, "BMP")})}),
}
TELLING = (
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\x7f\xff\xff\xff",
    b"\x80",
    b"\x01",
    b"\xff\xd9",
    b"PK\1\2",
)


def mutant(data: bytes, rng: random.Random) -> bytes:
    """The file with a few things wrong; more often near its beginning, where the headers are."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 12))):
        end = max(1, min(len(out), rng.choice((32, 200, len(out)))))
        at = rng.randrange(end) if rng.random() < 0.8 else max(0, len(out) - 1 - rng.randrange(min(90, len(out))))
        way = rng.randrange(6)
        if way == 0:
            out[at : at + 1] = bytes([rng.randrange(256)])
        elif way == 1:
            out[at : at + 1] = bytes([out[at] ^ (1 << rng.randrange(8))]) if out else b""
        elif way == 2:
            piece = rng.choice(TELLING)
            out[at : at + len(piece)] = piece
        elif way == 3:
            del out[at : at + rng.randrange(1, 20)]
        elif way == 4:
            out[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 12)))
        else:
            del out[rng.randrange(1, len(out) + 1) :]
        if not out:
            return b""
    return bytes(out)


def decoded_in_time(name: str, data: bytes | object, modality: Modality | None) -> None:
    start = time.process_time()
    found = decode.images([Upload(name, data)], SMALL, modality)  # type: ignore[arg-type]
    assert time.process_time() - start < LONGEST, f"{name} took too long"
    assert found.images or found.problems, f"nothing was said of {name}"
    for problem in found.problems:
        assert problem.kind in ("unreadablefile", "refusedfile", "unsupportedfile")
        assert problem.message.startswith("Expected ")
        assert "; found " in problem.message
    for image in found.images:
        kind = np.uint8 if image.info.modality is Modality.SMEAR else image.pixels.dtype
        assert image.pixels.dtype == kind
        assert image.info.width * image.info.height <= SMALL.max_pixels
        assert image.info.um_per_px is None or 0.02 <= image.info.um_per_px <= 5


@pytest.mark.parametrize("name", SEEDS)
def test_mutants_of_every_format(
    name: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = random.Random(f"decode {name}")
    decoded_in_time(name, SEEDS[name], None)
    with caplog.at_level(logging.DEBUG):
        for number in range(MUTANTS):
            modality = (None, Modality.SMEAR, Modality.DPC)[number % 3]
            decoded_in_time(f"{name} {number}", mutant(SEEDS[name], rng), modality)
    assert not [r for r in caplog.records if r.name.split(".")[0] in ("tifffile", "pydicom")], "a codec's log got out"
    assert "Traceback" not in capfd.readouterr().err


def test_mutants_of_a_data_set(tmp_path) -> None:
    rng = random.Random("bsccm")
    layout.write(tmp_path / "set", arrays={3: layout.images(16)[3]})
    data = layout.zipped(tmp_path / "set", tmp_path / "set.zip").read_bytes()
    for number in range(40):
        decoded_in_time(f"zip {number}", mutant(data, rng), None)
    for path in sorted(p for p in (tmp_path / "set").rglob("*") if p.is_file()):
        whole = path.read_bytes()
        for number in range(4):
            path.write_bytes(mutant(whole, rng))
            decoded_in_time(f"{path.name} {number}", tmp_path / "set", None)
        path.write_bytes(whole)


def test_there_are_enough_of_them() -> None:
    assert MUTANTS * len(SEEDS) >= 2000
