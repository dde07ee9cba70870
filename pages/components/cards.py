"""Numbers on cards: the two shares with their rulers, and the smaller ones beside them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from core.aggregate.criteria import MARKS
from core.charts import words
from core.charts.gauge import Gauge, ruler
from core.readings import LabelFreeReading, Odds, Reading, Share
from core.vocabulary import Vocabulary
from pages.components.notices import html


def shares(reading: Reading, cblc_name: str) -> None:
    """CBLC without any band, blasts with the marks of the specimen: two things, two cards, never one."""
    marks = [mark / 100 for mark in MARKS[reading.info.specimen]]
    html(
        '<div class="hb-cards">'
        + share_card(
            reading.blasts,
            "Blasts and blast equivalents",
            ruler(reading.blasts, marks),
            _corrected(reading, reading.blasts),
        )
        + share_card(reading.cblc, cblc_name, ruler(reading.cblc), _corrected(reading, reading.cblc))
        + "</div>"
    )


def figures(reading: Reading) -> None:
    """Adequacy, smudge cells, M:E or erythroblasts per 100."""
    drawn = [adequacy(reading), _smudge(reading)]
    if reading.me:
        drawn.append(_odds(reading.me, "M:E ratio"))
    if reading.erythroblasts_per_100:
        drawn.append(_odds(reading.erythroblasts_per_100, "Erythroblasts per 100 leukocytes"))
    html(f'<div class="hb-cards small">{"".join(drawn)}</div>')


def figure(name: str, value: str, beside: str, foot: str, *, small: bool = True) -> str:
    size = " small" if small else ""
    below = f'<div class="hb-foot">{escape(foot)}</div>' if foot else ""
    return (
        f'<section class="hb-card{size}"><div class="hb-name">{escape(name)}</div>'
        f'<div class="hb-figure"><b>{escape(value)}</b><span>{escape(beside)}</span></div>{below}</section>'
    )


def class_shares(reading: LabelFreeReading, vocabulary: Vocabulary) -> None:
    """One card a counted class, on rulers of one length."""
    longest = max([s.interval.high for s in reading.differential if s.interval], default=0.0)
    held = zip(vocabulary.counted(reading.info.specimen), reading.differential, strict=True)
    drawn = [share_card(share, f"{c.plural[:1].upper()}{c.plural[1:]}", ruler(share, (), longest)) for c, share in held]
    html(f'<div class="hb-cards three">{"".join(drawn)}</div>')


def share_card(share: Share, name: str, gauge: Gauge, more: str = "") -> str:
    """A share with its interval on a ruler, or why it is withheld."""
    if share.withheld:
        return figure(name, "withheld", "", share.withheld, small=False)
    spread = _spread(share)
    note = f"<br>{escape(_sentence(share.note))}" if share.note else ""
    return (
        f'<section class="hb-card"><h3>{escape(name)}</h3>'
        f'<div class="hb-figure"><b>{words.percent(share.ratio)}</b>'
        f"<span>{words.percent_range(share.interval)}</span></div>{_ruler(gauge)}"
        f'<div class="hb-foot">{share.count} of {share.total} counted cells. {escape(spread)}{note}</div>'
        f"{more}</section>"
    )


def _corrected(reading: Reading, share: Share) -> str:
    """The corrected share with its two intervals, each under its own name."""
    one = next((c for c in reading.corrected if c.share == share.id), None)
    if one is None or (one.withheld and not one.patients):
        return ""
    if one.withheld:
        return f'<div class="hb-corrected"><b>Not corrected:</b> {escape(one.withheld)}.</div>'
    rows = (
        ("on these cells", "the classifier's error alone", one.same_cells),
        ("for the patient", "with the sampling of cells and fields", one.patient),
    )
    drawn = "".join(
        f"<dt>{what}<small>{escape(meaning)}</small></dt><dd>{words.percent_range(interval)}</dd>"
        for what, meaning, interval in rows
    )
    return (
        f'<div class="hb-corrected"><b>{words.percent(one.value)}</b> corrected for the classifier\'s confusion'
        f"<dl>{drawn}</dl><small>95 % intervals; {escape(one.assumption)} ({one.patients} patients).</small></div>"
    )


def _spread(share: Share) -> str:
    method = words.method(share.interval)
    if not method:
        return ""
    return f"{method}." if "fields" in method or share.effective_n else f"{method}, fields not assessed."


def _ruler(gauge: Gauge) -> str:
    parts = ['<i class="track"></i>']
    if gauge.low is not None and gauge.high is not None:
        parts.append(f'<i class="range" style="left:{gauge.low:.2f}%;right:{100 - gauge.high:.2f}%"></i>')
    for mark in gauge.marks:
        parts.append(f'<i class="mark" style="left:{mark.at:.2f}%"></i>')
        parts.append(f'<i class="word" style="left:{mark.at:.2f}%">{mark.text}</i>')
    if gauge.value is not None:
        parts.append(f'<i class="value" style="left:{gauge.value:.2f}%"></i>')
    parts.append('<i class="word first" style="left:0">0</i>')
    parts.append(f'<i class="word last" style="left:100%">{gauge.end.text}</i>')
    return f'<div class="hb-ruler" aria-hidden="true">{"".join(parts)}</div>'


def adequacy(reading: Reading | LabelFreeReading) -> str:
    found = reading.adequacy
    word = _sentence(found.word).rstrip(".")
    return figure("Counted cells", f"{found.counted}", f"of {found.target} · {word}", _sentence(found.note))


def _smudge(reading: Reading) -> str:
    bounds, share = reading.smudge, reading.smudge.share
    if share.withheld:
        return figure("Smudge cells", "withheld", "", share.withheld)
    foot = ""
    if bounds.blasts_low is not None:
        either = words.percent_range_of(bounds.blasts_low, bounds.blasts_high)
        foot = f"Blasts would be {either} with smudges as none or all of them."
    return figure("Smudge cells", words.percent(share.ratio), words.percent_range(share.interval), foot)


def _odds(odds: Odds, name: str) -> str:
    if odds.withheld:
        return figure(name, "withheld", "", odds.withheld)
    beside = words.number_range(odds.interval)
    return figure(name, words.number(odds.value), beside, f"{words.of_total(odds)}; {words.method(odds.interval)}")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text and not text.endswith(".") else text


def bar(fraction: float, text: str) -> str:
    """A progress bar with its words below it."""
    percent = f"{fraction * 100:.0f}"
    return (
        f'<div class="hb-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{percent}" '
        f'aria-label="{escape(text)}"><i style="width:{percent}%"></i></div><div class="hb-sub">{escape(text)}</div>'
    )


def boxed(body: str) -> str:
    return f'<div class="hb-card">{body}</div>'


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> str:
    """Cells must be escaped by who makes them: some hold a swatch."""
    head = "".join(f"<th scope='col'>{escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="hb-scroll" role="region" tabindex="0" aria-label="Table"><table class="hb-table {kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
