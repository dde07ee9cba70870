"""Our own markup in which parts can be picked: `data-pick` on a button or a row says what."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

# Not isolated: the markup is ours, escaped where it is made, and looks like the rest of the page.
PICKABLE = st.components.v2.component(
    "hemaboard_pickable",
    html='<div class="hb"></div>',
    js="""
    export default function ({ data, parentElement, setTriggerValue }) {
      const box = parentElement.querySelector(".hb");
      if (box.markup !== data.markup) { box.innerHTML = data.markup; box.markup = data.markup; }
      box.send = (pick) => setTriggerValue("picked", { pick, at: Date.now() });
      box.onclick = (event) => {
        const found = event.target.closest("[data-pick]");
        if (found) box.send(found.dataset.pick);
      };
    }
    """,
    isolate_styles=False,
)


def shown(markup: str, key: str, on_pick: Callable[[str], None]) -> None:
    """`on_pick` is called with what was picked before the page is drawn again."""

    def picked() -> None:
        chosen = str((st.session_state[key].picked or {}).get("pick", ""))
        if chosen:
            on_pick(chosen)

    PICKABLE(key=key, data={"markup": markup}, on_picked_change=picked)
