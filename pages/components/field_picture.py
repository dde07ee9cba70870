"""One field with the outlines of its cells, and what each field contributed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from core.charts import field
from core.records import ImageInfo, Seen
from core.vocabulary import Vocabulary
from pages.components import cards, links, state
from pages.components.notices import html

# The markup comes from core.charts.field, which escapes every word; the picture comes by its own address.
FIELD = st.components.v2.component(
    "hemaboard_field",
    html='<div class="field"></div>',
    css="""
    .field { position: relative; overflow: hidden; border-radius: 10px; border: 1px solid var(--st-border-color); }
    .field img { display: block; width: 100%; height: auto; }
    .field svg { position: absolute; inset: 0; width: 100%; height: 100%; }
    .field polygon { fill: transparent; stroke-width: 2.6px; vector-effect: non-scaling-stroke; }
    .field polygon:hover { fill: rgb(255 255 255 / 24%); stroke-width: 4.5px; }
    """,
    js="""
    export default function ({ data, parentElement }) {
      const field = parentElement.querySelector(".field");
      let picture = field.querySelector("img");
      if (!picture) {
        picture = document.createElement("img");
        field.prepend(picture);
      }
      if (picture.getAttribute("src") !== data.address) picture.src = data.address;
      picture.width = data.width; picture.height = data.height; picture.alt = data.name;
      field.querySelector("svg")?.remove();
      if (data.outlines) field.insertAdjacentHTML("beforeend", data.outlines);
    }
    """,
)


@st.fragment
def viewed(case_id: str, seen: Seen, heads: list[str], parts: Mapping[str, Sequence[int]], words: Vocabulary) -> None:
    """The chosen field: the picture by URL, outlines as SVG above it; beside it the legend and every field's part.

    `parts` are what each image contributed, under the `heads`.
    """
    images = {image.id: image for image in seen.images}
    labels = {image.id: image.label[:1].upper() + image.label[1:] for image in seen.images}
    with st.container(key="wrap-field"):
        picture, beside = st.columns([2.5, 1], gap="medium")
    with beside:
        key = f"{state.CASE_FIELD}.{case_id}"
        chosen = st.selectbox("Field", list(images), format_func=lambda image_id: labels[image_id], key=key)
        outlined = st.toggle("Outlines", value=True, key=f"{key}.outlines")
        html(_legend(field.legend(images[chosen], seen, words)))
        with st.expander("What each field contributed"):
            rows = [[escape(labels.get(image, image)), *map(str, numbers)] for image, numbers in parts.items()]
            html(cards.table(["Field", *heads], rows, "tight"))
    with picture:
        _drawn(case_id, images[chosen], labels[chosen], field.outlines(images[chosen], seen, words) if outlined else "")


def _drawn(case_id: str, image: ImageInfo, name: str, outlines: str) -> None:
    address = links.picture(case_id, image.id)
    data = {"address": address, "width": image.width, "height": image.height, "name": name, "outlines": outlines}
    FIELD(key=f"field-{case_id}", data=data)


def _legend(entries: tuple[field.Legend, ...]) -> str:
    drawn = "".join(
        f'<span><i class="hb-swatch" style="background:{escape(e.colour)}"></i>{escape(e.name)} {e.count}</span>'
        for e in entries
    )
    return f'<div class="hb-legend">{drawn}</div>'
