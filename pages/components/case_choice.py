"""Which case a page is about: the one its address names, or one that is chosen here."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFound
from core.protocols import CaseRow
from pages.components import notices, resources


def named(title: str) -> CaseRow | None:
    """The case of ?case=…; without one the page shows what may be chosen, and None comes back."""
    case_id = st.query_params.get("case", "")
    if case_id:
        try:
            return resources.store().case(case_id)
        except NotFound as error:
            notices.error(error)
    st.title(title)
    rows = {row.id: row for row in resources.store().cases(limit=200)}
    if not rows:
        notices.html('<div class="hb-empty"><b>No case yet.</b>Choose “New case” in the table of contents.</div>')
        return None
    chosen = st.selectbox(
        "Case", list(rows), index=None, format_func=lambda i: rows[i].info.pseudonym, placeholder="Choose a case"
    )
    if chosen:
        st.query_params["case"] = chosen
        st.rerun()
    return None
