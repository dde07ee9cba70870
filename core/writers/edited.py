"""What a person makes of a summary, and which numbers in it are then a person's.

A line that was left as it is keeps its writer and its facts. A line that was changed is the person's, and in it a
number is the code's only where it stands as it stood; every other one is marked, also one that changed places with
another, and one in letters. A mark stays through later edits; only the very line as it was written takes it off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest

from core import facts as printed
from core.summaries import PERSON, Asked, Sentence, Summary
from core.writers.lexicon import lexicon

PARTS = ("caveats", "sentences", "checks")
WORD = re.compile(r"[^\W\d_]+(?:-?[^\W_]+)*|[^\W_]+(?:[.,:/][^\W_]+)*|\S")
NAME = re.compile(r"[A-Z]{2,6}-?\d{1,3}[a-z]?")  # 'CD16', 'CBLC-3'
IN_LETTERS = "a number word"
VAGUE = ("couple", "once", "pair", "percent", "several", "single")  # of those words, what states no number


@dataclass(frozen=True, slots=True)
class Changes:
    """How much of a summary is another than it was."""

    changed: int
    added: int
    removed: int
    numbers: int  # typed by a person, in all of it

    @property
    def any(self) -> bool:
        return bool(self.changed or self.added or self.removed)

    @property
    def words(self) -> str:
        found = [
            f"{count} {what}"
            for count, what in ((self.changed, "changed"), (self.added, "added"), (self.removed, "taken out"))
            if count
        ]
        told = f"sentences: {', '.join(found)}" if found else "no sentence changed"
        return f"{told}; numbers typed by hand: {self.numbers}" if self.numbers else told


def edited(
    before: Summary, lines: Mapping[str, Sequence[str]], asked: Asked, earlier: Sequence[Summary] = ()
) -> Summary:
    """The summary with these lines, by part ('caveats', 'sentences', 'checks'); empty lines are none.

    A line that stands to the letter in an `earlier` version about these very facts is that version's sentence again;
    what was said of other facts comes from the person who types it now.
    """
    about = [some for some in earlier if some.content == before.content]
    known = {one.text: one for some in about for part in PARTS for one in getattr(some, part)}
    told = {part: _part(getattr(before, part), lines[part], asked, known) for part in PARTS}
    return replace(
        before, caveats=told["caveats"], sentences=told["sentences"], checks=told["checks"], note="", rejected=()
    )


def changes(before: Summary, after: Summary) -> Changes:
    """What a version says about itself in a list."""
    changed = added = removed = numbers = 0
    for part in PARTS:
        old, new = getattr(before, part), getattr(after, part)
        numbers += sum(len(one.by_hand) for one in new)
        for pair in _pairs([one.text for one in old], [one.text for one in new]):
            changed += pair[0] is not None and pair[1] is not None and old[pair[0]].text != new[pair[1]].text
            added += pair[0] is None
            removed += pair[1] is None
    return Changes(changed, added, removed, numbers)


def numbers(text: str) -> tuple[tuple[int, int], ...]:
    """Where numbers stand, in digits or in letters; not those in names, as in 'CD16'."""
    return tuple((start, end) for start, end, word in _words(text) if _is_number(word))


def _part(
    old: Sequence[Sentence], lines: Sequence[str], asked: Asked, known: dict[str, Sentence]
) -> tuple[Sentence, ...]:
    texts = [" ".join(line.split()) for line in lines]
    texts = [text for text in texts if text]
    result = []
    for was, now in _pairs([one.text for one in old], texts):
        if now is None:
            continue
        before = old[was] if was is not None else Sentence("")
        result.append(_sentence(before, texts[now], asked, known))
    return tuple(result)


def _sentence(before: Sentence, text: str, asked: Asked, known: dict[str, Sentence]) -> Sentence:
    if text == before.text:
        return before
    if text in known:
        return known[text]
    kept = tuple(id for id in before.facts if (fact := asked.fact(id)) is not None and printed.text(fact) in text)
    return Sentence(text, kept, (), PERSON, _by_hand(before, text))


def _by_hand(before: Sentence, text: str) -> tuple[tuple[int, int], ...]:
    """Numbers of the new text that no unmarked number of the old one stands for."""
    old, new = list(_words(before.text)), list(_words(text))
    same = SequenceMatcher(None, [word for _, _, word in old], [word for _, _, word in new], autojunk=False)
    kept: set[int] = set()
    for place in same.get_matching_blocks():
        for step in range(place.size):
            start, end, _ = old[place.a + step]
            if (start, end) not in before.by_hand:
                kept.add(place.b + step)
    return tuple((start, end) for at, (start, end, word) in enumerate(new) if _is_number(word) and at not in kept)


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    for match in WORD.finditer(text):
        yield match.start(), match.end(), match[0]


def _is_number(word: str) -> bool:
    if any(c.isnumeric() for c in word):
        return not NAME.fullmatch(word)
    parts = set(word.lower().split("-")).difference(VAGUE)
    return any(lexicon().forbidden.get(part, "") == IN_LETTERS for part in parts)


def _pairs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """Lines that belong together: the same ones, then in between those in the same place."""
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from zip(range(a, b), range(c, d), strict=True)
        else:
            yield from zip_longest(range(a, b), range(c, d))
