"""Every class of the shipped vocabulary is told in words, with sources, and the words name real classes."""

from __future__ import annotations

import pytest

from core.errors import BadSettings
from core.teaching.criteria import apart, criteria, short, sources
from core.vocabulary import vocabulary

WORDS = vocabulary("shipped16")


def test_every_class_is_told_with_its_sources():
    assert set(criteria()) == set(WORDS.codes)
    for code, one in criteria().items():
        assert one.sources, code
        assert all(text and text.endswith((".", "–")) for _, text in one.parts), code
        assert set(one.apart) <= set(WORDS.codes) - {code}
    assert any("Haematologica 2008" in source for source in sources(WORDS))
    assert {"Mufti 2008", "Goasguen 2009", "Palmer 2015", "Bain"} <= {short(source) for source in sources(WORDS)}


def test_what_tells_two_classes_apart_is_known_from_either_side():
    both = apart("promyelocyte", "blast")
    assert both.startswith(criteria()["blast"].apart["promyelocyte"])  # what speaks for the truth comes first
    assert both.endswith(criteria()["promyelocyte"].apart["blast"])
    assert apart("smudge", "blast") == criteria()["smudge"].apart["blast"] == apart("blast", "smudge")
    assert apart("basophil", "smudge") == ""


def test_a_file_with_a_part_too_many_is_refused(tmp_path):
    file = tmp_path / "criteria.toml"
    file.write_text('[source]\na = "A"\n[class.blast]\nnucleus = "x"\nchromatin = "x"\ncytoplasm = "x"\napart = {}\n'
                    'sources = ["a"]\nsize = "x"\n')  # fmt: skip
    with pytest.raises(BadSettings, match="size"):
        criteria(file)
