"""The cells of a label-free case: any of their pictures, what was estimated of each, and what was picked above."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from core import phenotype, saliency
from core.charts import gallery, label_free, words
from core.readings import LabelFreeReading
from core.records import Call, Seen
from core.vocabulary import Vocabulary
from pages.components import label_free_scatter, label_free_views, links, notices, state

MORE = 30
EVERY = "All views"
ODD = "Odd: less like the cells the network was calibrated on than 99 in 100 of those."
VIEWS = {
    EVERY: label_free_views.STRIP,
    **{view.capitalize(): view for view in phenotype.VIEWS},
    "Phase": "phase",
    "Saliency": label_free_views.SALIENCY,
}
SEEN_AS = {
    EVERY: (
        "Each strip: left, right, top and bottom view over their background, then the recovered phase from 0 (violet) "
        "to 3 rad (yellow). A grey square is a view that is missing."
    ),
    "Phase": "Recovered phase from 0 (violet) to 3 rad (yellow): how much the cell delays light.",
    "Saliency": saliency.MEANING,
}
ONE_VIEW = "One view over its background: lit from that side alone; black is 0.6 and white 1.4 of the empty glass."
BY_CLASS, DOUBTFUL, BEYOND = "By class", "Doubtful first", "Beyond the range first"


def shown(case_id: str, seen: Seen, reading: LabelFreeReading, vocabulary: Vocabulary, marker: str) -> None:
    picked = label_free_scatter.picked_line(case_id, seen)
    _grid(case_id, seen, reading, vocabulary, marker, picked)


@st.fragment
def _grid(
    case_id: str,
    seen: Seen,
    reading: LabelFreeReading,
    vocabulary: Vocabulary,
    marker: str,
    picked: tuple[str, ...],
) -> None:
    view = st.segmented_control(
        "Pictures", list(VIEWS), default=EVERY, required=True, key=f"{state.CASE_VIEW}.{case_id}"
    )
    view = view or EVERY
    far = set(label_free.beyond(reading))
    with st.container(key="wrap-cells-asked"):
        left, right = st.columns([3, 2], vertical_alignment="bottom")
    held = gallery.drawers(seen, vocabulary)
    names = {"": f"All {len(seen.calls)}"} | {d.code: f"{d.name} {d.count}" for d in held}
    code = left.pills("Class", list(names), default="", format_func=names.get, key=f"{state.CASE_CLASS}.{case_id}")
    order = right.segmented_control(
        "Order", [BY_CLASS, DOUBTFUL, *([BEYOND] if far else [])], default=BY_CLASS, required=True,
        key=f"{state.CASE_ORDER}.{case_id}",
    )  # fmt: skip
    notices.html(f'<p class="hb-sub">{escape(SEEN_AS.get(view, ONE_VIEW))}</p>')
    why_not = label_free_views.why_no_saliency(seen) if VIEWS[view] == label_free_views.SALIENCY else ""
    if why_not:
        notices.say("note", f"{why_not[:1].upper()}{why_not[1:]}.", "No saliency")
        return
    tiles = _tiles(seen, vocabulary, code or "", order or BY_CLASS, picked, far)
    if not tiles:
        notices.html(
            '<div class="hb-empty"><b>No cell here.</b>None of this class is among those that were picked.</div>'
        )
        return
    _laid(case_id, tiles, seen, reading, marker, view)


def _tiles(
    seen: Seen, vocabulary: Vocabulary, code: str, order: str, picked: tuple[str, ...], far: set[str]
) -> list[gallery.Tile]:
    """Those picked, in the order in which they were picked unless another is asked for."""
    tiles = gallery.tiles(seen, vocabulary, code, doubtful_first=order == DOUBTFUL)
    found = [tile for tile in tiles if not picked or tile.cell in set(picked)]
    return sorted(found, key=lambda tile: tile.cell not in far) if order == BEYOND else found


def _laid(
    case_id: str, tiles: list[gallery.Tile], seen: Seen, reading: LabelFreeReading, marker: str, view: str
) -> None:
    shown_key = f"{state.CASE_SHOWN}.{case_id}.{len(tiles)}"
    limit = state.get(shown_key, MORE)
    calls = {call.cell: call for call in seen.calls}
    drawn = (_tile(case_id, tile, calls[tile.cell], reading, marker, VIEWS[view]) for tile in tiles[:limit])
    kind = "hb-grid strips" if view == EVERY else "hb-grid views"
    notices.html(f'<div class="{kind}">{"".join(drawn)}</div>')
    if len(tiles) > limit:
        label = f"Show {min(MORE, len(tiles) - limit)} more of {len(tiles)}"
        st.button(label, key="cells-more", on_click=state.put, args=(shown_key, limit + MORE))


def _tile(case_id: str, tile: gallery.Tile, call: Call, reading: LabelFreeReading, marker: str, part: str) -> str:
    odd = f'<b class="odd" title="{escape(ODD)}">odd</b>' if tile.odd else ""
    possible = f'<span class="set">{escape(tile.possible)}</span>' if tile.possible else ""
    lines = "".join(f'<span class="told">{line}</span>' for line in _lines(call, reading.values, reading, marker))
    return (
        f'<figure style="--c:{escape(tile.colour)}"><img loading="lazy" '
        f'src="{escape(links.view(case_id, tile.cell, part))}" alt="{escape(f"{tile.name}, {part}")}">'
        f"<figcaption>{escape(tile.name)}<span>{tile.said}{odd}</span>{lines}{possible}</figcaption></figure>"
    )


def _lines(call: Call, values: Mapping[str, Mapping], reading: LabelFreeReading, marker: str) -> list[str]:
    """The chosen marker with its interval, a flag for any that lies beyond what was learned, views, branch."""
    found = []
    for told in label_free.told(values.get(call.cell, {}), reading.models):
        if told.name == marker:
            found.append(escape(f"{told.name} {told.value} [{told.interval}]"))
        if told.flag:
            found.append(f'<b class="beyond">{escape(f"{told.name} {told.value}: {told.flag}")}</b>')
    if call.views and len(call.views) < len(phenotype.VIEWS):
        found.append(escape(f"only {', '.join(call.views)}"))
    if call.gate:
        found.append(escape(words.unbroken(f"convolutions {100 * call.gate[0]:.0f} %")))
    return found
