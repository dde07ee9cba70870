"""The JSON of a filed case: read back it has the same digest, and any change of it is found without the store."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import filed
from core.errors import UnreadableFile
from core.exchange import case_json
from core.exports import json_file
from tests.core.exports.kinds import KINDS

SCHEMA = json.loads(case_json.SCHEMA_FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", KINDS)
def test_its_digest_can_be_worked_out_from_the_file_alone(kind):
    of = KINDS[kind]
    content = json_file.written(of)
    digest, whole = json_file.read(content)
    assert digest == filed.sha256(of)
    jsonschema.Draft202012Validator(SCHEMA).validate(whole["case"])
    assert json_file.written(of) == content


def test_one_line_an_image_a_cell_and_a_fact():
    of = KINDS["blood"]
    lines = json_file.written(of).decode().splitlines()
    assert len(of.seen.cells) + len(of.reading.facts) < len(lines) < len(of.seen.cells) + len(of.reading.facts) + 100


def test_a_changed_digit_is_found():
    content = json_file.written(KINDS["blood"])
    assert content.count(b'"count": 70') == 2
    with pytest.raises(UnreadableFile, match="digest"):
        json_file.read(content.replace(b'"count": 70', b'"count": 71'))


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.binary(max_size=80), st.just(b"[" * 5000), st.text(max_size=40).map(lambda t: json.dumps(t).encode()))
)
def test_what_is_no_such_file_is_refused_in_words(content):
    with pytest.raises(UnreadableFile):
        json_file.read(content)


def test_another_format_is_refused():
    with pytest.raises(UnreadableFile, match="version that wrote it"):
        json_file.read(json_file.written(KINDS["no images"]).replace(b"hemaboard.filed/1", b"hemaboard.filed/9"))


@settings(max_examples=20, deadline=None)
@given(name=st.text(st.characters(exclude_categories=("Cs",)), max_size=20))
def test_any_script_comes_back(name):
    of = KINDS["no images"]
    of = replace(of, info=replace(of.info, note=name, pseudonym=f"p{name}"))
    assert json_file.read(json_file.written(of))[1]["case"]["case"]["note"] == name
