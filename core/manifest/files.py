"""Where the pictures of a manifest's rows come from: files in a browser, a ZIP, or a folder on this machine.

All three answer the same question: which files belong to this row? They never look outside what was given.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from core.decode import unpack
from core.decode.limits import Budget
from core.decode.read import uploads_in
from core.errors import BadInput, NotFound
from core.manifest.table import Row
from core.records import Upload
from core.settings import Settings


class Source(Protocol):
    """The files beside a manifest."""

    def of(self, row: Row) -> list[Upload]:
        """The row's files, in the order of their names; NotFound when there are none."""
        ...

    def unnamed(self, rows: Sequence[Row]) -> tuple[str, ...]:
        """Files that no row names."""
        ...


class Given:
    """Files by their names, as a browser gives them: 'case-1/field-01.png'."""

    def __init__(self, uploads: Sequence[Upload]) -> None:
        self._files = {_plain(upload.name): upload for upload in uploads}
        # A chosen folder's own name stands before every path; a manifest written in it does not know that name.
        tops = {name.split("/", 1)[0] for name in self._files}
        self._top = f"{tops.pop()}/" if len(tops) == 1 and all("/" in name for name in self._files) else ""

    def of(self, row: Row) -> list[Upload]:
        names = _names(row, self._files, self._top)
        return [self._files[name] for name in names]

    def unnamed(self, rows: Sequence[Row]) -> tuple[str, ...]:
        return _unnamed(self._files, rows, self._top)


class Packed:
    """Members of a ZIP, unpacked when their row's turn comes."""

    def __init__(self, source: bytes | Path, settings: Settings) -> None:
        self._source, self._settings = source, settings
        with self._opened() as (archive, _):
            self._members = {_plain(member.filename): member for member in unpack.pictures(archive)}
        tops = {name.split("/", 1)[0] for name in self._members}
        self._top = f"{tops.pop()}/" if len(tops) == 1 and all("/" in name for name in self._members) else ""

    def of(self, row: Row) -> list[Upload]:
        names = _names(row, self._members, self._top)
        with self._opened() as (archive, budget):
            return [Upload(name, unpack.member(archive, self._members[name], budget)) for name in names]

    def manifest(self) -> bytes | None:
        """The bytes of the one CSV in it, if there is one."""
        tables = [name for name in self._members if name.lower().endswith(".csv")]
        if len(tables) != 1:
            return None
        with self._opened() as (archive, budget):
            return unpack.member(archive, self._members[tables[0]], budget)

    def unnamed(self, rows: Sequence[Row]) -> tuple[str, ...]:
        return _unnamed(self._members, rows, self._top)

    @contextmanager
    def _opened(self) -> Iterator[tuple[zipfile.ZipFile, Budget]]:
        """A budget of its own each time: the limits are those of a case, and a row is one."""
        budget = Budget(self._settings)
        with unpack.archive(self._source, budget) as archive:
            yield archive, budget


class Folder:
    """A folder on this machine. Links that lead out of it are not followed."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NotFound("a folder with the pictures", f"none at {folder}", "Correct --images.")
        self._folder = folder.resolve()

    def of(self, row: Row) -> list[Upload]:
        if not row.file and not row.folder:  # a row with problems; the folder as a whole is nobody's
            raise _nothing(row)
        path = (self._folder / (row.file or row.folder)).resolve()
        if not path.is_relative_to(self._folder):
            do = "Put the pictures themselves there."
            raise BadInput("a name within the given folder", "a link that leads out of it", do)
        if not (path.is_file() if row.file else path.is_dir()):
            raise _nothing(row)
        found = [one for one in uploads_in([path]) if self._inside(one) and not one.name.lower().endswith(".csv")]
        if not found:
            raise _nothing(row)
        return found

    def _inside(self, upload: Upload) -> bool:
        return isinstance(upload.source, Path) and upload.source.resolve().is_relative_to(self._folder)

    def unnamed(self, rows: Sequence[Row]) -> tuple[str, ...]:
        names = {upload.name: upload for upload in uploads_in([self._folder])}
        return _unnamed(names, rows, "")


def _plain(name: str) -> str:
    return "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", "."))


def _names(row: Row, files: Mapping[str, object], top: str) -> list[str]:
    for start in ("", top) if top else ("",):
        if row.file and start + row.file in files:
            return [start + row.file]
        inside = [name for name in files if name.startswith(f"{start}{row.folder}/")] if row.folder else []
        if inside:
            return sorted(name for name in inside if not name.lower().endswith(".csv"))
    raise _nothing(row)


def _unnamed(files: Mapping[str, object], rows: Sequence[Row], top: str) -> tuple[str, ...]:
    named: set[str] = set()
    for row in rows:
        try:
            named.update(_names(row, files, top))
        except NotFound:
            continue
    return tuple(sorted(name for name in files if name not in named and not name.lower().endswith(".csv")))


def _nothing(row: Row) -> NotFound:
    what = f"the file {row.file!r}" if row.file else f"a folder {row.folder!r} with files in it"
    return NotFound(f"{what} among what was given", "no such thing", "Correct the name, or give that file too.")
