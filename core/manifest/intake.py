"""What becomes of each row: first a look at its pictures, then, once a person has seen the table, the case.

A look decodes the pictures and lets them go again, so that a hundred cases need no more memory than one. A row that
fails leaves no case behind, and the next goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.decode import read as decode
from core.errors import HemaboardError
from core.manifest.files import Source
from core.manifest.table import Row
from core.protocols import Store
from core.records import Decoded, Image
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Look:
    """One row after a look at its files. `problems` keep it from being stored, `warnings` do not."""

    row: Row
    pictures: tuple[str, ...] = ()  # ids of those that would be stored
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return not self.problems


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a row: the case it is now, or why there is none."""

    row: Row
    case_id: str = ""
    run_id: str = ""
    problem: str = ""


def looks(rows: Sequence[Row], source: Source, store: Store, settings: Settings) -> Iterator[Look]:
    """A look at each row, one after another. The same picture in two rows, or in a case that is there, is told."""
    asked = [row.info.pseudonym for row in rows if row.info]
    known = store.desk.same_pseudonym(asked)
    given: dict[str, int] = {}  # picture → the row that brought it
    for row in rows:
        look, _ = looked(row, source, settings)
        yield beside(look, known, store, given)


def take(
    looked: Sequence[Look],
    source: Source,
    store: Store,
    settings: Settings,
    *,
    actor: str,
    start: Callable[[str], str] | None,
) -> Iterator[Taken]:
    """Store the good rows. `start(case id)` queues a run and gives its id; None: the cases wait."""
    for look in looked:
        if look.good:
            yield _taken(look.row, source, store, settings, actor, start)


def looked(row: Row, source: Source, settings: Settings) -> tuple[Look, list[Image]]:
    """One row, and its pictures as they may be stored."""
    if row.info is None:
        return Look(row, problems=row.problems), []
    try:
        decoded = decode.images(source.of(row), settings, row.info.modality)
    except HemaboardError as error:
        return Look(row, problems=(str(error),)), []
    kept = _kept(decoded)
    said = [f"{problem.file}: {problem.message}" for problem in decoded.problems]
    said += [f"{twice.file}: {twice.message}" for twice in decoded.duplicates]
    said += _settled(decoded)
    if not kept:
        nothing = f"Expected at least one picture that can be used; found {len(decoded.images)} that can be stored."
        why = nothing if not decoded.images else "All of them must be looked at singly."
        return Look(row, problems=(*said, why)), []
    return Look(row, tuple(image.info.id for image in kept), warnings=tuple(said)), kept


def _settled(decoded: Decoded) -> list[str]:
    """What is done about text in pictures when nobody looks at each: painted over where it was found, else left out."""
    labels = {image.info.id: image.info.label for image in decoded.images}
    painted = [labels[doubt.image] for doubt in decoded.doubts if doubt.boxes]
    left = [labels[doubt.image] for doubt in decoded.doubts if not doubt.boxes]
    said = []
    if painted:
        said.append(f"What looks like writing is painted over in {', '.join(painted)}.")
    if left:
        what = f"{', '.join(left)}: the file says that somebody wrote into the picture"
        said.append(f"{what}; left out. Upload it singly, where a person can look.")
    return said


def _kept(decoded: Decoded) -> list[Image]:
    """The pictures as they may be stored."""
    doubts = {doubt.image: doubt for doubt in decoded.doubts}
    kept = []
    for image in decoded.images:
        doubt = doubts.get(image.info.id)
        if doubt is None:
            kept.append(image)
        elif doubt.boxes:
            kept.append(decode.masked(image, doubt.boxes))
    return kept


def beside(look: Look, known: Mapping[str, tuple[str, ...]], store: Store, given: dict[str, int]) -> Look:
    """The look with what a duplicate patient or picture asks to be told. `given`: picture → the row that brought it."""
    warnings = list(look.warnings)
    name = look.row.info.pseudonym if look.row.info else ""
    if held := known.get(name, ()):
        cases = "a case" if len(held) == 1 else f"{len(held)} cases"
        warnings.append(f"There is already {cases} of {name}: this becomes another one.")
    rows = sorted({given[picture] for picture in look.pictures if picture in given})
    if rows:
        warnings.append(f"Holds a picture that row {', '.join(map(str, rows))} holds too: is it the same patient?")
    there = store.desk.same_pictures(look.pictures)
    ids = list(dict.fromkeys(case for cases_ in there.values() for case in cases_))
    if ids:
        names = dict.fromkeys(case.info.pseudonym for case in store.cases(ids=ids))
        warnings.append(f"{len(there)} of its pictures are in a case already: {', '.join(names)}.")
    for picture in look.pictures:
        given.setdefault(picture, look.row.number)
    return replace(look, warnings=tuple(warnings))


def _taken(
    row: Row, source: Source, store: Store, settings: Settings, actor: str, start: Callable[[str], str] | None
) -> Taken:
    assert row.info is not None
    case_id = ""
    try:
        decoded = decode.images(source.of(row), settings, row.info.modality)
        case_id = store.add_case(row.info, actor=actor)
        fill(store, case_id, row, _kept(decoded), actor=actor)
        return Taken(row, case_id, start(case_id) if start else "")
    except HemaboardError as error:
        if case_id:
            store.delete_case(case_id, actor=actor, reason="a row of a manifest that could not be stored")
        return Taken(row, problem=str(error))


def fill(store: Store, case_id: str, row: Row, kept: Sequence[Image], *, actor: str) -> None:
    """Give a case its pictures and tags; what it has already stays as it is."""
    assert row.info is not None
    store.add_images(case_id, [_scaled(image, row.info.um_per_px) for image in kept], actor=actor)
    for tag in row.tags:
        store.desk.tag([case_id], tag, actor=actor)


def _scaled(image: Image, um_per_px: float | None) -> Image:
    """The file's own scale, where it says one."""
    if image.info.um_per_px is not None or um_per_px is None:
        return image
    return Image(replace(image.info, um_per_px=um_per_px), image.pixels)
