"""Importing this loads what `app.py` loads before it serves, without the app that it makes (see tests/forking.py)."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import streamlit.web.cli  # noqa: F401

APP = Path(__file__).parents[2] / "app.py"

for line in ast.parse(APP.read_text(encoding="utf-8")).body:
    if isinstance(line, ast.ImportFrom) and line.module:
        module = importlib.import_module(line.module)
        for name in line.names:
            if not hasattr(module, name.name):  # a module too
                importlib.import_module(f"{line.module}.{name.name}")
