"""Events of the trail in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LONG = 12  # letters of a digest that are shown


def action(name: str) -> str:
    """'case.created' → 'case created'."""
    return name.replace(".", " ").replace("_", " ")


def detail(told: Mapping[str, Any]) -> str:
    """One line: what changed; digests cut short, lists counted."""
    return " · ".join(f"{key.replace('_', ' ')}: {_value(value)}" for key, value in told.items())


def _value(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return str(len(value)) if len(value) > 3 else ", ".join(_value(one) for one in value)
    text = str(value)
    is_digest = len(text) >= 40 and all(c in "0123456789abcdef" for c in text)
    return f"{text[:LONG]}…" if is_digest else text
