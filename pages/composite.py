"""The early-cell composite explained: who belongs to it, how each class is told, and why it is no blast percentage."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.doors.teaching import Item
from core.people import Right
from core.records import Modality, Specimen
from core.teaching import criteria, synthetic
from core.vocabulary import VOCABULARIES, Vocabulary, vocabularies
from pages.components import cards, notices, resources, state, teaching_cells, teaching_sources, who

SHOWN = 8  # reviewed cells of a class
DRAWN = 4
MEMBER, OUTSIDE = "●", "–"


def composite() -> None:
    words = resources.vocabulary(VOCABULARIES[Modality.SMEAR])
    st.title(f"The composite {words.cblc_name}")
    notices.html(
        f'<p class="hb-lede">{escape(words.reading)} It asks how many early cells there are, whatever their lineage '
        "or meaning; the blast share asks how many cells count as blasts.</p>"
    )
    _two_questions(words)
    st.header("Who belongs to what")
    _members(words)
    st.header("How each class is told")
    _class(words)
    st.header("The composite of the AML paper")
    _other()
    st.header("Sources")
    listed = "".join(f"<li>{escape(source)}</li>" for source in criteria.sources(words))
    notices.html(
        f'<p class="hb-sub">The words about the classes are ours, after these '
        f'sources; stains and laboratories differ, and no single line decides.</p><ul class="hb-list">{listed}</ul>'
    )


def _two_questions(words: Vocabulary) -> None:
    name = escape(words.cblc_name)
    members = _named(words, "cblc")
    blasts = _named(words, "blasts")
    rows = [
        ["<b>It sums</b>", members, blasts],
        ["<b>Of</b>", "all counted cells", "all counted cells"],
        [
            "<b>Promyelocytes</b>",
            "always in it",
            "only when APL was entered: abnormal promyelocytes are then equivalents",
        ],
        ["<b>Thresholds</b>", "none: it carries no diagnostic band", "read by WHO and ICC, by specimen and genetics"],
        ["<b>Said as</b>", f"“{name}”, with both intervals", "“blasts and blast equivalents”, with both intervals"],
    ]
    notices.html(cards.boxed(cards.table(["", words.cblc_name, "Blasts and blast equivalents"], rows, "words")))
    told = (
        f"{words.cblc_name} is never printed as a blast percentage, and a low share of either is never a negative "
        "finding: Auer rods or atypical promyelocytes raise “exclude APL urgently” at any count."
    )
    notices.say("warning", told, "Never confused")


def _named(words: Vocabulary, composite: str) -> str:
    codes = words.members(composite)
    return escape(", ".join(one.plural for one in words.classes if one.code in codes))


def _members(words: Vocabulary) -> None:
    rows = [
        [
            f'<i class="hb-swatch" style="background:{escape(one.colour)}"></i>{escape(one.name.capitalize())}',
            MEMBER if "cblc" in one.composites else OUTSIDE,
            "when APL is entered" if "promyelocyte" in one.composites
            else MEMBER if "blasts" in one.composites else OUTSIDE,
            _counted(one.counted),
            escape(one.lineage),
        ]
        for one in words.classes
    ]  # fmt: skip
    heads = ["Class", words.cblc_name, "Blasts and equivalents", "Counted", "Lineage"]
    notices.html(cards.boxed(cards.table(heads, rows, "words")))


def _counted(specimens: frozenset[Specimen]) -> str:
    return (
        "not counted" if not specimens else "in marrow and blood" if len(specimens) > 1 else f"in {min(specimens)} only"
    )


def _class(words: Vocabulary) -> None:
    codes = [one.code for one in words.classes]
    order = sorted(codes, key=lambda code: "cblc" not in words[code].composites)  # the composite's own first
    chosen = st.pills(
        "Class", order, default=order[0], key=state.COMPOSITE_CLASS, required=True, label_visibility="collapsed",
        format_func=lambda code: words[code].name,
    )  # fmt: skip
    if chosen:
        _criteria(words, chosen)
        _examples(words, chosen)


def _criteria(words: Vocabulary, code: str) -> None:
    known, cls = criteria.criteria().get(code), words[code]
    told = f'<h3>{escape(cls.name.capitalize())}</h3><p class="hb-part">{escape(cls.description)}</p>'
    if known:
        parts = "".join(f"<dt>{escape(part)}</dt><dd>{escape(text)}</dd>" for part, text in known.parts)
        apart = "".join(
            f"<dt>or {escape(words[other].name)}?</dt><dd>{escape(text)}</dd>" for other, text in known.apart.items()
        )
        sources = ", ".join(map(criteria.short, known.sources))
        told += f'<dl class="hb-dl">{parts}{apart}</dl><div class="hb-foot">After: {escape(sources)}.</div>'
    notices.html(cards.boxed(told))


def _examples(words: Vocabulary, code: str) -> None:
    """Reviewed cells of this laboratory, then drawn ones, never side by side without a mark."""
    cls = words[code]
    real = _reviewed(words, code) if who.may(Right.VIEW) else []
    if real:
        notices.html('<p class="hb-sub">Cells of this laboratory that somebody named so:</p>')
        teaching_cells.strip((item, cls.colour, teaching_cells.short(item)) for item in real[:SHOWN])
    else:
        notices.html('<p class="hb-sub">No cell of this class has been reviewed or signed here yet.</p>')
    drawn = synthetic.examples(code, DRAWN)
    if drawn:
        notices.html(
            '<p class="hb-sub">Drawn by a program, no patient; they show the idea, not what a smear looks like:</p>'
        )
        teaching_cells.strip((item, cls.colour, "drawn") for item in drawn)


def _reviewed(words: Vocabulary, code: str) -> list[Item]:
    pool = teaching_sources.sources(words)
    return [item for source in pool for item in source.items if item.label == code and not item.synthetic]


def _other() -> None:
    """The other shipped vocabularies that sum a composite; never compared with this one."""
    mine = VOCABULARIES[Modality.SMEAR]
    for id in vocabularies(resources.settings().vocabularies_folder):
        words = resources.vocabulary(id)
        if id == mine or not words.members("cblc"):
            continue
        rows = [
            [
                f'<i class="hb-swatch" style="background:{escape(one.colour)}"></i>{escape(one.name)}',
                escape(one.description),
            ]
            for one in words.classes
            if "cblc" in one.composites
        ]
        notices.html(
            f'<p class="hb-sub"><b>{escape(words.cblc_name)}.</b> {escape(words.reading)} '
            "It is another sum of other classes and never compared with the one above.</p>"
        )
        notices.html(cards.boxed(cards.table([words.cblc_name, "What it is"], rows, "words")))


composite()
