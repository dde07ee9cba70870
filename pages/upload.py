"""A new case, or many: what it is, its pictures, what became of each, then the analysis. Nothing is stored before the
end."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st

from core.aggregate.criteria import GENETICS
from core.charts.words import size
from core.errors import BadInput, Conflict, HemaboardError
from core.jobs import runs as jobs
from core.people import Right
from core.records import CaseInfo, Findings, Image, Modality, Specimen, Upload
from core.slides import given
from core.tools import label_free_installed
from core.vocabulary import VOCABULARIES
from pages.components import checks, doubts, manifest_upload, notices, resources, state, who

KINDS = {Modality.SMEAR: "Stained smear", Modality.DPC: "Label-free (DPC)"}
SPECIMENS = {Specimen.MARROW: "Bone marrow", Specimen.BLOOD: "Peripheral blood"}
WORDS = {
    "ready": "✔ Ready",
    "slide": "▦ Whole slide",
    "doubt": "Please look",
    "duplicate": "Duplicate",
    "problem": "✕ Problem",
}
SEEN = {None: "not stated", True: "seen", False: "looked for, not seen"}
ENTERED = {None: "not stated", True: "yes", False: "no"}
SLIDE_NEXT = (
    "Of a slide it is chosen next where cells are counted and when to stop; single pictures are counted with it."
)
DPC_WORDS = "No network is installed for label-free images: the case is stored and can be analysed later."


def upload() -> None:
    st.title("New case")
    who.need(Right.UPLOAD)
    notices.html(
        '<p class="hb-lede">Give a pseudonym, never a name. File names and the metadata inside the files are read '
        "for this page only and are not stored.</p>"
    )
    state.get(state.upload_key("several"), manifest_upload.ONE)
    several = st.segmented_control(
        "How many", [manifest_upload.ONE, manifest_upload.MANY], required=True, key=state.upload_key("several"),
        label_visibility="collapsed",
    )  # fmt: skip
    if several == manifest_upload.MANY:
        manifest_upload.shown()
        return
    about = _about()
    taken = _files(about.modality)
    if taken is None:
        return
    found, uploads = taken
    _checks(found)
    settled = doubts.asked(found) if found.decoded.doubts else {}
    um_per_px = _scale(found)
    _start(about, found, uploads, settled, um_per_px, _doubled(about, found))


@dataclass(frozen=True, slots=True)
class About:
    """The form as it stands. A specimen is chosen, never assumed: it decides denominator and marks."""

    modality: Modality
    specimen: Specimen | None
    pseudonym: str
    rest: dict[str, Any]

    def info(self) -> CaseInfo:
        if self.specimen is None:
            raise BadInput("a specimen", "none chosen", "Choose bone marrow or peripheral blood.")
        return CaseInfo(
            self.pseudonym, self.specimen, self.modality, vocabulary=VOCABULARIES[self.modality], **self.rest
        )


def _about() -> About:
    st.header("1. The case")
    with st.container(border=True, key="box-about"):
        kind, specimen = st.columns(2)
        modality = kind.segmented_control(
            "Kind of pictures", list(KINDS), default=Modality.SMEAR, format_func=KINDS.get, required=True,
            key=state.upload_key("modality"),
        )  # fmt: skip
        drawn_from = specimen.segmented_control(
            "Specimen", list(SPECIMENS), format_func=SPECIMENS.get, required=True,
            key=state.upload_key("specimen"),
        )  # fmt: skip
        left, right = st.columns(2)
        pseudonym = left.text_input("Pseudonym", key=state.upload_key("pseudonym"), placeholder="for example AML-0147")
        stain = right.text_input("Stain", key=state.upload_key("stain"), placeholder="for example May-Grünwald-Giemsa")
        left, right = st.columns(2)
        centre = left.text_input("Centre", key=state.upload_key("centre"))
        scanner = right.text_input("Scanner or camera", key=state.upload_key("scanner"))
        findings = _findings()
    if not _readable(modality):
        notices.say("note", DPC_WORDS)
    said = {"stain": stain, "centre": centre, "scanner": scanner}
    rest = {name: text.strip() or "not stated" for name, text in said.items()}
    return About(modality, drawn_from, pseudonym.strip(), {**rest, "findings": findings})


def _findings() -> Findings:
    """What a reader knows beside the pictures; 'not stated' is never read as 'absent'."""
    with st.expander("Findings of a reader and genetics (optional)"):
        left, right = st.columns(2)
        auer = left.selectbox("Auer rods", list(SEEN), format_func=SEEN.get, key=state.upload_key("auer"))
        atypical = right.selectbox(
            "Atypical promyelocytes", list(SEEN), format_func=SEEN.get, key=state.upload_key("atypical")
        )
        apl = left.selectbox(
            "APL, suspected or proven", list(ENTERED), format_func=ENTERED.get, key=state.upload_key("apl")
        )
        genetics = right.selectbox("Genetics", GENETICS, key=state.upload_key("genetics"))
    return Findings(auer_rods=auer, atypical_promyelocytes=atypical, apl=apl, genetics=genetics)


def _files(modality: Modality) -> tuple[checks.Checked, list[Upload]] | None:
    """The files, and what became of each."""
    st.header("2. The pictures")
    limits = resources.settings()
    how = st.segmented_control(
        "Choose", ["Files", "A folder"], default="Files", required=True, key=state.upload_key("how"),
        label_visibility="collapsed",
    )  # fmt: skip
    files = st.file_uploader(
        "JPEG, PNG, BMP, WebP, TIFF, DICOM, NPY, NPZ, ZIPs of these, or a whole slide",
        accept_multiple_files="directory" if how == "A folder" else True,
        max_upload_size=limits.max_file_mb,
        key=state.upload_key(f"files.{how}"),
    )
    if not files:
        state.forget(state.UPLOAD_CHECKED)
        return None
    key = checks.key_of([file.file_id for file in files], modality)
    uploads = [Upload(file.name, file.getvalue()) for file in files]
    found = state.get(state.UPLOAD_CHECKED, None)
    if found is None or found.key != key:
        bar = st.progress(0.0, text="Checking the files")
        found = checks.checked(uploads, key, limits, modality, _told(bar, len(uploads)))
        bar.empty()
        state.put(state.UPLOAD_CHECKED, found)
    return found, uploads


def _told(bar, files: int):
    def tell(step: str, done: int, total: int) -> None:  # noqa: ARG001 - the seam names it
        bar.progress(done / max(total, 1), text=f"Checking the files: {done} of {files}")

    return tell


def _checks(found: checks.Checked) -> None:
    st.header("3. What was found in the files")
    lines = checks.lines(found)
    drawn = "".join(
        f'<div class="hb-file"><span class="what {line.kind}">{WORDS[line.kind]}</span>'
        f'<span class="name">{escape(line.name)}</span><span class="said">{escape(line.said)}</span></div>'
        for line in lines
    )
    notices.html(f'<div class="hb-files">{drawn}</div>')


def _scale(found: checks.Checked) -> float | None:
    bare = checks.without_scale(found)
    if not bare:
        return None
    return st.number_input(
        f"µm per pixel, for the {size(bare, 'picture')} whose file does not say (leave empty if unknown)",
        value=None, min_value=0.01, max_value=5.0, step=0.01, format="%.4f", key=state.upload_key("scale"),
    )  # fmt: skip


def _doubled(about: About, found: checks.Checked) -> str:
    """Says what is there of this patient or these pictures already; what is still needed before another is stored."""
    if not about.pseudonym:
        return ""
    there = checks.there(about.pseudonym, found, resources.store())
    if there.patient:
        cases = ", ".join(f"{row.created:%Y-%m-%d} ({SPECIMENS[row.info.specimen].lower()})" for row in there.patient)
        words = f"{about.pseudonym} has {size(len(there.patient), 'case')} already, made {cases}. This becomes another."
        notices.say("note", words, "Same pseudonym")
    strangers = there.strangers(about.pseudonym)
    if not there.holders:
        return ""
    names = ", ".join(dict.fromkeys(row.info.pseudonym for row in there.holders))
    words = f"{size(there.pictures, 'of these pictures lies', 'of these pictures lie')} in a case already: {names}."
    if not strangers:
        notices.say("note", f"{words} They would be counted in both.", "Same pictures")
        return ""
    notices.say("warning", f"{words} Two patients cannot share a picture: one of the two is mislabelled.", "Mixed up?")
    sure = st.checkbox("I have looked: store it all the same", key=state.upload_key("sure"))
    return "" if sure else "a look at pictures that lie under another pseudonym"


def _start(
    about: About,
    found: checks.Checked,
    uploads: list[Upload],
    settled: dict[str, checks.Settled],
    um_per_px: float | None,
    doubled: str,
) -> None:
    slides, readable = checks.usable(found), _readable(about.modality)
    st.header("4. Store, and go on to the slide" if slides else "4. Store and analyse" if readable else "4. Store")
    missing = _missing(about, found, settled, doubled)
    if missing:
        notices.say("note", missing, "Still needed")
    if slides:
        notices.html(f'<p class="hb-sub">{SLIDE_NEXT}</p>')
    words = (
        "Store and go on to the slide" if slides else "Store and start the analysis" if readable else "Store the case"
    )
    if st.button(words, type="primary", disabled=bool(missing), key=state.upload_key("start")):
        with st.spinner("Storing the slide" if slides else "Storing the pictures"):
            given_ = _Given(checks.to_store(found, settled, um_per_px), slides, uploads, um_per_px)
            case_id = _stored(about.info(), given_)
        if case_id:
            state.forget(state.UPLOAD_CHECKED)
            state.put(state.UPLOAD_ROUND, state.get(state.UPLOAD_ROUND, 0) + 1)
            st.switch_page("slide.py" if slides else "case.py", query_params={"case": case_id})


def _readable(modality: Modality) -> bool:
    """Whether a network is there for such pictures; without one they are stored and wait."""
    return modality is Modality.SMEAR or label_free_installed(resources.settings())


def _missing(about: About, found: checks.Checked, settled: dict[str, checks.Settled], doubled: str) -> str:
    needs = []
    if about.specimen is None:
        needs.append("the specimen")
    if not about.pseudonym:
        needs.append("a pseudonym")
    still = len(checks.open_doubts(found, settled))
    if still:
        needs.append(f"a decision on {size(still, 'picture')} above")
    if not checks.kept(found, settled) and not checks.usable(found):
        needs.append("at least one picture that can be used")
    if doubled:
        needs.append(doubled)
    return f"{'; '.join(needs)}." if needs else ""


def _no_room(error: OSError) -> Conflict:
    found = error.strerror or "an error of the disk"
    return Conflict("a store that takes the files", found, "Free some room on its disk, and store the case again.")


@dataclass(frozen=True, slots=True)
class _Given:
    """What is to be stored of a new case."""

    images: list[Image]
    slides: tuple[given.Given, ...]
    uploads: list[Upload]  # among which the slides' files are
    um_per_px: float | None  # where a slide does not say


def _stored(info: CaseInfo, what: _Given) -> str:
    """The new case's id, or '' after saying why there is none. A case whose pictures failed is not left behind."""
    store, actor = resources.store(), who.actor()
    case_id = ""
    try:
        case_id = store.add_case(info, actor=actor)
        if what.images:
            store.add_images(case_id, what.images, actor=actor)
        for slide in what.slides:
            with given.laid_out(slide, what.uploads) as path:
                scale = what.um_per_px if slide.um_per_px is None else None
                store.slides.add(case_id, path, actor=actor, um_per_px=scale)
        if _readable(info.modality) and not what.slides:  # of a slide it is chosen first where cells are counted
            jobs.start_run(store, case_id, actor=actor)
    except (HemaboardError, OSError) as error:
        if case_id:
            store.delete_case(case_id, actor=actor, reason="its pictures could not be stored")
        notices.error(error if isinstance(error, HemaboardError) else _no_room(error))
        return ""
    return case_id


upload()
