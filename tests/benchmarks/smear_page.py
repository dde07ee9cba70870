"""How quickly the smear's page answers with five thousand cells: one rerun of each section, without a browser.

    .venv/bin/python -m tests.benchmarks.smear_page

Target: 200 ms. Seen on two busy cores: 28–46 ms without reviews, 57–132 ms with 1,500; the first look 0.5 s.
"""

from __future__ import annotations

import datetime as dt
import os
import statistics
import tempfile
import time
from pathlib import Path

CELLS, REVIEWED, TIMES = 5000, 1500, 7
SECTIONS = ("Overview", "Differential", "Cells", "Fields", "Details")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"HEMABOARD_DATA": folder, "HEMABOARD_DEMO": "false"}
        _measured(Path(folder))


def _measured(folder: Path) -> None:
    from streamlit.testing.v1 import AppTest

    from core.cases.store import open_store
    from core.jobs import runs as jobs
    from core.records import Review
    from core.settings import Settings
    from pages.components import resources
    from tests.e2e import prepared

    settings = Settings(data=str(folder))
    store = open_store(settings)
    case_id = prepared.many(store, settings, cells=CELLS)
    calls = store.seen(case_id).calls[:REVIEWED]
    store.close()
    jobs.launch(resources.settings(), work=False)
    at = AppTest.from_file(str(Path(__file__).parents[2] / "pages" / "frame.py"), default_timeout=120)
    at.run()
    at.switch_page("case.py")
    at.query_params["case"] = case_id
    for reviewed in (0, REVIEWED):
        if reviewed:
            now = dt.datetime.now(dt.UTC)
            said = [Review(call.cell, "reader", now, call.label, "monocyte") for call in calls]
            jobs.store().add_reviews(case_id, said)
        for section in SECTIONS:
            at.session_state[f"case.section.{case_id}"] = section
            began = time.perf_counter()
            at.run()
            first = time.perf_counter() - began
            assert not at.exception, at.exception
            print(f"{CELLS} cells, {reviewed} reviews, {section}: {_median(at):.0f} ms, first {1000 * first:.0f} ms")
    jobs.stop()


def _median(at) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        at.run()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


if __name__ == "__main__":
    main()
