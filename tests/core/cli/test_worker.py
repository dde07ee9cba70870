"""`python -m core worker` as a process: it works until it is told to end, and then ends well."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_ends_when_told(tmp_path, how):
    env = os.environ | {"HEMABOARD_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)}
    order = [sys.executable, "-m", "core", "worker"]
    with subprocess.Popen(order, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True) as worker:
        try:
            until = time.monotonic() + 120
            while not list(tmp_path.glob("*.sqlite")) and worker.poll() is None and time.monotonic() < until:
                time.sleep(0.1)  # it listens for signals before it opens the store
            worker.send_signal(how)
            _, err = worker.communicate(timeout=120)
        finally:
            worker.kill()
    assert worker.returncode == 0, err
    assert err.startswith("Working.")
    assert "Traceback" not in err
