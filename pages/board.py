"""The tumour board: shown at ?board=…, which reads only; without it, where boards are made and changed."""

from __future__ import annotations

import streamlit as st

from core.errors import NotFound
from pages.components import board_setup, board_view, notices, resources


def board() -> None:
    board_id = st.query_params.get("board", "")
    if not board_id:
        board_setup.shown()
        return
    try:
        found = resources.store().board.one(board_id)
    except NotFound as error:
        notices.error(error)
        board_setup.shown()
        return
    board_view.shown(found)


board()
