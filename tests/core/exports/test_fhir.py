"""The FHIR Bundle: other people's models read it whole, every fact is in it once, and nothing that is withheld.

`fhir.resources` 8 has R5, R4B and STU3 models and none of R4 itself. Of the resources used here R4B is R4 unchanged.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from dataclasses import replace
from decimal import Decimal

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st

from core import filed
from core.exports import codes, fhir
from core.exports.told import every
from core.records import Domain, Specimen
from core.report import pdf
from core.review.signing import Signed, Unsigned
from tests import label_free_fakes
from tests.core.exports.kinds import KINDS, NASTY, REOPENED, VOID
from tests.core.report import made

PAPER = b"%PDF-1.4 a report"
LOINC = "http://loinc.org"


def bundle(of, paper=PAPER, book=None) -> dict:
    return json.loads(fhir.written(of, paper, book), parse_float=Decimal)


def resources(of, kind, **more) -> list[dict]:
    return [e["resource"] for e in bundle(of, **more)["entry"] if e["resource"]["resourceType"] == kind]


def observations(of, **more) -> dict[str, dict]:
    return {one["code"]["coding"][-1]["code"]: one for one in resources(of, "Observation", **more)}


@pytest.mark.parametrize("kind", KINDS)
def test_other_models_read_it_and_lose_nothing(kind):
    of = KINDS[kind]
    content = fhir.written(of, PAPER)
    read = Bundle.model_validate_json(content)
    assert json.loads(read.model_dump_json(), parse_float=float) == json.loads(content, parse_float=float)
    assert fhir.written(of, PAPER) == content


@pytest.mark.parametrize("kind", KINDS)
def test_every_reference_leads_to_an_entry_and_every_resource_says_what_it_is(kind):
    told = bundle(KINDS[kind])
    there = [entry["fullUrl"] for entry in told["entry"]]
    assert len(set(there)) == len(there)
    named = set()

    def walk(value):
        if isinstance(value, dict):
            named.update([value["reference"]] if "reference" in value else [])
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(told)
    assert named <= set(there)
    for entry in told["entry"]:
        meta = entry["resource"]["meta"]
        assert "PSEUDED" in [one["code"] for one in meta["security"]]
        assert "research-use-only" in [one["code"] for one in meta["tag"]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_fact_is_an_observation_with_the_digits_that_are_printed(kind):
    of = KINDS[kind]
    told = observations(of)
    assert list(told) == [fact.id for fact in every(of)]
    for fact in every(of):
        one = told[fact.id]
        intervals = [c["valueRange"] for c in one.get("component", []) if "valueRange" in c]
        assert "referenceRange" not in one
        if fact.withheld:
            assert one["dataAbsentReason"]["text"] == fact.withheld
            assert not [name for name in one if name.startswith("value")]
            assert not intervals
        elif isinstance(fact.value, str):
            assert one["valueString"] == fact.value
        else:
            assert f"{one['valueQuantity']['value']:.{fact.digits}f}" == f"{fact.value:.{fact.digits}f}"
            assert -one["valueQuantity"]["value"].as_tuple().exponent <= max(fact.digits, 1) if fact.digits else True
            assert len(intervals) == (fact.interval is not None)
            ends = {} if fact.interval is None else {"low": fact.interval.low, "high": fact.interval.high}
            for name, end in ends.items():
                assert (name in intervals[0]) == math.isfinite(end)
                if name in intervals[0]:
                    assert float(intervals[0][name]["value"]) == pytest.approx(end, abs=0.51 * 10**-fact.digits)


def test_counts_stand_beside_their_shares():
    of = KINDS["marrow, signed"]
    for share in (*of.reading.differential, of.reading.blasts):
        parts = observations(of)[share.id]["component"]
        assert [part["valueInteger"] for part in parts if "valueInteger" in part] == [share.count, share.total]


@pytest.mark.parametrize(
    ("kind", "status", "says"),
    [
        ("blood", "preliminary", "Draft: not signed."),
        ("few cells", "preliminary", "Draft: reopened after a signature."),
        ("corrected", "preliminary", "is void, because 1 review was added."),
        ("marrow, signed", "final", "Signed by Dr Ada Quill."),
    ],
)
def test_only_what_is_signed_is_final(kind, status, says):
    of = KINDS[kind]
    report = resources(of, "DiagnosticReport")[0]
    assert {report["status"], *(one["status"] for one in resources(of, "Observation"))} == {status}
    assert says in report["conclusion"]
    assert ("resultsInterpreter" in report) == (status == "final")


def test_signed_again_after_a_change_is_amended():
    first = replace(made.SIGNATURE, number=1)
    second = replace(made.SIGNATURE, number=2, actor="Dr Second", authenticated=False)
    of = KINDS["blood"]
    assert fhir.status(replace(of, state=Signed((first, second)))) == "final"  # two people over one content
    again = replace(of, state=Signed((second,)))
    assert fhir.status(again) == "amended"
    assert Bundle.model_validate_json(fhir.written(again, PAPER)).entry[0].resource.status == "amended"
    assert "nobody was signed in" in resources(again, "DiagnosticReport")[0]["resultsInterpreter"][0]["display"]
    assert {fhir.status(replace(of, state=one)) for one in (Unsigned(), REOPENED, VOID)} == {"preliminary"}


def test_the_report_carries_the_digest_the_paper_and_the_alerts_first():
    of = KINDS["marrow, signed"]
    paper = pdf.written(of)
    told = bundle(of, paper)
    report = told["entry"][0]["resource"]
    assert told["identifier"]["value"] == report["identifier"][0]["value"] == filed.sha256(of)
    attached = report["presentedForm"][0]
    assert base64.b64decode(attached["data"]) == paper
    assert attached["size"] == len(paper)
    assert base64.b64decode(attached["hash"]) == hashlib.sha1(paper).digest()
    said = report["conclusion"]
    assert said.index("For Research Use Only") < said.index("URGENT: Exclude APL") < said.index("225 cells")
    assert report["code"]["coding"][0] == {
        "system": LOINC,
        "code": "48807-2",
        "display": "Bone marrow aspiration report",
    }


def test_synthetic_cases_are_test_data_wherever_a_resource_ends_up():
    for one in [e["resource"] for e in bundle(KINDS["label-free, drawn"])["entry"]]:
        assert "HTEST" in [label["code"] for label in one["meta"]["security"]]
        assert "synthetic" in [label["code"] for label in one["meta"]["tag"]]
    real = KINDS["label-free, real"]
    assert real.info.domain is Domain.REAL
    content = fhir.written(real, PAPER).decode()
    assert "HTEST" not in content
    assert str(label_free_fakes.MARK) not in content


def test_loinc_only_where_it_is_in_the_map():
    blood = observations(KINDS["blood"])
    given_codes = {id: one["code"]["coding"][0]["code"] for id, one in blood.items() if len(one["code"]["coding"]) > 1}
    book = codes.shipped().facts["shipped16", "blood"]
    assert given_codes == {id: book[id].code for id in blood if id in book}
    assert given_codes["class.blast.share"] == "26446-5"
    assert not {"blasts.ratio", "cblc.ratio", "smudge.share"} & set(given_codes)
    for kind in ("label-free, drawn", "label-free, real"):
        assert LOINC not in fhir.written(KINDS[kind], PAPER).decode()
    assert KINDS["marrow, signed"].info.specimen is Specimen.MARROW
    marrow = observations(KINDS["marrow, signed"])
    assert [id for id, one in marrow.items() if len(one["code"]["coding"]) > 1] == ["me.ratio"]


def test_of_the_patient_there_is_the_pseudonym_only():
    patient = resources(KINDS["blood"], "Patient")[0]
    assert set(patient) == {"resourceType", "id", "meta", "identifier"}
    assert [one["value"] for one in patient["identifier"]] == ["patient-1"]
    secret = replace(KINDS["blood"], info=replace(KINDS["blood"].info, note="Mrs Nobody", centre="Nowhere"))
    assert not [word for word in ("Mrs Nobody", "Nowhere") if word in fhir.written(secret, PAPER).decode()]


@pytest.mark.parametrize("name", NASTY)
def test_names_in_any_script(name):
    of = replace(KINDS["no images"], state=Signed((replace(made.SIGNATURE, actor=name),)))
    of = replace(of, info=replace(of.info, pseudonym=name))
    read = Bundle.model_validate_json(fhir.written(of, PAPER))
    assert read.entry[0].resource.resultsInterpreter[0].display == name.strip()
    assert read.entry[1].resource.identifier[0].value == name.strip()


@settings(max_examples=12, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=20))
def test_whatever_people_typed_other_models_read_it(text):
    of = KINDS["label-free, real"]
    of = replace(
        of, info=replace(of.info, pseudonym=text, stain=text), state=Signed((replace(made.SIGNATURE, actor=text),))
    )
    assert Bundle.model_validate_json(fhir.written(of, PAPER))
