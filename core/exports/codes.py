"""What facts are called in other systems: codes.toml beside this file, a site's own file of that name before it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.errors import BadSettings
from core.records import Modality, Specimen
from core.settings import Settings

FILE = Path(__file__).with_name("codes.toml")
SYSTEMS = ("codes", "digest", "case", "pseudonym", "model")
PARTS = ("system", "code", "display")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
CODE = re.compile(r"\S+( \S+)*")  # what FHIR takes for a code


@dataclass(frozen=True, slots=True)
class Coding:
    """A code of a system, and what it stands for there."""

    system: str
    code: str
    display: str


@dataclass(frozen=True, slots=True)
class Codes:
    """Names of the product's own systems, and codes: of reports by modality, then specimen; of specimens; of facts by
    vocabulary and specimen, then id."""

    systems: Mapping[str, str]
    reports: Mapping[str, Mapping[str, Coding]]
    specimens: Mapping[str, Coding]
    facts: Mapping[tuple[str, str], Mapping[str, Coding]]

    def report(self, modality: Modality, specimen: Specimen) -> Coding | None:
        return self.reports.get(modality.value, {}).get(specimen.value)

    def fact(self, vocabulary: str, specimen: Specimen, id: str) -> Coding | None:
        return self.facts.get((vocabulary, specimen.value), {}).get(id)


def of(settings: Settings) -> Codes:
    """The shipped codes, with those of `codes.toml` in the data folder, if there is one, before them."""
    own = settings.folder / FILE.name
    return read(own) if own.is_file() else shipped()


def shipped() -> Codes:
    return _checked(_table(FILE), FILE)


def read(own: Path) -> Codes:
    """The shipped codes with those of a site's file before them."""
    found, given = _table(FILE), _table(own)
    _refuse_strange(given, own)
    _checked(given, own)
    return _checked(_over(found, given), own)


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"TOML in {path}", str(error), "Mend that line.") from error


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Entry by entry. An entry is a coding or nothing at all; what holds entries is gone through."""
    merged = dict(below)
    for key, value in above.items():
        deeper = isinstance(value, dict) and value and not _is_coding(value)
        merged[key] = _over(merged.get(key, {}), value) if deeper else value
    return merged


def _is_coding(value: Mapping[str, Any]) -> bool:
    return bool(set(PARTS) & set(value)) and not any(isinstance(part, dict) for part in value.values())


def _refuse_strange(given: Mapping[str, Any], path: Path) -> None:
    strange = [name for name in given.get("systems", {}) if name not in SYSTEMS]
    if strange:
        do = "Correct the name or remove it."
        raise BadSettings(f"systems from {', '.join(SYSTEMS)} in {path}", repr(strange[0]), do)


def _checked(table: Mapping[str, Any], path: Path) -> Codes:
    systems = _entries(table.get("systems", {}), "systems", path)
    for name, uri in systems.items():
        if not isinstance(uri, str) or not URI.fullmatch(uri):
            do = "Give it as an address or as urn:…"
            raise BadSettings(f"a URI for the system '{name}' in {path}", repr(uri), do)
    reports = {}
    for modality, entries in _entries(table.get("report", {}), "report", path).items():
        _known(modality, Modality, "report", path)
        reports[modality] = _codings(entries, f"report.{modality}", path)
    facts = {}
    for vocabulary in (name for name in table if name not in ("systems", "report", "specimen")):
        for specimen, entries in _entries(table[vocabulary], vocabulary, path).items():
            _known(specimen, Specimen, vocabulary, path)
            facts[vocabulary, specimen] = _codings(entries, f"{vocabulary}.{specimen}", path)
    return Codes(systems, reports, _codings(table.get("specimen", {}), "specimen", path), facts)


def _known(name: str, kinds: type[StrEnum], where: str, path: Path) -> None:
    if name not in list(kinds):
        do = f"Write [{where}.{next(iter(kinds)).value}]."
        raise BadSettings(f"{' or '.join(kinds)} below [{where}] in {path}", repr(name), do)


def _codings(entries: Any, where: str, path: Path) -> dict[str, Coding]:
    found = {}
    for key, entry in _entries(entries, where, path).items():
        if entry == {}:
            continue
        good = isinstance(entry, dict) and set(entry) == set(PARTS) and all(isinstance(v, str) for v in entry.values())
        if not good or not URI.fullmatch(entry["system"]) or not CODE.fullmatch(entry["code"]) or not entry["display"]:
            do = 'Write { system = "http://loinc.org", code = "…", display = "…" }, or {} for none.'
            raise BadSettings(f"a coding for '{key}' below [{where}] in {path}", repr(entry)[:80], do)
        found[key] = Coding(**entry)
    return found


def _entries(value: Any, where: str, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadSettings(f"a table [{where}] in {path}", repr(value)[:80], f"Write [{where}] with entries below it.")
    return value
