"""Does a sentence have a form that binds every value to what it is a value of? The forms are in `forms.toml`.

A list of harmless words is not enough: harmless words, put together, state things ("lymphocytes of the monocytes",
"more than these are"). So the whole sentence must be of a known form, with each name and each value in its place.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path

from core.readings import Fact
from core.writers import claims, subjects

FILE = Path(__file__).with_name("forms.toml")
HOLDER = re.compile(r"\{[A-Za-z0-9_.-]+\}")
MACRO = re.compile(r"[A-Z]{2,}")
NAMED = re.compile(r"(NV|[NMCV])(2?)(?![A-Z])")
TOGETHER = r"(?:N(?: \(V\)|,? (?:at|with) V,?|, V,| V))"  # what NV is: a name with its value

WHOLE = re.compile(r"counted cells|cells counted|differential|\bcount\b")
BESIDE = ("smudge.", "uncounted.", "erythroblasts.")  # 'Of the counted cells, …, and smudge cells …' would be of them
NO_NAME = "(?:others?|other cells)"


@dataclass(frozen=True, slots=True)
class Following:
    """How a value may follow on another without a clause of its own."""

    facts: tuple[str, str]
    forms: tuple[str, ...]
    other: bool  # of another name than the first
    first: str  # how the first then stands; '' as in its clause


@dataclass(frozen=True, slots=True)
class Claim:
    facts: tuple[str, ...]
    claim: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forms:
    between: str
    clauses: dict[str, tuple[str, ...]]
    following: tuple[Following, ...]
    claims: tuple[Claim, ...]

    def of(self, id: str) -> tuple[str, ...]:
        return next((found for pattern, found in self.clauses.items() if fnmatchcase(id, pattern)), ())


@cache
def forms() -> Forms:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    parts = table["parts"]

    def whole(form: str) -> str:
        while (put := MACRO.sub(lambda match: _parted(match[0], parts), form)) != form:
            form = put
        return form

    return Forms(
        between=table["between"],
        clauses={pattern: tuple(map(whole, some)) for pattern, some in table["clauses"].items()},
        following=tuple(
            Following((one["facts"][0], one["facts"][1]), tuple(map(whole, one["forms"])), one.get("other", False),
                      one.get("first", ""))
            for one in table["following"]
        ),
        claims=tuple(
            Claim(tuple(one["facts"]), one["claim"], tuple(map(whole, one["forms"]))) for one in table["claims"]
        ),
    )  # fmt: skip


def _parted(word: str, parts: dict[str, str]) -> str:
    """The part that the word begins with, the longest first: 'VBASE' is a value and its base."""
    if word in parts:
        return str(parts[word])
    for name in sorted(parts, key=len, reverse=True):
        if name in word:
            before, after = word.split(name, 1)
            return before + str(parts[name]) + after
    return word


@dataclass(frozen=True, slots=True)
class Slot:
    """A value of a sentence by its place: what is asked of the form around it, whichever class or marker it is of."""

    id: str  # the fact's, with 'x' for the class and 'm' for the marker: sentences of one shape share an expression
    name: str  # how its class or sum is marked in the text
    marker: str
    value: str


def problem(text: str, used: Sequence[Fact], all_facts: Sequence[Fact]) -> str:
    """'' when the sentence has a form, and what it claims is borne out; else why not."""
    plain, slots = _marked(text, used, all_facts)
    reason = "a form of sentence that is not known"
    if plain.count("(") != plain.count(")") or len({fact.id for fact in used}) < len(used):
        return reason
    if len(used) > 1 and WHOLE.search(plain) and any(fact.id.startswith(BESIDE) for fact in used):
        return "a value that is no part of the counted cells, in a sentence about them"
    if _clauses(slots).fullmatch(plain):
        return ""
    for one in forms().claims:
        if len(one.facts) != len(used) or not all(map(fnmatchcase, (fact.id for fact in used), one.facts)):
            continue
        if _claim(one, slots).fullmatch(plain):
            if claims.borne_out(one.claim, used, all_facts):
                return ""
            reason = f"a claim that the facts do not bear out: {one.claim}"
    return reason


def _marked(text: str, used: Sequence[Fact], all_facts: Sequence[Fact]) -> tuple[str, tuple[Slot, ...]]:
    """In small letters, names and values as marks by their order: '<0> make up <=0>'."""
    known = list(dict.fromkeys(subject for fact in used for subject in subjects.of(fact)))
    marks = [
        (one.start, one.end, f"<{known.index(one.subject)}>" if one.subject in known else "<?>")
        for one in subjects.mentions(text, subjects.names(all_facts))
    ]
    marks += [(*match.span(), f"<={place}>") for place, match in enumerate(HOLDER.finditer(text))]
    pieces, at = [], 0
    for start, end, mark in sorted(marks):
        pieces += [text[at:start].lower(), mark]
        at = end
    pieces.append(text[at:].lower())
    return "".join(pieces).removesuffix(".").strip(), tuple(_slot(fact, n, known) for n, fact in enumerate(used))


def _slot(fact: Fact, place: int, known: Sequence[str]) -> Slot:
    """A class that is called 'other' has no name of its own."""
    parts = fact.id.split(".")
    names = [f"<{known.index(one)}>" for one in subjects.of(fact) if not one.startswith("marker.")]
    markers = [f"<{known.index(one)}>" for one in subjects.of(fact) if one.startswith("marker.")]
    if parts[0] == "marker":
        parts[1:-1] = ["m", "x"][: len(parts) - 2]
    elif parts[0] == "class" or fact.id.startswith("cell.probability."):
        parts[1 if parts[0] == "class" else 2] = "x"
    return Slot(".".join(parts), names[0] if names else NO_NAME, markers[0] if markers else "(?!)", f"<={place}>")


@lru_cache(maxsize=4096)
def _clauses(slots: tuple[Slot, ...]) -> re.Pattern[str]:
    """The expression that a sentence of these values, one clause a value, is like."""
    whole = _any([_put(form, slots) for form in forms().of(slots[0].id)])
    for place in range(1, len(slots)):
        pair = slots[place - 1 : place + 1]
        own = [forms().between + _any([_put(form, pair[1:]) for form in forms().of(pair[1].id)])]
        follows = [one for one in forms().following if _may_follow(one, pair)]
        own += [_put(form, pair[1:]) for one in follows for form in one.forms if not one.first]
        begun = [
            _put(one.first, pair) + _put(form, pair[1:])
            for one in follows
            for form in one.forms
            if one.first and place == 1
        ]
        whole = _any([whole + _any(own), *begun])
    return re.compile(whole)


@lru_cache(maxsize=4096)
def _claim(one: Claim, slots: tuple[Slot, ...]) -> re.Pattern[str]:
    return re.compile(_any([_put(form, slots) for form in one.forms]))


def _may_follow(one: Following, pair: Sequence[Slot]) -> bool:
    """The ids are like those of the form; and values are of one marker, and of one name where the form says so."""
    first, second = pair
    if not (fnmatchcase(first.id, one.facts[0]) and fnmatchcase(second.id, one.facts[1])):
        return False
    return first.marker == second.marker and (one.other or first.name == second.name)


def _any(expressions: Sequence[str]) -> str:
    """One of them; nothing at all where there is none."""
    return f"(?:{'|'.join(expressions)})" if expressions else "(?!)"


def _put(form: str, slots: Sequence[Slot]) -> str:
    """The form with the marks of the first value in, and of the second where it has a 2."""

    def mark(match: re.Match[str]) -> str:
        slot = slots[1 if match[2] else 0]
        if match[1] == "NV":
            return _put(TOGETHER, [slot])
        return {"V": slot.value, "M": slot.marker}.get(match[1], slot.name)

    return NAMED.sub(mark, form)
