"""The forms of sentences that a language model may write, from `forms.toml`; read once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("forms.toml")
MACRO = re.compile(r"[A-Z]{2,}")
Clauses = tuple[tuple[str, tuple[str, ...]], ...]  # pattern of ids → forms


@dataclass(frozen=True, slots=True)
class Several:
    """Forms of two values or three; or, of what follows, of the second after the first."""

    facts: tuple[str, ...]  # patterns of ids
    forms: tuple[str, ...]
    other: bool = False  # the second is of another name than the first
    markers: bool = False  # of another marker too
    claim: str = ""  # what they say besides the values, held against the facts


@dataclass(frozen=True, slots=True)
class Grammar:
    opening: re.Pattern[str]  # words that lead up to a clause and say nothing of it
    between: tuple[str, ...]
    strong: tuple[str, ...]  # between whole clauses, where one of them claims something
    clauses: Clauses  # one value
    whole: Clauses  # one value, with a verb: what may stand beside a claim
    leading: Clauses  # one value, before another clause only
    pairs: tuple[Several, ...]
    following: tuple[Several, ...]
    claims: tuple[Several, ...]

    def of(self, table: Clauses, id: str) -> tuple[str, ...]:
        """The forms of the first pattern that the id is like."""
        return next((found for pattern, found in table if fnmatchcase(id, pattern)), ())


@cache
def grammar() -> Grammar:
    """All of it, with the parts put in."""
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    parts = table["parts"]
    return Grammar(
        opening=re.compile(_whole(table["opening"], parts)),
        between=tuple(table["between"]),
        strong=tuple(table["strong"]),
        clauses=_clauses(table["clauses"], parts),
        whole=_clauses(table["whole"], parts),
        leading=_clauses(table["leading"], parts),
        pairs=tuple(_several(row, parts) for row in table["pairs"]),
        following=tuple(_several(row, parts) for row in table["following"]),
        claims=tuple(_several(row, parts) for row in table["claims"]),
    )


def _clauses(table: Mapping[str, list[str]], parts: Mapping[str, str]) -> Clauses:
    return tuple((pattern, tuple(_whole(form, parts) for form in forms)) for pattern, forms in table.items())


def _several(row: Mapping[str, Any], parts: Mapping[str, str]) -> Several:
    forms = tuple(_whole(form, parts) for form in row["forms"])
    return Several(tuple(row["facts"]), forms, row.get("other", False), row.get("markers", False), row.get("claim", ""))


def _whole(form: str, parts: Mapping[str, str]) -> str:
    while (put := MACRO.sub(lambda match: _parted(match[0], parts), form)) != form:
        form = put
    return form


def _parted(word: str, parts: Mapping[str, str]) -> str:
    """The part that the word holds, the longest first: 'VBASE' is a value and its base."""
    if word in parts:
        return parts[word]
    for name in sorted(parts, key=len, reverse=True):
        if name in word:
            before, after = word.split(name, 1)
            return before + parts[name] + after
    return word
