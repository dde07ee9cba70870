"""What stands on a page, as its deltas say: widgets by their keys, what components were given, texts, errors."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class Lost(Exception):
    """An answer that never came, or a page that says that something broke."""


@dataclass(slots=True)
class Shown:
    """An element as it stands on the page."""

    element: Element | None  # None: a container
    identity: str
    fragment: str
    run: str


@dataclass(slots=True)
class Page:
    shown: dict[tuple[int, ...], Shown] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)  # exceptions that were shown
    run: str = ""  # the run that draws now
    fragments: tuple[str, ...] = ()  # what it draws; () for the whole page

    def starts(self, message: ForwardMsg) -> None:
        self.run = message.metadata.run.script_run_id
        self.fragments = tuple(message.metadata.run.fragment_ids)

    def draws(self, message: ForwardMsg) -> str:
        """Takes a delta in; which kind of element it brought."""
        kind = str(message.delta.WhichOneof("type"))
        element = message.delta.new_element if kind == "new_element" else None
        identity = str(getattr(_inner(element), "id", "") or "") if element else message.delta.add_block.id
        if kind == "add_block" and message.delta.add_block.WhichOneof("type") == "tab_container":
            identity = message.delta.add_block.tab_container.id
        place = tuple(message.metadata.delta_path)
        self.shown[place] = Shown(element, identity, message.delta.fragment_id, self.run)
        if element is None:
            return kind
        if element.WhichOneof("type") == "exception":
            self.problems.append(f"{element.exception.type}: {element.exception.message}"[:300])
        return str(element.WhichOneof("type"))

    def ends(self) -> None:
        """What this run should have drawn and did not goes."""
        self.shown = {
            place: one for place, one in self.shown.items()
            if one.run == self.run or (self.fragments and one.fragment not in self.fragments)
        }  # fmt: skip

    def keyed(self, key: str) -> str:
        """The id of the widget or component with that key."""
        for one in self.shown.values():
            if one.identity.endswith(f"-{key}"):
                return one.identity
        raise Lost(f"no widget {key} on the page: {self.text()[:300]}")

    def has(self, key: str) -> bool:
        return any(one.identity.endswith(f"-{key}") for one in self.shown.values())

    def labelled(self, label: str) -> str:
        for one in self.shown.values():
            if getattr(_inner(one.element), "label", "") == label and one.identity:
                return one.identity
        raise Lost(f"no widget “{label}” on the page: {self.text()[:300]}")

    def fragment_of(self, identity: str) -> str:
        return next((one.fragment for one in self.shown.values() if one.identity == identity), "")

    def data(self, key: str) -> dict[str, Any]:
        """What a v2 component was given."""
        identity = self.keyed(key)
        found = next(one.element for one in self.shown.values() if one.element and one.identity == identity)
        component = found.bidi_component
        told = component.mixed.json if component.WhichOneof("data") == "mixed" else component.json
        given = json.loads(told)
        return dict(given[0] if isinstance(given, list) else given)  # those with a loader get it in a list

    def source(self) -> str:
        """Texts and labels with their markup, in the order of the page."""
        said = []
        for _, one in sorted(self.shown.items()):
            inner = _inner(one.element)
            said += [str(getattr(inner, name, "")) for name in ("body", "label") if getattr(inner, name, "")]
        return " ".join(said)

    def text(self) -> str:
        return re.sub(r"\s+", " ", re.sub(r"(?s)<style.*?</style>|<[^>]+>", " ", self.source()))


def _inner(element: Element | None) -> Any:
    kind = element.WhichOneof("type") if element else None
    return getattr(element, kind) if element and kind else None
