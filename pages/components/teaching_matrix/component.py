"""The matrix of what was taken for what. A field that is pressed says so in TEACHING_FIELD."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from core.teaching.score import Score
from core.vocabulary import Vocabulary
from pages.components import scripts, state

HERE = Path(__file__).parent
MATRIX = st.components.v2.component(
    "hemaboard_teaching_matrix",
    html='<div class="matrix"></div>',
    css=(HERE / "board.css").read_text(encoding="utf-8"),
    js=scripts.loader("matrix", [HERE / "board.js"]),
)
CAPTION = "Rows: what it is. Columns: what you said. Press a number to see those cells."


def shown(score: Score, vocabulary: Vocabulary, key: str = "matrix") -> None:
    """To be shown inside a fragment, with the cells of the pressed field below it."""

    def pressed() -> None:
        state.put(state.TEACHING_FIELD, taken(st.session_state[key].picked, picked()))

    MATRIX(key=key, data=scripts.given(data_of(score, vocabulary, picked())), on_picked_change=pressed)


def picked() -> tuple[str, str] | None:
    """Truth and answer of the field that is open."""
    return state.get(state.TEACHING_FIELD, None)


def taken(message: Mapping[str, Any] | None, before: tuple[str, str] | None) -> tuple[str, str] | None:
    """The field that is open after a press: pressed again it closes."""
    if not message:
        return before
    field = (str(message.get("truth", "")), str(message.get("given", "")))
    return None if field == before else field


def data_of(score: Score, vocabulary: Vocabulary, field: tuple[str, str] | None) -> dict[str, Any]:
    classes = [vocabulary[code] for code in score.codes]
    return {
        "classes": [{"code": one.code, "name": one.name, "colour": one.colour} for one in classes],
        "rows": [list(row) for row in score.matrix],
        "picked": list(field) if field else None,
        "caption": CAPTION,
    }
