"""The documents against the code: tree, settings, commands, exit codes, formats, links, locks."""

from __future__ import annotations

import argparse
import ast
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from core.cli.arguments import parser
from core.cli.exits import Exit
from core.exchange import case_json, cells_csv
from core.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def section(title: str) -> str:
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def rooms() -> set[str]:
    """app.py, and what lies directly in each of the three houses: modules, and folders with something in them."""
    found = {"app.py", "install.py"}
    for house in ("core", "models", "pages"):
        for path in (ROOT / house).iterdir():
            if path.suffix == ".py" and path.name != "__init__.py":
                found.add(f"{house}/{path.name}")
            elif path.is_dir() and path.name != "__pycache__" and [p for p in path.rglob("*.*") if p.suffix != ".pyc"]:
                found.add(f"{house}/{path.name}/")
    return found


def test_the_tree_is_the_house():
    block = section("The way through the house").split("```")[1]
    lines = [line for line in block.splitlines()[1:] if line.strip()]
    named = [line.split()[0] for line in lines]
    assert len(named) == len(set(named))
    assert set(named) == rooms()
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines), "every room says what it is for"


def shown(default: object) -> str:
    """As it is written in a settings file."""
    if default == "":
        return "(empty)"
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


def test_every_setting_is_in_the_table():
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.*?) \| (.+?) \|$", section("Settings"), re.MULTILINE)
    told = {name: (variable, default) for name, variable, default, _ in rows}
    assert told == {f.name: (PREFIX + f.name.upper(), shown(f.default)) for f in fields(Settings)}


def leaves(it: argparse.ArgumentParser, path: str = "python -m core") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    children = [action for action in it._actions if isinstance(action, argparse._SubParsersAction)]
    if not children:
        yield path, it
    for action in children:
        for name, child in action.choices.items():
            yield from leaves(child, f"{path} {name}")


COMMANDS = dict(leaves(parser()))


def test_every_command_is_in_the_table_and_no_other():
    told = re.findall(r"^\| `(python -m core[\w -]*)` \|", section("On the command line"), re.MULTILINE)
    assert sorted(told) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command):
    text = section("On the command line")
    for action in COMMANDS[command]._actions:
        option = next((o for o in action.option_strings if o.startswith("--") and o != "--help"), None)
        assert option is None or f"`{option}" in text, f"{command} {option} is not in README"


def test_the_exit_codes_are_told_in_the_words_of_the_code():
    source = (ROOT / "core/cli/exits.py").read_text(encoding="utf-8")
    body = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)).body
    lines = [line for line in source.splitlines() if re.match(r"    [A-Z_]+ = \d+  # ", line)]
    assert len(lines) == len(Exit) == len(body)
    told = {int(code): words for code, words in re.findall(r"^\| (\d+) \| (.+) \|$", README, re.MULTILINE)}
    assert told == {int(line.split("=")[1].split("#")[0]): line.split("# ", 1)[1] for line in lines}


def properties(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from properties(value)


def test_every_field_of_case_json_is_documented():
    schema = json.loads(case_json.SCHEMA_FILE.read_text(encoding="utf-8"))
    text = (ROOT / "docs/case-json.md").read_text(encoding="utf-8")
    assert schema["$id"] == schema["properties"]["schema"]["const"] == case_json.SCHEMA
    assert f"**`{case_json.SCHEMA}`**" in text
    assert not [name for name in (*properties(schema), *cells_csv.FIRST) if f"`{name}`" not in text]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert not [link for link in links if link and not (document.parent / link).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_exist(document):
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:core|models|pages|tests|docs)/[\w./-]*)`", text)
    assert not [name for name in named if not (ROOT / name).exists()]


def test_the_plain_commands_are_those_of_make():
    joined = re.compile(r" \\\n\s+")  # a command over two lines
    make = joined.sub(" ", (ROOT / "Makefile").read_text(encoding="utf-8").replace("$(BIN)", ".venv/bin"))
    readme = joined.sub(" ", README)
    recipe = make.split("\ncheck:", 1)[1].split("\nlock:", 1)[0]
    commands = re.findall(r"^\t(\.venv/bin/.+)$", recipe, re.MULTILINE)
    assert len(commands) == 5
    assert not [command for command in commands if command not in readme]
    assert ".venv/bin/streamlit run app.py" in make
    assert ".venv/bin/streamlit run app.py" in README


def test_pre_commit_runs_what_make_test_runs():
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    stages = re.findall(r"entry: make (\w+),.*stages: \[([\w-]+)\]", hooks)
    quick = re.search(r"^check: (.+)$", make, re.MULTILINE)
    assert quick
    assert [target for target, stage in stages if stage == "pre-commit"] == quick[1].split()
    assert ("test", "pre-push") in stages
    assert re.search(r"^test: install-test check tests\b", make, re.MULTILINE)


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "--index-url" not in text
    return dict(re.findall(r"^([\w.-]+)==([\w.+!-]+)", text, re.MULTILINE))


def direct(file: str) -> list[str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r"))]


def test_the_test_lock_holds_the_apps():
    app, test = pins("requirements.lock"), pins("requirements-dev.lock")
    assert app.items() <= test.items()
    for lock in ("requirements.lock", "requirements-dev.lock"):
        opencv = re.search(r"^opencv-python==.*", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
        assert opencv is None or "sys_platform == 'never'" in opencv[0], "this build needs libGL"


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_direct_dependency_is_locked_and_says_why(file):
    locked = pins(file.replace(".txt", ".lock"))
    for line in direct(file):
        name = re.match(r"[\w.-]+", line)
        assert name
        assert name[0].lower().replace("_", "-") in locked
        assert re.search(r"\s# \S", line), f"{name[0]} does not say why it is there"


def test_the_changelog_knows_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"\n## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
