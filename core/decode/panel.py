"""Cells of a BSCCM data set, from a folder or a ZIP, picked by `Upload.select` and never loaded whole."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core.decode import codec, unpack, views
from core.decode.limits import Budget
from core.decode.pictures import Picture
from core.errors import RefusedFile, UnreadableFile
from core.records import Modality, Upload
from core.settings import Settings
from models.imaging.bsccm import BITS, Bsccm, BsccmError, Contents, Folder, Source

MOST_UNSELECTED = 200  # cells taken when nobody chose any


class Members:
    """A data set inside a ZIP: members are inflated one at a time, and counted."""

    def __init__(self, found: zipfile.ZipFile, budget: Budget) -> None:
        self._found, self._budget = found, budget
        mark = min((n for n in found.namelist() if PurePosixPath(n).name == unpack.PANEL_MARK), key=len)
        self._root = mark.removesuffix(unpack.PANEL_MARK)
        self._folders: dict[str, set[str]] | None = None

    def read(self, path: str) -> bytes | None:
        try:
            entry = self._found.getinfo(self._root + path)
        except KeyError:
            return None
        return unpack.member(self._found, entry, self._budget)

    def stream(self, path: str) -> BinaryIO | None:
        data = self.read(path)
        return None if data is None else io.BytesIO(data)

    def children(self, path: str) -> tuple[str, ...]:
        if self._folders is None:
            self._folders = {}
            for name in self._found.namelist():
                parts = name.removeprefix(self._root).strip("/").split("/")
                for depth, part in enumerate(parts):
                    self._folders.setdefault("/".join(parts[:depth]), set()).add(part)
        return tuple(sorted(self._folders.get(path.strip("/"), ())))


class _Hashed:
    """A source that keeps the digest of what was read of it: the 'file' a cell came from."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, path: str) -> bytes | None:
        data = self._source.read(path)
        self.digest.update(data or b"")
        return data

    def children(self, path: str) -> tuple[str, ...]:
        return self._source.children(path)

    def stream(self, path: str) -> BinaryIO | None:
        return self._source.stream(path)


def is_folder(path: Path) -> bool:
    return path.is_dir() and (path / unpack.PANEL_MARK).is_file()


@contextmanager
def opened(upload: Upload, budget: Budget) -> Iterator[Source]:
    """The files of a data set, wherever it lies."""
    if isinstance(upload.source, Path) and upload.source.is_dir():
        yield Folder(upload.source)
        return
    with unpack.archive(upload.source, budget) as found:
        if not unpack.is_panel(found):
            raise UnreadableFile("a BSCCM data set", f"a ZIP without {unpack.PANEL_MARK}", "Pack the whole folder.")
        yield Members(found, budget)


def contents(upload: Upload, settings: Settings) -> tuple[Contents, tuple[int, ...]]:
    """What a data set holds and which cells (global indices) can be picked; no image is read."""
    with opened(upload, Budget(settings)) as source, _as_ours():
        panel = Bsccm(source)
        return panel.contents(), panel.cells


class Cells:
    """The picked cells of one data set."""

    def __init__(self, source: Source, select: tuple[int, ...] | None) -> None:
        self._hashed = _Hashed(source)
        with _as_ours():
            self._panel = Bsccm(self._hashed)
        self.picked = self._panel.cells if select is None else tuple(dict.fromkeys(select))
        if select is None and len(self.picked) > MOST_UNSELECTED:
            raise RefusedFile(
                f"a choice of cells, or a set of at most {MOST_UNSELECTED}",
                f"{len(self.picked):,} cells and no choice",
                "Choose the cells to read by their global index.",
            )
        self.um_per_px = self._panel.um_per_px
        self.bits = 8 if self._panel.is_mnist else BITS

    def picture(self, cell: int, budget: Budget) -> tuple[Picture, str]:
        """A cell's four views, and the SHA-256 of the chunks they came from."""
        self._hashed.digest = hashlib.sha256()
        with codec.border("BSCCM"), _as_ours():
            pixels = views.stacked(list(self._panel.views(cell)))
        budget.hold(pixels.nbytes)
        found = Picture(
            pixels, Modality.DPC, cell, "BSCCM", self.bits, self.um_per_px, views.VIEWS, as_photographed=False
        )
        return found, self._hashed.digest.hexdigest()


@contextmanager
def _as_ours() -> Iterator[None]:
    try:
        yield
    except BsccmError as error:
        raise UnreadableFile(error.expected, error.found, error.do) from error
