"""Pictures one after another, of one case or of two side by side. The browser steps by itself and sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import streamlit as st

from core.charts.board import Slide
from pages.components import links, scripts

HERE = Path(__file__).parent
STEPPER = st.components.v2.component(
    "hemaboard_board_stepper",
    html='<div class="stepper" role="group" aria-label="Chosen cells and fields" tabindex="0"></div>',
    css=(HERE / "stepper.css").read_text(encoding="utf-8"),
    js=scripts.loader("stepper", [HERE / "stepper.js"]),
)


Column = tuple[str, Sequence[tuple[str, Slide]]]
"""A name, and slides with the case that each is of."""


def shown(columns: Sequence[Column], key: str) -> None:
    """One key press steps in all columns."""
    STEPPER(key=key, data=scripts.given(data_of(columns)))


def data_of(columns: Sequence[Column]) -> dict[str, Any]:
    """What the browser is told: addresses are signed, words are text; outlines are markup of core.charts.field."""
    return {
        "columns": [
            {"name": name, "slides": [_slide(case_id, slide) for case_id, slide in slides]} for name, slides in columns
        ]
    }


def _slide(case_id: str, slide: Slide) -> dict[str, Any]:
    address = links.picture(case_id, slide.item) if slide.kind == "field" else links.crop(case_id, slide.item)
    return {key: value for key, value in asdict(slide).items() if key != "item"} | {"address": address}
