"""Where a case's slide comes from: a file from the browser, or a path on the server, which only administrators give."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import streamlit as st

from core.decode.limits import Budget
from core.errors import HemaboardError
from core.people import Right
from core.protocols import CaseRow
from core.records import CaseInfo, Modality, Specimen
from core.slides.given import ENDINGS
from core.slides.plans import SlideInfo
from core.vocabulary import VOCABULARIES
from pages.components import notices, resources, state, who

SPECIMENS = {Specimen.MARROW: "Bone marrow", Specimen.BLOOD: "Peripheral blood"}
KEPT = "It is copied into the store. Label and macro pictures are never shown, and the file's name is not kept."


def added(row: CaseRow) -> None:
    """The two ways in."""
    refused = who.refusal(Right.UPLOAD)
    if refused:
        notices.say("note", refused, "Not for this role")
        return
    most = resources.settings().max_file_mb
    with st.container(border=True, key="box-slide-source"):
        file = st.file_uploader(
            f"A slide in one file of at most {most} MB: SVS, NDPI, SCN, BIF, CZI, or a tiled TIFF (OME-TIFF too)",
            type=list(ENDINGS), max_upload_size=most, key=f"slide.file.{state.get(state.SLIDE_ROUND, 0)}",
        )  # fmt: skip
        scale = st.number_input(
            "µm per pixel, if the file does not say", value=None, min_value=0.02, max_value=5.0, step=0.01,
            format="%.4f", key=f"slide.scale.{row.id}",
        )  # fmt: skip
        notices.html(f'<p class="hb-foot">{KEPT}</p>')
        if file is not None and st.button("Add this slide", type="primary", key="slide-add-file"):
            _tried(lambda: _from_browser(row.id, file, scale))
        _path(row, scale)


def _path(row: CaseRow, scale: float | None) -> None:
    no = who.refusal(Right.ADMINISTER)
    with st.expander("A larger slide, or one of several files (MRXS, DICOM): from a path on the server"):
        notices.html(
            f'<p class="hb-sub">{"Only administrators give paths. " if no else ""}On the command line: '
            f"<code>python -m core slide add {row.id} PATH</code>. A slide of several files, none of them too large, "
            "makes a case on the page “New case”, where a whole folder may be given.</p>"
        )
        path = st.text_input("Path on the server", disabled=bool(no), key=f"slide.path.{row.id}")
        if st.button("Add the slide at this path", disabled=bool(no) or not path.strip(), help=no or None):
            _tried(lambda: _from_server(row.id, path, scale))


def _from_browser(case_id: str, file, scale: float | None) -> SlideInfo:
    """Its name may name a patient: only the ending goes on."""
    who.check(Right.UPLOAD)
    Budget(resources.settings()).check_file(file.size)  # the browser was told, and may not have kept to it
    ending = PurePosixPath(file.name).suffix.lower()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"slide{ending if ending in ENDINGS else '.tif'}"
        path.write_bytes(file.getbuffer())
        return resources.store().slides.add(case_id, path, actor=who.actor(), um_per_px=scale)


def _from_server(case_id: str, path: str, scale: float | None) -> SlideInfo:
    who.check(Right.ADMINISTER)
    return resources.store().slides.add(case_id, Path(path.strip()), actor=who.actor(), um_per_px=scale)


def _tried(act: Callable[[], SlideInfo]) -> None:
    try:
        with st.spinner("Copying the slide into the store"):
            act()
    except HemaboardError as error:
        notices.error(error)
    else:
        state.put(state.SLIDE_ROUND, state.get(state.SLIDE_ROUND, 0) + 1)
        st.rerun()


def new_case() -> None:
    """A case that begins with a slide, made here so that one need not give a picture first."""
    if who.refusal(Right.UPLOAD):
        return
    with st.expander("A new case for a slide"):
        pseudonym = st.text_input("Pseudonym, never a name", key="slide.new.pseudonym")
        specimen = st.segmented_control(
            "Specimen", list(SPECIMENS), format_func=SPECIMENS.get, key="slide.new.specimen"
        )  # fmt: skip
        stain = st.text_input("Stain", key="slide.new.stain", placeholder="for example May-Grünwald-Giemsa")
        ready = bool(pseudonym.strip() and specimen)
        if st.button("Make the case", disabled=not ready, help=None if ready else "Pseudonym and specimen are needed."):
            info = CaseInfo(
                pseudonym.strip(), specimen, Modality.SMEAR, stain=stain.strip() or "not stated",
                vocabulary=VOCABULARIES[Modality.SMEAR],
            )  # fmt: skip
            try:
                who.check(Right.UPLOAD)
                st.query_params["case"] = resources.store().add_case(info, actor=who.actor())
            except HemaboardError as error:
                notices.error(error)
            else:
                st.rerun()
