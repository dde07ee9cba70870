"""Statements: every class and marker has one, each has a source, and none has a number, a diagnosis or a treatment."""

from __future__ import annotations

import re
import tomllib

import pytest

from core import knowledge
from core.aggregate.label_free import marker_id
from core.errors import BadSettings
from core.vocabulary import vocabularies, vocabulary
from models.synthesis.markers import MARKERS

ALL = knowledge.statements()
NUMBER_WORDS = r"\b(one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|half|twice|dozen|per cent)\b"
TREATMENT = r"\b(treat\w*|therap\w*|drug\w*|dose\w*|prescri\w*|ATRA|transplant\w*|patient has|diagnos\w*)\b"


@pytest.mark.parametrize("name", vocabularies())
def test_every_class_has_a_statement(name):
    for code in vocabulary(name).codes:
        assert knowledge.about([code, f"{name}:{code}"]), code


@pytest.mark.parametrize("marker", MARKERS)
def test_every_marker_has_a_statement(marker):
    found = knowledge.about([marker_id(marker)])
    assert found
    parts = marker.split("/")
    assert all(any(part in statement.text for statement in found) for part in parts)


@pytest.mark.parametrize("statement", ALL, ids=lambda statement: statement.id)
def test_a_statement_is_a_sentence_with_a_source_and_without_numbers_or_treatment(statement):
    bare = re.sub(r"CD\d+", "", statement.text)
    assert not re.search(r"\d", bare)
    assert not re.search(NUMBER_WORDS, bare, re.IGNORECASE)
    assert not re.search(TREATMENT, bare, re.IGNORECASE)
    assert re.fullmatch(r"[A-Z].*[^.]\.", statement.text)
    assert len(statement.text) < 200
    assert statement.about
    assert len(statement.source) > 20
    assert statement.cited
    assert statement.link.startswith("https://")


def test_a_code_that_two_vocabularies_share_may_mean_two_things():
    smear = {statement.id for statement in knowledge.about(["lymphocyte", "shipped16:lymphocyte"])}
    free = {statement.id for statement in knowledge.about(["lymphocyte", "dpc4:lymphocyte"])}
    assert smear & free == set()
    assert "dpc.lymphocyte" in free


def test_what_is_asked_twice_is_told_once_and_in_the_order_of_the_file():
    found = knowledge.about(["cd16", "cd16", "dpc4:granulocyte"])
    assert len(set(found)) == len(found)
    assert [ALL.index(one) for one in found] == sorted(ALL.index(one) for one in found)
    assert knowledge.about([]) == ()


def test_every_topic_is_a_class_a_marker_or_a_topic_that_is_listed():
    known = {code for name in vocabularies() for code in vocabulary(name).codes}
    known |= {f"{name}:{code}" for name in vocabularies() for code in vocabulary(name).codes}
    known |= {marker_id(marker) for marker in MARKERS}
    head = knowledge.FILE.read_text(encoding="utf-8").split("[[", 1)[0]
    topics = set(re.findall(r"'([\w:]+)'", head))
    assert {code for statement in ALL for code in statement.about} <= known | topics


def test_no_source_is_left_without_a_statement():
    cited = set(re.findall(r'^source = "(\w+)"', knowledge.FILE.read_text(encoding="utf-8"), re.MULTILINE))
    listed = set(re.findall(r'^id = "(\w+)"', knowledge.FILE.read_text(encoding="utf-8"), re.MULTILINE))
    assert cited == listed


def test_it_is_told_of_every_statement_how_far_it_was_checked():
    rows = tomllib.loads(knowledge.FILE.read_text(encoding="utf-8"))["statement"]
    assert {row["checked"] for row in rows} <= {"seen", "elsewhere", "reference", "no"}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('[[statement]]\nid = "a.b"\nabout = ["x"]\ntext = "T."\nsource = "nowhere"\n', "'a.b' from 'nowhere'"),
        ('[[statement]]\nid = "a.b"\nabout = ["x"]\ntext = "T."\nsource = "s"\n' * 2, "'a.b' twice"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, body, found):
    file = tmp_path / "knowledge.toml"
    file.write_text('[[source]]\nid = "s"\ncited = "S"\ntext = "A source."\nlink = "https://x"\n' + body)
    with pytest.raises(BadSettings) as refused:
        knowledge.statements(file)
    assert found in str(refused.value)
