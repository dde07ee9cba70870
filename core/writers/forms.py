"""Does a sentence have a form that binds every value to what it is a value of? The forms are in `forms.toml`.

A list of harmless words is not enough: harmless words, put together, state things ("lymphocytes of the monocytes",
"more than these are"). So the whole sentence must be made of known clauses, with each name and each value in its place:

    sentence → names and values as marks → clauses joined one by one, a claim only where the facts bear it out
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import lru_cache

from core.readings import Fact
from core.writers import claims, subjects
from core.writers.grammar import Grammar, Several, grammar

HOLDER = re.compile(r"\{[A-Za-z0-9_.-]+\}")
VALUE = re.compile(r"<=\d+>")
NAMED = re.compile(r"(NV|[NMCV])([23]?)(?![A-Z])")
TOGETHER = r"(?:N(?: \(V\)|,? (?:at|with) V,?|, V,?| V))"  # what NV is: a name with its value

WHOLE = re.compile(r"counted cells|cells counted|differential|\bcount\b")
BESIDE = ("smudge.", "uncounted.", "erythroblasts.")  # 'Of the counted cells, …, and smudge cells …' would be of them
OF_A_CLASS = re.compile(r"(?:^|[,;] |and |while |whereas )(?:of|among|in|for) (?:the )?<\d+>")
OF_THE_COUNTED = re.compile(r"(?:^|[,;] |and |while |whereas )(?:of|among|in) (?:the |all |all the )?counted cells")
OF_ALL = ("adequacy.", "cells.", "calls.", "quality.", "images.")  # 'Of the blasts, …, and 200 cells …' would be blasts
ONE_CELL = re.compile(r"\b(?:the|this|a) cell\b(?! count| area)")
PARTS = ("unsure_share", "odd_share", "reviewed", "above")  # after these, 'they' could be the part
THEY = "(?:they|them|these|it)"
NO_NAME = "(?:others?|other cells)"
BLAST_SHARE = re.compile(r"\b(?:blast share|share of (?:the )?blasts and blast equivalents)\b", re.IGNORECASE)
UNKNOWN = "a form of sentence that is not known"


@dataclass(frozen=True, slots=True)
class Slot:
    """A value of a sentence by its place: what is asked of the form around it, whichever class or marker it is of."""

    id: str  # the fact's, with 'x' for the class and 'm' for the marker: sentences of one shape share an expression
    name: str  # how its class or sum is marked in the text
    marker: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence to be read: its text with marks in, its values, and where these stand."""

    text: str
    slots: tuple[Slot, ...]
    facts: tuple[Fact, ...]
    all_facts: tuple[Fact, ...]
    places: tuple[tuple[int, int], ...]

    def ends(self, last: int) -> Iterator[int]:
        """Where a clause may end whose last value is this one: after it, before the next, at the end of a word."""
        until = self.places[last + 1][0] if last + 1 < len(self.places) else len(self.text)
        for at in range(self.places[last][1], until + 1):
            if at == len(self.text) or not (self.text[at - 1].isalnum() and self.text[at].isalnum()):
                yield at


def problem(text: str, used: Sequence[Fact], all_facts: Sequence[Fact]) -> str:
    """'' when the sentence has a form, and what it claims is borne out; else why not."""
    line = _line(text, used, all_facts)
    if line.text.count("(") != line.text.count(")") or len({fact.id for fact in used}) < len(used):
        return UNKNOWN
    if _mixed(line):
        return "a value that is no part of the counted cells, in a sentence about them"
    if ONE_CELL.search(line.text) and not any(fact.id.startswith("cell.") for fact in all_facts):
        return "one cell, where none is spoken of"
    if _plain(line):
        return ""
    untrue: list[str] = []
    if _claiming(line, untrue):
        return ""
    return f"a claim that the facts do not bear out: {untrue[0]}" if untrue else UNKNOWN


def _mixed(line: Line) -> bool:
    """A value with a denominator of its own, beside such as have another one."""
    beside = [fact for fact in line.facts if fact.id.startswith(BESIDE)]
    shares = [fact for fact in line.facts if fact.unit == "%" and fact not in beside]
    own = any(fact.unit != "cells" for fact in beside)  # cells outside the denominator are said to be there
    if beside and len(line.facts) > 1 and (WHOLE.search(line.text) or (own and shares)):
        return True
    ids = [fact.id for fact in line.facts]
    if OF_A_CLASS.search(line.text) and any(id.startswith(OF_ALL) for id in ids):
        return True
    return bool(OF_THE_COUNTED.search(line.text) and "cells.count" in ids)


def _plain(line: Line) -> bool:
    """Clauses, a value each or several, joined by a word between them or following on the one before."""
    known = grammar()
    reached: list[set[int]] = [{0}, *(set() for _ in line.slots)]
    for done in range(len(line.slots)):
        begins = [
            (at, _joined(line.text, at, known.between) if done else _opened(line.text, at)) for at in reached[done]
        ]
        for at, after in begins:
            for count, expression in _units(known, line.slots[done : done + 3], _meant(line, done)):
                last = done + count - 1
                found = (
                    end for end in line.ends(last) for start in after if expression.fullmatch(line.text, start, end)
                )
                reached[done + count].update(found)
            if done:
                follows = _follows(line, done)
                reached[done + 1].update(e for e in line.ends(done) if follows.fullmatch(line.text, at, e))
    return len(line.text) in reached[-1]


def _meant(line: Line, done: int) -> bool:
    """'They' can only be what every clause before has been about, all of it, and this value is of it too."""
    if any(slot.id.endswith(PARTS) for slot in line.slots[:done]):
        return False
    names = {slot.name for slot in line.slots[:done]} - {NO_NAME}
    return names == {line.slots[done].name}


def _claiming(line: Line, untrue: list[str]) -> bool:
    """Claims among whole clauses, each with a verb of its own: what a claim says must not run on to the next name."""
    known = grammar()
    reached: list[set[int]] = [{0}, *(set() for _ in line.slots)]
    for done in range(len(line.slots)):
        for at in reached[done]:
            for start in _joined(line.text, at, known.strong) if done else _opened(line.text, at):
                whole = _any_of(known.of(known.whole, line.slots[done].id), line.slots[done : done + 1])
                reached[done + 1].update(end for end in line.ends(done) if whole.fullmatch(line.text, start, end))
                for claim in known.claims:
                    last = done + len(claim.facts)
                    if last <= len(line.slots):
                        reached[last].update(_claimed(line, claim, done, start, untrue))
    return len(line.text) in reached[-1]


def _claimed(line: Line, claim: Several, done: int, start: int, untrue: list[str]) -> list[int]:
    """Where this claim may end, if it stands here and holds."""
    slots = line.slots[done : done + len(claim.facts)]
    if not _like(claim, slots):
        return []
    expression = _any_of(claim.forms, slots)
    found = [end for end in line.ends(done + len(slots) - 1) if expression.fullmatch(line.text, start, end)]
    if found and not claims.borne_out(claim.claim, line.facts[done : done + len(slots)], line.all_facts):
        untrue.append(claim.claim)
        return []
    return found


def _opened(text: str, at: int) -> list[int]:
    """Where the first clause, or one after a joint, may begin: here, or after words that only lead up to it."""
    found = grammar().opening.match(text, at)
    return [at, found.end()] if found else [at]


def _joined(text: str, at: int, joints: Sequence[str]) -> list[int]:
    return [start for joint in joints if text.startswith(joint, at) for start in _opened(text, at + len(joint))]


def _follows(line: Line, done: int) -> re.Pattern[str]:
    """How this value may follow on the one before it."""
    pair = line.slots[done - 1 : done + 1]
    two = line.facts[done - 1 : done + 1]
    allowed = (one for one in grammar().following if _like(one, pair) and (one.other or _same(pair)))
    true = (one for one in allowed if not one.claim or claims.borne_out(one.claim, two, line.all_facts))
    forms = [form for one in true for form in one.forms]
    return _any_of(tuple(forms), pair[1:])


def _same(pair: Sequence[Slot]) -> bool:
    """Two values of one name."""
    return pair[0].name == pair[1].name


def _like(one: Several, slots: Sequence[Slot]) -> bool:
    """The ids are like the patterns; and those of markers are of one marker."""
    if len(one.facts) != len(slots) or not all(map(fnmatchcase, (slot.id for slot in slots), one.facts)):
        return False
    return one.markers or len({slot.marker for slot in slots if slot.marker}) < 2


@lru_cache(maxsize=4096)
def _units(known: Grammar, slots: tuple[Slot, ...], meant: bool) -> tuple[tuple[int, re.Pattern[str]], ...]:
    """Expressions of what may begin with the first of these values, and of how many of them each is."""
    first = known.of(known.clauses, slots[0].id)
    if len(slots) > 1:
        first += known.of(known.leading, slots[0].id)
    found = [(1, _any_of(first, slots[:1]))]
    if meant:
        found.append((1, _any_of(first, (replace(slots[0], name=THEY),))))
    for one in known.pairs:
        some = slots[: len(one.facts)]
        names = {slot.name for slot in some} - {NO_NAME}
        if _like(one, some) and (one.other or len(names) < 2):
            found.append((len(some), _any_of(one.forms, some)))
    return tuple(found)


@lru_cache(maxsize=4096)
def _any_of(forms: tuple[str, ...], slots: tuple[Slot, ...]) -> re.Pattern[str]:
    """One of the forms, around these values; nothing at all where there is none."""
    return re.compile("|".join(_put(form, slots) for form in forms) or "(?!)")


def _put(form: str, slots: Sequence[Slot]) -> str:
    """The form with the marks of the first value in, and of the second and third where it has a 2 or 3."""

    def mark(match: re.Match[str]) -> str:
        slot = slots[int(match[2] or 1) - 1]
        if match[1] == "NV":
            return _put(TOGETHER, [slot])
        return {"V": slot.value, "M": slot.marker or "(?!)"}.get(match[1], slot.name)

    return NAMED.sub(mark, form)


def _line(text: str, used: Sequence[Fact], all_facts: Sequence[Fact]) -> Line:
    """In small letters, names and values as marks by their order: '<0> make up <=0>'."""
    if used and all(fact.id.startswith("criteria.") for fact in used):
        text = BLAST_SHARE.sub("<share>", text)  # what the criteria read, and no share of a class
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
    plain = "".join(pieces).removesuffix(".").strip()
    places = tuple(match.span() for match in VALUE.finditer(plain))
    slots = tuple(_slot(fact, n, known) for n, fact in enumerate(used))
    return Line(plain, slots, tuple(used), tuple(all_facts), places)


def _slot(fact: Fact, place: int, known: Sequence[str]) -> Slot:
    """A class that is called 'other' has no name of its own. A sum may be named twice: 'CBLC-3 (the composite)'."""
    parts = fact.id.split(".")
    names = [f"<{known.index(one)}>" for one in subjects.of(fact) if not one.startswith("marker.")]
    markers = [f"<{known.index(one)}>" for one in subjects.of(fact) if one.startswith("marker.")]
    if parts[0] == "marker":
        parts[1:-1] = ["m", "x"][: len(parts) - 2]
    elif parts[0] == "class" or fact.id.startswith("cell.probability."):
        parts[1 if parts[0] == "class" else 2] = "x"
    elif markers:
        parts[1] = "m"
    name = names[0] if names else NO_NAME
    if parts[0] == "cblc":
        name = rf"{name}(?: \({name}\)|, (?:the |an )?{name},?| {name})?"
    return Slot(".".join(parts), name, markers[0] if markers else "", f"<={place}>")
