"""The scripts of our own components, each at an address of this server, so that a message to the browser has none.

A component that is no installed package carries its script in every message: the gallery's, 57 kB with every key.
What it carries instead is a line that fetches the script once; its address changes with its content, so a browser may
keep it. Style and markup stay in the message: without them the page would jump until the script is there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.errors import NotFound
from pages.components import links

# A script that did not come is asked for again when the component is drawn next.
LOADER = """\
let script;
export default async function (component) {
  script ||= import(new URL(%s, document.baseURI).href).catch((error) => {
    script = undefined;
    throw error;
  });
  return (await script).default({ ...component, data: component.data[0] });
}
"""
_held: dict[str, bytes] = {}  # by the last part of the address


def loader(name: str, files: Sequence[Path]) -> str:
    """What a component carries in place of these files, which are joined in their order."""
    content = "\n".join(file.read_text(encoding="utf-8") for file in files).encode()
    part = f"{name}-{hashlib.sha256(content).hexdigest()[:16]}.js"
    _held[part] = content
    return LOADER % json.dumps(links.here(f"/api/script/{part}"))


def given(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """`data` as a component with a loader is given it: in a list, which the loader takes it out of again.

    In a mapping Streamlit looks for tables, and loads pandas for that: half a second for a process's first gallery.
    """
    return [data]


def content(part: str) -> bytes:
    """The script at that address; NotFound for one of another version."""
    if part not in _held:
        raise NotFound(f"the script {part[:80]}", "another version of Hemaboard", "Reload the page.")
    return _held[part]
