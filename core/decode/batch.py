"""One call of `decode.images` while it runs: what was taken, what was refused, what is there already."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from core.decode import gather, known, lettering, panel, pictures, slides, sniff, unpack, views
from core.decode.identity import picture_id
from core.decode.limits import Budget
from core.decode.page import Page
from core.decode.pictures import Found, Picture
from core.decode.sniff import Kind
from core.errors import BadInput, RefusedFile, UnreadableFile, UnsupportedFile
from core.records import Decoded, Doubt, Image, ImageInfo, Modality, Problem, Upload
from core.settings import Settings
from models.imaging import bsccm

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to decode: an upload, or a member of an archive."""

    name: str
    read: Callable[[], bytes]
    path: Path | None = None  # where it lies, if it can be read piecemeal
    select: tuple[int, ...] | None = None
    lacking: tuple[str, ...] = ()  # DPC views missing beside it


@dataclass(slots=True)
class Batch:
    settings: Settings
    modality: Modality | None
    budget: Budget = field(init=False)
    images: list[Image] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    duplicates: list[Problem] = field(default_factory=list)
    _first: dict[str, str] = field(default_factory=dict)  # image id → how to name where it was first seen
    _number: int = 0

    def __post_init__(self) -> None:
        self.budget = Budget(self.settings)

    def decoded(self) -> Decoded:
        return Decoded(tuple(self.images), tuple(self.problems), tuple(self.doubts), tuple(self.duplicates))

    def released(self) -> list[Image]:
        """The images since this was last asked, which are held here no longer."""
        images, self.images = self.images, []
        return images

    def entry(self, upload: Upload, lacking: tuple[str, ...] = ()) -> Entry:
        path = upload.source if isinstance(upload.source, Path) else None
        return Entry(upload.name, partial(self._given, upload.source), path, upload.select, lacking)

    def take(self, group: Sequence[Entry], depth: int = 0) -> None:
        """One file, or the four files of a DPC set in the order of the views."""
        before = self._number
        try:
            if len(group) == len(views.VIEWS):
                self._four(group, depth)
            else:
                self._open(group[0], depth)
        except BadInput as error:
            self._number = max(self._number, before + 1)
            self._problem(group[0].name, error)

    def take_known(self, upload: Upload, info: ImageInfo) -> None:
        """A picture taken in before: its identity is kept, if the pixels are still the ones it names."""
        try:
            # No limit on its bytes: they are our own, and may be more than those of the file it came in.
            data = upload.source if isinstance(upload.source, bytes) else self._given(upload.source)
            image = known.image(data, info, self.budget)
        except BadInput as error:
            self._problem(upload.name, error)
            return
        if not self._is_there(image.info.id, upload.name):
            self._first[image.info.id] = image.info.label
            self.images.append(image)

    def _open(self, entry: Entry, depth: int) -> None:
        if entry.path is not None and entry.path.is_dir():
            self._panel(entry, entry.path)
            return
        if entry.path is not None and _starts_as_zip(entry.path):
            self._archive(entry, entry.path, depth)
            return
        slides.refuse_ending(entry.name)
        data = entry.read()
        slides.refuse(data, entry.name)
        kind = sniff.kind(data, entry.name)
        if kind is Kind.ZIP:
            self._archive(entry, data, depth)
            return
        self._number += 1
        found = pictures.of(data, kind, self.modality, self.budget, entry.lacking)
        self._keep_all(entry.name, found, hashlib.sha256(data).hexdigest(), sniff.mislabelled(kind, entry.name))

    def _four(self, group: Sequence[Entry], depth: int) -> None:
        files = [_attempt(entry.read) for entry in group]
        pages = [data if isinstance(data, BadInput) else _attempt(partial(self._page, data)) for data in files]
        read = [page for page in pages if isinstance(page, Page)]
        if self.modality is None and not (read and all(views.is_grey(page) for page in read)):
            for entry, data in zip(group, files, strict=True):  # a coincidence of names: pictures of their own
                self.take([Entry(entry.name, partial(_given_again, data))], depth)
            return
        for entry, page in zip(group, pages, strict=True):
            if isinstance(page, BadInput):
                self._number += 1
                self._problem(entry.name, page)
                return
        self._number += 1
        digests = b"".join(hashlib.sha256(data).digest() for data in files if isinstance(data, bytes))
        self._keep(group[0].name, pictures.of_four_files(read), f"image {self._number}", _sha256(digests))

    def _page(self, data: bytes) -> Page:
        pages = pictures.pages_of(data, sniff.kind(data, ""), self.budget)
        if len(pages) != 1:
            raise RefusedFile("one page for each DPC view", f"{len(pages)} pages", "Upload one picture for each view.")
        return pages[0]

    def _archive(self, entry: Entry, source: bytes | Path, depth: int) -> None:
        if depth >= self.settings.max_zip_depth:
            most = self.settings.max_zip_depth
            raise RefusedFile(f"archives at most {most} deep", "one inside those", "Unpack the inner ZIP first.")
        with unpack.archive(source, self.budget) as found:
            if unpack.is_panel(found):
                self._cells(entry, panel.Members(found, self.budget))
                return
            if isinstance(source, Path):
                self._count(source)
            if unpack.is_office(found):
                raise UnsupportedFile("pictures", "an Office document", "Save its pictures as PNG and upload those.")
            if unpack.is_arrays(found):
                self._number += 1
                data = source if isinstance(source, bytes) else source.read_bytes()
                self._keep_all(entry.name, pictures.of_npz(found, self.modality, self.budget), _sha256(data))
                return
            members = unpack.pictures(found)
            if not members:
                raise UnreadableFile("a ZIP with pictures", "one without any", "Pack the pictures again.")
            names = [member.filename for member in members]
            inside = [
                Entry(
                    f"{entry.name} › {member.filename}",
                    partial(unpack.member, found, member, self.budget),
                    lacking=gather.lacking(names, place),
                )
                for place, member in enumerate(members)
            ]
            for group in gather.grouped(names, self.modality):
                self.take([inside[place] for place in group], depth + 1)

    def _panel(self, entry: Entry, folder: Path) -> None:
        if not panel.is_folder(folder):
            raise UnreadableFile(
                "a file, or a BSCCM folder", f"a folder without {unpack.PANEL_MARK}", "Upload the files in it."
            )
        self._cells(entry, bsccm.Folder(folder))

    def _cells(self, entry: Entry, source: bsccm.Source) -> None:
        if self.modality is Modality.SMEAR:
            raise RefusedFile("pictures of a stained smear", "a BSCCM data set (DPC)", "Choose DPC.")
        self._number += 1
        cells = panel.Cells(source, entry.select)
        for cell in cells.picked:
            try:
                picture, sha256 = cells.picture(cell, self.budget)
            except BadInput as error:
                self._problem(f"{entry.name} cell {cell}", error)
                continue
            self._keep(f"{entry.name} cell {cell}", picture, f"image {self._number} cell {cell}", sha256)

    def _keep_all(self, name: str, found: Found, sha256: str, warning: str = "") -> None:
        several = len(found.pictures) + len(found.problems) > 1
        for page, error in found.problems:
            self._problem(f"{name} page {page + 1}", error)
        for picture in found.pictures:
            page_of = f" page {picture.page + 1}" if several else ""
            self._keep(name + page_of, picture, f"image {self._number}{page_of}", sha256, warning)

    def _keep(self, name: str, picture: Picture, label: str, sha256: str, warning: str = "") -> None:
        pixels = picture.pixels
        image_id = picture_id(pixels, picture.modality)
        if self._is_there(image_id, name):
            return
        height, width = pixels.shape[:2] if picture.modality is Modality.SMEAR else pixels.shape[1:]
        info = ImageInfo(
            id=image_id,
            sha256=sha256,
            page=picture.page,
            label=label,
            modality=picture.modality,
            width=width,
            height=height,
            um_per_px=picture.um_per_px,
            bits=picture.bits,
            views=picture.views,
            source_format=picture.format,
            warnings=(*picture.warnings, warning) if warning else picture.warnings,
        )
        self._first[image_id] = f"{label} ({name})"
        self.images.append(Image(info, pixels))
        self._doubt(image_id, picture)

    def _doubt(self, image_id: str, picture: Picture) -> None:
        boxes = lettering.regions(picture.pixels, picture.modality) if picture.as_photographed else ()
        reasons = [picture.doubt] if picture.doubt else []
        if boxes:
            reasons.append("Something that looks like writing was found in the picture.")
        if reasons:
            reasons.append("Paint it over, or confirm that it identifies nobody.")
            self.doubts.append(Doubt(image_id, " ".join(reasons), boxes))

    def _is_there(self, image_id: str, name: str) -> bool:
        if image_id not in self._first:
            return False
        first = self._first[image_id]
        self.duplicates.append(Problem(name, f"The same picture as {first}; it is counted once.", "duplicate"))
        return True

    def _problem(self, name: str, error: BadInput) -> None:
        self.problems.append(Problem(name, str(error), type(error).__name__.lower()))

    def _given(self, source: bytes | Path) -> bytes:
        if isinstance(source, bytes):
            self.budget.check_file(len(source))
            self.budget.give(len(source))
            return source
        self._count(source)
        try:
            return source.read_bytes()
        except OSError as error:
            raise _unopened(error) from error

    def _count(self, path: Path) -> None:
        try:
            size = path.stat().st_size
        except OSError as error:
            raise _unopened(error) from error
        self.budget.check_file(size)
        self.budget.give(size)


def _attempt(call: Callable[[], T]) -> T | BadInput:
    try:
        return call()
    except BadInput as error:
        return error


def _unopened(error: OSError) -> UnreadableFile:
    found = error.strerror or "an error of the disk"
    return UnreadableFile("a file that can be opened", found, "Check that it is there and may be read.")


def _starts_as_zip(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) in sniff.ZIP_MARKS
    except OSError as error:
        raise _unopened(error) from error


def _given_again(data: bytes | BadInput) -> bytes:
    if isinstance(data, BadInput):
        raise data
    return data


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
