"""What is asked of a writer and what it gives back. Records only: facts go in, sentences come out.

A sentence names the facts and statements it rests on; every number in it is the printed form of one of those facts
(`core.facts.text`), put there by code. Alerts stand beside the sentences and not among them: `text` prints them
first, whoever wrote the rest, so that no writer can drop one.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from core.knowledge import Statement
from core.readings import Alert, Fact

TEMPLATE, PERSON = "template", "person"
"""Origins of a sentence; anything else is the name of the language model that wrote it."""


class Scope(StrEnum):
    CASE = "case"
    CLASS = "class"
    CELL = "cell"


class Audience(StrEnum):
    CLINICIAN = "clinician"
    BOARD = "board"  # the tumour board
    TEACHING = "teaching"


class Length(StrEnum):
    SHORT = "short"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything a writer may speak of. There is nothing in it that names a person, a file or a cell's id."""

    scope: Scope
    audience: Audience
    length: Length
    facts: tuple[Fact, ...]
    statements: tuple[Statement, ...]  # biology, each with its source
    alerts: tuple[Alert, ...]  # urgent ones first; printed by code
    title: str  # 'Case', 'Lymphocytes', 'One cell, called blast'

    def fact(self, id: str) -> Fact | None:
        return next((fact for fact in self.facts if fact.id == id), None)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with what it rests on. `origin` is who wrote it: 'template', 'person' or a model's name."""

    text: str
    facts: tuple[str, ...] = ()  # ids
    statements: tuple[str, ...] = ()  # ids
    origin: str = TEMPLATE
    by_hand: tuple[tuple[int, int], ...] = ()  # where in the text numbers stand that a person typed


@dataclass(frozen=True, slots=True)
class Rejected:
    """What a language model wrote and nobody is shown, kept for inspection."""

    text: str
    reason: str  # 'a number of its own: 37'
    attempt: int = 1  # 1 the first answer, 2 after it was asked again


@dataclass(frozen=True, slots=True)
class Summary:
    """What a writer made of what it was asked."""

    sentences: tuple[Sentence, ...]
    caveats: tuple[Sentence, ...]  # what is uncertain: printed before the sentences
    checks: tuple[Sentence, ...]  # what a person might look at next; never a treatment
    alerts: tuple[Alert, ...]
    writer: str  # 'template' or a model's name
    content: str  # sha256 of the facts it was made from, see `content`
    rejected: tuple[Rejected, ...] = ()
    note: str = ""  # a plain word when a language model failed: 'no answer within 30 s: written by the template'
    scope: Scope = Scope.CASE
    audience: Audience = Audience.CLINICIAN
    length: Length = Length.FULL
    title: str = ""


LEVELS = {"urgent": "URGENT: ", "warning": "Warning: ", "note": ""}
MARK = "†"
MARKED = f"{MARK} A number that a person typed; it is not computed from the case."


def told(sentence: Sentence) -> str:
    """The sentence as it is printed: a number that a person typed carries a mark."""
    text = sentence.text
    for _, end in sorted(sentence.by_hand, reverse=True):
        text = f"{text[:end]}{MARK}{text[end:]}"
    return text


def footnote(summary: Summary) -> str:
    """What the mark means, where there is one."""
    sentences = (*summary.caveats, *summary.sentences, *summary.checks)
    return MARKED if any(sentence.by_hand for sentence in sentences) else ""


def text(summary: Summary) -> str:
    """The summary in plain text, a line a sentence: alerts, doubts, what is said, what to look at next."""
    parts = ["\n".join(LEVELS.get(alert.level, "") + alert.text for alert in summary.alerts)]
    for heading, sentences in (("Uncertain", summary.caveats), ("", summary.sentences), ("To check", summary.checks)):
        if sentences and heading:
            parts.append("\n".join((f"{heading}:", *(f"- {told(sentence)}" for sentence in sentences))))
        elif sentences:
            parts.append("\n".join(told(sentence) for sentence in sentences))
    parts += [footnote(summary), summary.note]
    return "\n\n".join(part for part in parts if part) + "\n"


def content(facts: Sequence[Fact]) -> str:
    """SHA-256 of the facts: a summary whose `content` is another one's was made from other facts."""
    rows = [_plain(asdict(fact)) for fact in facts]
    line = json.dumps(rows, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(line.encode()).hexdigest()


def as_table(summary: Summary) -> dict[str, Any]:
    """The summary as plain values, for JSON; `of_table` reads it back to an equal one."""
    return asdict(summary)


def of_table(table: Mapping[str, Any]) -> Summary:
    """A summary from what `as_table` gave, through JSON or not."""
    rest = {name: table[name] for name in ("writer", "content", "note", "title")}
    return Summary(
        sentences=_sentences(table["sentences"]),
        caveats=_sentences(table["caveats"]),
        checks=_sentences(table["checks"]),
        alerts=tuple(Alert(**row) for row in table["alerts"]),
        rejected=tuple(Rejected(**row) for row in table["rejected"]),
        scope=Scope(table["scope"]),
        audience=Audience(table["audience"]),
        length=Length(table["length"]),
        **rest,
    )


def _sentences(rows: Sequence[Mapping[str, Any]]) -> tuple[Sentence, ...]:
    return tuple(
        Sentence(
            row["text"],
            tuple(row["facts"]),
            tuple(row["statements"]),
            row["origin"],
            tuple((start, end) for start, end in row["by_hand"]),
        )
        for row in rows
    )


def _plain(value: Any) -> Any:
    """The same value with infinities as words, which JSON has no number for."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
