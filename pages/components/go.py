"""A link to another page that looks like a button.

The browser goes by itself and stops every timer of the page it leaves. With a button it would ask the server first, and
a fragment that refreshes meanwhile would be drawn once more into the page that comes: Streamlit then loses the page.
"""

from __future__ import annotations

import streamlit as st


def to(page: str, label: str, *, key: str, case: str = "", primary: bool = False, refused: str = "") -> None:
    """To `page`, of that case if one is named. `refused` says why one may not go."""
    look = "main" if primary else "plain"
    with st.container(key=f"go-{look}-{key}", width="stretch" if primary else "content"):
        st.page_link(
            page,
            label=label,
            query_params={"case": case} if case else None,
            disabled=bool(refused),
            help=refused or None,
            width="stretch" if primary else "content",
        )
