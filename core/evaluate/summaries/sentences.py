"""Sentences to try a guard with: kept as patterns by kind in TOML, filled with the classes and markers of a case."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.evaluate.summaries.made import Made
from core.readings import Fact
from core.summaries import Scope
from core.writers import sending

FOLDER = Path(__file__).parent
SETS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
PLACE = re.compile(r"<(top|hi|lo|[a-z])([1_]?)>", re.IGNORECASE)
SHARE = re.compile(r"\{([abnxyz]|top)\}")
HOLDER = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)\}")
NEVER = ("marker.cd34", "case.note", "case.stain", "case.pseudonym", "adequacy.counted.__class__", "file.name")
GOOD = "good"
Places = dict[str, tuple[str, str, str]]
Put = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One phrasing. `kind` is the scope of a good one, what is wrong of a bad one."""

    text: str
    kind: str
    good: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """A pattern filled for a case: what a language model's reply says."""

    text: str
    pattern: Pattern


@cache
def patterns(name: str) -> tuple[Pattern, ...]:
    """The set of that name."""
    table = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return tuple(
        Pattern(text, kind, word == GOOD)
        for word in (GOOD, "bad")
        for kind, texts in table.get(word, {}).items()
        for text in texts
    )


def filled(case: Made, among: Sequence[Pattern], chance: np.random.Generator) -> Iterator[Tried]:
    """Each pattern that can be said of the case, with some of its classes and markers."""
    offered = {fact.id: fact for fact in sending.offered(case.asked)}
    held = {fact.id for fact in case.asked.facts if fact.withheld}
    for pattern in among:
        if pattern.good and pattern.kind == "cell" and case.asked.scope is not Scope.CELL:
            continue
        text = _text(pattern, _places(case, offered, chance))
        if text is None:
            continue
        ids = set(HOLDER.findall(text))
        if pattern.good and len(HOLDER.findall(text)) > len(ids):
            continue  # a class that two letters stand for: no good sentence
        wanted = {id for id in ids if not id.startswith(NEVER)}
        withheld = pattern.kind == "a fact that is withheld"
        if withheld and not (held and (not ids or ids & held)):
            continue
        if withheld or wanted <= set(offered):
            yield Tried(text, pattern)


def _text(pattern: Pattern, places: Mapping[str, tuple[str, str, str]]) -> str | None:
    """The pattern with names and ids in; None where the case has nothing to put in."""
    needed = {match[1].lower() for match in PLACE.finditer(pattern.text)} | set(SHARE.findall(pattern.text))
    needed -= {"b"} if "<b>{" in pattern.text else set()  # the tag of a page, not a class
    if not needed <= set(places):
        return None

    def name(match: re.Match[str]) -> str:
        key = match[1].lower()
        if key not in places or (match[0] == "<b>" and "b" not in needed):
            return match[0]
        code, one, many = places[key]
        word = {"_": code, "1": one, "": many}[match[2]]
        return word[0].upper() + word[1:] if match[1][0].isupper() else word

    text = SHARE.sub(lambda match: f"{{class.{places[match[1]][0]}.share}}", pattern.text)
    return PLACE.sub(name, text)


def _places(case: Made, offered: Mapping[str, Fact], chance: np.random.Generator) -> dict[str, tuple[str, str, str]]:
    """Which class or marker stands for each letter: its code, its name, its plural."""
    found: dict[str, tuple[str, str, str]] = {}

    def put(letter: str, code: str) -> None:
        words = case.vocabulary[code]
        found[letter] = (code, words.name, words.plural)

    shares = {id.split(".")[1]: fact for id, fact in offered.items() if re.fullmatch(r"class\.\w+\.share", id)}
    there = sorted(code for code, fact in shares.items() if fact.value)
    if case.about:
        put("c", case.about)
    mixed = [str(code) for code in chance.permutation(there)]
    if len(mixed) >= 3:
        for letter, code in zip("xyz", mixed, strict=False):
            put(letter, code)
        ordered = sorted(there, key=lambda code: float(shares[code].value or 0), reverse=True)
        if _apart(shares[ordered[0]], shares[ordered[1]]):
            put("top", ordered[0])
        pairs = [(a, b) for a in there for b in there if _apart(shares[a], shares[b])]
        if pairs:
            a, b = pairs[int(chance.integers(len(pairs)))]
            put("a", a)
            put("b", b)
    none = sorted(set(shares) - set(there))
    if none:
        put("n", none[int(chance.integers(len(none)))])
    _likely(offered, put)
    found |= _marked(offered, chance, put)
    return found


def _likely(offered: Mapping[str, Fact], put: Put) -> None:
    chances = {id.split(".")[2]: fact for id, fact in offered.items() if id.startswith("cell.probability.")}
    known = sorted((c for c in chances if c != "other"), key=lambda c: float(chances[c].value or 0), reverse=True)
    if len(known) >= 2:
        put("p", known[0])
        put("q", known[1])


def _marked(offered: Mapping[str, Fact], chance: np.random.Generator, put: Put) -> Places:
    medians = [id.split(".") for id in offered if re.fullmatch(r"marker\.\w+\.\w+\.median", id)]
    if not medians:
        return {}
    found: Places = {}
    classes = sorted({parts[2] for parts in medians})
    for letter, code in zip("xyz", (str(one) for one in chance.permutation(classes)), strict=False):
        put(letter, code)
    marker = medians[int(chance.integers(len(medians)))][1]
    for letter, code in (("m", marker), ("k", "cd16")):
        name = next(f.name.split(" of ")[0] for id, f in offered.items() if id == f"marker.{code}.median")
        found[letter] = (code, name, name)
    cut = offered.get("marker.cd16.cut")
    for code in classes if cut is not None else ():
        value = offered[f"marker.cd16.{code}.median"].interval
        if value is not None and cut is not None:
            level = float(cut.value or 0)
            if value.low > level:
                put("hi", code)
            if value.high < level:
                put("lo", code)
    return found


def _apart(one: Fact, other: Fact) -> bool:
    return one.interval is not None and other.interval is not None and one.interval.low > other.interval.high
