"""A card as TOML: plain values, lists and tables of tables, in the order they are given."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

WIDTH = 110


def toml(card: Mapping[str, Any], head: str = "") -> str:
    """Text that `tomllib` reads back as the same card; None and NaN are left out, for TOML has no word for them."""
    lines = [head] if head else []
    lines += _table(card, ())
    return "\n".join(lines).strip() + "\n"


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    plain = {k: v for k, v in table.items() if not isinstance(v, Mapping) and not _unsaid(v)}
    lines = [f"{_key(k)} = {_value(v)}" for k, v in plain.items()]
    if path and (lines or not table):
        lines = ["", f"[{'.'.join(map(_key, path))}]", *lines]
    for key, inner in table.items():
        if isinstance(inner, Mapping):
            lines += _table(inner, (*path, key))
    return lines


def _unsaid(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _key(key: str) -> str:
    bare = key and all(c.isascii() and (c.isalnum() or c in "_-") for c in key)
    return key if bare else _text(key)


def _text(text: str) -> str:
    """JSON's escapes are TOML's, but for DEL, which TOML does not take as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        items = [_value(v) for v in value if not _unsaid(v)]
        short = f"[{', '.join(items)}]"
        return short if len(short) <= WIDTH else "[\n" + "".join(f"    {item},\n" for item in items) + "]"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(round(value, 5)) if isinstance(value, float) else str(value)
    raise TypeError(f"expected text, a number, a list or a table in a card; found {type(value).__name__}")
