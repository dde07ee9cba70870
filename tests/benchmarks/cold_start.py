"""From nothing to the first page, and from a click to the gauge. By hand: python -m tests.benchmarks.cold_start

The first page: the app is started in an empty folder (and then in the same folder again), and asked for its worklist
over Streamlit's own protocol until the page has run to its end; the demo cases are drawn and run meanwhile, as they are
for whoever starts it for the first time. A browser's own time to draw the page is not in it.

Click to gauge: the borderline demo case, 20 fields of 26 cells, taken in beforehand, through the durable run in this
process: from the click that starts the run to the reading that the gauge is drawn from. Under `backend = auto` the
engines are tried beside it, as in an app that has just been started for the first time; `--at-once` does not wait for
that, so that the first click tries them. The first click loads the networks, too.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
PATIENCE = 300.0  # seconds
FIELDS = 20


def main() -> None:
    options = _options()
    warnings.simplefilter("ignore")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    print("\n| | wall s | processor s |\n|---|---:|---:|")
    if not options.click_only:
        with tempfile.TemporaryDirectory(prefix="hemaboard-cold-") as own:
            for what in ("app to first page, first start", "app to first page, second start"):
                _row(what, *_first_page(Path(own)))
    if not options.page_only:
        with tempfile.TemporaryDirectory(prefix="hemaboard-click-") as own:
            _clicks(Path(own), options.fields, at_once=options.at_once)
    print(f"\nload {os.getloadavg()[0]:.1f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page-only", action="store_true")
    parser.add_argument("--click-only", action="store_true")
    parser.add_argument("--at-once", action="store_true", help="click before the engines have been tried")
    parser.add_argument("--fields", type=int, default=FIELDS)
    return parser.parse_args()


def _row(what: str, wall: float, work: float) -> None:
    print(f"| {what} | {wall:.1f} | {work:.1f} |", flush=True)


def _first_page(data: Path) -> tuple[float, float]:
    """Seconds until the worklist has run once, and processor seconds of the server until then."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    environment = os.environ | {"HEMABOARD_DATA": str(data)}
    start = time.perf_counter()
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        asyncio.run(_worklist(f"http://127.0.0.1:{port}", start))
        return time.perf_counter() - start, _work(server.pid)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=60)


async def _worklist(address: str, start: float) -> None:
    from tests.benchmarks.load_client import Client

    while True:
        try:
            if httpx.get(f"{address}/_stcore/health", timeout=5).is_success:
                break
        except httpx.HTTPError:
            if time.perf_counter() - start > PATIENCE:
                raise
        await asyncio.sleep(0.05)
    async with Client(address, refresh=False) as person:
        await person.arrive()


def _work(process: int) -> float:
    """Processor seconds of a process so far (Linux)."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _clicks(data: Path, fields: int, *, at_once: bool) -> None:
    """The case twice: with the networks still to load, and with them loaded."""
    from core import analyse, tools
    from core.jobs import runs as jobs
    from core.protocols import RunState
    from core.records import CaseInfo, Domain, Specimen
    from core.settings import Settings
    from core.vocabulary import vocabulary
    from tests.benchmarks import drawn_fields

    files = drawn_fields.laid_out(data / "drawn", min(fields, FIELDS))
    settings = Settings(data=str(data / "store"), demo=False)
    launched = time.perf_counter()
    jobs.launch(settings, work=True)
    try:
        store = jobs.store()
        case = store.add_case(CaseInfo("click", Specimen.MARROW, domain=Domain.PROCEDURAL), actor="bench")
        wall, work = time.perf_counter(), time.process_time()
        for image in drawn_fields.many(files, fields):
            store.add_images(case, [image], actor="bench")
        _row(f"taking in {fields} fields (before the click)", time.perf_counter() - wall, time.process_time() - work)
        while not at_once and not all(engine.name for engine in tools.engines_told(settings)):
            time.sleep(0.5)
        if not at_once:
            _row("engines tried, from the start of the app on", time.perf_counter() - launched, float("nan"))
        for what in ("the first ever" if at_once else "networks to load", "networks loaded"):
            wall, work = time.perf_counter(), time.process_time()
            run = jobs.start_run(store, case, actor="bench")
            while store.run(run).state in (RunState.QUEUED, RunState.RUNNING):
                time.sleep(0.02)
            ended = store.run(run)
            if ended.state is not RunState.DONE:
                raise RuntimeError(f"the run ended as {ended.state}: {ended.message}")
            seen = store.seen(case, run)
            reading = analyse.read(seen, (), store.case(case).info, vocabulary("shipped16"))
            said = f"click to gauge, {what}: {len(seen.cells)} cells, CBLC {reading.cblc.count} of {reading.cblc.total}"
            _row(said, time.perf_counter() - wall, time.process_time() - work)
    finally:
        jobs.stop()


if __name__ == "__main__":
    main()
