"""Every file that can be made of a filed case. The same case gives the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from core import filed
from core.exchange import case_json, cells_csv
from core.exports import codes, crops_zip, differential_csv, fhir, json_file, study_codes
from core.filed import Filed
from core.protocols import Store
from core.report import pdf
from core.settings import Settings

CROPS = "crops.zip"


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file. Its name holds nothing of the case: names stand in the audit trail."""

    name: str  # 'report-A4.pdf'
    title: str  # what a person calls it
    mime: str
    make: Callable[[Filed, Store, Settings], bytes]  # store: where the case lies; settings: a site's own codes


@lru_cache(maxsize=4)
def _printed(of: Filed, paper: str) -> bytes:
    """Kept, since it is attached elsewhere too."""
    return pdf.written(of, paper)


def _fhir(of: Filed, _: Store, settings: Settings) -> bytes:
    return fhir.written(of, _printed(of, "A4"), codes.of(settings))


def crops(of: Filed, store: Store, classes: Collection[str] = (), *, by_people: bool = False) -> bytes:
    """Of these classes, or of all; `by_people`: of cells only that a person has named."""
    chosen = crops_zip.chosen(of, classes, by_people=by_people)
    return crops_zip.written(of, store.crops(of.id, chosen) if chosen else {}, study_codes.secret(store))


FORMATS: tuple[Format, ...] = (
    Format("report-A4.pdf", "Report, A4", "application/pdf", lambda of, *_: _printed(of, "A4")),
    Format("report-Letter.pdf", "Report, Letter", "application/pdf", lambda of, *_: _printed(of, "Letter")),
    Format("fhir.json", "FHIR R4 bundle", "application/fhir+json", _fhir),
    Format("filed.json", "Everything stated, JSON", "application/json", lambda of, *_: json_file.written(of)),
    Format("differential.csv", "Differential, CSV", "text/csv", lambda of, *_: differential_csv.written(of)),
    Format(
        "case.json",
        "Case with every cell, JSON",
        "application/json",
        lambda of, *_: case_json.text(filed.document(of)).encode(),
    ),
    Format("cells.csv", "Cells, CSV", "text/csv", lambda of, *_: cells_csv.text(filed.document(of)).encode()),
    Format(CROPS, "Crops by class, ZIP", "application/zip", lambda of, store, _: crops(of, store)),
)
BY_NAME: Mapping[str, Format] = {one.name: one for one in FORMATS}


def files(of: Filed, store: Store, settings: Settings, names: Sequence[str] = tuple(BY_NAME)) -> dict[str, bytes]:
    """Name → bytes, of every format or of those that are named."""
    return {name: BY_NAME[name].make(of, store, settings) for name in names}


def variants(name: str, of: Filed, store: Store, settings: Settings, classes: Collection[str]) -> Iterator[bytes]:
    """Everything that such a file could have been, made of this case; `classes` are those of its crops."""
    yield BY_NAME[name].make(of, store, settings)
    if name == "fhir.json":  # the command line attaches either paper
        yield fhir.written(of, _printed(of, "Letter"), codes.of(settings))
    if name == CROPS and set(classes) <= set(of.vocabulary.codes):
        yield crops(of, store, classes)
        yield crops(of, store, by_people=True)
        yield crops(of, store, classes, by_people=True)
