"""`python -m core verify`: a file that left the house against its case; or a laboratory's own labelled cases, whose
verdict and the page that gives its reasons come out.
"""

from __future__ import annotations

import csv
import io
from argparse import Namespace
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from core.cases.store import open_store
from core.cli import write
from core.cli.exits import Exit
from core.cli.progress import Bar, say
from core.errors import BadInput
from core.evaluate.classes import class_map
from core.exchange.cells_csv import safe
from core.filing.check import Verdict as Checked
from core.filing.check import check
from core.records import Modality, Specimen
from core.settings import Settings
from core.tools import assemble
from core.verify import document, gather
from core.verify.judge import Verdict, judged
from core.verify.labelled import labelled
from core.verify.limits import limits
from core.verify.page import page

OF_FILES = {  # as diff has it: 0 the same, 1 another, 2 trouble; a crash or a typing error never reads as "the same"
    Checked.NOW: Exit.OK,
    Checked.CHANGED: Exit(1),
    Checked.ALTERED: Exit(2),
    Checked.UNKNOWN: Exit(2),
}
CODES = {Verdict.GO: Exit.OK, Verdict.CONDITIONS: Exit.OK, Verdict.NO_GO: Exit.NO_GO, Verdict.NONE: Exit.NO_VERDICT}


def verify(options: Namespace, settings: Settings) -> Exit:
    """One of the two: a file alone is checked, everything else is a site's cases."""
    if options.cases.is_file() and not options.specimen and not options.out:
        return _file(options.cases, settings)
    if not options.specimen or not options.out:
        asked = "--specimen and --out, or a file that was made here"
        raise BadInput(asked, f"{options.cases} alone", "Name both to verify a site, or correct the file's name.")
    return _site(options, settings)


def _file(path: Path, settings: Settings) -> Exit:
    with closing(open_store(settings)) as store:
        found = check(path, store, settings)
    print(f"{found.verdict.value}: {found.said}")
    return OF_FILES[found.verdict]


def _site(options: Namespace, settings: Settings) -> Exit:
    """The limits are read first: they must stand before a case is looked at."""
    declared = limits(options.limits)
    tools = assemble(settings, Modality.SMEAR)
    given = labelled(options.cases, class_map(options.classes, tools.vocabulary))
    write.folder(options.out)
    way = gather.Way(Specimen(options.specimen), options.complete, options.own_pseudonyms, options.um_per_px)
    with Bar("Seeing") as bar:
        site, key = gather.site(
            given, tools, way, tell=lambda _, done, total: bar.show(done, total), say=lambda line: say(line, bar)
        )
    judgement = judged(site, declared)
    told = document.document(site, declared, judgement, options.date, options.site)
    if not options.own_pseudonyms:
        write.whole(options.out / "key-stays-here.csv", _key(key))
    sheet = page(site, declared, judgement, tools.vocabulary, options.date, options.site)
    write.whole(options.out / "verification.html", sheet)
    write.whole(options.out / "verification.json", document.text(told))  # last: where it is, everything is
    say(f"{judgement.verdict.value}: {options.out / 'verification.html'}")
    for line in (*judgement.conditions, *judgement.reasons):
        say(f"- {line}")
    code = CODES[judgement.verdict]
    return Exit.PARTIAL if site.unusable and code is Exit.OK else code


def _key(names: Mapping[str, str]) -> str:
    """Which case of the page is which patient: for the site alone."""
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\r\n")
    lines.writerow(("case", "patient"))
    lines.writerows((name, safe(patient)) for name, patient in sorted(names.items()))
    return stream.getvalue()
