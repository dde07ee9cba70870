"""Processes that tests start begin with nothing of what was tried before them in this one."""

from __future__ import annotations

import sys
from types import ModuleType

from tests import forking


def test_a_page_that_was_tried_here_is_not_run_there(tmp_path, monkeypatch):
    page = tmp_path / "page.py"
    page.write_text("raise OSError('there is no page here')\n")
    left = ModuleType("__main__")
    left.__file__ = str(page)
    monkeypatch.setitem(sys.modules, "__main__", left)
    process = forking.started(divmod, (7, 2))
    process.join(60)
    assert process.exitcode == 0
    assert sys.modules["__main__"] is left
