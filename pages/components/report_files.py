"""What can be taken away of a case, filing it, and what was filed before."""

from __future__ import annotations

from html import escape

import streamlit as st

from core import filed, labels
from core.charts import history, words
from core.errors import HemaboardError
from core.filed import Filed
from core.filing import since
from core.filing.files import CROPS, FORMATS, Format, crops
from core.filing.filing import file
from core.people import Right
from core.review.signing import Signed
from pages.components import cards, notices, report_held, resources, state, who

DIGITS = 12  # of a digest, as far as eyes compare it
PRINTED = ("report-A4.pdf", "report-Letter.pdf", "fhir.json")  # what holds a print, and cannot be made without one
AS = {"signed": "signed", "void": "draft, signature void", "unsigned": "draft"}
COPIES = (
    "Filing keeps in the audit trail by which digests these files are known again. Copies are not kept here: download"
    " them too. “python -m core verify FILE” says later whether a file is what the case says."
)


def downloads(of: Filed) -> None:
    """One button a format; each file is made when it is asked for."""
    st.subheader("Download")
    try:
        report_held.paper(of, "A4")
        unprintable = ""
    except HemaboardError as error:
        unprintable = str(error)
    for one in FORMATS:
        if one.name == CROPS:
            _crops(of, one)
        else:
            _one(of, one, unprintable if one.name in PRINTED else "")


def _one(of: Filed, one: Format, refused: str) -> None:
    store, settings = resources.store(), resources.settings()
    st.download_button(
        one.title, lambda: one.make(of, store, settings), f"{of.id}-{one.name}", one.mime, on_click="ignore",
        width="stretch", disabled=bool(refused), help=refused or None, key=f"download-{one.name}",
    )  # fmt: skip


def _crops(of: Filed, one: Format) -> None:
    """Chosen by class: for training and for reading elsewhere."""
    store = resources.store()
    with st.popover(one.title, width="stretch"):
        there = set(labels.settled(of.seen, of.reviews).values())
        names = {cls.code: cls.name for cls in of.vocabulary.classes if cls.code in there}
        chosen = st.multiselect("Classes (none chosen: all)", list(names), format_func=lambda code: names[code])
        named = st.toggle("Only cells that a person has named")
        st.download_button(
            "Download crops", lambda: crops(of, store, chosen, by_people=named), f"{of.id}-{one.name}", one.mime,
            on_click="ignore", key="download-crops",
        )  # fmt: skip
        notices.html('<p class="hb-sub">Under codes: neither case nor patient is named in the ZIP.</p>')


def filing(of: Filed) -> None:
    """The button, for who may sign, and what was filed before."""
    st.subheader("File")
    problem = st.session_state.pop(state.REPORT_PROBLEM, None)
    if problem is not None:
        notices.error(problem)
    signed = isinstance(of.state, Signed)
    if not signed:
        notices.html('<p class="hb-sub">Nobody has signed what would be filed: each page says DRAFT.</p>')
    refused = who.refusal(Right.SIGN)
    label = "File this report" if signed else "File this draft"
    st.button(
        label, type="primary" if signed else "secondary", disabled=bool(refused), help=refused or None,
        key="report-file", on_click=_file, args=(of.id, filed.sha256(of)),
    )  # fmt: skip
    if refused:
        notices.html(f'<p class="hb-sub">{escape(refused)}</p>')
    notices.html(f'<p class="hb-sub">{escape(COPIES)}</p>')


def _file(case_id: str, seen: str) -> None:
    """What was in view when the button was pressed, or nothing."""
    try:
        who.check(Right.SIGN)
        before = resources.store().filing.of(case_id)
        kept = file(resources.store(), case_id, resources.settings(), actor=who.actor(), seen=seen)
    except HemaboardError as problem:
        state.put(state.REPORT_PROBLEM, problem)
        return
    again = kept.number in {one.number for one in before}
    state.flash("This was filed before, and nothing has changed since." if again else "Filed.")


def past(of: Filed) -> None:
    """Every filing, the newest first, and whether the case still says that."""
    kept = resources.store().filing.of(of.id)
    if not kept:
        return
    st.subheader("What was filed")
    now, happened = filed.sha256(of), resources.store().filing.history(of.id)
    rows = []
    for one in reversed(kept):
        changed = since.changes(happened, one.hash)
        other = f"the case has changed since: {'; '.join(changed)}" if changed else since.OTHERWISE
        holds = "the case says the same now" if one.sha256 == now else other
        rows.append([
            history.moment(one.at),
            escape(one.actor) + (", where the case came from" if one.elsewhere else ""),
            AS.get(one.state, escape(one.state)),
            f"<b>{'holds' if one.sha256 == now else 'outdated'}</b>: {escape(holds)}",
            words.size(len(one.files), "file"),
            f'<span class="hb-digest" title="{escape(one.sha256)}">{escape(one.sha256[:DIGITS])}…</span>',
        ])  # fmt: skip
    heads = ["When (UTC)", "Who", "As", "Does it hold", "Files", "SHA-256 of what is stated"]
    notices.html(cards.boxed(cards.table(heads, rows, "words")))
