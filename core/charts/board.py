"""A tumour board: what is stepped through, and how shares went from sample to sample. Names only where they may be.

Samples are of one pseudonym. Shares of other specimens, kinds of pictures or vocabularies are other courses: they have
other denominators and are never joined by a line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core import labels
from core.charts import field, words
from core.doors.board import Board, Layout, Shown
from core.readings import LabelFreeReading, Reading, Share
from core.records import CaseInfo, Modality, Review, Seen, Specimen
from core.vocabulary import Vocabulary

EACH = 2  # cells of a class that are proposed for a board
MOST = 24
BLASTS, COMPOSITE = "#b42d2d", "#0d8088"  # a colour each, as they are never one
SPECIMENS = {Specimen.MARROW: "bone marrow", Specimen.BLOOD: "peripheral blood"}


@dataclass(frozen=True, slots=True)
class Slide:
    """One picture to step to: a cell, or a field with its outlines."""

    kind: str  # 'cell' or 'field'
    item: str  # id of the cell or the image
    name: str
    said: str
    colour: str = ""
    wide: bool = False  # a strip of views
    width: int = 0
    height: int = 0
    outlines: str = ""  # markup made by core.charts.field, every word escaped


@dataclass(frozen=True, slots=True)
class Held:
    """One sample of a course: its case, when that was stored, what may be stated of it, its day if one was entered."""

    case: str
    at: dt.datetime
    reading: Reading | LabelFreeReading
    vocabulary: Vocabulary
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A share at one time, in percent; None where it is withheld."""

    name: str  # 'day 0', or its date where names may be
    day: int
    value: float | None
    low: float | None
    high: float | None
    share_text: str
    range_text: str
    counted: str  # '41 of 200 cells'
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    id: str
    name: str  # 'Blasts and blast equivalents'
    where: str  # 'bone marrow'
    colour: str
    marks: tuple[int, ...]  # percent; of blasts alone
    samples: tuple[Sample, ...]


def names(board: Board, infos: Sequence[CaseInfo]) -> tuple[str, ...]:
    """'Case A', 'Case B' on a masked board, else pseudonyms; samples of one course are told apart by their days."""
    if not board.masked:
        return tuple(info.pseudonym for info in infos)
    if board.layout is Layout.SERIAL:
        return tuple(f"Sample {number}" for number in range(1, len(infos) + 1))
    return tuple(f"Case {chr(ord('A') + number)}" for number in range(len(infos)))


def told(info: CaseInfo) -> str:
    """Specimen and kind of pictures: what identifies nobody."""
    kind = "label-free (DPC)" if info.modality is Modality.DPC else "stained smear"
    return f"{SPECIMENS[info.specimen]} · {kind}"


def slides(shown: Shown, seen: Seen, vocabulary: Vocabulary, reviews: Sequence[Review] = ()) -> tuple[Slide, ...]:
    """The chosen cells, then the chosen fields, each under what it is called now. What is no more is left out."""
    named, said = labels.settled(seen, reviews), labels.last(reviews)
    calls = {call.cell: call for call in seen.calls}
    wide = any(image.modality is Modality.DPC for image in seen.images)
    found = []
    for cell in shown.cells:
        if cell not in named:
            continue
        cls, call = vocabulary[named[cell]], calls.get(cell)
        by = "reviewed by a person" if cell in said else "the model's call"
        sure = f"{call.probabilities.get(cls.code, 0.0) * 100:.0f} %, " if call and cell not in said else ""
        odd = "; unlike the calibration cells" if call and labels.odd(call) else ""
        found.append(Slide("cell", cell, cls.name, f"{sure}{by}{odd}", cls.colour, wide))
    now = tuple(replace(call, label=named.get(call.cell, call.label)) for call in seen.calls)
    for image in seen.images:
        if image.id in shown.fields:
            here = replace(seen, calls=now)
            many = words.size(sum(cell.image == image.id for cell in seen.cells), "cell")
            drawn = field.outlines(image, here, vocabulary)
            name = image.label[:1].upper() + image.label[1:]
            found.append(Slide("field", image.id, name, many, width=image.width, height=image.height, outlines=drawn))
    return tuple(found)


def proposed(seen: Seen, vocabulary: Vocabulary, reviews: Sequence[Review] = (), each: int = EACH) -> tuple[str, ...]:
    """A few cells of every class: those a person named first, then the surest."""
    named, said = labels.settled(seen, reviews), labels.last(reviews)
    sure = {call.cell: call.probabilities.get(named.get(call.cell, ""), 0.0) for call in seen.calls}
    found: list[str] = []
    for cls in vocabulary.classes:
        its = [cell for cell, code in named.items() if code == cls.code]
        its.sort(key=lambda cell: (cell not in said, -sure.get(cell, 0.0), cell))
        found += its[:each]
    return tuple(found[:MOST])


def courses(samples: Sequence[Held], marks: Mapping[Specimen, tuple[int, ...]], *, masked: bool) -> tuple[Course, ...]:
    """Blasts, then the composite, or the classes of label-free cells; each by specimen.

    Days are those that were entered, where every sample has one; else they count from when the first was stored.

    `marks` are the thresholds of each specimen, in percent: of blasts alone, never of the composite.
    """
    entered = all(held.day is not None for held in samples)
    ordered = sorted(samples, key=lambda held: (held.day if entered else held.at, held.at))
    found: dict[tuple[str, ...], Course] = {}
    for held in ordered:
        info = held.reading.info
        group = (str(info.specimen), str(info.modality), info.vocabulary)
        for share, name, colour, its_marks in _shares(held, marks):
            blank = Course(share.id, name, told(info), colour, its_marks, ())
            course = found.get((*group, share.id), blank)
            since = (held.at.date() - ordered[0].at.date()).days
            day = held.day if entered and held.day is not None else since
            sample = _sample(share, day, f"day {day}" if masked or entered else f"{held.at:%d %b %Y}")
            found[(*group, share.id)] = replace(course, samples=(*course.samples, sample))
    return tuple(found.values())


def _shares(held: Held, marks: Mapping[Specimen, tuple[int, ...]]) -> list[tuple[Share, str, str, tuple[int, ...]]]:
    reading, vocabulary = held.reading, held.vocabulary
    if isinstance(reading, Reading):
        return [
            (reading.blasts, "Blasts and blast equivalents", BLASTS, marks.get(reading.info.specimen, ())),
            (reading.cblc, vocabulary.cblc_name, COMPOSITE, ()),
        ]
    counted = vocabulary.counted(reading.info.specimen)
    return [
        (share, f"{c.plural[:1].upper()}{c.plural[1:]}", c.colour, ())
        for c, share in zip(counted, reading.differential, strict=True)
    ]


def _sample(share: Share, day: int, name: str) -> Sample:
    open_ = not share.withheld and share.ratio is not None
    interval = share.interval if open_ else None
    return Sample(
        name=name,
        day=day,
        value=100 * share.ratio if open_ and share.ratio is not None else None,
        low=100 * interval.low if interval else None,
        high=100 * interval.high if interval else None,
        share_text=words.percent(share.ratio) if open_ else "withheld" if share.withheld else words.NOTHING,
        range_text=words.percent_range(interval),
        counted=words.of_total(share),
        withheld=share.withheld,
    )
