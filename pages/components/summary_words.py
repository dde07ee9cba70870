"""A summary as markup: alerts, what is uncertain, what is found, what to check, and whose words they are."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from core.charts import history, words
from core.doors.words import Exchange, Kind, Version
from core.summaries import MARK, MARKED, PERSON, TEMPLATE, Audience, Length, Sentence, Summary, footnote
from core.writers import edited
from pages.components import cards, notices
from pages.components.summary_writing import Writing

AUDIENCES = {Audience.CLINICIAN: "Clinician", Audience.BOARD: "Tumour board", Audience.TEACHING: "Teaching"}
LENGTHS = {Length.SHORT: "Short", Length.FULL: "Full"}
KINDS = {
    Kind.WRITTEN: "written",
    Kind.EDITED: "edited",
    Kind.CHOSEN: "taken up again",
    Kind.TRIED: "language model failed",
}
PARTS = (("Uncertain", "caveats"), ("Found", "sentences"), ("To check", "checks"))
LEVELS = {"urgent": "Urgent", "warning": "Take care", "note": "Note"}
CHARACTERS_SHOWN = 4000  # of an answer, at which its bar is full; nobody knows how long one will be


def body(summary: Summary) -> str:
    """Everything that is told, in the order in which it is printed."""
    drawn = [_alerts(summary)]
    for heading, part in PARTS:
        sentences: Sequence[Sentence] = getattr(summary, part)
        if sentences:
            lines = "".join(f"<li>{sentence(one)}</li>" for one in sentences)
            drawn.append(f'<h4>{heading}</h4><ul class="hb-list">{lines}</ul>')
    if footnote(summary):
        drawn.append(f'<p class="hb-foot">{escape(MARKED)}</p>')
    return f'<div class="hb-summary">{"".join(drawn)}</div>'


def sentence(one: Sentence) -> str:
    """Its words; numbers that a person typed are marked, and so is a sentence that a person wrote."""
    text, at, drawn = one.text, 0, ""
    for start, end in sorted(one.by_hand):
        drawn += escape(text[at:start])
        drawn += f'<mark title="typed by a person">{escape(text[start:end])}<sup>{MARK}</sup></mark>'
        at = end
    drawn = words.unbroken(drawn + escape(text[at:]))
    return drawn + (f" {notices.tag('a person’s words', 'word')}" if one.origin == PERSON else "")


def _alerts(summary: Summary) -> str:
    rows = [
        f'<li class="{escape(alert.level)}"><b>{LEVELS.get(alert.level, "Note")}</b> {escape(alert.text)}</li>'
        for alert in summary.alerts
    ]
    return f'<ul class="hb-told-first">{"".join(rows)}</ul>' if rows else ""


def head(summary: Summary, version: Version | None) -> str:
    """Tags: by whom, for whom, how long, which version."""
    which = f"version {version.number}" if version else "not kept: made from the case just now"
    tags = [writer(summary), AUDIENCES[summary.audience], LENGTHS[summary.length].lower(), which]
    return f'<div class="hb-tags">{"".join(notices.tag(text) for text in tags)}</div>'


def writer(summary: Summary) -> str:
    """'template', a model's name, and persons where they had a hand in it."""
    name = "template" if summary.writer == TEMPLATE else summary.writer
    people = any(one.origin == PERSON for _, part in PARTS for one in getattr(summary, part))
    return f"{name}, edited by a person" if people else name


def under_way(writing: Writing) -> str:
    """Progress, and the sentences that were let through so far."""
    heard = writing.heard
    share = min(heard.characters / CHARACTERS_SHOWN, 0.95)
    said = f"{heard.characters} characters after {writing.seconds:.0f} s" if heard.characters else (
        f"waiting for the first word, {writing.seconds:.0f} s"
    )  # fmt: skip
    counted = f"{words.size(len(heard.passed), 'sentence')} let through, {heard.refused} refused"
    lines = "".join(f"<li>{escape(text)}</li>" for text in heard.passed)
    what = "Being cancelled" if writing.cancelling else "The language model writes"
    return (
        f'<div class="hb-case">{what}</div>{cards.bar(share, f"{said} · {counted}")}'
        f'<div class="hb-summary" aria-live="polite"><ul class="hb-list">{lines}</ul></div>'
    )


def versions(held: Sequence[Version], standing: Version | None, outdated: Version | None) -> str:
    """The newest first."""
    by_number = {one.number: one for one in held}
    rows = []
    for one in sorted(held, key=lambda version: -version.number):
        parent = by_number.get(one.parent) if one.parent else None
        how = KINDS[one.kind] + (f" from {one.parent}" if one.parent else "")
        told = _remark(one, parent)
        tag = f" {notices.tag('stands', 'done')}" if standing == one else ""
        tag = f" {notices.tag('outdated', 'stale')}" if outdated == one else tag
        fits = f"{AUDIENCES[one.summary.audience]}, {LENGTHS[one.summary.length].lower()}"
        rows.append(
            [
                f"{one.number}{tag}",
                f"{history.moment(one.at)[:16]}",
                escape(one.actor),
                escape(how),
                f'{escape(writer(one.summary))}<div class="hb-sub">{escape(fits)}</div>',
                escape(told),
            ]
        )
    heads = ("Version", "When (UTC)", "Who", "How", "Whose words", "What")
    return cards.boxed(cards.table(heads, rows, "words versions"))


def _remark(one: Version, parent: Version | None) -> str:
    if one.kind is Kind.EDITED and parent is not None:
        return edited.changes(parent.summary, one.summary).words
    return one.summary.note


def refused(summary: Summary) -> str:
    """What a language model wrote and nobody is shown but who inspects it."""
    rows = [[str(one.attempt), f"“{escape(one.text)}”", escape(one.reason)] for one in summary.rejected]
    return cards.boxed(cards.table(("Answer", "What it wrote", "Refused because of"), rows, "words"))


def size(exchange: Exchange) -> str:
    return f"{len(exchange.sent)} bytes sent, {len(exchange.received)} bytes received"
