"""Set-up: what it decides, and that it takes nothing whose hash it does not know. It is run for real by `make`."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

import install

ROOT = Path(__file__).parents[1]


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A house of its own, with a `.venv` that has nothing in it yet."""
    monkeypatch.setattr(install, "HERE", tmp_path)
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "STAMP", tmp_path / ".venv" / "installed.json")
    (tmp_path / ".venv").mkdir()
    for lock in (install.APP, install.TEST):
        (tmp_path / lock).write_text(f"# {lock}\n")
    return tmp_path


@pytest.mark.usefixtures("house")
def test_the_app_is_part_of_the_tests():
    assert not install.is_installed(install.APP)
    install.write_stamp(install.TEST)
    assert install.is_installed(install.APP)
    assert install.is_installed(install.TEST)
    install.write_stamp(install.APP)
    assert not install.is_installed(install.TEST)


def test_a_changed_lock_is_installed_again(house):
    install.write_stamp(install.APP)
    (house / install.APP).write_text("another==1\n")
    assert not install.is_installed(install.APP)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"requirements.lock": 3}'])
@pytest.mark.usefixtures("house")
def test_a_damaged_stamp_is_no_stamp(content):
    install.STAMP.write_text(content)
    assert not install.is_installed(install.APP)


def test_the_python_that_runs_it_is_taken():
    assert install.interpreter() == sys.executable
    assert install.works(sys.executable)


def refusing(folder: Path) -> Path:
    """A Python that is too old, or whose SQLite is."""
    python = folder / "old-python"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    return python


def test_an_old_python_looks_for_a_newer_one(monkeypatch, tmp_path):
    shim = tmp_path / "python3.14"
    shim.write_text("#!/bin/sh\nexit 127\n")  # as pyenv's, for a version that is not chosen
    shim.chmod(0o755)
    (tmp_path / f"python3.{sys.version_info[1]}").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(install, "OLDEST", (3, sys.version_info[1]))
    monkeypatch.setattr(install.sys, "executable", str(refusing(tmp_path)))
    if sys.version_info[1] != 14:
        assert install.interpreter() == str(tmp_path / f"python3.{install.OLDEST[1]}")


def test_no_python_at_all_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(install.sys, "executable", str(refusing(tmp_path)))
    with pytest.raises(install.SetupError, match=r"Expected Python 3\.11.*apt-get install"):
        install.interpreter()


def test_the_index_is_the_one_pip_is_set_up_for(monkeypatch, tmp_path):
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nindex-url = https://one.example/simple\nextra-index-url = https://a/\n  https://b/\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.delenv("UV_INDEX", raising=False)
    told = install.uv_environment(install.index_options())
    assert told["UV_DEFAULT_INDEX"] == "https://one.example/simple"
    assert told["UV_INDEX"] == "https://a/ https://b/"
    monkeypatch.setenv("PIP_INDEX_URL", "https://two.example/simple")
    assert install.uv_environment(install.index_options())["UV_DEFAULT_INDEX"] == "https://two.example/simple"


class Index(BaseHTTPRequestHandler):
    """A package index that serves other bytes under pip's name."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        page = f'<a href="../files/{install.PIP_WHEEL}#sha256=0">{install.PIP_WHEEL}</a>'.encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(page if self.path == "/simple/pip/" else b"something else")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.mark.usefixtures("house")
def test_a_pip_with_other_bytes_is_not_run(monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(install, "run", lambda *_: pytest.fail("it was run"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(install, "venv_python", lambda: "false")  # a Python without pip
    try:
        with pytest.raises(install.SetupError, match="Do not trust"):
            install.ensure_pip({"index-url": f"http://127.0.0.1:{server.server_port}/simple"})
    finally:
        server.shutdown()
        server.server_close()
    assert Index.asked == ["/simple/pip/", f"/simple/files/{install.PIP_WHEEL}"]


def test_uv_comes_from_the_lock():
    text = (ROOT / install.APP).read_text(encoding="utf-8")
    pin = re.search(install.UV_PIN, text, re.MULTILINE | re.DOTALL)
    assert pin
    assert pin[0].count("--hash=sha256:") > 5
    assert pin[0].count("==") == 1


def test_the_stamp_is_of_the_bytes(house):
    install.write_stamp(install.APP)
    stamp = json.loads(install.STAMP.read_text())
    assert stamp == {install.APP: hashlib.sha256((house / install.APP).read_bytes()).hexdigest()}
