"""People and their roles; how long cases are kept; leave to ask a language model elsewhere. For administrators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from html import escape

import streamlit as st

from core import retention
from core.charts.words import size
from core.doors.laboratory import Aged
from core.errors import HemaboardError
from core.people import MEANING, Right, Role, User, named
from pages.components import cards, notices, resources, sending, state, who

ROLES = [None, *Role]
LISTED = 100  # cases named in a preview


def administration() -> None:
    st.title("Administration")
    who.need(Right.ADMINISTER)
    people, keeping, model = st.tabs(["People", "Keeping cases", "Language model"])
    with people:
        _people()
    with keeping:
        _retention()
        _holds()
    with model:
        sending.switch()


def _people() -> None:
    if not who.authenticated():
        notices.say(
            "note",
            "Nobody signs in at this site: whoever reaches the server is the local user, with every right. "
            "docs/administration.md says how to connect the site's own identity provider.",
            "One local user",
        )
    users = resources.store().people.all()
    if not users:
        notices.html(
            '<div class="hb-empty"><b>Nobody has signed in yet.</b>Whoever signs in stands here, and may do nothing '
            "until you give a role.</div>"
        )
        return
    waiting = [user.name for user in users if user.role is None and user.active]
    if waiting:
        notices.say("note", f"{', '.join(waiting)} signed in and may do nothing yet: give a role.", "Waiting")
    for number, user in enumerate(users, start=1):
        _person(number, user)


def _person(number: int, user: User) -> None:
    with st.container(border=True, key=f"row-user-{number}"), st.container(key=f"people-{number}"):
        name, role, active = st.columns([2.6, 2, 1.2], vertical_alignment="center")
        name.html(f'<div class="hb">{_name(user)}</div>')
        by_setting = named(resources.settings().administrators, user)
        chosen = role.selectbox(
            f"Role of {user.name}", ROLES, index=ROLES.index(user.role), key=f"role.{user.subject}.{user.role}",
            format_func=lambda held: held.value if held else "no role yet", label_visibility="collapsed",
            disabled=by_setting,
        )  # fmt: skip
        if by_setting:
            role.html('<div class="hb hb-sub">by the setting “administrators”</div>')
        open_ = active.toggle("Active", user.active, key=f"active.{user.subject}.{user.active}")
        if chosen != user.role or open_ != user.active:
            _change(user, chosen, open_)


def _name(user: User) -> str:
    role = MEANING[user.role] if user.role else "may do nothing yet"
    about = [user.email or "no checked address", f"last sign-in {user.seen:%Y-%m-%d %H:%M} UTC" if user.seen else ""]
    you = notices.tag("you") if user.actor == who.actor() else ""
    return (
        f'<div class="hb-tags"><span class="hb-case">{escape(user.name)}</span>{you}</div>'
        f'<div class="hb-sub">{escape(" · ".join(filter(None, about)))}</div>'
        f'<div class="hb-sub">{escape(role if user.active else "not active: may do nothing")}</div>'
    )


def _change(user: User, role: Role | None, active: bool) -> None:
    try:
        who.check(Right.ADMINISTER)
        people = resources.store().people
        if role != user.role:
            people.give(user.subject, role, actor=who.actor())
        if active != user.active:
            people.activate(user.subject, active, actor=who.actor())
    except HemaboardError as problem:
        notices.error(problem)
        return
    who.forget()
    st.rerun()


def _retention() -> None:
    st.header("Retention")
    plan = retention.preview(resources.store(), resources.settings(), dt.datetime.now(dt.UTC))
    if not plan.days:
        notices.say("note", "Everything is kept: the setting retention_days is 0.", "No limit")
        return
    notices.html(
        f'<p class="hb-lede">Cases of persons in which nothing happened for {size(plan.days, "day")} may be deleted. '
        "Nothing goes by itself; each leaves a tombstone in the audit trail.</p>"
    )
    drawn = (
        cards.figure("Due", str(len(plan.due)), size(len(plan.due), "case").split(" ", 1)[1], ""),
        cards.figure("Kept by a legal hold", str(len(plan.held)), "of that age", ""),
        cards.figure("With a run in hand", str(len(plan.running)), "of that age", ""),
    )
    notices.html(f'<div class="hb-cards small">{"".join(drawn)}</div>')
    if plan.due:
        notices.html(_aged(plan.due))
        _delete(plan)


def _aged(cases: tuple[Aged, ...]) -> str:
    rows = [
        (escape(one.pseudonym), f"{one.created:%Y-%m-%d}", f"{one.last:%Y-%m-%d}", str(one.images))
        for one in cases[:LISTED]
    ]
    more = f'<p class="hb-sub">and {size(len(cases) - LISTED, "case")} more</p>' if len(cases) > LISTED else ""
    return cards.boxed(cards.table(("Case", "Made", "Untouched since", "Pictures"), rows) + more)


def _delete(plan: retention.Preview) -> None:
    words = size(len(plan.due), "case")
    sure = st.checkbox(f"Delete the pictures and cells of {words} for good", key="retention.sure")
    if st.button("Delete what is due", type="primary", disabled=not sure, key="retention.apply"):
        try:
            who.check(Right.ADMINISTER)
            with st.spinner("Deleting…"):
                now = dt.datetime.now(dt.UTC)
                done = retention.apply(resources.store(), resources.settings(), actor=who.actor(), now=now)
        except HemaboardError as problem:
            notices.error(problem)
            return
        kept = f" Kept: {'; '.join(done.kept)}." if done.kept else ""
        state.flash(f"{size(len(done.deleted), 'case')} deleted.{kept}")
        st.rerun()


def _holds() -> None:
    st.header("Legal holds")
    notices.html('<p class="hb-lede">A case with a hold is deleted by nobody, however old it grows.</p>')
    keeping = resources.store().laboratory.keeping
    for hold in keeping.holds():
        with st.container(border=True, key=f"row-hold-{hold.case}"):
            told, do = st.columns([4, 1], vertical_alignment="center")
            told.html(
                f'<div class="hb"><span class="hb-case">{escape(hold.pseudonym)}</span>'
                f'<div class="hb-sub">{escape(hold.reason)} · since {hold.at:%Y-%m-%d} by {escape(hold.actor)}</div>'
                "</div>"
            )
            if do.button("Release", key=f"release-{hold.case}", width="stretch"):
                _do(lambda case=hold.case: keeping.release(case, actor=who.actor()))
    with st.form("hold", border=True):
        case, reason = st.columns([1.4, 2])
        names = {row.id: row.info.pseudonym for row in resources.store().cases(limit=500)}
        chosen = case.selectbox("Case", list(names), format_func=lambda id: f"{names[id]} ({id})", index=None)
        why = reason.text_input("Reason", placeholder="names nobody, e.g. study audit")
        if st.form_submit_button("Place a hold"):
            if chosen is None:
                notices.say("warning", "Choose the case first.", "Not possible")
            else:
                _do(lambda: keeping.hold(chosen, why, actor=who.actor()))


def _do(act: Callable[[], None]) -> None:
    try:
        who.check(Right.ADMINISTER)
        act()
    except HemaboardError as problem:
        notices.error(problem)
        return
    st.rerun()


administration()
