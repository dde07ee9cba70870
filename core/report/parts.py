"""What a report says, part by part, in the order in which it is read: whose, alerts, shares, cells, words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, KeepTogether, Spacer

from core import facts
from core.aggregate.criteria import MARKS
from core.charts import differential, gauge, label_free, markers, words
from core.charts.gauge import Dial
from core.filed import Filed
from core.readings import Alert, Fact, LabelFreeReading, MarkerReading, Reading, Share
from core.records import Modality
from core.report import drawn, gallery
from core.report.style import (
    AHEAD,
    CLOSE,
    DARK,
    GAP,
    HEADING,
    HEADING_APART,
    LINE,
    PALE,
    SMALL,
    SOFTLY,
    TITLE,
    WHITE,
    grid,
    pair,
    point,
    text,
)
from core.review.signing import Signed, Unsigned, Void
from core.summaries import footnote, told
from core.writers import asking

LONGEST_NOTE = 600  # letters of a case's note that are printed
DRAWN = "cd16"  # the marker whose distributions are drawn; the others are told in numbers
LEVELS = {"urgent": "URGENT", "warning": "Warning", "note": "Note"}
SHAPE = {Modality.SMEAR: "Cells of a {} smear", Modality.DPC: "Label-free cells of {}"}
WORDS = {"clinician": "for a clinician", "board": "for a tumour board", "teaching": "for teaching"}


def date(at: dt.datetime | None) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC") if at else "not stated"


def state(of: Filed) -> str:
    """Draft, or signed by whom, in a few words."""
    if isinstance(of.state, Signed):
        return "Signed by " + ", ".join(one.actor for one in of.state.by)
    if isinstance(of.state, Void):
        return "DRAFT, the signature is void"
    return "DRAFT, reopened" if of.state.reopened else "DRAFT, not signed"


def head(of: Filed, width: float) -> Iterator[Any]:
    """Whose cells, of what, when, and what the paper is worth."""
    info = of.info
    kind = {"marrow": "bone marrow", "blood": "blood"}[info.specimen.value]
    yield text(SHAPE[info.modality].format(kind), TITLE)
    yield Spacer(0, 2)
    note = info.note if len(info.note) <= LONGEST_NOTE else f"{info.note[:LONGEST_NOTE]}… (the rest is in case.json)"
    told = [
        pair("Pseudonym", info.pseudonym),
        pair("Specimen", f"{info.specimen.value}, {info.modality.value}"),
        pair("Taken in", date(of.created)),
        pair("Case", of.id),
        pair("Stain", info.stain),
        pair("Analysed", "not finished" if of.created and not of.analysed else date(of.analysed)),
        pair("Centre", info.centre),
        pair("Scanner", info.scanner),
        pair("Seen", f"{words.size(len(of.seen.images), 'image')}, {words.size(len(of.seen.cells), 'cell')}"),
    ]
    rows = [told[start : start + 3] for start in range(0, len(told), 3)]
    yield grid(
        rows, [width / 3] * 3, ("LINEABOVE", (0, 0), (-1, 0), 0.4, LINE), ("LINEBELOW", (0, -1), (-1, -1), 0.4, LINE)
    )
    if note:
        yield text(f"Note: {note}", SMALL, where="the case's note")
    yield Spacer(0, GAP)
    yield from _signatures(of, width)


def _signatures(of: Filed, width: float) -> Iterator[Any]:
    lines = []
    if isinstance(of.state, Signed):
        for one in of.state.by:
            how = "" if one.authenticated else "; nobody was signed in, so the name is what the server was told"
            lines.append(
                f"Signed by {one.actor} ({one.role}) on {date(one.at)}{how}, over the content {one.content.hash}"
            )
    elif isinstance(of.state, Void):
        was = of.state.was
        lines.append(
            f"DRAFT. {was.actor} signed on {date(was.at)} over the content {was.content.hash}; it holds no longer: "
            f"{'; '.join(of.state.because)}. Content now: {of.content}"
        )
    elif isinstance(of.state, Unsigned):
        again = f" It was reopened on {date(of.state.reopened.at)}." if of.state.reopened else ""
        lines.append(f"DRAFT: nobody has signed this.{again} Content now: {of.content}")
    cells = [[text(line, SMALL, bold=not isinstance(of.state, Signed), where="a signer's name")] for line in lines]
    yield grid(cells, [width], ("BOX", (0, 0), (-1, -1), 0.8, DARK), ("LEFTPADDING", (0, 0), (-1, -1), 5))


def alerts(of: Filed, width: float) -> Iterator[Any]:
    """What no number may silence, before any number; of the case itself, whatever the summary kept of it."""
    found = asking.alerts(of.reading)
    if not found:
        return
    yield Spacer(0, GAP)
    yield grid(
        [[text(LEVELS.get(one.level, one.level), SMALL, bold=True), text(one.text, SMALL)] for one in found],
        [18 * mm, width - 18 * mm],
        ("LEFTPADDING", (0, 0), (0, -1), 5),
        *(line for place, one in enumerate(found) for line in _weight(one, place)),
    )


def _weight(alert: Alert, row: int) -> list[tuple[Any, ...]]:
    """An urgent one in a heavy frame, a warning on grey: the words say so too."""
    if alert.level == "urgent":
        return [("BOX", (0, row), (-1, row), 1.6, DARK), ("BACKGROUND", (0, row), (-1, row), WHITE)]
    return [("BACKGROUND", (0, row), (-1, row), PALE)] if alert.level == "warning" else []


def shares(of: Filed, width: float) -> Iterator[Any]:
    """The two shares of a smear, one beside the other, each on a ruler of the same length."""
    reading = of.reading
    if not isinstance(reading, Reading):
        return
    better = {one.share: one for one in reading.corrected}
    blasts, early = better.get(reading.blasts.id), better.get(reading.cblc.id)
    least = gauge.longest((reading.blasts, blasts), (reading.cblc, early))
    drawn_blasts = gauge.read_at_random(of.sample.blasts, of.sample.read) if of.sample else ()
    drawn_early = gauge.read_at_random(of.sample.cblc, of.sample.read) if of.sample else ()
    marks = [mark / 100 for mark in MARKS[reading.info.specimen]]
    half = (width - 2 * GAP) / 2
    cards = [_share(reading.blasts, gauge.dial(reading.blasts, blasts, marks, least=least, more=drawn_blasts))]
    if of.vocabulary.cblc_name:
        cards.append(_share(reading.cblc, gauge.dial(reading.cblc, early, least=least, more=drawn_early)))
    yield text("Shares with what is uncertain in them", HEADING)
    yield grid([cards], [half + GAP * 2, half][: len(cards)], ("RIGHTPADDING", (0, 0), (0, 0), 2 * GAP))
    for criterion in reading.criteria:
        yield text(
            f"{criterion.system}, genetics {criterion.genetics}: {criterion.reading}; {criterion.certainty}.", SMALL
        )
    if of.sample and of.sample.notes:
        yield text(f"Of the random sample: {' '.join(of.sample.notes)}", SOFTLY)


def _share(share: Share, dial: Dial) -> list[Any]:
    name = share.name[:1].upper() + share.name[1:]
    if share.withheld:
        return [text(name, bold=True), text(f"withheld: {share.withheld}", SMALL)]
    told = f"{words.percent(share.ratio)}: {share.count} of {share.total} counted cells"
    no_marks = [] if dial.marks else [text("No threshold is read from this share.", SOFTLY)]
    return [
        text(name, bold=True),
        text(told, SMALL),
        drawn.dial(dial),
        *no_marks,
    ]


def classes(of: Filed, _width: float) -> Iterator[Any]:
    """The differential as bars with intervals."""
    told = {fact.id.split(".")[1]: fact for fact in of.reading.facts if fact.id.startswith("class.")}
    rows, end = differential.rows(of.reading, of.vocabulary)
    if rows:
        heading = f"Differential: {words.size(of.reading.adequacy.counted, 'cell')} counted"
        yield KeepTogether([text(heading, HEADING), drawn.differential(rows, end, told)])


def distributions(of: Filed, _width: float) -> Iterator[Any]:
    """Markers, where they may be seen; where not, why."""
    reading = of.reading
    if not isinstance(reading, LabelFreeReading):
        return
    if reading.markers_withheld or not reading.markers:
        reason = reading.markers_withheld or "the models estimate none"
        yield KeepTogether([text("Markers", HEADING), text(f"No marker is shown: {reason}.", SMALL)])
        return
    found = [marker for marker in reading.markers if DRAWN in marker.id] or list(reading.markers[:1])
    for marker in found:
        yield KeepTogether(_marker(of, reading, marker))


def _marker(of: Filed, reading: LabelFreeReading, marker: MarkerReading) -> list[Any]:
    heading = text(f"{marker.name}, estimated from the picture", HEADING)
    if marker.withheld:
        return [heading, text(f"withheld: {marker.withheld}", SMALL)]
    rows = markers.rows(marker, reading, of.seen, of.vocabulary, of.reviews)
    found, lines = label_free.curves(rows), markers.lines(marker, of.vocabulary)
    made: list[Any] = [heading]
    if found:
        made.append(drawn.curves(found, lines, marker.cut, marker.units))
    return [*made, text(marker.note, SOFTLY)] if marker.note else made


def summary(of: Filed, _width: float) -> Iterator[Any]:
    """In words: what is uncertain, what is found, what to look at. Who wrote it stands beneath."""
    said = of.summary
    yield text(f"Summary {WORDS.get(said.audience.value, '')}", HEADING)
    for heading, sentences in (("Uncertain", said.caveats), ("Found", said.sentences), ("To check", said.checks)):
        if sentences:
            yield text(heading, AHEAD, bold=True)
            yield from (point(told(sentence)) for sentence in sentences)
    writers = list(dict.fromkeys(one.origin for one in (*said.caveats, *said.sentences, *said.checks)))
    names = {"template": "the template", "person": "a person"}
    by = " and ".join(names.get(one, f"the language model {one}") for one in writers) or "nobody"
    yield text(f"Written by {by} from the facts below. {footnote(said)} {said.note}".strip(), SOFTLY)


def cells(of: Filed, width: float) -> Iterator[Any]:
    """The surest of each class, then those that a person should look at."""
    names = {one.code: one.name for one in of.vocabulary.classes}
    groups = (
        ("Representative cells: named by people, then the surest calls", of.shown.representative),
        ("Doubtful cells, seen by nobody: unlike others, or of several possible classes", of.shown.doubtful),
    )  # fmt: skip
    for heading, some in groups:
        if not some:
            continue
        rows = gallery.shown(gallery.tiles(of, some), names, width, of.info.modality)
        yield CondPageBreak(35 * mm)
        yield KeepTogether([text(heading, HEADING), rows[0]])
        yield from rows[1:]


def stated(of: Filed, width: float) -> Iterator[Any]:
    """Every fact that is not drawn above, in the words and digits in which it is printed everywhere."""
    told = [fact for fact in of.reading.facts if not fact.id.startswith(("class.", "alert."))]
    pairs = [[text(_name(fact), CLOSE), text(facts.text(fact), CLOSE)] for fact in told if not fact.withheld]
    rows = [[*one, *other] for one, other in zip_longest(pairs[::2], pairs[1::2], fillvalue=["", ""])]
    yield CondPageBreak(30 * mm)
    yield text("Everything that is stated", HEADING_APART)
    if rows:
        close = (("TOPPADDING", (0, 0), (-1, -1), 0.4), ("BOTTOMPADDING", (0, 0), (-1, -1), 1))
        yield grid(rows, [0.26 * width, 0.24 * width] * 2, ("LINEBELOW", (0, 0), (-1, -1), 0.2, LINE), *close)
    for said in dict.fromkeys(facts.text(fact) for fact in told if fact.withheld):
        names = "; ".join(_name(fact) for fact in told if fact.withheld and facts.text(fact) == said)
        yield KeepTogether(text(f"{names}: {said}.", CLOSE))


def _name(fact: Fact) -> str:
    return f"{fact.name[:1].upper()}{fact.name[1:]}"
