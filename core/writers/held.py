"""The summary of a case as it is told now: the version that stands, or the template's where it is of yesterday.

A summary belongs to the facts it was written from. Once they are others it is shown as outdated and told to nobody as
if it were about the case; in its place stands the template's, with a note that says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.doors.words import Kind, Version, standing
from core.readings import LabelFreeReading, Reading
from core.summaries import Asked, Audience, Length, Summary, content
from core.vocabulary import Vocabulary
from core.writers import asking
from core.writers.template import Template

DO = "Write it anew, or edit the new text."


@dataclass(frozen=True, slots=True)
class Held:
    """What is told, and which version that is."""

    summary: Summary
    version: Version | None  # None: the template's, made just now
    outdated: Version | None  # the version that stands and was written from other facts
    asked: Asked  # what a writer would be asked now


def now(
    versions: Sequence[Version],
    reading: Reading | LabelFreeReading,
    vocabulary: Vocabulary,
    audience: Audience = Audience.CLINICIAN,
    length: Length = Length.FULL,
) -> Held:
    """`audience` and `length` are those of the template's where nothing was ever written; else the version's."""
    found = standing(versions)
    if found is not None:
        audience, length = found.summary.audience, found.summary.length
    asked = asking.of_case(reading, vocabulary, audience, length)
    if found is not None and found.summary.content == content(asked.facts):
        return Held(replace(found.summary, alerts=asked.alerts), found, None, asked)
    if found is None or found.kind is Kind.TRIED:  # nobody's words: the template's are made anew
        return Held(Template().write(asked), None, None, asked)
    return Held(replace(Template().write(asked), note=_note(found)), None, found, asked)


def _note(version: Version) -> str:
    day = f"{version.at:%Y-%m-%d %H:%M} UTC"
    return (
        f"Version {version.number} of {day} was written from other facts and is not told here: written by the template."
    )
