"""DICOM single images. Of the tags only the scale and the burned-in flag are read; none is kept."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array

from core.decode import codec, scale, slides
from core.decode.limits import Budget
from core.decode.page import Page, check_size, plain
from core.errors import RefusedFile, UnreadableFile, UnsupportedFile

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_COLOURS = {"MONOCHROME1", "MONOCHROME2", "RGB", "YBR_FULL", "YBR_FULL_422", "PALETTE COLOR"}
_TRANSFERS = {
    "1.2.840.10008.1.2",  # little endian, implicit and explicit
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.2",  # big endian
    "1.2.840.10008.1.2.5",  # run length
    "1.2.840.10008.1.2.4.50",  # JPEG baseline
}


def page(data: bytes, budget: Budget) -> Page:
    """The one picture of a DICOM file."""
    if _DEFLATED in data:  # anywhere: pydicom would inflate it whole, without a limit
        raise UnsupportedFile("an ordinary DICOM file", "a deflated one", "Export it uncompressed, or as PNG.")
    with codec.border("DICOM"):
        dataset = pydicom.dcmread(io.BytesIO(data))
        _check_kind(dataset)
        rows, columns = int(dataset.Rows), int(dataset.Columns)
        samples = int(dataset.get("SamplesPerPixel", 1))
        check_size(columns, rows, budget.settings.max_pixels)
        budget.hold(rows * columns * max(samples, 3))
        pixels = _pixels(dataset, data)
        stored = int(dataset.get("BitsStored", 8))
        flag = str(dataset.get("BurnedInAnnotation", "")).strip().upper()
        um_per_px = _scale(dataset)
    doubt = "The DICOM file says that text is burned into the picture." if flag == "YES" else ""
    bits = 8 if pixels.dtype == np.uint8 else stored
    return Page(plain(pixels), 0, "DICOM", bits, um_per_px, doubt=doubt)


def _check_kind(dataset: Any) -> None:
    if str(dataset.get("SOPClassUID", "")) == slides.DICOM_WHOLE_SLIDE:
        raise slides.refusal("a DICOM whole slide")
    if "PixelData" not in dataset or "Rows" not in dataset:
        raise UnreadableFile("a DICOM image", "a DICOM file without a picture", "Upload the file with the image.")
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    if frames != 1:
        raise UnsupportedFile("a single DICOM image", f"{frames} frames", "Export the frames as single images.")
    colours = str(dataset.PhotometricInterpretation)
    if colours not in _COLOURS or int(dataset.get("SamplesPerPixel", 1)) not in (1, 3):
        raise UnsupportedFile("a grey, RGB, YBR or palette DICOM image", "another colour model", "Export it as PNG.")
    if str(dataset.file_meta.get("TransferSyntaxUID", "")) not in _TRANSFERS:
        raise UnsupportedFile(
            "a DICOM image without compression, or with run length or baseline JPEG",
            "another compression",
            "Export it uncompressed, or as PNG.",
        )
    if int(dataset.get("BitsAllocated", 8)) not in (8, 16):
        raise UnsupportedFile("8 or 16 bits per channel", "another depth", "Export it as PNG.")


def _pixels(dataset: Any, data: bytes) -> NDArray[Any]:
    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        _check_inner_jpeg(dataset, data)
    raw: NDArray[Any] = pixel_array(dataset)  # converts YBR to RGB
    colours = str(dataset.PhotometricInterpretation)
    if colours == "PALETTE COLOR":
        raw = apply_color_lut(raw, dataset)
        return (raw >> 8).astype(np.uint8) if raw.dtype == np.uint16 else raw
    if raw.dtype.kind == "i":
        raise UnsupportedFile("unsigned pixels", "signed ones (as CT has)", "Export it as PNG.")
    if colours == "MONOCHROME1":  # 0 is white
        most = (1 << int(dataset.get("BitsStored", 8))) - 1
        inverted: NDArray[Any] = (most - np.minimum(raw, most)).astype(raw.dtype)
        return inverted
    return raw


def _check_inner_jpeg(dataset: Any, data: bytes) -> None:
    """The JPEG inside has a size of its own; refuse it when that is not the stated one."""
    stated = (int(dataset.Rows), int(dataset.Columns))
    for match in re.finditer(rb"\xff[\xc0-\xc3]\x00.\x08(....)", data, re.DOTALL):
        size = match.group(1)
        if (int.from_bytes(size[:2], "big"), int.from_bytes(size[2:], "big")) == stated:
            return
    if dataset.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.50":
        raise RefusedFile("a JPEG of the size the DICOM tags state", "another size", "Export the file again.")


def _scale(dataset: Any) -> float | None:
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        spacing = dataset.get(keyword)
        if spacing is not None and not isinstance(spacing, str) and len(spacing) == 2:
            found = scale.from_size(float(spacing[1]), float(spacing[0]), "mm")
            if found is not None:
                return found
    return None
