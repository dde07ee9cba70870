"""From the bytes of a manifest to rows, each read or with what is wrong with it. Nothing else is looked at yet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from core.errors import BadInput
from core.manifest.columns import BY_NAME, COLUMNS, NEEDED, PLACES
from core.records import CaseInfo, Findings, Modality
from core.vocabulary import VOCABULARIES

MOST_ROWS = 2000
MOST_BYTES = 5 * 1024 * 1024
FINDINGS = tuple(field.name for field in fields(Findings))
ELSEWHERE = (*PLACES, *FINDINGS, "tags")  # columns that are no field of CaseInfo by themselves


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the manifest. Where it cannot be used, `problems` say why, and `info` is None."""

    number: int  # as a spreadsheet counts: the heads are row 1
    pseudonym: str  # as it was written, for messages
    place: str  # of its file or folder, as it was written
    info: CaseInfo | None = None
    file: str = ""
    folder: str = ""
    tags: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def rows(content: bytes, most: int = MOST_ROWS) -> tuple[Row, ...]:
    """Every row of the manifest. BadInput when it is no such table at all; a bad row harms no other."""
    heads, lines = _lines(_decoded(content))
    _check_heads(heads)
    read = [_row(number, dict(zip(heads, line, strict=False)), any(line[len(heads) :])) for number, line in lines]
    if not read:
        raise BadInput("at least one case in the manifest", "heads and no row", "Write one row for each case.")
    if len(read) > most:
        raise BadInput(f"at most {most} rows", f"{len(read)}", "Split the manifest.")
    return _told_twice(read)


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise BadInput("a manifest of at most 5 MB", f"{len(content) // 1024} kB", "Is it the right file?")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        do = "Save it as 'CSV UTF-8' (a spreadsheet's 'Save as' offers it)."
        raise BadInput("a manifest as CSV in UTF-8", "another encoding, or no text", do) from error
    if "\0" in text:
        raise BadInput("a manifest as CSV", "bytes that are no text", "Save it as 'CSV UTF-8'.")
    return text


def _lines(text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Heads, and the rows that are not empty with their numbers. Separated by commas, semicolons or tabs."""
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise BadInput("a manifest as CSV", f"{error}", "Save it from a spreadsheet as 'CSV UTF-8'.") from error
    if not table:
        raise BadInput("a manifest with heads and rows", "an empty file", "Start from the template.")
    stripped = [(number, [field.strip() for field in line]) for number, line in enumerate(table, start=1)]
    heads = [head.lower() for head in stripped[0][1]]
    while heads and not heads[-1]:
        heads.pop()
    return heads, [(number, line) for number, line in stripped[1:] if any(line)]


def _check_heads(heads: Sequence[str]) -> None:
    expected = f"columns of the template ({', '.join(column.name for column in COLUMNS)})"
    unknown = [head for head in heads if head not in BY_NAME]
    if unknown:
        do = "Rename or remove it: what is not understood is not passed over."
        raise BadInput(expected, f"an unknown column {unknown[0][:60]!r}", do)
    twice = [head for head in heads if heads.count(head) > 1]
    if twice:
        raise BadInput("each column once", f"{twice[0]!r} twice", "Remove one of them.")
    missing = [name for name in NEEDED if name not in heads]
    if missing or not set(PLACES) & set(heads):
        lacking = missing[0] if missing else "file or folder"
        raise BadInput(expected, f"no column {lacking!r}", "Add it: it is needed for every case.")


def _row(number: int, given: Mapping[str, str], too_long: bool) -> Row:
    values: dict[str, Any] = {}
    problems = ["Expected no more fields than heads; found more. Put text with commas in quotes."] if too_long else []
    for name, field in given.items():
        if not field:
            continue
        try:
            values[name] = BY_NAME[name].read(field)
        except BadInput as error:
            problems.append(f"{name}: {error}")
    for name in NEEDED:
        if not given.get(name):
            problems.append(f"{name}: Expected {BY_NAME[name].meaning}; found nothing. Fill it in.")
    places = [name for name in PLACES if given.get(name)]
    if len(places) != 1:
        found = "both" if places else "neither"
        problems.append(f"file: Expected a file or a folder; found {found}. Give one of the two.")
    place = next((given[name] for name in places), "")
    row = Row(number, given.get("pseudonym", ""), place, problems=tuple(problems))
    if problems:
        return row
    where = {name: values.get(name, "") for name in PLACES}
    return Row(number, row.pseudonym, place, _info(values), where["file"], where["folder"], values.get("tags", ()))


def _info(values: Mapping[str, Any]) -> CaseInfo:
    found = Findings(**{name: values[name] for name in FINDINGS if name in values})
    told = {name: value for name, value in values.items() if name not in ELSEWHERE}
    modality = told.pop("modality", Modality.SMEAR)
    return CaseInfo(**told, modality=modality, vocabulary=VOCABULARIES[modality], findings=found)


def _told_twice(read: Sequence[Row]) -> tuple[Row, ...]:
    """The same file or folder in two rows would put one patient's pictures into two cases."""
    first: dict[str, int] = {}
    checked = []
    for row in read:
        place = row.file or row.folder
        if place and place in first:
            said = f"file: Expected a file or folder of its own; found that of row {first[place]}. Remove one of them."
            row = Row(row.number, row.pseudonym, row.place, problems=(said,))
        elif place:
            first[place] = row.number
        checked.append(row)
    return tuple(checked)
