"""The house keeps its own rules: layers, sizes, names, and nothing in the repository that does not belong there."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_FILE = 320
LONGEST_TEST = 450
LONGEST_FUNCTION = 60
LONG_FOR_A_REASON: dict[str, str] = {}  # path → why it is one piece
LONG_FUNCTIONS_ALLOWED = ("core/cases/migrations/versions/",)  # lists of columns, frozen once released
BANNED_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "base", "misc"}
NOT_OURS = {".venv", ".git", ".hemaboard", ".cache", "__pycache__", "test-results", ".hypothesis", ".playwright"}
TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".json", ".css", ".js", ".html", ".svg", ""}
FORBIDDEN_FILES = re.compile(
    r"(^|/)(hemaboard\.toml|secrets\.toml|\.env|id_rsa.*|\.DS_Store)$"
    r"|\.(sqlite.*|parquet|dcm|svs|ndpi|mrxs|pyc|pkl|pickle|pt|pth|joblib|log|whl)$"
)
PICTURES = re.compile(r"\.(png|jpe?g|bmp|webp|tiff?|gif|npy|npz)$", re.IGNORECASE)
WITHOUT_A_LAYER = {"__init__", "__main__"}


def files() -> list[Path]:
    """What git has or would take; without git, what lies here and is not made by running."""
    if shutil.which("git") and (ROOT / ".git").exists():
        order = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(order, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        return sorted(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())
    found = (path for path in ROOT.rglob("*") if not NOT_OURS & set(path.relative_to(ROOT).parts))
    return sorted(path for path in found if path.is_file() and not path.parent.name.endswith("_cache"))


FILES = files()
SOURCES = [path for path in FILES if path.suffix == ".py"]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_is_a_house_to_check():
    assert {"core/analyse.py", "app.py", "tests/test_architecture.py"} <= set(map(name, SOURCES))


def test_the_import_contracts_hold():
    program = Path(sys.executable).with_name("lint-imports" + (".exe" if os.name == "nt" else ""))
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_of_core_has_its_layer():
    """A module that no layer names would be checked by nobody."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    named = set(re.findall(r"core\.(\w+)", " ".join(layers)))
    there = {path.stem for path in (ROOT / "core").glob("*.py")} - WITHOUT_A_LAYER
    there |= {path.parent.name for path in (ROOT / "core").glob("*/*.py")}
    assert there <= named


def test_files_stay_short():
    long = {}
    for path in SOURCES:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > (LONGEST_TEST if name(path).startswith("tests/") else LONGEST_FILE):
            long[name(path)] = lines
    assert set(long) == set(LONG_FOR_A_REASON), long


def test_functions_stay_short():
    long = []
    for path in (path for path in SOURCES if not name(path).startswith(LONG_FUNCTIONS_ALLOWED)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    long.append(f"{name(path)}: {node.name} has {length} lines")
    assert not long


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name == "__init__.py"], ids=name)
def test_a_package_is_no_more_than_its_docstring(path):
    """So that no import cycle can run through it."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in body)
    assert len(body) <= 1


def test_every_module_says_what_it_is_for():
    silent = [
        name(path)
        for path in SOURCES
        if path.name != "__init__.py" and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent


def test_names_explain():
    stems = {name(path): {path.stem, *path.relative_to(ROOT).parts[:-1]} for path in SOURCES}
    assert not [path for path, parts in stems.items() if parts & BANNED_NAMES]


def test_no_path_of_somebodys_machine():
    homes = re.compile("|".join(["/" + place + "/" for place in ("work", "home", "root", "Users", "mnt", "opt")]))
    found = []
    for path in FILES:
        if path.suffix in TEXT:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if homes.search(re.sub(r"https?://\S+", "", line)):
                    found.append(f"{name(path)}:{number}: {line.strip()[:100]}")
    assert not found


def test_nothing_is_tracked_that_does_not_belong():
    assert not [name(path) for path in FILES if FORBIDDEN_FILES.search(name(path))]


def test_no_picture_lies_outside_the_places_for_ours():
    """A patient's picture must not slip in: pictures are allowed for documents and the app's own look only."""
    pictures = [name(path) for path in FILES if PICTURES.search(path.name)]
    assert not [path for path in pictures if not path.startswith(("docs/", "pages/static/", "tests/golden/"))]


def test_weights_are_safetensors_of_reasonable_size():
    heavy = [name(path) for path in FILES if path.stat().st_size > 20_000_000 and path.suffix != ".safetensors"]
    assert not heavy


def test_the_app_starts_without_loading_an_engine_of_networks():
    """They take seconds to import, and the first page names no cell."""
    heavy = {"torch", "ultralytics", "timm", "openvino", "torchvision"}
    said = "import app, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not heavy & set(done.stdout.split())
