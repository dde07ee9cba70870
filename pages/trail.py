"""The audit trail: who did what when; filtered, verified, taken along."""

from __future__ import annotations

import streamlit as st

from core.people import Right
from pages.components import notices, trail_list, who

st.title("Audit trail")
who.need(Right.ADMINISTER)
notices.html(
    '<p class="hb-lede">One chain of events, each bound to the one before. Nothing in it can be changed or taken out '
    "without being found; it outlives the cases, and so names no patient.</p>"
)
trail_list.verification()
trail_list.listing()
