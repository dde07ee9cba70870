"""The daily control slide over time: is what the machine measures today what it measured at first?"""

from __future__ import annotations

import streamlit as st

from core.people import Right
from pages.components import control_lots, notices, who

st.title("Daily control")
who.need(Right.VIEW)
notices.html(
    '<p class="hb-lede">The same control slide, photographed each day and uploaded as a case of its own, shows whether '
    "staining, camera and networks still do what they did. Only the machine’s figures count here, not reviews.</p>"
)
control_lots.lots()
