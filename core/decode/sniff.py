"""Which format the bytes are, from the bytes. The name is never trusted; it only helps to word a message."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath

from core.errors import RefusedFile, UnreadableFile, UnsupportedFile

READABLE = "a JPEG, PNG, BMP, WebP, TIFF, DICOM, NPY, NPZ or ZIP file"


class Kind(StrEnum):
    JPEG = "JPEG"
    PNG = "PNG"
    BMP = "BMP"
    WEBP = "WebP"
    TIFF = "TIFF"
    DICOM = "DICOM"
    NPY = "NPY"
    ZIP = "ZIP"


_ENDINGS = {
    ".jpg": Kind.JPEG,
    ".jpeg": Kind.JPEG,
    ".jpe": Kind.JPEG,
    ".png": Kind.PNG,
    ".bmp": Kind.BMP,
    ".webp": Kind.WEBP,
    ".tif": Kind.TIFF,
    ".tiff": Kind.TIFF,
    ".dcm": Kind.DICOM,
    ".npy": Kind.NPY,
    ".npz": Kind.ZIP,
    ".zip": Kind.ZIP,
}
_TIFF_MARKS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_AS_PICTURE = "Save it as PNG or TIFF."
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "Export its pictures as PNG or TIFF."),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 picture", _AS_PICTURE),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 picture", _AS_PICTURE),
    (b"\0\0\0\x0cJXL ", "a JPEG XL picture", _AS_PICTURE),
    (b"\xff\x0a", "a JPEG XL picture", _AS_PICTURE),
    (b"8BPS", "a Photoshop document", _AS_PICTURE),
    (b"SIMPLE  =", "a FITS file", _AS_PICTURE),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "Export its images as TIFF or NPY."),
    (b"Rar!", "a RAR archive", "Pack the pictures as ZIP."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Pack the pictures as ZIP."),
    (b"\x1f\x8b", "a gzip archive", "Pack the pictures as ZIP."),
)


def kind(data: bytes, name: str) -> Kind:
    """The format of a file, or the reason why it cannot be one of ours."""
    if not data:
        raise UnreadableFile(READABLE, "an empty file (0 bytes)", "Copy or export the file again.")
    found = _by_mark(data)
    if found is not None:
        return found
    _refuse_known_others(data)
    if PurePosixPath(name).suffix.lower() in (".dcm", ".dicom"):
        raise UnreadableFile(
            "a DICOM file with its 'DICM' mark", "none", "Export it again as a DICOM Part 10 file, or as PNG."
        )
    text = all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in data[:512])
    raise UnreadableFile(
        READABLE, "a text file" if text else "bytes of no picture format we know", "Upload the picture itself."
    )


def mislabelled(found: Kind, name: str) -> str:
    """A warning when the name promises another format; '' when it does not."""
    promised = _ENDINGS.get(PurePosixPath(name).suffix.lower())
    if promised is None or promised is found:
        return ""
    return f"The name promises {promised.value}, the contents are {found.value}; read as {found.value}."


def _by_mark(data: bytes) -> Kind | None:
    marks: tuple[tuple[bool, Kind], ...] = (
        (data[128:132] == b"DICM", Kind.DICOM),  # first: its 128 free bytes may pose as another format's mark
        (data[:3] == b"\xff\xd8\xff", Kind.JPEG),
        (data[:8] == b"\x89PNG\r\n\x1a\n", Kind.PNG),
        (data[:4] == b"RIFF" and data[8:12] == b"WEBP", Kind.WEBP),
        (data[:4] in _TIFF_MARKS, Kind.TIFF),
        (data[:6] == b"\x93NUMPY", Kind.NPY),
        (data[:4] in ZIP_MARKS, Kind.ZIP),
        (data[:2] == b"BM" and len(data) > 26, Kind.BMP),
    )
    return next((found for matches, found in marks if matches), None)


def _refuse_known_others(data: bytes) -> None:
    if data[:6] in (b"GIF87a", b"GIF89a"):
        _refuse_gif(data)
    if data[4:8] == b"ftyp":
        raise UnsupportedFile(READABLE, "an HEIC, AVIF or video file", "Export single pictures as PNG, TIFF or JPEG.")
    for mark, found, do in _OTHERS:
        if data.startswith(mark):
            raise UnsupportedFile(READABLE, found, do)


def _refuse_gif(data: bytes) -> None:
    # Each frame follows a graphic control extension, always these three bytes and a block of four.
    if b"NETSCAPE2.0" in data or data.count(b"\x21\xf9\x04") > 1:
        raise RefusedFile("a still picture", "an animated GIF", "Export the frame you mean as PNG.")
    raise UnsupportedFile(READABLE, "a GIF, which holds at most 256 colours", "Export the original as PNG or TIFF.")
