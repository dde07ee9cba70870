"""What became of each file somebody gave us, before anything is stored or run. Plain values, no widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import chain, count

from core.decode import read as decode
from core.decode.limits import Budget
from core.errors import RefusedFile
from core.protocols import CaseRow, Store, Tell, quiet
from core.records import Box, Decoded, Doubt, Image, Modality, Upload
from core.settings import Settings
from core.slides import given


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list. kind: 'ready', 'slide', 'doubt', 'duplicate', 'problem'."""

    kind: str
    name: str
    said: str


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """The files at hand, decoded once. `key` says of which files and modality this is."""

    key: tuple[str, ...]
    decoded: Decoded
    names: Mapping[str, str]  # image id → the file's name, where one file holds one picture
    slides: tuple[given.Given, ...] = ()  # whole slides among the files
    of_slides: frozenset[str] = frozenset()  # names of their files


@dataclass(frozen=True, slots=True)
class Settled:
    """A person's word on one doubt. keep False leaves the picture out; boxes are painted over before storing."""

    keep: bool
    boxes: tuple[Box, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class There:
    """What the store holds already of a case that is about to be made."""

    patient: tuple[CaseRow, ...] = ()  # cases of the same pseudonym
    pictures: int = 0  # of the given ones, in cases that are there
    holders: tuple[CaseRow, ...] = ()  # those cases

    def strangers(self, pseudonym: str) -> tuple[CaseRow, ...]:
        """Cases of another pseudonym that hold the same pictures: a mix-up, in all likelihood."""
        return tuple(row for row in self.holders if row.info.pseudonym.casefold() != pseudonym.strip().casefold())


def there(pseudonym: str, found: Checked | None, store: Store) -> There:
    known = store.desk.same_pseudonym([pseudonym])
    ids = [image.info.id for image in found.decoded.images] if found else []
    held = store.desk.same_pictures(ids)
    holders = list(dict.fromkeys(case for cases in held.values() for case in cases))
    patient = known.get(pseudonym, ())
    return There(tuple(store.cases(ids=patient)), len(held), tuple(store.cases(ids=holders)))


def key_of(file_ids: Sequence[str], modality: Modality) -> tuple[str, ...]:
    return (modality.value, *file_ids)


def checked(
    uploads: Sequence[Upload], key: tuple[str, ...], settings: Settings, modality: Modality, tell: Tell = quiet
) -> Checked:
    smear = modality is Modality.SMEAR
    uploads = _told_apart(uploads) if smear else uploads  # the name of a label-free picture says which view it is
    no_pictures = given.of_mirax(uploads) if smear else frozenset()
    pictures = [upload for place, upload in enumerate(uploads) if place not in no_pictures]
    decoded = decode.images(pictures, settings, modality, tell=tell)
    named: dict[str, str] = {}
    for upload in uploads:  # of two files with the same bytes the first is the one that is kept
        if isinstance(upload.source, bytes):
            named.setdefault(sha256(upload.source).hexdigest(), upload.name)
    names = {image.info.id: named.get(image.info.sha256, "") for image in decoded.images}
    slides = given.among(uploads, {problem.file for problem in decoded.problems}) if smear else ()
    slides = tuple(_within_limits(slide, uploads, settings) for slide in slides)
    of_slides = frozenset(uploads[place].name for slide in slides for _, place in slide.files)
    return Checked(key, decoded, names, slides, of_slides)


def _told_apart(uploads: Sequence[Upload]) -> list[Upload]:
    """Files of one name, chosen in several folders, get numbers: by its name it is told what became of each."""
    taken: set[str] = set()
    apart = []
    for upload in uploads:
        stem, dot, ending = upload.name.rpartition(".")
        numbered = (f"{stem} ({n}).{ending}" if dot else f"{ending} ({n})" for n in count(2))
        name = next(name for name in chain([upload.name], numbered) if name not in taken)
        taken.add(name)
        apart.append(replace(upload, name=name))
    return apart


def _within_limits(slide: given.Given, uploads: Sequence[Upload], settings: Settings) -> given.Given:
    """The browser was told how large a file may be, and may have sent a larger one."""
    budget = Budget(settings)
    try:
        for _, place in slide.files:
            source = uploads[place].source
            budget.check_file(len(source) if isinstance(source, bytes) else source.stat().st_size)
    except RefusedFile as error:
        return replace(slide, problem=slide.problem or str(error))
    return slide


def lines(found: Checked) -> list[Check]:
    """What needs a person first, then what is ready."""
    doubtful = {doubt.image: doubt for doubt in found.decoded.doubts}
    problems = [Check("problem", p.file, p.message) for p in found.decoded.problems if p.file not in found.of_slides]
    problems += [Check("problem", slide.name, slide.problem) for slide in found.slides if slide.problem]
    slides = [Check("slide", slide.name, described_slide(slide)) for slide in usable(found)]
    doubts = [
        Check("doubt", title(image, found), doubtful[image.info.id].reason)
        for image in found.decoded.images
        if image.info.id in doubtful
    ]
    duplicates = [Check("duplicate", d.file, d.message) for d in found.decoded.duplicates]
    ready = [
        Check("ready", title(image, found), described(image))
        for image in found.decoded.images
        if image.info.id not in doubtful
    ]
    return [*problems, *slides, *doubts, *duplicates, *ready]


def title(image: Image, found: Checked) -> str:
    name = found.names.get(image.info.id, "")
    page = f" page {image.info.page + 1}" if "page" in image.info.label else ""
    return f"{name}{page}" if name else image.info.label


def described(image: Image) -> str:
    info = image.info
    scale = f"{info.um_per_px:.4g} µm per pixel" if info.um_per_px else "scale not in the file"
    views = f", views {', '.join(info.views)}" if info.views else ""
    said = f"{info.source_format} {info.width} × {info.height}, {info.bits} bit{views}, {scale}"
    return " ".join([said + ".", *info.warnings])


def usable(found: Checked) -> tuple[given.Given, ...]:
    """The whole slides that can be taken over."""
    return tuple(slide for slide in found.slides if not slide.problem)


def described_slide(slide: given.Given) -> str:
    scale = f"{slide.um_per_px:.4g} µm per pixel" if slide.um_per_px else "scale not in the file"
    files = f" in {len(slide.files)} files" if len(slide.files) > 1 else ""
    size = f"{slide.width:,} × {slide.height:,} pixels".replace(",", "\u202f")
    return f"{slide.format}{files}, {size}, {scale}. Where its cells are counted is chosen on its own page, afterwards."


def without_scale(found: Checked) -> int:
    slides = sum(1 for slide in usable(found) if slide.um_per_px is None)
    return slides + sum(1 for image in found.decoded.images if image.info.um_per_px is None)


def open_doubts(found: Checked, settled: Mapping[str, Settled]) -> list[Doubt]:
    return [doubt for doubt in found.decoded.doubts if doubt.image not in settled]


def kept(found: Checked, settled: Mapping[str, Settled]) -> int:
    """How many pictures `to_store` would give, without making them."""
    return sum(1 for i in found.decoded.images if settled.get(i.info.id, Settled(keep=True)).keep)


def to_store(found: Checked, settled: Mapping[str, Settled], um_per_px: float | None) -> list[Image]:
    """The pictures as they may be stored: doubts settled, regions painted over, the asked scale where none was."""
    kept = []
    for image in found.decoded.images:
        word = settled.get(image.info.id, Settled(keep=True))
        if not word.keep:
            continue
        chosen = decode.masked(image, word.boxes) if word.boxes else image
        if chosen.info.um_per_px is None and um_per_px is not None:
            chosen = Image(replace(chosen.info, um_per_px=um_per_px), chosen.pixels)
        kept.append(chosen)
    return kept
