"""Numbers on cards: a share with its ruler, smaller figures, tables."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from core.charts import words
from core.charts.gauge import Gauge, ruler
from core.readings import LabelFreeReading, Odds, Reading, Share
from core.vocabulary import Vocabulary
from pages.components.notices import html


def figure(name: str, value: str, beside: str, foot: str, *, small: bool = True) -> str:
    size = " small" if small else ""
    below = f'<div class="hb-foot">{escape(words.unbroken(foot))}</div>' if foot else ""
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


def share_card(share: Share, name: str, gauge: Gauge) -> str:
    """A share with its interval on a ruler, or why it is withheld."""
    if share.withheld:
        return figure(name, "withheld", "", share.withheld, small=False)
    spread = _spread(share)
    note = f"<br>{escape(_sentence(share.note))}" if share.note else ""
    return (
        f'<section class="hb-card"><h3>{escape(name)}</h3>'
        f'<div class="hb-figure"><b>{words.percent(share.ratio)}</b>'
        f"<span>{words.percent_range(share.interval)}</span></div>{_ruler(gauge)}"
        f'<div class="hb-foot">{share.count} of {share.total} counted cells. {escape(spread)}{note}</div></section>'
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


def odds(odds: Odds, name: str) -> str:
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
        f'<div class="hb-scroll" role="region" tabindex="0" aria-label="Table">'
        f'<table class="hb-table {kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
