"""ZIP archives, member by member, within limits. Nothing is ever written to disk."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core.decode import codec
from core.decode.limits import Budget
from core.errors import RefusedFile, UnreadableFile, UnsupportedFile
from core.settings import MEGABYTE

PANEL_MARK = "BSCCM_global_metadata.json"
_PANEL_ENTRIES = 2_000_000  # a BSCCM set has several files for each of up to 413,000 cells
_DIRECTORY_BYTES_PER_ENTRY = 400  # of the central directory; generous for long names
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_JUNK = {"thumbs.db", "desktop.ini"}


@contextmanager
def archive(source: bytes | Path, budget: Budget) -> Iterator[zipfile.ZipFile]:
    """An open archive whose list of members is within limits."""
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
        with codec.border("ZIP"):
            _check_directory(stream, budget)
            found = zipfile.ZipFile(stream)
        with found:
            if not is_panel(found):
                budget.enter(len(found.infolist()))
            yield found


def is_panel(found: zipfile.ZipFile) -> bool:
    """Does it hold a BSCCM data set?"""
    return any(PurePosixPath(name).name == PANEL_MARK for name in found.namelist())


def is_arrays(found: zipfile.ZipFile) -> bool:
    """Is it an NPZ?"""
    names = found.namelist()
    return bool(names) and all(name.endswith(".npy") and "/" not in name for name in names)


def is_office(found: zipfile.ZipFile) -> bool:
    return "[Content_Types].xml" in found.namelist()


def pictures(found: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Members that may be pictures, in the order of their names; folders and a system's own files left out."""
    members = []
    for member in found.infolist():
        path = PurePosixPath(member.filename.replace("\\", "/"))
        hidden = any(part.startswith(".") and part not in (".", "..") for part in path.parts)
        folder = not path.name or member.filename.endswith("/")
        if not (folder or hidden or "__MACOSX" in path.parts or path.name.lower() in _JUNK):
            members.append(member)
    return sorted(members, key=lambda member: member.filename)


def member(found: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> bytes:
    """The bytes of one member, counted while they are inflated."""
    _check_entry(entry)
    chunks: list[bytes] = []
    size = 0
    with codec.border("ZIP"), found.open(entry) as stream:
        while chunk := stream.read(MEGABYTE):
            size += len(chunk)
            budget.check_file(size)
            budget.unpack(len(chunk))
            chunks.append(chunk)
    return b"".join(chunks)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or (len(name) > 1 and name[1] == ":"):
        raise RefusedFile(
            "file names that stay inside the archive", "one that points outside it", "Pack the pictures again."
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise RefusedFile("pictures in the archive", "a symbolic link", "Pack the picture itself.")
    if entry.flag_bits & 0x1:
        raise RefusedFile("an archive without a password", "an encrypted file", "Pack it without a password.")
    if entry.compress_type not in _METHODS:
        raise UnsupportedFile(
            "a ZIP with ordinary (deflate) compression",
            f"method {entry.compress_type}",
            "Pack it again with the system's own ZIP.",
        )


def _check_directory(stream: BinaryIO, budget: Budget) -> None:
    """Refuse a huge list of members before Python makes an object of each."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - 66_000))
    tail = stream.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise UnreadableFile("a complete ZIP file", "one without its list of files", "Copy or pack the ZIP again.")
    directory = int.from_bytes(tail[end + 12 : end + 16], "little")
    locator = tail.rfind(b"PK\x06\x07", 0, end)
    if directory == 0xFFFFFFFF or locator >= 0:  # ZIP64 keeps the true size elsewhere; take all that could be
        directory = _zip64_directory(stream, tail, locator, size)
    if directory > budget.settings.max_zip_entries * _DIRECTORY_BYTES_PER_ENTRY:
        stream.seek(max(0, size - directory - 100))
        most = _PANEL_ENTRIES if PANEL_MARK.encode() in stream.read(directory + 100) else 0
        if directory > most * _DIRECTORY_BYTES_PER_ENTRY:
            raise RefusedFile(
                f"at most {budget.settings.max_zip_entries:,} files in archives",
                "a far longer list",
                "Split the archive, or raise the setting max_zip_entries.",
            )
    stream.seek(0)


def _zip64_directory(stream: BinaryIO, tail: bytes, locator: int, size: int) -> int:
    if locator < 0:
        raise UnreadableFile("a complete ZIP file", "one with a damaged list of files", "Pack the ZIP again.")
    stream.seek(min(size, int.from_bytes(tail[locator + 8 : locator + 16], "little")))
    record = stream.read(56)
    if record[:4] != b"PK\x06\x06":
        raise UnreadableFile("a complete ZIP file", "one with a damaged list of files", "Pack the ZIP again.")
    return int.from_bytes(record[40:48], "little")
