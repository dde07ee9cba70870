"""The models: what each is for, what it cannot do, what it was made from, and what it is worth."""

from __future__ import annotations

import streamlit as st

from core.doors.desk import Filters
from core.errors import HemaboardError
from pages.components import model_card, notices, resources, state

st.title("Models")
notices.html(
    '<p class="hb-lede">What finds and names the cells, as its own card tells of it. Read first what a model cannot '
    "do; its figures hold for pictures like those they were measured on.</p>"
)
try:
    cards = {card.name: card for card in resources.model_cards()}
except HemaboardError as problem:  # the setting `models` names no folder of models
    notices.error(problem)
    st.stop()
chosen = st.pills(
    "Model", list(cards), default=next(iter(cards), None), key="models.chosen", required=True,
    format_func=model_card.plain,
)  # fmt: skip
if chosen:
    model_card.whole(cards[chosen], resources.vocabulary("shipped16"))
installed = {card.digest for card in cards.values() if card.in_use and not card.problem}
if model_card.in_use(resources.store().desk.models_in_use(), installed) and st.button("Show the cases of other models"):
    state.put(state.WORKLIST_FILTERS, Filters(stale=True))
    st.switch_page("worklist.py")
