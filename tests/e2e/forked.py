"""The app as `python -m streamlit run app.py` serves it, forked from a process that has loaded its libraries: seventeen
files start one, and each would load them for three seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from streamlit.web import cli

from tests import forking


class Forked:
    """What `subprocess.Popen` knows of a process, as far as it is asked here."""

    def __init__(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], log: Path) -> None:
        self._process = forking.started(_serve, (tuple(arguments), cwd, dict(env), log))
        self.pid = self._process.pid or 0
        self.terminate, self.kill = self._process.terminate, self._process.kill

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired("streamlit", timeout)
        return self._process.exitcode


def _serve(arguments: Sequence[str], cwd: Path, env: Mapping[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    with log.open("wb") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    sys.argv = ["streamlit", *arguments]
    cli.main(prog_name="streamlit")
