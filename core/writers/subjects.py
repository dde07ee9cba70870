"""What a fact is about, and what a sentence names: classes, composites, markers, classifications.

A name that a sentence mentions must be what one of its facts is about, and the value that follows a name must be that
name's: so a class cannot be swapped for another. Names are found before anything else is read, the longest first, since
some hold digits ('CD16') or other names ('blast equivalents').
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from core.readings import Fact
from core.vocabulary import vocabularies, vocabulary

COMPOSITES = {
    "cblc": ("cblc", "early-cell composite"),
    "blasts": (
        *(f"blasts {word} blast equivalents" for word in ("and", "or", "with", "plus")),
        *(f"blasts {word} equivalents" for word in ("and", "with")),
    ),
    "me": ("m:e ratio", "m:e"),
    "who": ("who 5th ed. 2022", "who"),
    "icc": ("icc 2022 / eln 2022", "icc 2022", "icc", "eln 2022", "eln"),
}
ONE_CELLS = "cell.cd"  # a marker's value of one cell
OTHER = "other"
EVERYDAY = {"other", "others"}  # names of a class that are everyday words
OTHER_SUMS = ("cblc-3", "cblc-8")  # one of them is the case's own; the two are never compared


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a sentence: of what, and where it stands."""

    subject: str  # 'class.blast', 'cblc', 'marker.cd16'
    start: int
    end: int


@cache
def class_names() -> dict[str, tuple[str, ...]]:
    """Every name and plural of the shipped vocabularies → 'class.<code>' in each that has it."""
    found: dict[str, tuple[str, ...]] = {}
    for id in vocabularies():
        for one in vocabulary(id).classes:
            for word in {one.name.lower(), one.plural.lower()} - EVERYDAY:
                found[word] = (*found.get(word, ()), f"class.{one.code}")
    return found


def names(facts: Sequence[Fact]) -> dict[str, str]:
    """Every name that can be met → its subject, the case's own where several vocabularies have the name."""
    own = {subject for fact in facts for subject in of(fact)}
    found = {word: next((one for one in some if one in own), some[0]) for word, some in class_names().items()}
    found |= _own_classes(facts)
    found |= {word: word for word in OTHER_SUMS}
    found |= {word: subject for subject, words in COMPOSITES.items() for word in words}
    for fact in facts:
        if fact.id == "cblc.ratio":
            found[fact.name.lower()] = "cblc"
        if fact.id.startswith("marker."):
            marker = fact.id.split(".")[1]
            name = fact.name.removeprefix("cut-off of ").split(" of ")[0]
            found[name.lower()] = f"marker.{marker}"
        if fact.id.startswith(ONE_CELLS):
            found[fact.name.lower()] = f"marker.{fact.id.split('.')[1]}"
    return found


def _own_classes(facts: Sequence[Fact]) -> dict[str, str]:
    """A site's own vocabulary is known by the names of its shares."""
    return {
        fact.name.lower(): ".".join(fact.id.split(".")[:2])
        for fact in facts
        if fact.id.startswith("class.") and fact.id.endswith(".share")
    }


@lru_cache(maxsize=4096)
def _named(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w{{.]){re.escape(name)}(?![\w}}])")


def mentions(text: str, known: Mapping[str, str]) -> list[Mention]:
    """The names in a text, the longest first where they overlap, in the order of the text."""
    lower, found, taken = text.lower(), [], [False] * len(text)
    for name in sorted((name for name in known if name in lower), key=len, reverse=True):
        for match in _named(name).finditer(lower):
            if not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                found.append(Mention(known[name], match.start(), match.end()))
    return sorted(found, key=lambda mention: mention.start)


def of(fact: Fact) -> tuple[str, ...]:
    """The names that must stand by the fact's value; () when words that it demands say what it is."""
    parts = fact.id.split(".")
    if OTHER in parts:
        return ()
    if parts[0] in ("class", "uncounted"):
        return (f"class.{parts[1]}",)
    if parts[0] == "smudge":
        return ("class.smudge",)
    if parts[0] in ("cblc", "blasts", "me"):
        return (parts[0],)
    if parts[0] == "criteria":
        return (parts[1],)
    if parts[0] == "marker":
        inner = (f"class.{parts[2]}",) if len(parts) == 4 else ()
        return (f"marker.{parts[1]}", *inner)
    if fact.id.startswith("cell.probability."):
        return (f"class.{parts[2]}",)
    if fact.id.startswith(ONE_CELLS):
        return (f"marker.{parts[1]}",)
    return ()
