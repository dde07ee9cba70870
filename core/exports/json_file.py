"""A filed case as one JSON file: what it states, its summary and who signed it, under the SHA-256 over just that.

Format `hemaboard.filed/1`. `case` is case.json, as docs/case-json.md describes it; summary and signature stand beside.
The digest can be worked out again from the file alone, so a changed number is found without the store.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from core import filed
from core.errors import UnreadableFile
from core.exchange.case_json import NOTICE
from core.filed import Filed

FORMAT = "hemaboard.filed/1"
HEAD = ("format", "notice", "sha256")
"""Everything else in the file is what the digest is over."""


def written(of: Filed) -> bytes:
    whole = filed.stated(of)
    head = {"format": FORMAT, "notice": NOTICE, "sha256": filed.digest(whole)}
    return ("{\n" + ",\n".join(_lines(head | whole)) + "\n}\n").encode()


def read(content: bytes) -> tuple[str, dict[str, Any]]:
    """The digest that such a file names, and what it states; refused when the two do not belong together."""
    try:
        found = json.loads(content)
        told, named = found["format"], found["sha256"]
        real = filed.digest(whole := {key: value for key, value in found.items() if key not in HEAD})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableFile(f"JSON of the format {FORMAT}", type(error).__name__, "Export the case again.") from error
    if told != FORMAT:
        raise UnreadableFile(f"the format {FORMAT}", repr(told)[:64], "Use the version that wrote it.")
    if real != named:
        raise UnreadableFile(f"content of the digest {str(named)[:64]}", f"that of {real}", "Export the case again.")
    return real, whole


def _lines(values: dict[str, Any], indent: str = " ") -> Iterator[str]:
    """One line a key, and in the case one line an image, cell, class and fact, so that files can be compared."""
    for key, value in values.items():
        start = f"{indent}{json.dumps(key)}: "
        if isinstance(value, dict) and value and len(indent) == 1:
            yield f"{start}{{\n" + ",\n".join(_lines(value, indent * 2)) + f"\n{indent}}}"
        elif isinstance(value, list) and value:
            yield f"{start}[\n" + ",\n".join(f"{indent} {_plain(one)}" for one in value) + f"\n{indent}]"
        else:
            yield start + _plain(value)


def _plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
