"""Every file that can be made of a filed case. The same case gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.exchange import case_json, cells_csv
from core.exports import codes, differential_csv, fhir, json_file
from core.filed import Filed
from core.report import pdf
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file. Its name holds nothing of the case: names stand in the audit trail."""

    name: str  # 'report-A4.pdf'
    title: str  # what a person calls it
    mime: str
    make: Callable[[Filed, Settings], bytes]  # settings: a site's own codes

    @property
    def ending(self) -> str:
        return self.name.rpartition(".")[2]


def _case_json(of: Filed, _: Settings) -> bytes:
    return case_json.text(case_json.document(of.info, of.seen, of.reading, of.id, reviews=of.reviews)).encode()


def _fhir(of: Filed, settings: Settings) -> bytes:
    return fhir.written(of, pdf.written(of, "A4"), codes.of(settings))


def _cells_csv(of: Filed, _: Settings) -> bytes:
    return cells_csv.text(case_json.document(of.info, of.seen, of.reading, of.id, reviews=of.reviews)).encode()


FORMATS: tuple[Format, ...] = (
    Format("report-A4.pdf", "Report, A4", "application/pdf", lambda of, _: pdf.written(of, "A4")),
    Format("report-Letter.pdf", "Report, Letter", "application/pdf", lambda of, _: pdf.written(of, "Letter")),
    Format("fhir.json", "FHIR R4 bundle", "application/fhir+json", _fhir),
    Format("filed.json", "Everything stated, JSON", "application/json", lambda of, _: json_file.written(of)),
    Format("differential.csv", "Differential, CSV", "text/csv", lambda of, _: differential_csv.written(of)),
    Format("case.json", "Case with every cell, JSON", "application/json", _case_json),
    Format("cells.csv", "Cells, CSV", "text/csv", _cells_csv),
)
BY_NAME: Mapping[str, Format] = {one.name: one for one in FORMATS}


def files(of: Filed, settings: Settings, names: Sequence[str] = tuple(BY_NAME)) -> dict[str, bytes]:
    """Name → bytes, of every format or of those that are named."""
    return {name: BY_NAME[name].make(of, settings) for name in names}
