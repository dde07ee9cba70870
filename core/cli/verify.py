"""`python -m core verify`: a laboratory's own labelled cases in, a verdict and the page that gives its reasons out."""

from __future__ import annotations

import csv
import io
from argparse import Namespace
from collections.abc import Mapping

from core.cli import write
from core.cli.exits import Exit
from core.cli.progress import Bar, say
from core.evaluate.classes import class_map
from core.exchange.cells_csv import safe
from core.records import Modality, Specimen
from core.settings import Settings
from core.tools import assemble
from core.verify import document, gather
from core.verify.judge import Verdict, judged
from core.verify.labelled import labelled
from core.verify.limits import limits
from core.verify.page import page

CODES = {Verdict.GO: Exit.OK, Verdict.CONDITIONS: Exit.OK, Verdict.NO_GO: Exit.NO_GO, Verdict.NONE: Exit.NO_VERDICT}


def verify(options: Namespace, settings: Settings) -> Exit:
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
