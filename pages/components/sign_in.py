"""Before the door: who has not signed in, or may not come in yet; and in the sidebar who is inside."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.people import Right
from pages.components import notices, resources, who
from pages.components.who import Standing

LOOK_EVERY = 60.0  # seconds; an idle screen closes itself when its session ends


def inside() -> bool:
    """Whether the page may be shown; else says what is missing. And who is inside, in the sidebar."""
    _who()
    if who.may(Right.VIEW):
        if who.standing() is Standing.KNOWN:
            st.fragment(_watch, run_every=LOOK_EVERY)()
        return True
    _door(who.standing())
    return False


def _door(standing: Standing) -> None:
    title, text = _said(standing)
    with st.container(key="door"):
        st.title(title)
        notices.html(f'<p class="hb-lede">{escape(text)}</p>')
        if standing in (Standing.STRANGER, Standing.ENDED) and st.button("Sign in", type="primary"):
            st.login()
        if standing in (Standing.KNOWN, Standing.UNKNOWN) and st.button("Sign out", key="door-out"):
            st.logout()


def _said(standing: Standing) -> tuple[str, str]:
    hours = resources.settings().session_hours
    if standing is Standing.STRANGER:
        return "Sign in", "Cases are shown to people whom an administrator gave a role. Sign in with your own account."
    if standing is Standing.ENDED:
        return "Your session has ended", f"A session lasts {hours} hours at this site. Nothing is lost: sign in again."
    if standing is Standing.UNKNOWN:
        return "Who are you?", (
            "The identity provider did not say who signed in (issuer, number and time are needed). "
            "Whoever runs it must add them to its tokens."
        )
    if standing is Standing.LOCKED:
        return "Nobody can sign in", (
            "The setting “administrators” names people, but no identity provider is configured. "
            "Whoever runs this server must add [auth] to .streamlit/secrets.toml, or empty the setting."
        )
    person = who.user()
    if person and not person.active:
        return "Your account is not active", "An administrator has closed it. Ask one of them to open it again."
    return "Signed in, without a role yet", "An administrator must give you a role first. Load the page again then."


def _who() -> None:
    standing = who.standing()
    with st.sidebar, st.container(key="who"):
        if standing is Standing.LOCAL:
            notices.html(
                f'<div class="hb-who"><b>{escape(who.actor())}</b><span>not signed in: what is signed here says '
                "“unauthenticated”</span></div>"
            )
            return
        person = who.user()
        if person is None:
            return
        role = who.role()
        held = "not active" if not person.active else role.value if role else "no role yet"
        notices.html(f'<div class="hb-who"><b>{escape(person.name)}</b><span>{escape(held)}</span></div>')
        if who.may(Right.VIEW) and st.button("Sign out", key="sign-out"):
            st.logout()


def _watch() -> None:
    if not who.may(Right.VIEW):
        st.rerun()
