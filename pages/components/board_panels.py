"""What a tumour board shows of one case, in large type: markup only, every number from core."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from core.charts import board as charts
from core.charts import differential, words
from core.charts import markers as marker_charts
from core.charts.board import Course
from core.charts.differential import Row
from core.protocols import CaseRow
from core.readings import Alert, LabelFreeReading, Reading
from core.records import Domain, Review, Seen
from core.vocabulary import Vocabulary
from pages.components import cards, notices, signature, smear_shares
from pages.components.notices import html


def heading(name: str, row: CaseRow, reading: Reading | LabelFreeReading | None) -> None:
    told = [charts.told(row.info)]
    if reading:
        found = reading.adequacy
        told.append(f"{words.size(found.counted, 'counted cell')} of {found.target}: {found.word}")
        told.append(f"{words.size(reading.reviewed, 'cell')} reviewed by people")
    tag = notices.tag("synthetic", "synthetic") if row.info.domain is Domain.PROCEDURAL else ""
    html(f'<h2 class="hb-board-name">{escape(name)} {tag}</h2><p class="hb-sub">{escape(" · ".join(told))}</p>')


def standing(row: CaseRow, seen: Seen, reviews: Sequence[Review]) -> None:
    signature.shown(row, seen, reviews)


def shares(reading: Reading | LabelFreeReading, vocabulary: Vocabulary) -> None:
    if isinstance(reading, LabelFreeReading):
        cards.class_shares(reading, vocabulary)
    else:
        smear_shares.shown(reading, vocabulary)


def criteria(reading: Reading) -> None:
    rows = [
        [f"<b>{escape(c.system)}</b>", *(escape(words.unbroken(said)) for said in (c.reading, c.certainty))]
        for c in reading.criteria
    ]
    html(cards.boxed(cards.table(["Blast share read by", "Range", "Certainty"], rows, "words")))


def bars(reading: Reading | LabelFreeReading, vocabulary: Vocabulary) -> None:
    """Bars with their intervals on one ruler; classes of which there are none are left out."""
    rows, end = differential.rows(reading, vocabulary)
    drawn = "".join(_bar(row) for row in rows if row.count and row.counted)
    outside = ", ".join(f"{row.name.lower()} {row.count}" for row in rows if row.count and not row.counted)
    beside = f" Not counted: {escape(outside)}." if outside else ""
    html(
        f'<section class="hb-card hb-board-bars"><h3>Differential</h3><dl>{drawn}</dl>'
        f'<div class="hb-foot">Bars end at {end:.0f} %; the thin line is the 95 % interval.{beside}</div></section>'
    )


def _bar(row: Row) -> str:
    line = "" if row.low is None else f'<i class="line" style="left:{row.low:.2f}%;right:{100 - row.high:.2f}%"></i>'
    value = (
        "" if row.at is None else f'<i class="value" style="width:{row.at:.2f}%;background:{escape(row.colour)}"></i>'
    )
    return (
        f'<dt><i class="hb-swatch" style="background:{escape(row.colour)}"></i>{escape(row.name)}</dt>'
        f'<dd><span class="track" aria-hidden="true">{value}{line}</span><b>{row.share_text}</b>'
        f"<small>{row.range_text}</small></dd>"
    )


def markers(reading: LabelFreeReading, vocabulary: Vocabulary) -> None:
    """Medians with intervals, a row a marker, a column a group; or why no marker value may be seen."""
    shut = reading.markers_withheld or next((m.withheld for m in reading.markers if m.withheld), "")
    if shut:
        html(cards.figure("Marker values", "withheld", "", f"{shut[:1].upper()}{shut[1:]}.", small=False))
        return
    rows, heads = [], ["Median"]
    for marker in reading.markers:
        lines = marker_charts.lines(marker, vocabulary)
        heads = ["Median", *(line.name for line in lines)]
        cells = (f"{line.median}<br><small>{line.median_range}</small>" for line in lines)
        rows.append([f"<b>{escape(marker.name)}</b>", *cells])
    units = ", ".join(dict.fromkeys(marker.units for marker in reading.markers))
    foot = f'<div class="hb-foot">Units: {escape(units)}; small: 95 % intervals.</div>' if rows else ""
    html(cards.boxed(cards.table(heads, rows) + foot))


def samples_alerts(found: Sequence[tuple[str, Sequence[Alert]]]) -> None:
    """Each urgent or warning alert once, naming its samples; none is left out."""
    said: dict[tuple[str, str], list[str]] = {}
    for name, alerts in found:
        for alert in alerts:
            if alert.level in ("urgent", "warning"):
                said.setdefault((alert.level, alert.text), []).append(name)
    drawn = [notices.notice(level, f"{text} ({', '.join(names)})") for (level, text), names in said.items()]
    if drawn:
        html("".join(drawn))


def synthetic(name: str, row: CaseRow) -> str:
    if row.info.domain is not Domain.PROCEDURAL:
        return ""
    return notices.notice("warning", notices.SYNTHETIC, f"{name}: synthetic case")


def course_table(course: Course) -> str:
    rows = [[words.unbroken(escape(one.name)).replace("day ", "day\u00a0"), one.share_text, one.range_text, one.counted]
            for one in course.samples]  # fmt: skip
    reasons = {one.withheld: one.name for one in course.samples if one.withheld}
    said = "".join(
        f'<div class="hb-foot">Withheld on {escape(name)}: {escape(reason)}.</div>' for reason, name in reasons.items()
    )
    return cards.table(["Sample", "Share", "95 % interval", "Counted"], rows) + said
