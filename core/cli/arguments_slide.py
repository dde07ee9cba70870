"""What may be asked for of whole slides on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.records import Specimen
from core.slides.fields import Region


def slide(it: argparse.ArgumentParser) -> None:
    acts = it.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = acts.add_parser("show", help="what it is, its levels and scale, and where cells might be counted")
    show.add_argument("file", type=Path, metavar="FILE", help="the slide, or the folder of a DICOM one")
    show.add_argument("--um-per-px", type=_scale, metavar="X", help="where the file does not say it")
    show.add_argument("--json", action="store_true", help="as JSON")
    show.set_defaults(module="slide", act="show")
    add = acts.add_parser("add", help="copy a slide into the store, for a case")
    add.add_argument("case", metavar="CASE", help="its id; 'new' makes one")
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument("--um-per-px", type=_scale, metavar="X", help="where the file does not say it")
    add.add_argument("--specimen", choices=[s.value for s in Specimen], help="of a new case")
    add.add_argument("--pseudonym", default="not stated", help="of a new case; never a name")
    add.add_argument("--synthetic", action="store_true", help="of a new case: drawn by a program")
    add.set_defaults(module="slide", act="add")
    _analyse(
        acts.add_parser("analyse", help="count the cells of a case's slide: regions, order and end declared first")
    )
    draw = acts.add_parser("draw", help="a synthetic slide, and beside it where its cells lie")
    draw.add_argument("out", type=Path, metavar="FILE.tif")
    draw.add_argument("--side", type=int, default=20_000, metavar="N", help="pixels (20000)")
    draw.add_argument("--seed", type=int, default=0, metavar="N")
    draw.set_defaults(module="slide", act="draw")


def _analyse(it: argparse.ArgumentParser) -> None:
    it.add_argument("case", metavar="CASE")
    it.add_argument("--slide", default="", metavar="ID", help="which, where the case has several")
    it.add_argument(
        "--region", type=_region, action="append", default=[], metavar="X,Y,WIDTH,HEIGHT",
        help="in the slide's own pixels; may be repeated; left out: the proposed ones",
    )  # fmt: skip
    it.add_argument("--order", choices=["random", "best"], default="random", help="of the fields (random)")
    it.add_argument("--seed", type=int, default=0, metavar="N", help="of the random order (0)")
    it.add_argument("--cells", type=int, metavar="N", help="end at so many counted cells")
    it.add_argument("--width", type=float, metavar="W", help="end when the anytime-valid interval is no wider")
    it.add_argument("--share", choices=["cblc", "blasts"], default="cblc", help="of which share that interval is")
    it.set_defaults(module="slide", act="analyse")


def _region(text: str) -> Region:
    parts = text.split(",")
    if len(parts) != 4 or not all(part.strip().isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"expected X,Y,WIDTH,HEIGHT in whole pixels; found {text!r}")
    x, y, width, height = map(int, parts)
    return Region(x, y, width, height)


def _scale(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.02 <= value <= 5:
        raise argparse.ArgumentTypeError(f"expected µm per pixel between 0.02 and 5; found {text!r}")
    return value
