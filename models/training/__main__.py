"""`python -m models.training`: a site's own annotated pictures, checked, and networks trained on them.

    python -m models.training check      --data crops/                             what is there, and what is wrong
    python -m models.training classifier --data cells.csv --out site/ --epochs 20
    python -m models.training detector   --data fields/   --out site/ --minutes 30
    python -m models.training contours   --data fields/   --out site/ --minutes 20

Data, layouts and what comes out: docs/training.md.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from models.training import site_cells, site_fields
from models.training.site_data import PARTS, Classes, Site, SiteCell, SiteRefused, split

OK, USAGE, BAD_INPUT, INTERRUPTED = 0, 2, 4, 130
SHOWN = 20  # problems printed before the rest is counted
WIDE = 12  # patients that have a column of their own


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="python -m models.training",
        description="Networks for a site, trained on its own annotated pictures. Research use only.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="what is in the data, and what is wrong with it")
    _data(check)
    check.add_argument(
        "--kind", choices=("cells", "fields"), help="crops with classes, or fields with outlines or boxes"
    )
    classifier = commands.add_parser("classifier", help="names cells: crops with classes in, weights and card out")
    _data(classifier)
    _out(classifier)
    classifier.add_argument("--epochs", type=_positive, default=20.0, help="times each crop is seen (default: 20)")
    classifier.add_argument(
        "--outlines", default="", metavar="MODEL", help="whose outlines cut the crops (default: the best installed)"
    )
    for name, minutes, what in (("detector", 30.0, "finds cells"), ("contours", 20.0, "draws the outlines of cells")):
        command = commands.add_parser(name, help=f"{what}: fields with outlines or boxes in, weights and card out")
        _data(command)
        _out(command)
        command.add_argument("--minutes", type=_positive, default=minutes, help=f"of training (default: {minutes:g})")
    return top


def _data(it: argparse.ArgumentParser) -> None:
    it.add_argument("--data", type=Path, required=True, metavar="PATH", help="folder, CSV, Parquet or COCO file")
    it.add_argument("--classes", type=Path, metavar="MAP.toml", help="the site's words for classes, as codes")
    it.add_argument("--one-patient-per-file", action="store_true", help="no two pictures are of one patient")


def _out(it: argparse.ArgumentParser) -> None:
    it.add_argument("--out", type=Path, required=True, metavar="DIR", help="a folder of the site for card and weights")
    it.add_argument(
        "--start",
        default="",
        metavar="DIR",
        help="card and weights to go on from: a folder, 'shipped' or 'none' (default: in --out, else shipped)",
    )
    it.add_argument("--threads", type=int, default=0, help="CPU threads (default: one for each core)")


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e5:
        raise argparse.ArgumentTypeError(f"expected a number above 0; found {text!r}")
    return value


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0 done, 2 not understood, 4 the data or a model will not do."""
    options = parser().parse_args(argv)
    from models.registry import ModelRefused

    try:
        return _check(options) if options.command == "check" else _train(options)
    except (SiteRefused, ModelRefused) as error:
        say(f"{parser().prog}: {error}")
        return BAD_INPUT
    except KeyboardInterrupt:
        say("Stopped; the same command goes on from the last checkpoint.")
        return INTERRUPTED


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _check(options: argparse.Namespace) -> int:
    site = _read(options, options.kind or _kind(options.data))
    print(summary(site))
    return _told(site)


def _kind(data: Path) -> str:
    """Fields have text files or a COCO file; crops have neither."""
    if data.suffix.lower() == ".json" or (
        data.is_dir() and (any(data.rglob("*.txt")) or (data / "data.yaml").is_file())
    ):
        return "fields"
    return "cells"


def _read(options: argparse.Namespace, kind: str) -> Site:
    if kind == "fields":
        return site_fields.read(options.data, options.classes, options.one_patient_per_file)
    return site_cells.read(options.data, Classes.read(options.classes), options.one_patient_per_file)


def _told(site: Site) -> int:
    """Everything that is wrong on stderr, what stops a training first."""
    ordered = [*site.stops, *(problem for problem in site.problems if not problem.stops)]
    for problem in ordered[:SHOWN]:
        say(f"{'PROBLEM' if problem.stops else 'note'}  {problem}")
    if len(ordered) > SHOWN:
        say(f"… and {len(ordered) - SHOWN} more.")
    if site.stops:
        say(f"{len(site.stops)} problem(s): nothing can be trained until they are mended.")
    return BAD_INPUT if site.stops else OK


def _train(options: argparse.Namespace) -> int:
    site = _read(options, "cells" if options.command == "classifier" else "fields")
    if _told(site) != OK:
        return BAD_INPUT
    from models.training import site_card  # torch only once the data are in order

    site_card.place(options.out)
    _threads(options.threads)
    if options.command == "classifier":
        from models.training import site_classifier

        outlines = options.outlines or ("cell-detector" if site_card.shipped("cell-detector") else "baseline-detector")
        start = site_card.start(options.start, options.out, site_classifier.NAME)
        card = site_classifier.train(site, site_classifier.Wish(options.out, options.epochs, outlines, start), say)
    else:
        from models.training import site_detector

        start = site_card.start(options.start, options.out, site_detector.NAME)
        wish = site_detector.Wish(options.out, options.minutes, start)
        card = (site_detector.finder if options.command == "detector" else site_detector.outliner)(site, wish, say)
    for key, value in card.figures["held_out_patients"].items():
        if not isinstance(value, dict) and key != "confusion":
            print(f"{key:28} {value}")
    print(f"{options.out / card.weights} and {card.name}.toml, SHA-256 {card.sha256}")
    return OK


def _threads(wanted: int) -> None:
    import cv2
    import torch

    cv2.setNumThreads(1)
    if wanted > 0:
        torch.set_num_threads(wanted)


def summary(site: Site) -> str:
    """Classes × patients for crops; fields and cells of each patient for fields."""
    items = site.items
    if not items:
        return "Nothing usable was found."
    patients = list(dict.fromkeys(item.patient or "(none)" for item in items))
    if isinstance(items[0], SiteCell):
        counts = Counter((item.label, item.patient or "(none)") for item in items)  # type: ignore[union-attr]
        labels = sorted({label for label, _ in counts})
        wide = patients if len(patients) <= WIDE else []
        rows = [["class", "cells", "patients", *wide]]
        for label in labels:
            its = [counts[label, p] for p in patients]
            rows.append([label, str(sum(its)), str(sum(n > 0 for n in its)), *(str(counts[label, p]) for p in wide)])
        rows.append(["all", str(len(items)), str(len(patients)), *(
            str(sum(counts[label, p] for label in labels)) for p in wide)])  # fmt: skip
    else:
        rows = [["patient", "fields", "cells", "outlined"]]
        for patient in patients:
            its = [item for item in items if (item.patient or "(none)") == patient]
            cells = sum(len(item.boxes) for item in its)  # type: ignore[union-attr]
            drawn = sum(len(item.contours or ()) for item in its)  # type: ignore[union-attr]
            rows.append([patient, str(len(its)), str(cells), str(drawn)])
    parts = () if site.stops else PARTS if isinstance(items[0], SiteCell) else site_fields.PARTS
    lines = [_line(row, rows) for row in rows]
    if parts:
        split_of = Counter(split(items, parts).values())
        lines.append("patients: " + ", ".join(f"{part} {split_of[part]}" for part in parts))
    return "\n".join(lines)


def _line(row: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(r[k]) for r in rows) for k in range(len(row))]
    return "  ".join(
        cell.ljust(w) if k == 0 else cell.rjust(w) for k, (cell, w) in enumerate(zip(row, widths, strict=True))
    )


if __name__ == "__main__":
    sys.exit(main())
