"""How the classes are told, in words with their sources: `criteria.toml`, checked to the last field."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import BadSettings
from core.vocabulary import Vocabulary

FILE = Path(__file__).with_name("criteria.toml")
PARTS = ("nucleus", "chromatin", "cytoplasm")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One class in words. `apart`: other class → what tells the two apart."""

    code: str
    nucleus: str
    chromatin: str
    cytoplasm: str
    apart: Mapping[str, str]
    sources: tuple[str, ...]  # in full

    @property
    def look(self) -> str:
        """In one line."""
        return " ".join(f"{part}: {text[:1].lower()}{text[1:]}" for part, text in self.parts if text != "–")

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        return tuple((part.capitalize(), getattr(self, part)) for part in PARTS)


@cache
def criteria(file: Path = FILE) -> dict[str, Criterion]:
    """By code of the shipped vocabulary; whoever needs them for another gets those of the codes it shares."""
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        return {code: _criterion(code, row, told["source"]) for code, row in told["class"].items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise BadSettings(f"criteria of cell classes in {file.name}", f"{error}", "Mend that line.") from error


def apart(truth: str, given: str) -> str:
    """What tells the two classes apart, first what speaks for the truth; '' when nobody has written it down."""
    known = criteria()
    pairs = ((given, truth), (truth, given))
    return " ".join(known[one].apart[other] for one, other in pairs if one in known and other in known[one].apart)


def short(source: str) -> str:
    """First author and year, as a reader names a source."""
    year = re.search(r"\b(?:19|20)\d\d\b", source)
    return " ".join([source.split()[0].rstrip(","), *(year.group() for year in [year] if year)])


def sources(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Every source behind the classes of a vocabulary, each once, in the order of the classes."""
    known = criteria()
    return tuple(dict.fromkeys(s for code in vocabulary.codes if code in known for s in known[code].sources))


def _criterion(code: str, row: Mapping[str, object], known: Mapping[str, str]) -> Criterion:
    extra = set(row) - {*PARTS, "apart", "sources"}
    others, named = row["apart"], row["sources"]
    if extra or not isinstance(others, dict) or not isinstance(named, list) or not named:
        raise TypeError(f"class {code}: {', '.join(sorted(extra)) or 'apart and sources'}")
    parts = {part: str(row[part]) for part in PARTS}
    return Criterion(code, apart=others, sources=tuple(known[name] for name in named), **parts)
