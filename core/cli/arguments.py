"""What may be asked for on the command line. Light on purpose: `--help` loads no network."""

from __future__ import annotations

import argparse
import datetime as dt
import math
from pathlib import Path

from core.cli import arguments_slide
from core.records import Modality, Specimen

NOTICE = "For Research Use Only. Not for use in diagnostic procedures."


def parser() -> argparse.ArgumentParser:
    """All commands. `command` names the module of core.cli that does it, `act` the function in it."""
    top = argparse.ArgumentParser(prog="python -m core", description=f"Hemaboard on the command line. {NOTICE}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _analyse(commands.add_parser("analyse", help="images in, case.json, cells.csv and report.pdf out"))
    _batch(commands.add_parser("batch", help="many cases by a manifest: stored and analysed"))
    _cohort(commands.add_parser("cohort", help="many cases by a manifest, each once: resumed, watched, one table"))
    about = "a file of a case: is it what the case says? Or a site's labelled cases: may the networks be used?"
    _verify(commands.add_parser("verify", help=about))
    _evaluate(commands.add_parser("evaluate", help="how good the calls are on labelled cases"))
    worker = commands.add_parser("worker", help="take queued runs and do them until stopped")
    worker.set_defaults(module="worker", act="work")
    _demo(commands.add_parser("demo", help="make the synthetic demo cases, or write their fields as pictures"))
    _trail(commands.add_parser("trail", help="the audit trail"))
    _retention(commands.add_parser("retention", help="which cases are kept no longer; --apply deletes them"))
    _health(commands.add_parser("health", help="what works here and what does not"))
    _backends(commands.add_parser("backends", help="what runs the networks here, how fast, and why"))
    _report(commands.add_parser("report", help="one case as a PDF to print"))
    _export(commands.add_parser("export", help="one case for other programs; cases as a reader study"))
    _robustness(commands.add_parser("robustness", help="does the background decide? a case's cells elsewhere"))
    arguments_slide.slide(commands.add_parser("slide", help="whole slides: show, add to a case, analyse, draw"))
    _case(commands.add_parser("case", help="list, export, import and delete cases"))
    return top


def _analyse(it: argparse.ArgumentParser) -> None:
    it.set_defaults(module="analyse", act="analyse")
    it.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="image files, ZIP files or folders of them")
    it.add_argument("--modality", required=True, choices=[m.value for m in Modality])
    it.add_argument("--specimen", required=True, choices=[s.value for s in Specimen])
    it.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the three are written")
    it.add_argument("--json", action="store_true", help="also print case.json on stdout")
    it.add_argument("--um-per-px", type=_scale, metavar="X", help="µm per pixel of files that do not say it")
    it.add_argument("--pseudonym", default="not stated", help="never a name or a number that finds the patient")
    it.add_argument("--stain", default="not stated")
    it.add_argument("--centre", default="not stated")
    it.add_argument("--scanner", default="not stated")
    it.add_argument("--synthetic", action="store_true", help="the images were drawn by a program, as the demo's are")
    it.add_argument(
        "--cut-off", type=_cut, action="append", default=[], metavar="MARKER=X",
        help="label-free: above which value a marker counts as high, e.g. CD16=2.8; may be repeated",
    )  # fmt: skip
    found = it.add_argument_group("findings of a reader (leave out what nobody looked for)")
    tri = argparse.BooleanOptionalAction
    found.add_argument("--auer-rods", action=tri, help="Auer rods were seen")
    found.add_argument("--atypical-promyelocytes", action=tri, help="atypical promyelocytes were seen")
    found.add_argument("--apl", action=tri, help="acute promyelocytic leukaemia is established")
    found.add_argument("--genetics", default="unknown", metavar="G", help="e.g. NPM1; 'unknown' if not stated")
    text = it.add_argument_group("text in the pictures, which may identify the patient")
    text.add_argument("--keep-text", action="store_true", help="leave text-like regions as they are (default: masked)")
    text.add_argument(
        "--confirm-no-identifiers",
        action="store_true",
        help="I have looked: files that declare burned-in annotations show nothing that identifies the patient",
    )


def _batch(it: argparse.ArgumentParser) -> None:
    it.set_defaults(module="batch", act="batch")
    it.add_argument("manifest", type=Path, metavar="MANIFEST.csv", help="one row a case; the app has a template")
    it.add_argument("--images", required=True, type=Path, metavar="DIR", help="the folder that its names lie in")
    it.add_argument("--check", action="store_true", help="only say what was found in each row; store nothing")


def _cohort(it: argparse.ArgumentParser) -> None:
    it.set_defaults(module="cohort", act="cohort")
    it.add_argument("manifest", type=Path, metavar="MANIFEST.csv", help="one row a case, as batch takes it")
    it.add_argument("--images", required=True, type=Path, metavar="DIR", help="the folder that its names lie in")
    it.add_argument("--out", type=Path, metavar="DIR", help="where cohort.parquet and cohort.csv are written")
    it.add_argument("--tag", default="", metavar="WORD", help="given to every case, so that it is found again")
    it.add_argument("--watch", action="store_true", help="stay until every run has ended; with SQLite it always stays")
    it.add_argument("--check", action="store_true", help="only say what was found in each row; store nothing")


def _verify(it: argparse.ArgumentParser) -> None:
    it.set_defaults(module="verify", act="verify")
    about = "a file made here, to be checked against its case; or patient/class/picture, a CSV or Parquet table"
    it.add_argument("cases", type=Path, metavar="FILE|DIR", help=about)
    it.add_argument("--specimen", choices=[s.value for s in Specimen], help="of a site's cases")
    it.add_argument("--out", type=Path, metavar="DIR", help="of a site's cases: where page and numbers are written")
    it.add_argument("--limits", type=Path, metavar="FILE", help="a site's own copy of core/verify/limits.toml")
    it.add_argument(
        "--classes", type=Path, metavar="FILE", help='TOML of the site\'s words: "giant platelet" = "other"'
    )
    it.add_argument("--site", default="", metavar="NAME", help="printed as the title")
    it.add_argument("--um-per-px", type=_scale, metavar="X", help="µm per pixel of files that do not say it")
    it.add_argument("--complete", action="store_true", help="every nucleated cell of the fields carries a label")
    it.add_argument("--own-pseudonyms", action="store_true", help="print the site's pseudonyms instead of hashes")
    it.add_argument("--date", type=_date, default=dt.date.today(), metavar="YYYY-MM-DD", help="default: today")


def _evaluate(it: argparse.ArgumentParser) -> None:
    it.set_defaults(module="evaluate", act="evaluate")
    about = "a table of labelled cells, or a folder; or the word 'summaries': what gets past the guard of summaries"
    it.add_argument("cases", nargs="?", type=Path, metavar="CASES", help=about)
    it.add_argument(
        "--cases", dest="count", type=_cases, default=112, metavar="N", help="of summaries: made cases (112)"
    )
    it.add_argument("--predictions", nargs="+", type=Path, metavar="FILE.csv", help="predictions made elsewhere")
    it.add_argument("--classes", type=Path, metavar="FILE.toml", help="what the expert's class names mean")
    it.add_argument("--card", type=Path, metavar="CARD.toml", help="with --predictions: correct by its confusion too")
    it.add_argument("--specimen", default="blood", choices=[s.value for s in Specimen])
    it.add_argument("--bootstraps", type=_bootstraps, default=1000, metavar="N", help="samples of patients (1000)")
    it.add_argument("--out", type=Path, metavar="DIR", help="write evaluation.json, patients.csv and classes.csv")


def _demo(it: argparse.ArgumentParser) -> None:
    it.set_defaults(module="demo", act="demo")
    it.add_argument("--out", type=Path, metavar="DIR", help="write the fields as PNG with their truth as JSON instead")


def _trail(it: argparse.ArgumentParser) -> None:
    acts = it.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = acts.add_parser("verify", help="check that no event was changed, removed or put in between")
    verify.add_argument("--known", nargs=2, type=str, metavar=("NUMBER", "HASH"), help="what 'trail head' said earlier")
    verify.set_defaults(module="trail", act="verify")
    head = acts.add_parser("head", help="number and hash of the newest event, to be kept elsewhere")
    head.set_defaults(module="trail", act="head")


def _retention(it: argparse.ArgumentParser) -> None:
    it.add_argument("--apply", action="store_true", help="delete them; without it they are only listed")
    it.set_defaults(module="retention", act="run")


def _health(it: argparse.ArgumentParser) -> None:
    it.add_argument("--json", action="store_true", help="as JSON")
    it.set_defaults(module="health", act="run")


def _backends(it: argparse.ArgumentParser) -> None:
    which = it.add_mutually_exclusive_group()
    which.add_argument("--measure", action="store_true", help="try every engine now, whatever was found before")
    which.add_argument(
        "--untried", action="store_true", help="try those that were not tried here yet, giving way to all else"
    )
    it.add_argument("--json", action="store_true", help="as JSON")
    it.set_defaults(module="backends", act="run")


def _report(it: argparse.ArgumentParser) -> None:
    it.set_defaults(module="report", act="report")
    it.add_argument("case", metavar="CASE")
    it.add_argument("--out", required=True, type=Path, metavar="FILE.pdf")
    it.add_argument("--paper", choices=["A4", "Letter"], default="A4")


def _export(it: argparse.ArgumentParser) -> None:
    it.set_defaults(module="export", act="export")
    it.add_argument("cases", nargs="+", metavar="CASE", help="one; several only as a reader study")
    it.add_argument("--format", required=True, choices=["fhir", "csv", "zip", "json", "reader-study"])
    it.add_argument("--out", required=True, type=Path, metavar="FILE")
    it.add_argument("--paper", choices=["A4", "Letter"], default="A4", help="fhir: of the PDF in it")
    it.add_argument("--only", nargs="+", default=[], metavar="CLASS", help="zip: crops of these classes alone")
    it.add_argument("--by-people", action="store_true", help="zip: only crops of cells that a person named")
    it.add_argument("--key", type=Path, metavar="FILE.csv", help="reader-study: who is who, in a file of its own")


def _robustness(it: argparse.ArgumentParser) -> None:
    it.set_defaults(module="robustness", act="robustness")
    it.add_argument("case", metavar="CASE")
    many = it.add_mutually_exclusive_group()
    many.add_argument("--cells", type=_cases, default=300, metavar="N", help="most cells to test (300)")
    many.add_argument("--all", action="store_true", help="test every cell")
    it.add_argument("--seed", type=int, default=0, metavar="N", help="another draw of cells and surroundings (0)")
    it.add_argument("--curves", action="store_true", help="worse pictures in place of other surroundings")
    it.add_argument("--json", action="store_true", help="the whole result as JSON")


def _case(it: argparse.ArgumentParser) -> None:
    acts = it.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = acts.add_parser("list", help="cases, newest first")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(module="cases", act="listing")
    export = acts.add_parser("export", help="one case with everything in it, as one ZIP")
    export.add_argument("case", metavar="CASE")
    export.add_argument("--out", required=True, type=Path, metavar="FILE.zip")
    export.set_defaults(module="cases", act="export")
    bring = acts.add_parser("import", help="a case from such a ZIP")
    bring.add_argument("file", type=Path, metavar="FILE.zip")
    bring.set_defaults(module="cases", act="bring")
    signed = acts.add_parser("sign-state", help="signed, void or draft: by whom, over which content, why")
    signed.add_argument("case", metavar="CASE")
    signed.set_defaults(module="cases", act="sign_state")
    delete = acts.add_parser("delete", help="remove a case and its images; the trail keeps that it was there")
    delete.add_argument("case", metavar="CASE")
    delete.add_argument("--reason", required=True, help="kept in the audit trail; no names")
    delete.set_defaults(module="cases", act="delete")


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a date as 2026-11-21; found {text!r}") from None


def _cut(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    try:
        cut = float(value)
    except ValueError:
        cut = math.nan
    if not name or not math.isfinite(cut):
        raise argparse.ArgumentTypeError(f"MARKER=NUMBER is needed, as CD16=2.8; got {text!r}")
    return name, cut


def _scale(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.005 <= value <= 20:
        raise argparse.ArgumentTypeError(f"expected µm per pixel between 0.005 and 20; found {text!r}")
    return value


def _cases(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 10000; found {text!r}")
    return int(text)


def _bootstraps(text: str) -> int:
    if not text.isdecimal() or not 100 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"expected a whole number from 100 to 100000; found {text!r}")
    return int(text)
