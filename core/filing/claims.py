"""What a file says of itself: of which kind it is, and from which case and which statement it was made."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from core import filed
from core.errors import HemaboardError
from core.exchange import case_json, cells_csv
from core.exports import crops_zip, differential_csv, json_file, reader_study, study_codes
from core.filing.files import CROPS
from core.protocols import Store
from core.report import readback

FEW = 50  # images by which the case of a cells.csv is looked for
LONGEST = 100_000  # bytes of a ZIP's own description
PAGE = 200
UNREADABLE = (  # what members that are broken, or packed in a strange way, raise
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, KeyError, ValueError, NotImplementedError,
    RuntimeError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """`formats`: names in `core.filing.files` that it could be; none: such a file is not checked against one case.

    Nothing in here is believed before it is checked.
    """

    kind: str  # 'a report (PDF)'
    formats: tuple[str, ...]
    cases: tuple[str, ...]
    sha256: str = ""  # of what was stated; '': such files carry none
    trail: tuple[int, str] | None = None
    made_by: str = ""
    own_digest: str = ""  # of its content, where that can be worked out from the file alone
    classes: tuple[str, ...] = ()  # of which a ZIP holds crops
    attached: str = ""  # SHA-256 of the print in it


def claim(content: bytes, store: Store) -> Claim | None:
    """None: no file of a kind that is made here."""
    if content.startswith(b"%PDF"):
        return _pdf(content)
    if content.startswith(b"PK"):
        return _zip(content, store)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return _json(text) if text.lstrip().startswith("{") else _csv(text, store)


def _pdf(content: bytes) -> Claim | None:
    try:
        found = readback.marks(content)
    except (HemaboardError, UnicodeDecodeError):
        return None
    if found is None or not _kept(found.case):
        return None
    papers = ("report-A4.pdf", "report-Letter.pdf")
    return Claim("a report (PDF)", papers, (found.case,), found.sha256, found.trail, found.made_by)


def _zip(content: bytes, store: Store) -> Claim | None:
    """Crops name no case; their folder is the patient's code, which this store can make of its pseudonyms."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if "manifest.json" in names and "history.json" in names:
                return Claim("an archive of a case (ZIP)", (), ())
            about = archive.getinfo("about.json")
            told = json.loads(archive.read(about)) if about.file_size <= LONGEST else {}
    except UNREADABLE:
        return None
    if not isinstance(told, dict):
        return None
    if told.get("format") == reader_study.FORMAT:
        return Claim("a reader study (ZIP)", (), ())
    if told.get("format") != crops_zip.FORMAT:
        return None
    parts = [name.split("/") for name in names if name.count("/") == 2]
    classes = tuple(sorted({code for _, code, _ in parts}))
    cases = _of_patients({patient for patient, _, _ in parts}, store)
    return Claim("crops (ZIP)", (CROPS,), cases, _word(told, "sha256"), classes=classes)


def _of_patients(codes: Set[str], store: Store) -> tuple[str, ...]:
    found: list[str] = []
    start = 0
    while rows := store.cases(limit=PAGE, offset=start):
        secret = study_codes.secret(store)
        found += [row.id for row in rows if study_codes.patient(secret, row.info.pseudonym) in codes]
        start += PAGE
    return tuple(found)


def _json(text: str) -> Claim | None:
    try:
        told = json.loads(text, parse_constant=_none)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    if told.get("format") == json_file.FORMAT:
        case = _word(_table(_table(told, "case"), "case"), "id")
        own = _digest({key: value for key, value in told.items() if key not in json_file.HEAD})
        return Claim("a filed case (JSON)", ("filed.json",), (case,), _word(told, "sha256"), own_digest=own)
    if told.get("resourceType") == "Bundle":
        return _fhir(told)
    if str(told.get("schema", "")).startswith(case_json.SCHEMA.partition("/")[0] + "/"):
        return Claim("a case.json", ("case.json",), (_word(_table(told, "case"), "id"),))
    return None


def _digest(whole: Mapping[str, Any]) -> str:
    """Of what nobody could have filed, such as halves of characters and 1e999, there is none."""
    try:
        return filed.digest(whole)
    except (ValueError, RecursionError):
        return "none"


def _fhir(told: Mapping[str, Any]) -> Claim | None:
    """By the report that is attached, which names its case, else by the identifiers."""
    entries = told.get("entry")
    resources = (
        [_table(one, "resource") for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    )
    report = next((one for one in resources if one.get("resourceType") == "DiagnosticReport"), {})
    attached = next(iter(_tables(report, "presentedForm")), {})
    try:
        printed = base64.b64decode(_word(attached, "data"), validate=True)
    except ValueError:
        printed = b""
    paper = _pdf(printed)
    named = {_word(_table(one, "type"), "text"): _word(one, "value") for one in _tables(report, "identifier")}
    case, digest = named.get("case", ""), _word(_table(told, "identifier"), "value")
    if paper is None and not case:
        return None
    case, trail, made_by = (paper.cases[0], paper.trail, paper.made_by) if paper else (case, None, "")
    which = hashlib.sha256(printed).hexdigest()
    return Claim("a FHIR bundle", ("fhir.json",), (case,), digest, trail, made_by, attached=which)


def _csv(text: str, store: Store) -> Claim | None:
    lines = csv.DictReader(io.StringIO(text))
    try:
        heads = tuple(lines.fieldnames or ())
    except csv.Error:
        return None
    if heads == differential_csv.COLUMNS:
        first = next(_rows(lines), {})
        return Claim("a differential (CSV)", ("differential.csv",), (_word(first, "case"),), _word(first, "sha256"))
    if heads[: len(cells_csv.FIRST)] == cells_csv.FIRST:
        images = tuple(dict.fromkeys(_word(row, "image") for row in _rows(lines)))[:FEW]
        holding = store.desk.same_pictures(images)
        cases = dict.fromkeys(case for image in images for case in holding.get(image, ()))
        return Claim("a table of cells (CSV)", ("cells.csv",), tuple(cases))
    return None


def _rows(lines: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    """Up to where it can be read."""
    try:
        yield from lines
    except csv.Error:
        return


def _none(_: str) -> None:
    """NaN and infinities are no JSON, and stand in no file that is made here."""


def _table(told: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = told.get(key)
    return found if isinstance(found, dict) else {}


def _tables(told: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = told.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _word(told: Mapping[str, Any], key: str) -> str:
    found = told.get(key)
    return found if isinstance(found, str) and _kept(found) else ""


def _kept(text: str) -> bool:
    """Whether a store could hold it at all: else there is no asking for it."""
    return text.isprintable()
