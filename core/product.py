"""Which Hemaboard this is."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path


def version() -> str:
    try:
        return metadata.version("hemaboard")
    except metadata.PackageNotFoundError:  # run from its folder, as usual
        text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
        return next(line.split('"')[1] for line in text.splitlines() if line.startswith("version ="))
