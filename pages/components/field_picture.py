"""One field with the outlines of its cells, and what each field contributed."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.charts import field
from core.readings import Reading
from core.records import Seen
from core.vocabulary import Vocabulary
from pages.components import cards, links, state
from pages.components.notices import html


def viewed(case_id: str, seen: Seen, words: Vocabulary) -> None:
    """The chosen field: the picture by URL, outlines as SVG above it, a legend below."""
    images = {image.id: image for image in seen.images}
    labels = {image.id: image.label[:1].upper() + image.label[1:] for image in seen.images}
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = left.selectbox(
        "Field", list(images), format_func=lambda image_id: labels[image_id], key=f"{state.CASE_FIELD}.{case_id}"
    )
    outlined = right.toggle("Outlines", value=True, key=f"{state.CASE_FIELD}.outlines")
    image = images[chosen]
    svg = field.outlines(image, seen, words) if outlined else ""
    html(
        f'<div class="hb-field"><img src="{escape(links.picture(case_id, image.id))}" width="{image.width}" '
        f'height="{image.height}" alt="{escape(labels[chosen])}">{svg}</div>{_legend(field.legend(image, seen, words))}'
    )


def contributions(reading: Reading, seen: Seen) -> None:
    labels = {image.id: image.label for image in seen.images}
    rows = [
        [escape(labels.get(share.image, share.image)), str(share.counted), str(share.blasts), str(share.cblc)]
        for share in reading.fields
    ]
    html(cards.table(["Field", "Counted", "Blasts and equivalents", "CBLC"], rows))


def _legend(entries: tuple[field.Legend, ...]) -> str:
    drawn = "".join(
        f'<span><i class="hb-swatch" style="background:{escape(e.colour)}"></i>{escape(e.name)} {e.count}</span>'
        for e in entries
    )
    return f'<div class="hb-legend">{drawn}</div>'
