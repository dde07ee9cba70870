"""Columns: each once, each told in the docs as it is."""

from __future__ import annotations

from pathlib import Path

from core.cohort.columns import FIXED, columns
from core.vocabulary import vocabulary

DOCS = Path(__file__).parents[3] / "docs" / "cohorts.md"


def test_every_column_has_a_name_of_its_own_and_a_meaning() -> None:
    found = columns([vocabulary("shipped16"), vocabulary("dpc4")])
    assert len({column.name for column in found}) == len(found)
    assert all(column.meaning for column in found)
    assert found[: len(FIXED)] == FIXED


def test_the_docs_tell_every_column_as_it_is() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for one in FIXED:
        meaning = one.meaning.replace("|", "a bar")
        assert f"| `{one.name}` | {one.kind.value} | {one.unit} | {meaning} |" in text, one.name
