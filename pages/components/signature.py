"""Who signed this case, over which content, and whether that still holds: a banner for any page, and the sign-off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape

import streamlit as st

from core.charts import history, words
from core.doors.review import Content, Deed, Signature
from core.errors import HemaboardError
from core.people import Right
from core.protocols import CaseRow
from core.records import Review, Seen
from core.review import signing
from core.review.signing import Signed, State, Void
from pages.components import cards, notices, resources, who

UNAUTHENTICATED = "unauthenticated: nobody was signed in to this server"
DIGITS = 12  # of a hash, as far as eyes compare it


def shown(row: CaseRow, seen: Seen, reviews: Sequence[Review]) -> None:
    """The banner: signed, void or draft. Nothing else on a page says so."""
    notices.html(banner(*standing(row, seen, reviews)))


def standing(row: CaseRow, seen: Seen, reviews: Sequence[Review]) -> tuple[State, Content]:
    """What the signatures are worth now, and the content that a signature would cover now."""
    store = resources.store()
    now = content(row, seen, reviews)
    return signing.state(store.review.signatures(row.id), now), now


def content(row: CaseRow, seen: Seen, reviews: Sequence[Review]) -> Content:
    store = resources.store()
    return signing.content(row.info, store.images(row.id), seen, reviews, store.words.versions(row.id))


def banner(state: State, now: Content) -> str:
    """Markup, also for pages that are printed."""
    if isinstance(state, Signed):
        return _box("good", "Signed", f"{_people(state.by)} over {_hash(state.by[-1].content)}")
    if isinstance(state, Void):
        because = escape("; ".join(state.because))
        return _box("warning", "Signature void", f"{_people((state.was,))}: {because}. Now {_hash(now)}")
    if state.reopened is not None:
        said = f"Reopened by {_person(state.reopened)}: “{escape(state.reopened.reason)}”."
        return _box("note", "Draft", f"{said} Content {_hash(now)}")
    return _box("note", "Draft", f"Nobody has signed this case. Content {_hash(now)}")


def _box(level: str, title: str, body: str) -> str:
    return f'<div class="hb-notice {level} hb-signature" role="note"><b>{title}</b><span>{body}</span></div>'


def _people(signed: Sequence[Signature]) -> str:
    return "by " + ", ".join(map(_person, signed))


def _person(one: Signature) -> str:
    name = f"<b>{escape(one.actor)}</b> ({escape(one.role)}"
    name += ")" if one.authenticated else f", {UNAUTHENTICATED})"
    return f"{name} on {history.moment(one.at)} UTC"


def _hash(content: Content) -> str:
    return f'<code title="{escape(content.hash)}">{escape(content.hash[:DIGITS])}…</code>'


# --- the acts -------------------------------------------------------------------------------------------


def acts(row: CaseRow, seen: Seen, reviews: Sequence[Review], left: Sequence[str] = ()) -> None:
    """Sign or reopen, for who may, below the banner. `left` is what is still open, said before somebody signs."""
    state, now = standing(row, seen, reviews)
    if left and not isinstance(state, Signed):
        listed = "".join(f"<li>{escape(text)}</li>" for text in left)
        notices.html(f'<p class="hb-sub">Still open, and no hindrance:</p><ul class="hb-list">{listed}</ul>')
    refusal = who.refusal(Right.SIGN)
    if refusal:
        notices.html(f'<p class="hb-sub">{escape(refusal)}</p>')
    mine = isinstance(state, Signed) and any(one.actor == who.actor() for one in state.by)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        what = "Sign this content too" if isinstance(state, Signed) else "Sign this content"
        if st.button(what, type="primary", disabled=bool(refusal) or mine, key=f"sign-{row.id}"):
            _do(row, Deed.SIGNED, now)
        if isinstance(state, Signed | Void):
            with st.popover("Reopen", disabled=bool(refusal)):
                _reopening(row, now)
    if not who.authenticated():
        notices.html(f'<p class="hb-sub">A signature given now says “{escape(UNAUTHENTICATED)}”.</p>')


def _reopening(row: CaseRow, now: Content) -> None:
    with st.form(f"reopen-{row.id}", border=False, clear_on_submit=True):
        reason = st.text_input("Why is the case reopened?", max_chars=300)
        st.caption("The reason stays with the case. Name nobody in it.")
        if st.form_submit_button("Take the signature back"):
            _do(row, Deed.REOPENED, now, reason)


def _do(row: CaseRow, deed: Deed, now: Content, reason: str = "") -> None:
    """The right is asked for again: what a page showed may be old."""
    if not who.may(Right.SIGN):
        notices.say("warning", who.refusal(Right.SIGN), "Not possible")
        return
    role = who.role()
    given = Signature(deed, dt.datetime.now(dt.UTC), who.actor(), str(role), who.authenticated(), now, reason.strip())
    try:
        resources.store().review.sign(row.id, given)
    except HemaboardError as error:
        notices.error(error)
        return
    st.rerun()


def past(row: CaseRow) -> None:
    """Every signature and every reopening there ever was."""
    given = resources.store().review.signatures(row.id)
    if not given:
        return
    rows = [
        [
            history.moment(one.at),
            str(one.deed),
            escape(one.actor),
            escape(one.role) + ("" if one.authenticated else ", unauthenticated"),
            f'<span class="hb-digest" title="{escape(one.content.hash)}">{escape(one.content.hash[:DIGITS])}…</span>',
            words.size(one.content.reviewed, "review"),
            escape(one.reason),
        ]
        for one in reversed(given)
    ]
    heads = ["When (UTC)", "What", "Who", "As", "Content", "With", "Reason"]
    notices.html(cards.boxed(cards.table(heads, rows, "words")))
