"""`python -m core cohort`: many cases by a manifest, each once, and one table of them.

It is `batch` with an identity for each row: called again, it does what is missing. Its parts are batch's.
"""

from __future__ import annotations

import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from core.cases.desk import checked_tag
from core.cli import write
from core.cli.batch import ENDED, LOOK_EVERY, checked, opened
from core.cli.exits import Exit
from core.cli.progress import Bar, say
from core.cohort import again, rows
from core.cohort.again import Entered, Word
from core.cohort.pace import Pace, spoken
from core.cohort.table import table
from core.cohort.written import csv_text, parquet
from core.doors.cohort import Member
from core.errors import BadInput
from core.jobs import runs as jobs
from core.manifest.files import Folder
from core.manifest.table import Row
from core.protocols import RunState, Store
from core.records import Modality
from core.settings import Settings
from core.tools import label_free_installed

MOST_ROWS = 20_000
TELL_EVERY = 15.0  # seconds, where nobody sits and watches a bar


def cohort(options: Namespace, settings: Settings) -> Exit:
    """With SQLite this process does the work, so it stays until it is done; with PostgreSQL it stays if asked to."""
    asked, source = opened(options, most=MOST_ROWS)
    if options.check:
        return checked(asked, source, settings)
    out = write.folder(options.out) if options.out else None
    tags = (checked_tag(options.tag),) if options.tag else ()
    asked = tuple(replace(row, tags=tuple(dict.fromkeys((*row.tags, *tags)))) for row in asked)
    jobs.launch(settings)
    try:
        store = jobs.store()
        entered = _entered(asked, source, store, settings)
        ids = [one.case_id for one in entered if one.case_id]
        if not jobs.someone_works():
            say("Queued: start workers (python -m core worker).")
        if options.watch or settings.database.startswith("sqlite"):
            _watched(ids, store)
        members = store.cohort.members(ids)
        if out:
            _written(members, out, store, settings)
        return _verdict(entered, members)
    finally:
        jobs.stop()


def _entered(asked: Sequence[Row], source: Folder, store: Store, settings: Settings) -> list[Entered]:
    found: list[Entered] = []
    with Bar("Entering") as bar:
        for one in again.enter(asked, source, store, settings, actor=settings.user, start=_starter(store, settings)):
            found.append(one)
            bar.show(len(found), len(asked))
            for text in one.told:
                say(f"row {one.row.number}: {'left out: ' if one.word is Word.LEFT_OUT else ''}{text}", bar)
            if one.case_id:
                bar.clear()
                print(f"{one.case_id}\t{one.row.pseudonym}\t{one.word.value}", flush=True)
    for name in source.unnamed(asked):
        say(f"no row names {name}")
    if not any(one.case_id for one in found):
        raise BadInput("at least one row that can be used", f"none of {len(found)}", "The lines above say why.")
    words = Counter(one.word for one in found)
    say(", ".join(f"{words[word]} {word.value}" for word in Word if words[word]))
    return found


def _starter(store: Store, settings: Settings) -> Callable[[str, str], str]:
    readable = label_free_installed(settings)

    def start(case_id: str, run_id: str) -> str:
        if store.case(case_id).info.modality is Modality.DPC and not readable:
            return ""
        return jobs.start_run(store, case_id, actor=settings.user, run_id=run_id)

    return start


def _watched(ids: Sequence[str], store: Store) -> None:
    """Until nothing runs any more: a bar with rate and estimate, or a line now and then where nobody sits."""
    pace, told = Pace(), time.monotonic()
    with Bar("Seeing") as bar:
        while True:
            began = time.monotonic()
            members = store.cohort.members(ids)
            pace.look(time.monotonic(), sum(_ended(one) for one in members), sum(one.done for one in members))
            words = _words(members, pace)
            bar.show(sum(one.done for one in members), sum(one.total for one in members), words)
            if not bar.live and time.monotonic() - told >= TELL_EVERY:
                say(words)
                told = time.monotonic()
            if all(_ended(one) or one.state == RunState.NONE.value for one in members):
                break
            time.sleep(max(LOOK_EVERY, 4 * (time.monotonic() - began)))  # a look at many thousand cases takes a while
    say(_words(members, pace))


def _words(members: Sequence[Member], pace: Pace) -> str:
    """'12 of 40 cases, 310 cases/h, 2.1 fields/s, about 6 min left'"""
    parts = [f"{sum(map(_ended, members))} of {len(members)} cases"]
    rate, fields = pace.cases_an_hour, pace.fields_a_second
    if rate is not None and fields is not None:
        parts += [f"{rate:.0f} cases/h", f"{fields:.2f} fields/s"]
    todo = sum(one.total - one.done for one in members if not _ended(one))
    left = pace.left(todo)
    return ", ".join([*parts, f"about {spoken(left)} left"] if todo and left is not None else parts)


def _ended(member: Member) -> bool:
    return member.state in [state.value for state in ENDED]


def _written(members: Sequence[Member], out: Path, store: Store, settings: Settings) -> None:
    """Rows that a worker has not worked out yet are worked out here; one that cannot be is empty, not of yesterday."""
    waiting, failed = len(rows.stale(members, settings)), set[str]()
    with Bar("Counting") as bar:
        for done, (member, problem) in enumerate(rows.refresh(store, settings, members), start=1):
            bar.show(done, waiting)
            if problem:
                failed.add(member.case)
                say(f"{member.case}: {problem}", bar)
    kept = store.cohort.kept([member.case for member in members if member.case not in failed])
    made = table(members, kept, rows.words_of_all(members, settings))
    write.whole(out / "cohort.parquet", parquet(made))
    write.whole(out / "cohort.csv", csv_text(made))
    say(f"{out / 'cohort.parquet'}, {out / 'cohort.csv'}: {len(made.rows)} rows, {len(made.columns)} columns")


def _verdict(entered: Sequence[Entered], members: Sequence[Member]) -> Exit:
    """Failed and cancelled cases are named; one that has not ended is no fault, and no end either."""
    for member in members:
        if member.state in (RunState.FAILED.value, RunState.CANCELLED.value):
            say(f"{member.case} {member.info.pseudonym}: {member.state}. {member.message}")
    if any(member.state in (RunState.FAILED.value, RunState.CANCELLED.value) for member in members):
        return Exit.FAILED
    missing = any(member.state != RunState.DONE.value for member in members)
    return Exit.PARTIAL if missing or any(one.word is Word.LEFT_OUT for one in entered) else Exit.OK
