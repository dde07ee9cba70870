"""Short cited statements on classes and markers, so that a summary can say biology without inventing it.

They are in `knowledge.toml`, each with the publication it is from. None is a diagnosis or a treatment.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import BadSettings

FILE = Path(__file__).parent / "knowledge.toml"


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that is known, and from where."""

    id: str  # 'promonocyte.counts'
    text: str  # one sentence, with a full stop and without numbers of its own
    about: tuple[str, ...]  # codes of classes ('promonocyte', 'dpc4:lymphocyte'), markers ('cd16'), topics ('cblc')
    source: str  # the whole reference
    cited: str  # the short one: 'ICSH 2015'
    link: str  # DOI or address


def about(codes: Iterable[str]) -> tuple[Statement, ...]:
    """The statements on any of these, in the order of the file.

    A code alone holds in every vocabulary; 'dpc4:lymphocyte' in that one only.
    """
    wanted = set(codes)
    return tuple(statement for statement in statements() if wanted & set(statement.about))


@cache
def statements(file: Path = FILE) -> tuple[Statement, ...]:
    """All of them; BadSettings names what is wrong with the file."""
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    sources = {row["id"]: row for row in table["source"]}
    found = tuple(_statement(row, sources, file) for row in table["statement"])
    ids = [statement.id for statement in found]
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        raise BadSettings(f"each statement of {file.name} once", f"{twice[0]!r} twice", "Give one another id.")
    return found


def _statement(row: dict[str, Any], sources: dict[str, dict[str, str]], file: Path) -> Statement:
    source = sources.get(row["source"])
    if source is None:
        found = f"{row['id']!r} from {row['source']!r}"
        raise BadSettings(f"a source that {file.name} lists", found, "Add a [[source]], or name another.")
    return Statement(row["id"], row["text"], tuple(row["about"]), source["text"], source["cited"], source["link"])
