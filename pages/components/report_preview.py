"""The report's pages as pictures, as they will be printed."""

from __future__ import annotations

import streamlit as st

from core.errors import HemaboardError
from core.filed import Filed
from pages.components import links, notices, report_held, state
from pages.components.report_held import Paper

PAPERS = ("A4", "Letter")


def shown(of: Filed) -> None:
    """Paper and page are chosen here; what cannot be printed is told instead."""
    with st.container(horizontal=True, vertical_alignment="center", key="report-look"):
        size = st.segmented_control(
            "Paper", PAPERS, default=PAPERS[0], required=True, key=f"{state.REPORT_PAPER}.{of.id}",
            label_visibility="collapsed",
        )  # fmt: skip
        try:
            paper = report_held.paper(of, str(size))
        except HemaboardError as error:
            notices.error(error)
            return
        pages = list(range(1, paper.pages + 1))
        page = st.segmented_control(
            "Page", pages, default=1, format_func=lambda number: f"Page {number}", required=True,
            key=f"{state.REPORT_PAGE}.{of.id}.{paper.pages}", label_visibility="collapsed",
        )  # fmt: skip
    notices.html(_sheet(of, paper, int(page or 1), str(size)))


def _sheet(of: Filed, paper: Paper, page: int, size: str) -> str:
    """The page that is chosen, and the others already on their way to the browser."""
    address = links.report(of.id, paper.sha256, page)
    said = f"Page {page} of {paper.pages} of the report, on {size}"
    others = (links.report(of.id, paper.sha256, other) for other in range(1, paper.pages + 1) if other != page)
    ahead = "".join(f'<img src="{other}" alt="" hidden>' for other in others)
    sheet = f'<a href="{address}" target="_blank"><img src="{address}" alt="{said}"></a>{ahead}'
    return f'<div class="hb-sheet {size.lower()}">{sheet}</div>'
