"""The map of codes: sound as shipped, a site's own entries before it, and mistakes named with what to do."""

from __future__ import annotations

import json

import pytest

from core.errors import BadSettings
from core.exports import codes, fhir
from core.records import Specimen
from core.settings import Settings
from core.vocabulary import vocabulary
from tests.core.exports.kinds import KINDS

OWN = """
[systems]
codes = "https://laboratory.example/codes"
[report.smear]
marrow = {}
[shipped16.marrow]
"class.blast.share" = { system = "urn:oid:1.2.3", code = "BL", display = "Blasten" }
[shipped16.blood]
"class.blast.share" = {}
"""


def loinc_digit(code: str) -> bool:
    """LOINC's last digit checks the others (Luhn, modulus 10), so that a slip of the pen is found."""
    body, check = code.split("-")
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return (10 - total % 10) % 10 == int(check)


def test_the_shipped_codes_name_known_facts_and_have_their_check_digits():
    book = codes.shipped()
    assert set(book.systems) == set(codes.SYSTEMS)
    assert len(set(book.systems.values())) == len(book.systems)
    found = [*book.reports["smear"].values(), *(one for entries in book.facts.values() for one in entries.values())]
    loinc = [one.code for one in found if one.system == "http://loinc.org"]
    assert len(loinc) == 16
    assert all(map(loinc_digit, loinc))
    assert not loinc_digit("28541-3")
    words = vocabulary("shipped16")
    counted = {f"class.{one.code}.share" for one in words.counted(Specimen.BLOOD)}
    assert set(book.facts["shipped16", "blood"]) == counted


def test_a_sites_entries_go_before_the_shipped_ones(tmp_path):
    settings = Settings(data=str(tmp_path))
    assert codes.of(settings) == codes.shipped()
    (tmp_path / "codes.toml").write_text(OWN, encoding="utf-8")
    book, before = codes.of(settings), codes.shipped()
    assert book.systems == {**before.systems, "codes": "https://laboratory.example/codes"}
    assert book.fact("shipped16", Specimen.MARROW, "class.blast.share") == codes.Coding(
        "urn:oid:1.2.3", "BL", "Blasten"
    )
    assert book.fact("shipped16", Specimen.MARROW, "me.ratio") == before.fact("shipped16", Specimen.MARROW, "me.ratio")
    assert book.fact("shipped16", Specimen.BLOOD, "class.blast.share") is None
    assert set(book.reports["smear"]) == {"blood"}
    told = json.loads(fhir.written(KINDS["marrow, signed"], b"%PDF", book))
    report = told["entry"][0]["resource"]
    assert [one["system"] for one in report["code"]["coding"]] == ["https://laboratory.example/codes"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[systems", "TOML"),
        ('[systems]\ncodes = "no uri"', "a URI for the system 'codes'"),
        ('[systems]\nfacts = "urn:x:y"', "systems from codes, digest"),
        ('[report.smear]\nblood = "57021-8"', "a coding for 'blood'"),
        ('[report.smear]\nblood = { code = "57021-8" }', "a coding for 'blood'"),
        ("[report.stained]\nblood = {}", "smear or dpc"),
        ('[shipped16.urine]\n"class.blast.share" = {}', "marrow or blood"),
        ('[shipped16]\nmarrow = "x"', r"a table \[shipped16.marrow\]"),
        ('[shipped16.blood]\nx = { system = "urn:x:y", code = " 1", display = "x" }', "a coding for 'x'"),
    ],
)
def test_mistakes_are_named(tmp_path, text, says):
    own = tmp_path / "codes.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings, match=says):
        codes.read(own)
