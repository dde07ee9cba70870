"""One model's card on the page. Everything a card says is text: it is escaped here, never read as markup."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from html import escape

import streamlit as st

from core.charts import card as laid
from core.charts import card_screen
from core.charts.card import Block, Curve, Grid, Matrix, Pairs
from core.charts.screen import CONFIG
from core.doors.desk import Use
from core.records import ModelCard
from core.vocabulary import Vocabulary
from pages.components import cards, notices

TASKS = {
    "detector": "Finds nucleated cells in a picture and draws their outlines.",
    "classifier": "Names each cell that was found, with a probability for every class.",
    "phenotyper": "Names each label-free cell that was found, and estimates its markers.",
}
TRUTHS = {
    "simulated": "learned from simulated cells: shown on synthetic cases only, withheld on a person's",
    "measured": "learned from measured cells: shown on every case",
}
LIMITS = "What it cannot do"
ORIGIN = "What it is and what it was made from"
SPOKEN = "Which models named the cases here"
OPEN = ("figures", "calibration", "scales", "training")  # in this order; what else a card holds comes after, folded
TITLES = {"figures": "Figures", "calibration": "Calibration in use", "scales": "Assumed scales",
          "training": "How it was trained", "preprocessing": "How a picture is prepared", "parameters": "Parameters",
          "confusion": "Confusion by patient, for the correction of shares"}  # fmt: skip
SAID = {
    "figures": "Intervals are 95 % intervals where a card gives them; most come from drawing patients anew.",
    "scales": "µm per pixel taken for sources that state none.",
    "confusion": "What shares are corrected with: the expert's word against the model's, over calibration patients.",
}


def plain(name: str) -> str:
    """A name for a widget's label, which is read as Markdown."""
    return "".join(c if c.isalnum() or c in " -." else f"\\{c}" for c in name)


def whole(card: ModelCard, vocabulary: Vocabulary) -> None:
    """The card from what must be known first to what is rarely asked."""
    _head(card)
    _contents(card)
    if card.cannot_do:
        st.header(LIMITS, anchor=anchor(LIMITS))
        notices.html(cards.boxed(_list(f"It cannot {line}" for line in card.cannot_do)))
    _made_from(card)
    spoken = {cls.code: cls.name for cls in vocabulary.classes}
    names = [name for name in OPEN if name in card.tables]
    for name in names:
        _table(card, name, spoken)
    for name in (name for name in card.tables if name not in OPEN):
        with st.expander(TITLES.get(name, name.replace("_", " ").capitalize())):
            _blocks(card, name, spoken)
    if card.markers:
        st.header("Markers", anchor=anchor("Markers"))
        lines = [f"{name}, {card.marker_units}" for name in card.markers]
        said = TRUTHS.get(card.marker_truth, "of unknown origin: withheld on every case")
        notices.html(cards.boxed(f'<div class="hb-sub">Values {escape(said)}.</div>{_list(lines)}'))
    if card.labels:
        with st.expander(f"Classes ({len(card.labels)})"):
            notices.html(_list(spoken.get(code, code).capitalize() for code in card.labels))


def anchor(title: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in title.lower())


def _contents(card: ModelCard) -> None:
    """Where to find what, in the order of the page."""
    titles = [LIMITS] if card.cannot_do else []
    titles += [ORIGIN, *(TITLES[name] for name in OPEN if name in card.tables)]
    titles += ["Markers"] if card.markers else []
    titles.append(SPOKEN)
    links = "".join(f'<a href="#{anchor(title)}" target="_self">{escape(title)}</a>' for title in titles)
    notices.html(f'<nav class="hb-contents" aria-label="On this page">{links}</nav>')


def in_use(uses: Sequence[Use], installed: Collection[str]) -> bool:
    """Which models named the cases of this store, and whether they are those installed now; True if some are not."""
    st.header(SPOKEN, anchor=anchor(SPOKEN))
    if not uses:
        notices.html('<p class="hb-sub">No analysis has finished yet.</p>')
        return False
    rows = [
        [
            escape(use.mark.name),
            escape(use.mark.task),
            f'<span class="hb-digest" title="{escape(use.mark.digest)}">{escape(use.mark.digest[:16])}…</span>',
            str(use.cases),
            notices.tag("installed", "done")
            if use.mark.digest in installed
            else notices.tag("not installed (any more)", "stale"),
        ]
        for use in uses
    ]
    notices.html(cards.boxed(cards.table(["Model", "Task", "Digest", "Cases", "Now"], rows, "moves")))
    return any(use.mark.digest not in installed for use in uses)


def _head(card: ModelCard) -> None:
    tags = [notices.tag("in use", "done")] if card.in_use else [notices.tag("installed, not in use")]
    if card.origin:
        tags.append(notices.tag("the site's own"))
    if card.problem:
        tags.append(notices.tag("refused", "failed"))
    else:
        tags.append(notices.tag("weights verified" if card.weights else "no weights: its code is its identity", "done"))
    notices.html(
        f'<div class="hb-card"><div class="hb-case">{escape(card.name)}</div>'
        f'<p>{escape(TASKS.get(card.task, card.task))}</p><div class="hb-tags">{"".join(tags)}</div></div>'
    )
    if card.problem:
        notices.say("urgent", card.problem, "Refused")
    if card.notice:
        notices.say("warning", f"{card.notice[:1].upper()}{card.notice[1:]}.", "Notice")


def _made_from(card: ModelCard) -> None:
    st.header(ORIGIN, anchor=anchor(ORIGIN))
    facts = {
        "Made from": card.domain,
        "Folder": card.origin and f"{card.origin} (setting models), instead of the shipped model of this name",
        "Licence": card.licence,
        "Version": card.version,
        "Classes of": card.vocabulary,
        "Weights": card.weights,
        "Digest (SHA-256)": card.digest,
    }
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
    said = f'<h3 class="hb-name hb-part">Data</h3>{_list(card.data)}' if card.data else ""
    notices.html(cards.boxed(f'<dl class="hb-dl">{rows}</dl>{said}'))


def _table(card: ModelCard, name: str, spoken: dict[str, str]) -> None:
    st.header(TITLES[name], anchor=anchor(TITLES[name]))
    _blocks(card, name, spoken)


def _blocks(card: ModelCard, name: str, spoken: dict[str, str]) -> None:
    if name in SAID:
        notices.html(f'<p class="hb-sub">{escape(SAID[name])}</p>')
    for number, block in enumerate(laid.blocks(card.tables[name], card.labels, spoken)):
        _block(block, f"{card.name}.{name}.{number}")


def _block(block: Block, key: str) -> None:
    title = f'<h3 class="hb-name hb-part">{escape(block.title)}</h3>' if block.title else ""
    match block:
        case Pairs():
            notices.html(cards.boxed(title + _pairs(block)))
        case Grid():
            rows = [[escape(cell) for cell in row] for row in block.rows]
            notices.html(cards.boxed(title + cards.table(block.heads, rows)))
        case Matrix() | Curve():
            with st.container(border=True, key=f"box-{key}"):
                notices.html(title)
                drawn = card_screen.matrix(block) if isinstance(block, Matrix) else card_screen.curve(block)
                st.plotly_chart(drawn, config=CONFIG, key=key)


def _pairs(block: Pairs) -> str:
    """Figures as a table; texts, which are long, as a list of terms."""
    plain = [p for p in block.pairs if len(p.value) <= 40 or p.interval]
    texts = [p for p in block.pairs if p not in plain]
    heads, rows = ["", "Value"], [[escape(p.name), escape(p.value)] for p in plain]
    if any(p.interval for p in plain):
        heads, rows = [*heads, "95 % interval"], [[*r, escape(p.interval)] for r, p in zip(rows, plain, strict=True)]
    if any(p.meaning for p in plain):
        heads, rows = (
            [*heads, "What it says"],
            [
                [*row, f'<span class="hb-meaning">{escape(p.meaning)}</span>']
                for row, p in zip(rows, plain, strict=True)
            ],
        )
    drawn = cards.table(heads, rows, "figures") if rows else ""
    terms = "".join(f"<dt>{escape(p.name)}</dt><dd>{_folded(p.value)}</dd>" for p in texts)
    return drawn + (f'<dl class="hb-dl">{terms}</dl>' if terms else "")


def _folded(text: str) -> str:
    if len(text) <= laid.LONG:
        return escape(text)
    return f"<details><summary>{escape(text[:60])}…</summary>{escape(text)}</details>"


def _list(lines: Iterable[str]) -> str:
    return f'<ul class="hb-list">{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>'
