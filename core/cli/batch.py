"""`python -m core batch`: many cases by a manifest, looked at row by row, stored and analysed."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing

from core.cases.store import open_store
from core.cli.exits import Exit
from core.cli.progress import Bar, say
from core.errors import BadInput, NotFound
from core.jobs import runs as jobs
from core.manifest import intake
from core.manifest.files import Folder
from core.manifest.intake import Look, Taken
from core.manifest.table import MOST_ROWS, Row, rows
from core.protocols import RunRow, RunState, Store
from core.records import Modality
from core.settings import Settings
from core.tools import label_free_installed

LOOK_EVERY = 0.5  # seconds
ENDED = (RunState.DONE, RunState.FAILED, RunState.CANCELLED)


def batch(options: Namespace, settings: Settings) -> Exit:
    """Good rows go on where bad ones fail; with --check nothing is stored."""
    asked, source = opened(options)
    if options.check:
        return checked(asked, source, settings)
    jobs.launch(settings)
    try:
        store = jobs.store()
        looked = _looked(asked, source, store, settings)
        taken = _stored(looked, source, store, settings)
        code = _analysed(taken, store, settings)
    finally:
        jobs.stop()
    return code if code is not Exit.OK else _verdict(looked, taken)


def opened(options: Namespace, most: int = MOST_ROWS) -> tuple[tuple[Row, ...], Folder]:
    """The manifest's rows, and the folder that their pictures lie in."""
    if not options.manifest.is_file():
        do = "Correct the path."
        raise NotFound("a manifest (CSV)", f"no file at {options.manifest}", do)
    return rows(options.manifest.read_bytes(), most), Folder(options.images)


def checked(asked: tuple[Row, ...], source: Folder, settings: Settings) -> Exit:
    """Only what was found in each row is told."""
    with closing(open_store(settings)) as store:
        return _verdict(_looked(asked, source, store, settings))


def _looked(asked: tuple[Row, ...], source: Folder, store: Store, settings: Settings) -> list[Look]:
    found = []
    with Bar("Looking") as bar:
        for look in intake.looks(asked, source, store, settings):
            found.append(look)
            bar.show(len(found), len(asked))
            for text in (*look.problems, *look.warnings):
                word = "left out: " if look.problems else ""
                say(f"row {look.row.number}: {word}{text}", bar)
    for name in source.unnamed(asked):
        say(f"no row names {name}")
    if not any(look.good for look in found):
        raise BadInput("at least one row that can be used", f"none of {len(found)}", "The lines above say why.")
    return found


def _stored(looked: list[Look], source: Folder, store: Store, settings: Settings) -> list[Taken]:
    taken: list[Taken] = []
    good = sum(look.good for look in looked)
    with Bar("Storing") as bar:
        start = _starter(store, settings)
        for one in intake.take(looked, source, store, settings, actor=settings.user, start=start):
            taken.append(one)
            bar.show(len(taken), good)
            if one.problem:
                say(f"row {one.row.number}: {one.problem}", bar)
            else:
                print(f"{one.case_id}\t{one.row.pseudonym}")
    return taken


def _starter(store: Store, settings: Settings) -> Callable[[str], str]:
    readable = label_free_installed(settings)

    def start(case_id: str) -> str:
        if store.case(case_id).info.modality is Modality.DPC and not readable:
            return ""
        return jobs.start_run(store, case_id, actor=settings.user)

    return start


def _analysed(taken: list[Taken], store: Store, settings: Settings) -> Exit:
    """With SQLite this process does the work, so it stays until the work is done."""
    ids = [one.run_id for one in taken if one.run_id]
    if not settings.database.startswith("sqlite"):
        say("The cases are queued." if jobs.someone_works() else "Queued: start a worker (python -m core worker).")
        return Exit.OK
    with Bar("Seeing") as bar:
        found = _runs(store, ids)
        while any(run.state not in ENDED for run in found):
            bar.show(sum(run.done for run in found), sum(run.total for run in found))
            time.sleep(LOOK_EVERY)
            found = _runs(store, ids)
    failed = [run for run in found if run.state is not RunState.DONE]
    for run in failed:
        say(f"{run.case}: {run.state.value}. {run.message}")
    return Exit.FAILED if failed else Exit.OK


def _runs(store: Store, ids: list[str]) -> list[RunRow]:
    return [store.run(run_id) for run_id in ids]


def _verdict(looked: list[Look], taken: list[Taken] | None = None) -> Exit:
    bad = any(look.problems for look in looked) or any(one.problem for one in taken or ())
    return Exit.PARTIAL if bad else Exit.OK
