"""Pictures that may show who the patient is: each is painted over, confirmed or left out by a person."""

from __future__ import annotations

import streamlit as st

from core.charts.picture import with_boxes
from core.records import Box, Doubt, Image
from pages.components import checks, state

MASK, CHOOSE, CONFIRM, LEAVE = "mask", "choose", "confirm", "leave"
ANSWERS = {
    MASK: "Paint over what is marked",
    CHOOSE: "Paint over a part that I choose",
    CONFIRM: "It identifies nobody: keep it as it is",
    LEAVE: "Leave this picture out",
}


def asked(found: checks.Checked) -> dict[str, checks.Settled]:
    """The decisions taken so far, by image."""
    st.subheader("Pictures that may identify somebody")
    images = {image.info.id: image for image in found.decoded.images}
    settled = {}
    for doubt in found.decoded.doubts:
        word = _one(images[doubt.image], doubt, checks.title(images[doubt.image], found))
        if word is not None:
            settled[doubt.image] = word
    return settled


def _one(image: Image, doubt: Doubt, title: str) -> checks.Settled | None:
    key = f"doubt.{image.info.id}"
    with st.container(border=True, key=f"box-{key}"):
        picture, question = st.columns([1.4, 1])
        with question:
            st.markdown(f"**{title}**")
            st.write(doubt.reason)
            answers = [answer for answer in ANSWERS if answer != MASK or doubt.boxes]
            answer = st.radio(
                "Decision", answers, index=None, format_func=ANSWERS.get, key=state.upload_key(f"{key}.answer")
            )
            boxes = _chosen(image, key) if answer == CHOOSE else doubt.boxes
        with picture:
            st.image(with_boxes(image.pixels, image.info.modality, boxes), width="stretch")
    if answer is None:
        return None
    if answer in (MASK, CHOOSE):
        return checks.Settled(True, boxes)
    return checks.Settled(answer == CONFIRM)


def _chosen(image: Image, key: str) -> tuple[Box, ...]:
    width, height = image.info.width, image.info.height
    across = st.slider("From left to right", 0, width, (0, width), key=state.upload_key(f"{key}.across"))
    down = st.slider("From top to bottom", 0, height, (0, max(1, height // 10)), key=state.upload_key(f"{key}.down"))
    return ((float(across[0]), float(down[0]), float(across[1]), float(down[1])),)
