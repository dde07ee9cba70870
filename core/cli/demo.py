"""`python -m core demo`: the synthetic cases in the store, analysed; or their fields as pictures with the truth."""

from __future__ import annotations

import json
import time
from argparse import Namespace
from pathlib import Path

from core import demo as cases
from core.cli import write
from core.cli.exits import Exit
from core.cli.progress import Bar, say
from core.jobs import runs as jobs
from core.protocols import RunRow, RunState, Store
from core.settings import Settings

LOOK_EVERY = 0.5  # seconds
ENDED = (RunState.DONE, RunState.FAILED, RunState.CANCELLED)


def demo(options: Namespace, settings: Settings) -> Exit:
    return _written(options.out) if options.out else _stored(settings)


def _written(out: Path) -> Exit:
    """fields/CASE/field-01.png and truth/CASE/field-01.json: apart, so that a folder of pictures holds pictures.

    Label-free fields are NPY, which holds their four views.
    """
    ids = cases.demo_ids()
    with Bar("Drawing") as bar:
        for place, case_id in enumerate(ids):
            bar.show(place, len(ids))
            pictures, truth = write.folder(out / "fields" / case_id), write.folder(out / "truth" / case_id)
            for field in cases.fields_of(case_id):
                name = f"field-{field.number:02d}"
                file = f"{name}.{field.image.info.source_format.lower()}"
                write.whole(truth / f"{name}.json", json.dumps({"file": file, **field.truth}) + "\n")
                write.whole(pictures / file, field.content)
    print(out)
    return Exit.OK


def _stored(settings: Settings) -> Exit:
    jobs.launch(settings)
    try:
        store = jobs.store()
        with Bar("Drawing") as bar:
            cases.ensure_demo_cases(store, settings, again=True, tell=lambda _, done, total: bar.show(done, total))
        if not settings.database.startswith("sqlite"):
            say("The cases are queued." if jobs.someone_works() else "Queued: start a worker (python -m core worker).")
            return Exit.OK
        return _watched(store, settings)
    finally:
        jobs.stop()


def _watched(store: Store, settings: Settings) -> Exit:
    """With SQLite this process does the work, so it stays until the work is done."""
    with Bar("Seeing") as bar:
        runs = _runs(store, settings)
        while any(run.state not in ENDED for run in runs):
            bar.show(sum(run.done for run in runs), sum(run.total for run in runs))
            time.sleep(LOOK_EVERY)
            runs = _runs(store, settings)
    failed = [run for run in runs if run.state is not RunState.DONE]
    for run in failed:
        say(f"{run.case}: {run.state.value}. {run.message}")
    for run in runs:
        print(run.case)
    return Exit.FAILED if failed else Exit.OK


def _runs(store: Store, settings: Settings) -> list[RunRow]:
    return [run for case_id in cases.demo_ids(settings) if (run := store.case(case_id).run)]
