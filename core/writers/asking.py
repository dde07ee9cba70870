"""What a writer is asked: the facts of a case, a class or a cell, what is known of them, and the alerts.

Free text that a person entered (stain, genetics, notes) stays behind: a case's genetics are told as the row of the
criteria's table that was read, so that a language model is never sent what somebody typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from core import facts_scoped, knowledge, labels
from core.knowledge import Statement
from core.readings import Alert, Fact, LabelFreeReading, Reading
from core.records import Cell, Domain, Review, Seen
from core.robustness.records import Word
from core.summaries import Asked, Audience, Length, Scope
from core.vocabulary import CellClass, Vocabulary

OneReading = Reading | LabelFreeReading

LEVELS = ("urgent", "warning", "note")
OF_A_CASE = (
    "alert.inadequate",
    "alert.withheld",
    "alert.smudge",
    "alert.low_share",
    "alert.promyelocytes",
    "alert.mark",
    "alert.background",
)
"""Alerts that speak of shares and not of a single cell."""

MARKER = re.compile(r"cd\d")

SMUDGE = "Smudge cells are many: blasts smudge more often than others, so that the true share may be higher."
SYNTHETIC = "Synthetic case: the pictures were drawn by a program and belong to no patient."
ODD_CELL = "This cell is unlike those the classifier was calibrated on: no figure of its card speaks of it."
UNLIKE = "unlike those the classifier was calibrated on"
SURROUNDINGS = "Fragile: among other surroundings these same cells give another reading (test of the surroundings)."
UNREADABLE = "not for reading"
OVERTURNED = ("With the classifier's error", "Corrected for the classifier's confusion")
"""How warnings begin that a mark which sampling seems to settle is open, or lies on the other side."""


def of_case(
    reading: OneReading,
    vocabulary: Vocabulary,
    audience: Audience = Audience.CLINICIAN,
    length: Length = Length.FULL,
) -> Asked:
    """Everything that may be said of the case."""
    statements = _known(_topics(reading, vocabulary), reading)
    facts = tuple(_without_free_text(reading.facts, reading))
    return Asked(Scope.CASE, audience, length, facts, statements, alerts(reading), "Case")


def of_class(
    reading: OneReading,
    seen: Seen,
    reviews: Sequence[Review],
    code: str,
    vocabulary: Vocabulary,
    audience: Audience = Audience.CLINICIAN,
    length: Length = Length.FULL,
) -> Asked:
    """Everything that may be said of one class of the case."""
    words = vocabulary[code]
    facts = facts_scoped.of_class(reading, seen, reviews, code, vocabulary)
    statements = _known(_codes(words, vocabulary), reading)
    title = words.plural[0].upper() + words.plural[1:]
    return Asked(Scope.CLASS, audience, length, facts, statements, alerts(reading), title)


def of_cell(
    seen: Seen,
    reviews: Sequence[Review],
    cell: Cell,
    reading: OneReading,
    vocabulary: Vocabulary,
    audience: Audience = Audience.CLINICIAN,
    length: Length = Length.FULL,
) -> Asked:
    """Everything that may be said of one cell."""
    label = labels.settled(seen, reviews).get(cell.id)
    facts = facts_scoped.of_cell(seen, reviews, cell, reading, vocabulary)
    statements = _known(_codes(vocabulary[label], vocabulary) if label else (), reading)
    call = next((call for call in seen.calls if call.cell == cell.id), None)
    own = tuple(alert for alert in alerts(reading) if not alert.id.startswith(OF_A_CASE))
    if call and labels.odd(call):
        own = _ordered((*own, Alert("alert.odd_cell", "warning", ODD_CELL)))
    title = f"One cell, called {vocabulary[label].name}" if label else "One cell, not named"
    return Asked(Scope.CELL, audience, length, facts, statements, own, title)


def alerts(reading: OneReading) -> tuple[Alert, ...]:
    """What is printed whoever writes: the case's own alerts, and that it is inadequate, strange or withheld."""
    found = list(reading.alerts)
    adequacy, quality = reading.adequacy, reading.quality
    if adequacy.word == "inadequate":
        text = f"Inadequate: {adequacy.counted} of {adequacy.target} cells were counted."
        found.append(Alert("alert.inadequate", "warning", text))
    if quality.withheld:
        found.append(
            Alert(
                "alert.withheld",
                "warning",
                f"All shares, and what is read from them, are withheld: {quality.withheld}.",
            )
        )
    strange = [text for text in quality.warnings if UNLIKE in text]
    found += [Alert("alert.domain", "warning", text) for text in strange if UNLIKE not in quality.withheld]
    overturned = [text for text in reading.warnings if text.startswith(OVERTURNED)]
    found += [Alert(f"alert.mark.{number}", "warning", text) for number, text in enumerate(overturned, 1)]
    if isinstance(reading, Reading) and reading.smudge.warn and not quality.withheld:
        found.append(Alert("alert.smudge", "warning", SMUDGE))
    if any(fact.id == "background.word" and fact.value == Word.FRAGILE for fact in reading.facts):
        found.append(Alert("alert.background", "warning", SURROUNDINGS))
    if reading.info.domain is Domain.PROCEDURAL:
        found.append(Alert("alert.synthetic", "note", SYNTHETIC))
    return _ordered((*found, *_notices(reading)))


def _notices(reading: OneReading) -> Iterator[Alert]:
    """What the cards want printed wherever their results are. Every card has one: only a baseline's warns."""
    told = dict.fromkeys((model.name, model.notice) for model in reading.models if model.notice)
    for number, (name, notice) in enumerate(told, 1):
        yield Alert(f"alert.model.{number}", "warning" if UNREADABLE in notice else "note", f"{name}: {notice}.")


def _ordered(found: Sequence[Alert]) -> tuple[Alert, ...]:
    return tuple(sorted(found, key=lambda alert: LEVELS.index(alert.level)))


def _without_free_text(facts: Sequence[Fact], reading: OneReading) -> Iterator[Fact]:
    for fact in facts:
        if fact.id == "case.stain":
            continue
        if fact.id == "case.genetics":
            if isinstance(reading, Reading) and reading.criteria:
                yield replace(fact, value=reading.criteria[0].genetics)
        elif fact.id.startswith("criteria."):
            yield replace(fact, note="")
        else:
            yield fact


def _codes(words: CellClass, vocabulary: Vocabulary) -> tuple[str, str]:
    return words.code, f"{vocabulary.id}:{words.code}"


def _known(topics: Sequence[str], reading: OneReading) -> tuple[Statement, ...]:
    """Statements on these and on the markers that are shown, without those on other classes.

    Nothing is said of a marker that is withheld: biology beside a missing number reads as if it were about it.
    """
    markers = reading.markers if isinstance(reading, LabelFreeReading) else ()
    shown = {marker.id for marker in markers if not marker.withheld}
    wanted = {*topics, *shown, *(["markers"] if shown else [])}
    found = []
    for statement in knowledge.about(wanted):
        about_markers = {topic for topic in statement.about if MARKER.match(topic)}
        about_rest = set(statement.about) - about_markers
        if (not about_markers or about_markers & shown) and (not about_rest or about_rest & wanted):
            found.append(statement)
    return tuple(found)


def _topics(reading: OneReading, vocabulary: Vocabulary) -> list[str]:
    """What there is something to say about in this case."""
    topics = ["apl"] if any(alert.id == "alert.apl" for alert in reading.alerts) else []
    topics += [f"adequacy:{reading.info.specimen.value}"] if reading.adequacy.word == "inadequate" else []
    if reading.quality.withheld:
        return topics
    present = [share.id.split(".")[1] for share in reading.differential if share.count]
    if isinstance(reading, LabelFreeReading):
        return [*topics, *(f"{vocabulary.id}:{code}" for code in present)]
    topics += ["criteria"] + (["blasts", f"blasts:{reading.info.specimen.value}"] if reading.blasts.count else [])
    topics += (["me"] if reading.me and reading.me.value is not None else []) + (
        ["smudge"] if reading.smudge.warn else []
    )
    for code in present:
        topics += _codes(vocabulary[code], vocabulary)
    return topics
