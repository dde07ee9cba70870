"""What belongs to one case beside its result: notes, tags, another analysis, deletion. A dialog over the worklist."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.doors.desk import Line, Note
from core.errors import BadInput, HemaboardError, NotFound
from core.people import Right
from core.protocols import CaseRow
from pages.components import go, notices, resources, state, who, worklist_stale


def opened() -> None:
    """Draw the dialog of the case that was asked for, if any. Called by the page, never inside a fragment."""
    case_id = state.get(state.WORKLIST_OPEN, "")
    if not case_id:
        return
    try:
        row, line = resources.store().case(case_id), resources.store().desk.line(case_id)
    except NotFound:  # deleted meanwhile, in another window
        _close()
        return
    st.dialog(_plain(row.info.pseudonym), width="medium", on_dismiss=_close)(_drawn)(row, line)


def _drawn(row: CaseRow, line: Line) -> None:
    said, tagged, again, gone = st.tabs(["Notes", "Tags", "Analysis", "Delete"])
    with said:
        thread(row.id)
    with tagged:
        _tags(row, resources.store().desk.line(row.id))
    with again:
        _analysis(row, line)
    with gone:
        _delete(row, line)


def beside(case_id: str) -> None:
    """The notes at the end of a case's own page."""
    count = len(resources.store().desk.notes(case_id))
    with st.expander(f"Notes ({count})" if count else "Notes"):
        thread(case_id)


def thread(case_id: str) -> None:
    """The notes of a case and the box to add one."""
    found = resources.store().desk.notes(case_id)
    if found:
        notices.html("".join(_note(note) for note in found))
    else:
        notices.html('<p class="hb-sub">No note yet. A note stays: it is never changed, only followed by another.</p>')
    refused = who.refusal(Right.REVIEW)
    text = st.text_area("New note", key=f"note-{case_id}", placeholder="nothing that identifies anybody",
                        max_chars=4000, disabled=bool(refused))  # fmt: skip
    doubt = state.get(f"note-doubt-{case_id}", "")
    confirmed = False
    if doubt:
        notices.say("warning", f"The note holds {doubt}. Take it out, or confirm that it identifies nobody.")
        confirmed = st.checkbox("It identifies nobody", key=f"note-sure-{case_id}")
    if st.button("Add the note", key=f"note-add-{case_id}", disabled=bool(refused), help=refused or None):
        _add(case_id, text, confirmed)


def _add(case_id: str, text: str, confirmed: bool) -> None:
    if not who.may(Right.REVIEW):
        return
    try:
        resources.store().desk.note(case_id, text, actor=who.actor(), confirmed=confirmed)
    except BadInput as error:
        if "identifies nobody" not in error.expected:
            notices.error(error)
            return
        state.put(f"note-doubt-{case_id}", error.found)
    except HemaboardError as error:
        notices.error(error)
        return
    else:
        for name in ("note", "note-doubt", "note-sure"):
            state.forget(f"{name}-{case_id}")
    st.rerun()


def _note(note: Note) -> str:
    lines = "<br>".join(escape(line) for line in note.text.splitlines())
    return (
        f'<div class="hb-note"><div class="hb-sub"><b>{escape(note.actor)}</b>, {note.at:%Y-%m-%d %H:%M} UTC</div>'
        f"<div>{lines}</div></div>"
    )


def _tags(row: CaseRow, line: Line) -> None:
    desk, refused = resources.store().desk, who.refusal(Right.UPLOAD)
    kept = st.multiselect(
        "Tags", sorted({*desk.tags(), *line.tags}), default=list(line.tags), accept_new_options=True,
        placeholder="choose or type a tag", key=f"tags-{row.id}", disabled=bool(refused), help=refused or None,
    )  # fmt: skip
    added, taken = [tag for tag in kept if tag not in line.tags], [tag for tag in line.tags if tag not in kept]
    if not (added or taken) or not who.may(Right.UPLOAD):
        return
    try:
        for tag in added:
            desk.tag([row.id], tag, actor=who.actor())
        for tag in taken:
            desk.untag([row.id], tag, actor=who.actor())
    except HemaboardError as error:
        notices.error(error)
    else:
        state.forget(f"tags-{row.id}")
        st.rerun()


def _analysis(row: CaseRow, line: Line) -> None:
    found = worklist_stale.swaps(row, line.spoke)
    if found:
        notices.html(f'<p>Other models are installed now than those that named its cells.</p>'
                     f'{worklist_stale.listed(found)}')  # fmt: skip
    elif line.spoke:
        notices.html('<p class="hb-sub">Named by the models that are installed.</p>')
    else:
        notices.html('<p class="hb-sub">No analysis has finished yet.</p>')
    notices.html(f'<p class="hb-sub">{worklist_stale.KEPT}</p>')
    with st.container(horizontal=True, gap="small"):
        worklist_stale.again(row, key=f"again-{row.id}", words="Analyse again" if row.run else "Analyse")
        if len(resources.store().desk.runs(row.id)) > 1:
            go.to("compare.py", "Compare old and new", key=f"compare-{row.id}", case=row.id)


def _delete(row: CaseRow, line: Line) -> None:
    """For administrators and for whoever made the case."""
    if not _may_delete(line):
        notices.say(
            "note", f"{who.refusal(Right.ADMINISTER)} Or ask {line.by}, who made the case.", "Not for this role"
        )
        return
    notices.html(
        f"<p>Delete <b>{escape(row.info.pseudonym)}</b>? Its pictures, cells, reviews and notes go for good; the audit "
        "trail keeps that it was there, and the reason.</p>"
    )
    reason = st.text_input("Reason", value="no longer needed", key=f"reason-{row.id}")
    if st.button("Delete this case", type="primary", key=f"delete-{row.id}", disabled=not reason.strip()):
        if not _may_delete(line):
            return
        try:
            resources.store().delete_case(row.id, actor=who.actor(), reason=reason.strip())
        except HemaboardError as error:
            notices.error(error)
            return
        _close()
        state.put(state.WORKLIST_PICKED, state.get(state.WORKLIST_PICKED, set()) - {row.id})
        state.flash(f"{row.info.pseudonym} was deleted.")
        st.rerun()


def _may_delete(line: Line) -> bool:
    return who.may(Right.ADMINISTER) or (who.may(Right.UPLOAD) and line.by == who.actor())


def _close() -> None:
    state.put(state.WORKLIST_OPEN, "")


def _plain(text: str) -> str:
    """A dialog's title is read as Markdown."""
    return "".join(c if c.isalnum() or c in " -." else f"\\{c}" for c in text)
