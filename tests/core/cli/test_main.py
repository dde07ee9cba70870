"""Arguments, exit codes and the one line that an error is."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from core import errors
from core.cli import main as entry
from core.cli.exits import BY_ERROR, Exit, exit_of
from core.cli.main import main
from core.cli.progress import Bar, say

ROOT = Path(__file__).parents[3]


def family(kind=errors.HemaboardError):
    for child in kind.__subclasses__():
        yield child
        yield from family(child)


@pytest.mark.parametrize("kind", list(family()))
def test_every_error_has_an_exit_code_of_its_own_kind(kind):
    assert exit_of(kind("a", "b", "c")) not in (Exit.OK, Exit.UNEXPECTED, Exit.USAGE)
    assert any(issubclass(kind, known) for known, _ in BY_ERROR)


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["analyse"],
        ["analyse", "x", "--modality", "smear", "--out", "o"],
        ["analyse", "x", "--modality", "photo", "--specimen", "blood", "--out", "o"],
        ["analyse", "x", "--modality", "smear", "--specimen", "blood", "--out", "o", "--um-per-px", "nan"],
        ["analyse", "x", "--modality", "smear", "--specimen", "blood", "--out", "o", "--um-per-px", "-1"],
        ["trail"],
        ["case", "export", "c"],
        ["case", "delete", "c"],
        ["nonsense"],
    ],
)
def test_what_is_not_understood_is_usage(argv, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == Exit.USAGE
    assert "python -m core" in capsys.readouterr().err


def test_a_wrong_setting_is_one_line(monkeypatch, capsys):
    monkeypatch.setenv("HEMABOARD_MAX_PIXELS", "many")
    assert main(["trail", "verify"]) == Exit.BAD_INPUT
    err = capsys.readouterr().err
    assert err.startswith("python -m core: Expected a whole number")
    assert err.count("\n") == 1


def stub(monkeypatch, error):
    """A command that ends with this error."""

    def act(*_):
        raise error

    monkeypatch.setattr(entry.importlib, "import_module", lambda _: type("Module", (), {"verify": staticmethod(act)}))


def test_a_broken_trail_has_a_code_of_its_own(monkeypatch, capsys):
    stub(monkeypatch, errors.TrailBroken("event 3 as it was written", "another hash", "Restore a backup."))
    assert main(["trail", "verify"]) == Exit.TRAIL_BROKEN
    assert "event 3" in capsys.readouterr().err


def test_the_keyboard_stops_it_quietly(monkeypatch, capsys):
    stub(monkeypatch, KeyboardInterrupt())
    assert main(["trail", "verify"]) == Exit.INTERRUPTED
    assert capsys.readouterr().err == "Stopped.\n"


def test_a_defect_is_not_hidden(monkeypatch):
    stub(monkeypatch, ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        main(["trail", "verify"])


def test_help_needs_no_network_and_no_database():
    test = (
        "import sys; from core.cli.arguments import parser; parser().format_help();"
        "sys.exit(bool({'torch', 'sqlalchemy', 'dbos', 'cv2', 'streamlit'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", test], cwd=ROOT, check=False).returncode == 0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_moves_on_a_terminal_and_leaves_no_trace():
    screen = Terminal()
    with Bar("Seeing", screen) as bar:
        for done in range(5):
            bar.show(done, 4)
    assert "4/4" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_a_pipe_stays_quiet():
    pipe = io.StringIO()
    with Bar("Seeing", pipe) as bar:
        bar.show(1, 4)
        bar.show(1, 0)
    assert pipe.getvalue() == ""


def test_a_files_name_cannot_steer_the_terminal(capsys):
    say("a\x1b[2Jb\nc.png: no")
    assert capsys.readouterr().err == "a�[2Jb c.png: no\n"
