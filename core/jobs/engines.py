"""The engines of the networks are tried once, in a process beside this one, so that the first case need not wait."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from core.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
DECIDE = ("data", "backend", "device", "models")  # the settings that a trial depends on
PATIENCE = 5.0  # seconds for a process to end that was told to


class Trial:
    """`python -m core backends --untried`, begun once. It gives way to everything else; a network that is used
    meanwhile waits for its own trial, as it would if it tried itself."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Unless it has begun, or engines were tried before on this data folder."""
        if self._process:
            self._process.poll()  # one that has ended is let go of, and does not stay in the list of processes
            return
        if self._settings.backend == "torch" or any(self._settings.backends_folder.glob("*.json")):
            return
        own = {f"{PREFIX}{name.upper()}": str(getattr(self._settings, name)) for name in DECIDE}
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
        order = [sys.executable, "-m", "core", "backends", "--untried"]
        nothing = subprocess.DEVNULL
        env = os.environ | own | {"PYTHONPATH": path}
        self._process = subprocess.Popen(order, env=env, stdin=nothing, stdout=nothing, stderr=nothing)

    def end(self) -> None:
        """What it has found by now is kept."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
