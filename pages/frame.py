"""The frame around every page: look, research-use notice, navigation as a table of contents."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.people import Right
from pages.components import control_lots, notices, resources, sign_in, state, who

STATIC = Path(__file__).parent / "static"
READ_ON = ("", "case")  # pages on which results are read: a control out of control is said there

st.set_page_config(
    page_title="Hemaboard",
    page_icon=str(STATIC / "hemaboard.svg"),
    layout="wide",
    initial_sidebar_state="auto",
    menu_items={"Get help": None, "Report a bug": None, "About": f"Hemaboard. {notices.RESEARCH_USE}"},
)
st.html(STATIC / "hemaboard.css")
st.logo(str(STATIC / "hemaboard.svg"), size="large")

laboratory = [
    st.Page("control.py", title="Daily control"),
    st.Page("health.py", title="Health"),
]
if who.may(Right.ADMINISTER):
    laboratory += [st.Page("trail.py", title="Audit trail"), st.Page("administration.py", title="Administration")]

page = st.navigation(
    {
        "Cases": [
            st.Page("worklist.py", title="Worklist", default=True),
            st.Page("upload.py", title="New case"),
            st.Page("cohort.py", title="Cohort"),
            st.Page("case.py", title="Case"),
            st.Page("slide.py", title="Whole slide"),
            st.Page("compare.py", title="Old and new run", visibility="hidden"),
            st.Page("board.py", title="Tumour board"),
            st.Page("review.py", title="Review"),
            st.Page("robustness.py", title="Robustness"),
            st.Page("report.py", title="Report"),
        ],
        "Teaching": [
            st.Page("teaching.py", title="Teaching"),
            st.Page("composite.py", title="The composite"),
        ],
        "Laboratory": laboratory,
        "About": [
            st.Page("models.py", title="Models"),
            st.Page("about.py", title="What it is, and its limits"),
        ],
    },
    position="sidebar" if who.may(Right.VIEW) else "hidden",
    expanded=True,
)
st.set_page_config(page_title=f"{page.title} · Hemaboard")  # tabs are told apart by it; never by a pseudonym
notices.research_use()
words = state.take_flash()
if sign_in.inside():
    if words:
        notices.say("good", words)
    if resources.demo_cases.problem:
        notices.say("warning", resources.demo_cases.problem)
    if page.url_path:
        state.put(state.WORKLIST_OPEN, "")  # a case's dialog stays closed when one comes back to the worklist
    if page.url_path in READ_ON:
        control_lots.banner()
    page.run()
