"""`python -m core evaluate`: how good the calls are on labelled cases, as a report and as files."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from core.cli import summaries, write
from core.cli.exits import Exit
from core.cli.progress import Bar, say
from core.errors import BadInput
from core.evaluate import labelled, predictions, report, written
from core.evaluate.classes import class_map
from core.evaluate.evaluation import evaluate as evaluated
from core.records import Modality, Problem, Specimen
from core.settings import Settings
from core.tools import assemble
from core.vocabulary import vocabulary

SUMMARIES = Path("summaries")  # a word and no folder: labelled cases that lie in such a one are named by its whole path


def evaluate(options: Namespace, settings: Settings) -> Exit:
    """Predictions made elsewhere, or labelled pictures run through the installed tools."""
    if options.cases == SUMMARIES:
        return summaries.evaluated(options)
    if bool(options.predictions) == bool(options.cases):
        found = "both" if options.cases else "neither"
        raise BadInput("labelled cells, or --predictions FILE.csv", found, "Name one of the two.")
    words = vocabulary("shipped16", settings.vocabularies_folder)
    known = class_map(options.classes, words)
    if options.out:
        write.folder(options.out)
    problems: tuple[Problem, ...] = ()
    if options.card and not options.predictions:
        raise BadInput("--card with --predictions only", "pictures", "Leave it out: the installed card is used.")
    if options.predictions:
        cells = predictions.predictions(options.predictions, words, known)
        source = ", ".join(path.name for path in options.predictions)
        confusions = predictions.confusions(options.card) if options.card else {}
    else:
        entries = labelled.entries(options.cases, known)
        tools = assemble(settings, Modality.SMEAR)
        with Bar("Seeing") as bar:
            cells, problems = labelled.run(entries, tools, tell=lambda _, done, total: bar.show(done, total))
        confusions = dict(tools.classifier.stamp.confusion) if tools.classifier else {}
        source = f"{options.cases.name} by {' and '.join(stamp.name for stamp in tools.stamps)}"
    for problem in problems:
        say(f"{problem.file}: {problem.message}")
    unusable = [f"{len(problems)} pictures could not be used and are in no figure."] if problems else []
    specimen = Specimen(options.specimen)
    result = evaluated(
        cells,
        source=source,
        specimen=specimen,
        replicates=options.bootstraps,
        confusions=confusions,
        warnings=unusable,
    )
    print(report.text(result), end="")
    if options.out:
        write.whole(options.out / "patients.csv", written.patients_csv(result))
        write.whole(options.out / "classes.csv", written.classes_csv(result))
        write.whole(options.out / "evaluation.json", written.as_json(result))  # last: where it is, everything is
        say(f"{result.cells.cells} cells of {result.cells.patients} patients: {options.out / 'evaluation.json'}")
    return Exit.PARTIAL if problems else Exit.OK
