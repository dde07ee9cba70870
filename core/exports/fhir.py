"""A filed case as a FHIR R4 Bundle: DiagnosticReport, an Observation for each fact, and the PDF.

The Bundle is a collection and no document. A document is attested as a whole and wants an author and a moment; a draft
has neither, and a collection claims no more than that its parts belong together. It is nothing to be posted as a
transaction either: who takes it in decides what becomes of it.

Everything in it comes from the case alone, ids included, so that the same case gives the same bytes.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
import json
import uuid
from collections.abc import Mapping, Sequence

from core import filed, summaries
from core.exchange.case_json import NOTICE
from core.exports import codes as coded
from core.exports import told as number_by_number
from core.exports.codes import Codes, Coding
from core.exports.fhir_facts import Around, Resource, coding, concept, identifier, observation, string
from core.filed import Filed
from core.records import Domain
from core.review.signing import Signed, Unsigned, Void

HEMATOLOGY = Coding("http://terminology.hl7.org/CodeSystem/v2-0074", "HM", "Hematology")
PSEUDONYMISED = Coding("http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "PSEUDED", "pseudonymized")
TEST_DATA = Coding("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST", "test health data")
NAMING = ("classifier", "phenotyper")
SYNTHETIC = "The pictures of this case were drawn by a program: nothing here is of a patient."


def written(of: Filed, pdf: bytes, codes: Codes | None = None) -> bytes:
    """`pdf` is the case's report; `codes` are the shipped ones unless a site's own are given (`codes.of(settings)`)."""
    book, digest = codes or coded.shipped(), filed.sha256(of)
    ids = _Ids(digest)
    meta = _meta(of, book)
    patient, specimen = ids.of("patient"), ids.of("specimen")
    devices = {model.digest: _device(of, number, ids, meta, book) for number, model in enumerate(of.seen.models)}
    naming = [devices[model.digest]["id"] for model in of.seen.models if model.task in NAMING]
    around = Around(
        meta=meta,
        status=status(of),
        subject=_to(patient),
        specimen=_to(specimen),
        device=_to(naming[0]) if len(naming) == 1 else None,
        issued=_issued(of),
        codes=book,
    )
    observations = _observations(of, ids, around)
    whole = [
        _report(of, pdf, digest, ids, observations, around),
        _patient(of, patient, meta, book),
        _specimen(of, specimen, patient, meta, book),
        *devices.values(),
        *observations,
    ]
    bundle = {
        "resourceType": "Bundle",
        "id": ids.of("bundle"),
        "meta": meta,
        "identifier": identifier(book.systems, "digest", digest, "SHA-256 of what was filed"),
        "type": "collection",
        "entry": [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in whole],
    }
    return (json.dumps(bundle, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def status(of: Filed) -> str:
    """A void signature makes a draft again: 'amended' would be taken for as good as final, and nobody has signed it."""
    if not isinstance(of.state, Signed):
        return "preliminary"
    return "amended" if min(one.number for one in of.state.by) > 1 else "final"


class _Ids:
    """Ids that the case's digest decides."""

    def __init__(self, digest: str) -> None:
        self._space = uuid.uuid5(uuid.NAMESPACE_OID, digest)

    def of(self, name: str) -> str:
        return str(uuid.uuid5(self._space, name))


def _to(id: str) -> Resource:
    return {"reference": f"urn:uuid:{id}"}


def _meta(of: Filed, book: Codes) -> Resource:
    """What must be known wherever a single resource ends up."""
    own = book.systems["codes"]
    synthetic = of.info.domain is Domain.PROCEDURAL
    tags = [Coding(own, "research-use-only", NOTICE), *([Coding(own, "synthetic", SYNTHETIC)] if synthetic else [])]
    return {
        "security": [coding(one) for one in (PSEUDONYMISED, *([TEST_DATA] if synthetic else []))],
        "tag": [coding(one) for one in tags],
    }


def _patient(of: Filed, id: str, meta: Resource, book: Codes) -> Resource:
    """A pseudonym and nothing else."""
    named = identifier(book.systems, "pseudonym", of.info.pseudonym, "pseudonym")
    return {"resourceType": "Patient", "id": id, "meta": meta, "identifier": [named]}


def _specimen(of: Filed, id: str, patient: str, meta: Resource, book: Codes) -> Resource:
    kind = of.info.specimen.value
    known = book.specimens.get(kind)
    return {
        "resourceType": "Specimen",
        "id": id,
        "meta": meta,
        "type": concept(
            *([known] if known else []), Coding(book.systems["codes"], f"specimen.{kind}", kind), text=kind
        ),
        "subject": _to(patient),
        "processing": [{"description": string(f"{of.info.modality.value}, stain: {of.info.stain}")}],
    }


def _device(of: Filed, number: int, ids: _Ids, meta: Resource, book: Codes) -> Resource:
    """A network, known by its weights."""
    model = of.seen.models[number]
    return {
        "resourceType": "Device",
        "id": ids.of(f"device {model.digest}"),
        "meta": meta,
        "identifier": [identifier(book.systems, "model", model.digest, "SHA-256 of the weights")],
        "deviceName": [{"name": string(model.name), "type": "model-name"}],
        "type": {"text": string(model.task)},
        "version": [{"type": {"text": "Hemaboard"}, "value": string(of.version)}],
        **({"note": [{"text": string(model.notice)}]} if model.notice else {}),
    }


def _observations(of: Filed, ids: _Ids, around: Around) -> list[Resource]:
    """One for each fact, in the order of the facts; a corrected share names the raw one it comes from."""
    facts, cells = number_by_number.every(of), number_by_number.cells(of.reading)
    vocabulary, specimen = of.info.vocabulary, of.info.specimen
    there = {fact.id for fact in facts}
    found = []
    for fact in facts:
        known = around.codes.fact(vocabulary, specimen, fact.id)
        one = observation(fact, ids.of(f"fact {fact.id}"), known, cells.get(fact.id), around)
        stem, _, rest = fact.id.partition(".")
        if rest in ("corrected", "corrected_patient") and f"{stem}.ratio" in there:
            one["derivedFrom"] = [_to(ids.of(f"fact {stem}.ratio"))]
        found.append(one)
    return found


def _report(
    of: Filed, pdf: bytes, digest: str, ids: _Ids, observations: Sequence[Resource], around: Around
) -> Resource:
    kind, book = of.info.specimen.value, around.codes
    own = Coding(book.systems["codes"], f"report.{of.info.modality.value}.{kind}", f"differential of {kind}")
    known = book.report(of.info.modality, of.info.specimen)
    said = "\n\n".join((NOTICE, state(of), summaries.text(of.summary).strip()))
    told: Resource = {
        "resourceType": "DiagnosticReport",
        "id": ids.of("report"),
        "meta": around.meta,
        "text": _narrative(said),
        "identifier": [
            identifier(book.systems, "digest", digest, "SHA-256 of what was filed"),
            identifier(book.systems, "case", of.id, "case"),
        ],
        "status": around.status,
        "category": [concept(HEMATOLOGY)],
        "code": concept(*([known] if known else []), own, text=own.display),
        "subject": around.subject,
        "issued": around.issued,
        "resultsInterpreter": _signers(of),
        "specimen": [around.specimen],
        "result": [_to(one["id"]) for one in observations],
        "conclusion": string(said),
        "presentedForm": [_attached(pdf, digest)],
    }
    return {name: part for name, part in told.items() if part}


def state(of: Filed) -> str:
    """What the report is worth, in words."""
    if isinstance(of.state, Signed):
        return f"Signed by {', '.join(_name(one.actor, one.authenticated) for one in of.state.by)}."
    if isinstance(of.state, Void):
        return f"Draft: the signature of {of.state.was.actor} is void, because {'; '.join(of.state.because)}."
    assert isinstance(of.state, Unsigned)
    return "Draft: reopened after a signature." if of.state.reopened else "Draft: not signed."


def _name(actor: str, authenticated: bool) -> str:
    return actor if authenticated else f"{actor} (as the server was told; nobody was signed in)"


def _signers(of: Filed) -> list[Resource]:
    by = of.state.by if isinstance(of.state, Signed) else ()
    return [{"type": "Practitioner", "display": string(_name(one.actor, one.authenticated))} for one in by]


def _issued(of: Filed) -> str:
    """When it was signed, or else when the run ended; the clock of whoever exports it says nothing."""
    when = max(one.at for one in of.state.by) if isinstance(of.state, Signed) else of.analysed
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else ""


def _narrative(said: str) -> Mapping[str, str]:
    lines = "".join(f"<p>{html.escape(string(line))}</p>" for line in said.splitlines() if line.strip())
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{lines}</div>'}


def _attached(pdf: bytes, digest: str) -> Resource:
    """FHIR R4 wants the attachment's hash by SHA-1; what the case is known by is in the title."""
    return {
        "contentType": "application/pdf",
        "language": "en",
        "data": base64.b64encode(pdf).decode(),
        "size": len(pdf),
        "hash": base64.b64encode(hashlib.sha1(pdf, usedforsecurity=False).digest()).decode(),
        "title": f"Report {digest[:16]}",
    }
