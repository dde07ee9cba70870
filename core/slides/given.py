"""Whole slides among files that somebody gave as pictures: which files make one, and what it is.

Most slides are one file. A DICOM slide is all files of its series, and an MRXS slide its `.mrxs` with the files of the
folder beside it, which only comes along when a folder is given. To be read they are laid out for a moment in a folder
of their own, under names that say nothing of anybody.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import pydicom

from core.errors import Conflict, HemaboardError, say
from core.records import Upload
from core.slides.reading import is_slide, opened

WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"  # DICOM's class of such pictures
ENDINGS = (".svs", ".tif", ".tiff", ".ndpi", ".scn", ".bif", ".czi", ".dcm", ".svslide")
FOLDER_LACKS = say(
    "an MRXS slide with the folder of the same name beside it",
    "the .mrxs alone: a browser hands over what was chosen, and not what lies beside it",
    "Choose “A folder” above and give the one that holds both.",
)


@dataclass(frozen=True, slots=True)
class Given:
    """A slide among uploads."""

    name: str  # of its first file, for the person who gave it; never stored
    files: tuple[tuple[str, int], ...]  # what each file is called where it is laid out, and its place among the uploads
    format: str = ""
    width: int = 0
    height: int = 0
    um_per_px: float | None = None
    problem: str = ""  # why it cannot be taken


def of_mirax(uploads: Sequence[Upload]) -> frozenset[int]:
    """Places of the files of MRXS slides: some begin as a picture does, and none is one."""
    return frozenset(place for given in _mirax(uploads) for _, place in given.files)


def among(uploads: Sequence[Upload], names: Collection[str]) -> tuple[Given, ...]:
    """MRXS slides, and slides among the uploads that are called so: those that are no pictures."""
    of_mirax_ = of_mirax(uploads)
    places = [place for place, upload in enumerate(uploads) if upload.name in names and place not in of_mirax_]
    found = [*_mirax(uploads), *_dicom(uploads, places)]
    of_several = {place for given in found for _, place in given.files}
    found += [_alone(uploads[place], place) for place in places if place not in of_several]
    looked = (_looked(given, uploads) for given in sorted(found, key=lambda given: given.files[0][1]))
    return tuple(given for given in looked if given is not None)


@contextmanager
def laid_out(given: Given, uploads: Sequence[Upload]) -> Iterator[Path]:
    """The file to open first, with the others beside it; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hemaboard-given-") as folder:
        try:
            _lay(given, uploads, folder)
        except OSError as error:
            do = "Free some, or let TMPDIR name a folder with more, and start the app again."
            found = error.strerror or "an error of the disk"
            raise Conflict(f"room in {tempfile.gettempdir()} for the files of a slide", found, do) from error
        yield Path(folder, given.files[0][0])


def _lay(given: Given, uploads: Sequence[Upload], folder: str) -> None:
    for name, place in given.files:
        path, source = Path(folder, name), uploads[place].source
        path.parent.mkdir(exist_ok=True)
        if isinstance(source, Path):
            shutil.copyfile(source, path)
        else:
            path.write_bytes(source)


def _looked(given: Given, uploads: Sequence[Upload]) -> Given | None:
    """With what it is, or why it cannot be read; None: it is no slide at all."""
    if given.problem:
        return given
    try:
        with laid_out(given, uploads) as path:
            if len(given.files) == 1 and not is_slide(path):
                return None
            with opened(path) as slide:
                return replace(
                    given, format=slide.format, width=slide.width, height=slide.height, um_per_px=slide.um_per_px
                )
    except HemaboardError as error:
        return replace(given, problem=str(error))


def _alone(upload: Upload, place: int) -> Given:
    ending = PurePosixPath(upload.name).suffix.lower()
    return Given(upload.name, ((f"slide{ending if ending in ENDINGS else '.tif'}", place),))


def _mirax(uploads: Sequence[Upload]) -> Iterator[Given]:
    for place, upload in enumerate(uploads):
        path = PurePosixPath(upload.name)
        if path.suffix.lower() != ".mrxs":
            continue
        paths = [PurePosixPath(other.name) for other in uploads]
        folder = path.with_suffix("")
        beside = [
            (f"slide/{other.name}", number)
            for number, other in enumerate(paths)
            if other.parent == folder and _plain(other.name)
        ]
        yield Given(path.as_posix(), (("slide.mrxs", place), *beside), problem="" if beside else FOLDER_LACKS)


def _plain(name: str) -> bool:
    """Names come from a browser, which may send any."""
    return name not in (".", "..") and not set(name) & set("\\/:\0")


def _dicom(uploads: Sequence[Upload], places: Sequence[int]) -> Iterator[Given]:
    by_series: dict[str, list[int]] = {}
    for place in places:
        series = _series(uploads[place])
        if series:
            by_series.setdefault(series, []).append(place)
    for its in by_series.values():
        files = tuple((f"{number:04d}.dcm", place) for number, place in enumerate(its, start=1))
        yield Given(uploads[its[0]].name, files)


def _series(upload: Upload) -> str:
    """Of a file of a DICOM slide: which series it belongs to; '' for any other file."""
    with upload.source.open("rb") if isinstance(upload.source, Path) else io.BytesIO(upload.source) as stream:
        if stream.read(132)[128:] != b"DICM":
            return ""
        stream.seek(0)
        try:
            told = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=["SOPClassUID", "SeriesInstanceUID"])
        except Exception:  # noqa: BLE001 - pydicom raises anything on a damaged file, and decode has said so
            return ""
    return str(told.get("SeriesInstanceUID", "")) if told.get("SOPClassUID") == WHOLE_SLIDE else ""
