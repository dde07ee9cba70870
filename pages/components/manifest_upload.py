"""Many cases at once: a table of them, their pictures, what was found row by row, and only then the cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from core.charts.words import size
from core.errors import HemaboardError
from core.jobs import runs as jobs
from core.manifest import intake
from core.manifest.columns import COLUMNS, NEEDED, template
from core.manifest.files import Given, Packed, Source
from core.manifest.intake import Look, Taken
from core.manifest.table import Row, rows
from core.people import Right
from core.records import Modality, Upload
from core.tools import label_free_installed
from pages.components import cards, notices, resources, state, who

ONE, MANY = "One case", "Many cases, by a table"
WAYS = ("A folder", "Files", "A ZIP")
KINDS = {"ready": "✔ Ready", "look": "Please look", "problem": "✕ Problem"}


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What was found of the manifest and files at hand. `key` says of which."""

    key: tuple[str, ...]
    source: Source
    looks: tuple[Look, ...]
    unnamed: tuple[str, ...]


def shown() -> None:
    taken = state.get(state.UPLOAD_TAKEN, ())
    if taken:
        _told(taken)
        return
    table = _table()
    files = _files()
    if not files:
        return
    found = _found(table, files)
    if found is None:
        return
    _listed(found)
    _start(found)


def _table():
    st.header("1. The table")
    notices.html(
        "<p>One row for each case: its pseudonym, its specimen, and the file or folder with its pictures. Fill in the "
        "template, save it as CSV (UTF-8).</p>"
    )
    st.download_button(
        "Template", template(), "hemaboard-manifest.csv", "text/csv", on_click="ignore", key="manifest-template"
    )
    with st.expander("What may stand in each column"):
        lines = [
            [f"<code>{column.name}</code>{' *' if column.name in NEEDED else ''}", escape(column.meaning)]
            for column in COLUMNS
        ]
        notices.html(cards.table(["Column", "Meaning (* always needed)"], lines, "words"))
    return st.file_uploader("Manifest (CSV)", type=["csv"], key=state.upload_key("manifest"))


def _files():
    st.header("2. The pictures")
    how = st.segmented_control(
        "Choose", WAYS, default=WAYS[0], required=True, key=state.upload_key("many"), label_visibility="collapsed"
    )
    many = {"A folder": "directory", "Files": True, "A ZIP": False}[how]
    files = st.file_uploader(
        "Pictures of all cases" if how != "A ZIP" else "One ZIP with the pictures; the manifest may lie in it",
        accept_multiple_files=many, type=["zip"] if how == "A ZIP" else None,
        max_upload_size=resources.settings().max_case_mb, key=state.upload_key(f"pictures.{how}"),
    )  # fmt: skip
    return [files] if files is not None and how == "A ZIP" else files


def _found(table, files) -> Looked | None:
    """The rows with their pictures looked at, once for each set of files."""
    key = tuple(file.file_id for file in (*([table] if table else []), *files))
    found = state.get(state.UPLOAD_MANY, None)
    if found is not None and found.key == key:
        return found
    limits, store = resources.settings(), resources.store()
    try:
        packed = len(files) == 1 and files[0].name.lower().endswith(".zip")
        source: Source = Packed(files[0].getvalue(), limits) if packed else _given(files)
        content = table.getvalue() if table else _inside(source, files)
        if content is None:
            notices.say("note", "Give the table too, or put one CSV beside the pictures.", "No manifest yet")
            return None
        asked = rows(content)
    except HemaboardError as error:
        notices.error(error)
        return None
    bar = st.progress(0.0, text="Looking at the rows")
    looks = []
    for look in intake.looks(asked, source, store, limits):
        looks.append(look)
        bar.progress(len(looks) / len(asked), text=f"Looking at the rows: {len(looks)} of {len(asked)}")
    bar.empty()
    found = Looked(key, source, tuple(looks), source.unnamed(asked))
    state.put(state.UPLOAD_MANY, found)
    return found


def _given(files) -> Given:
    return Given([Upload(file.name, file.getvalue()) for file in files])


def _inside(source: Source, files) -> bytes | None:
    if isinstance(source, Packed):
        return source.manifest()
    tables = [file for file in files if file.name.lower().endswith(".csv")]
    return tables[0].getvalue() if len(tables) == 1 else None


def _listed(found: Looked) -> None:
    st.header("3. What was found, row by row")
    notices.html(f'<div class="hb-files">{"".join(_line(look) for look in found.looks)}</div>')
    if found.unnamed:
        some = ", ".join(found.unnamed[:5]) + (" …" if len(found.unnamed) > 5 else "")
        words = f"{size(len(found.unnamed), 'file')} that no row names: {some}."
        notices.say("note", words, "Left out")


def kind(look: Look) -> str:
    return "problem" if look.problems else "look" if look.warnings else "ready"


def _line(look: Look) -> str:
    row, what = look.row, kind(look)
    said = "<br>".join(escape(text) for text in (*look.problems, *look.warnings)) or "Nothing to remark."
    pictures = f", {size(len(look.pictures), 'picture')}" if look.pictures else ""
    name = f"Row {row.number}: {row.pseudonym or 'no pseudonym'}, {row.place or 'no file'}{pictures}"
    shade = {"look": "doubt"}.get(what, what)
    return (
        f'<div class="hb-file"><span class="what {shade}">{KINDS[what]}</span>'
        f'<span class="name">{escape(name)}</span><span class="said">{said}</span></div>'
    )


def _start(found: Looked) -> None:
    good = [look for look in found.looks if look.good]
    doubtful = [look for look in good if look.warnings]
    bad = len(found.looks) - len(good)
    st.header("4. Store and analyse")
    if not good:
        notices.say("note", "No row can be used yet: mend the table or the files and give them again.", "Still needed")
        return
    if bad:
        notices.say("note", f"{size(bad, 'row')} with a problem will be left out; the others go on.")
    sure = True
    if doubtful:
        words = f"I have looked at the {size(len(doubtful), 'row')} with a remark"
        sure = st.checkbox(words, key=state.upload_key("many.sure"))
    refused = who.refusal(Right.UPLOAD)
    if st.button(
        f"Store {size(len(good), 'case')} and start the analyses", type="primary", key=state.upload_key("many.start"),
        disabled=not sure or bool(refused), help=refused or None,
    ) and who.may(Right.UPLOAD):  # fmt: skip
        _store(found, len(good))


def _store(found: Looked, good: int) -> None:
    store, settings = resources.store(), resources.settings()
    bar = st.progress(0.0, text="Storing. Keep this page open until all rows are stored.")
    taken: list[Taken] = []
    for one in intake.take(found.looks, found.source, store, settings, actor=who.actor(), start=starter(who.actor())):
        taken.append(one)
        bar.progress(len(taken) / good, text=f"Stored {len(taken)} of {good}. Keep this page open until all are.")
    left = [Taken(look.row, problem=" ".join(look.problems)) for look in found.looks if not look.good]
    state.put(state.UPLOAD_TAKEN, tuple(sorted([*taken, *left], key=lambda one: one.row.number)))
    state.forget(state.UPLOAD_MANY)
    state.put(state.UPLOAD_ROUND, state.get(state.UPLOAD_ROUND, 0) + 1)
    state.put(state.upload_key("several"), MANY)
    st.rerun()


def starter(actor: str) -> Callable[[str], str]:
    """Queues a run where a network can read the pictures; label-free ones wait where none is installed."""
    store, readable = resources.store(), label_free_installed(resources.settings())

    def start(case_id: str) -> str:
        if store.case(case_id).info.modality is Modality.DPC and not readable:
            return ""
        return jobs.start_run(store, case_id, actor=actor)

    return start


def _told(taken: Sequence[Taken]) -> None:
    """What became of the rows, until another table is asked for."""
    stored = [one for one in taken if one.case_id]
    st.header("What became of the rows")
    notices.say(
        "good" if stored else "warning",
        f"{size(len(stored), 'case')} stored of {size(len(taken), 'row')}. Their analyses go on without this page.",
    )
    notices.html(f'<div class="hb-files">{"".join(_end(one) for one in taken)}</div>')
    with st.container(horizontal=True, gap="small"):
        if st.button("To the worklist", type="primary", key="manifest-worklist"):
            state.forget(state.UPLOAD_TAKEN)
            st.switch_page("worklist.py")
        if st.button("Another table", key="manifest-another"):
            state.forget(state.UPLOAD_TAKEN)
            st.rerun()


def _end(one: Taken) -> str:
    shade, word = ("ready", "✔ Stored") if one.case_id else ("problem", "✕ Left out")
    row: Row = one.row
    said = one.problem or ("Waiting for its analysis." if one.run_id else "Stored; no network reads it yet.")
    return (
        f'<div class="hb-file"><span class="what {shade}">{word}</span>'
        f'<span class="name">{escape(f"Row {row.number}: {row.pseudonym}")}</span>'
        f'<span class="said">{escape(said)}</span></div>'
    )
