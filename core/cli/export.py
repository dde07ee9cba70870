"""`python -m core export`: a case for other programs, or cases as a reader study."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace

from core import filed
from core.cases.store import open_store
from core.charts import words
from core.cli import write
from core.cli.exits import Exit
from core.cli.progress import say
from core.errors import BadInput
from core.exports import codes, crops_zip, differential_csv, fhir, json_file, reader_study, study_codes
from core.filed import Filed
from core.protocols import Store
from core.report import pdf
from core.review import reads
from core.settings import Settings

STUDY = "reader-study"
BELONGS = {"only": "zip", "by_people": "zip", "key": STUDY}
"""Options that mean something for one format alone."""


def export(options: Namespace, settings: Settings) -> Exit:
    _refuse_what_does_not_fit(options)
    write.folder(options.out.absolute().parent)
    with closing(open_store(settings)) as store:
        if options.format == STUDY:
            _study(options, settings, store)
        else:
            of = filed.gather(store, options.cases[0], settings)
            write.whole(options.out, _MAKE[options.format](of, options, settings, store))
    print(options.out)
    return Exit.OK


def _refuse_what_does_not_fit(options: Namespace) -> None:
    if len(options.cases) > 1 and options.format != STUDY:
        do = f"Export them one by one, or as a {STUDY}."
        raise BadInput(f"one case for the format {options.format}", f"{len(options.cases)}", do)
    for name, belongs in BELONGS.items():
        if getattr(options, name) and options.format != belongs:
            option = f"--{name.replace('_', '-')}"
            raise BadInput(f"{option} with the format {belongs}", options.format, f"Leave {option} out.")
    if options.key and options.key.absolute() == options.out.absolute():
        raise BadInput("a key in a file of its own", "--key and --out alike", "Name another file, and keep it here.")


def _study(options: Namespace, settings: Settings, store: Store) -> None:
    cases = [_without_an_open_round(filed.gather(store, case, settings), store) for case in options.cases]
    secret = study_codes.secret(store)
    content = reader_study.written(cases, secret)
    if options.key:
        write.folder(options.key.absolute().parent)
        write.whole(options.key, reader_study.key(cases, secret))
    write.whole(options.out, content)


def _without_an_open_round(of: Filed, store: Store) -> Filed:
    """Independent reads are nobody's to see before the round is over; no statement of the case rests on them."""
    told, kept = reads.to_be_told(of.reviews, store.review.samples(of.id), store.review.steps(of.id))
    if kept:
        say(f"{of.id}: left out {words.size(kept, 'read')} of a round of observers that nobody has ended.")
    return replace(of, reviews=tuple(told))


def _crops(of: Filed, options: Namespace, _: Settings, store: Store) -> bytes:
    cells = crops_zip.chosen(of, options.only, by_people=options.by_people)
    return crops_zip.written(of, store.crops(of.id, cells) if cells else {}, study_codes.secret(store))


def _fhir(of: Filed, options: Namespace, settings: Settings, _: Store) -> bytes:
    return fhir.written(of, pdf.written(of, options.paper), codes.of(settings))


_MAKE: Mapping[str, Callable[[Filed, Namespace, Settings, Store], bytes]] = {
    "fhir": _fhir,
    "csv": lambda of, *_: differential_csv.written(of),
    "json": lambda of, *_: json_file.written(of),
    "zip": _crops,
}
