"""Does the background decide? The protocol of Gupta, Moses and Lu (2025) on the shipped models, and on their ratios.

    python -m models.studies.background                 everything; goes on where it stopped
    python -m models.studies.background --only smear    one set of cells, or several
    python -m models.studies.background --variants .checkpoints/ablation     the ablation's kept networks too
    python -m models.studies.background --table         writes docs/background-robustness.md from what is there

Needs the real crops (`--root`) for the set 'smear' alone. Answers of the models are kept in `.checkpoints/background/`
by setting, so a run that ends early loses one setting at most.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.imaging import backgrounds, filling
from models.studies import background_table, composites, flips, proportions, separability, subjects, trained
from models.studies.composites import Arm, Composites
from models.studies.readers import Answers, ImageNet, Reader, Stained, Unstained, Variant
from models.studies.subjects import FOLDER, Subjects
from models.synthesis import background_bank
from models.training.classifier_figures import CBLC
from models.training.recipe import LABELS
from models.training.sources import ROOT

PAGE = Path("docs/background-robustness.md")
FILLING = "filling-report.json"  # of models.studies.filled
MOST = {"smear": 40, "unstained": 120, "panels": 12, "drawn": 12}  # cells of one class; the paper took up to 1,000
CHUNK = 64
_CBLC = tuple(LABELS[k] for k in CBLC)
COMPOSITE = {
    "smear": _CBLC,
    "drawn": _CBLC,
    "unstained": ("granulocyte",),
    "panels": ("granulocyte",),
}  # what the ratio counts
Sets = dict[str, Callable[[int], Subjects]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A reader and what it is asked: about pairs of classes and ratios (donors of each class), or for its own calls."""

    reader: Reader
    classes: bool = False
    calls: bool = False
    changes: bool = False  # colours unmatched, contours moved

    def arms(self, cells: Subjects) -> tuple[Arm, ...]:
        own = composites.SETTINGS if self.calls else _ALONE
        more = composites.on_each(classes(cells)) if self.classes else ()
        return (*own, *more, *((*composites.UNMATCHED, *composites.MOVED) if self.changes else ()))


_ALONE = tuple(Arm(s) for s in backgrounds.Setting if s not in backgrounds.DONATED)


def plan(kind: str, variants: Path | None = None) -> list[Asked]:
    """Who is asked what of a set. Donors of every class are many crops: there the classifier sees each crop once."""
    if kind == "unstained":
        return [Asked(Unstained(), classes=True, calls=True, changes=True)]
    if kind == "panels":
        return [Asked(Unstained(), calls=True)]
    once = Asked(Stained(once=True), classes=True)
    if kind == "drawn":
        return [once]
    files = sorted(variants.glob("network-*.pt")) if variants else []
    more = [Asked(Variant(file), calls=True) for file in files]  # a dozen: for their own calls alone
    return [Asked(Stained(), calls=True, changes=True), once, Asked(ImageNet(), classes=True), *more]


def classes(cells: Subjects) -> tuple[str, ...]:
    """Those with enough cells to take part, and to give backgrounds."""
    return tuple(c for c in cells.classes if (cells.labels == c).sum() >= separability.FEWEST)


def asked(cells: Subjects, who: Sequence[Asked], folder: Path) -> None:
    """Every reader's answers on its arms, each kept as it is there; what is there already is not asked again."""
    made = Composites(cells)
    arms = {arm.key: arm for one in who for arm in one.arms(cells)}
    for arm in arms.values():
        missing = [
            one.reader for one in who if arm in one.arms(cells) and not kept_at(folder, one.reader, arm).is_file()
        ]
        if not missing:
            continue
        began = time.perf_counter()
        for reader, answers in _read(cells, missing, made, arm).items():
            _keep(kept_at(folder, reader, arm), answers)
        print(f"{cells.name} {arm.key}: {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)


def _read(cells: Subjects, who: Sequence[Reader], made: Composites, arm: Arm) -> dict[Reader, list[Answers]]:
    """An arm's crops, drawn once for all readers."""
    found: dict[Reader, list[Answers]] = {reader: [] for reader in who}
    chunk: list[tuple[Any, Any]] = []
    for k, crop in enumerate(made.shown(arm)):
        chunk.append(crop)
        if len(chunk) == CHUNK or k + 1 == len(cells):
            pictures, masks = (list(column) for column in zip(*chunk, strict=True))
            scales = cells.um_per_px[k + 1 - len(chunk) : k + 1]
            for reader in who:
                found[reader].append(reader.read(pictures, masks, scales))
            chunk = []
    return found


def kept_at(folder: Path, reader: Reader, arm: Arm) -> Path:
    return folder / f"{reader.digest[:12]}-{arm.key}.npz"


def _keep(file: Path, parts: Sequence[Answers]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".part.npz")
    np.savez(
        half,
        features=np.concatenate([p.features for p in parts]).astype(np.float16),
        probabilities=np.concatenate([p.probabilities for p in parts]).astype(np.float32),
    )
    half.replace(file)


def answers(folder: Path, reader: Reader, arm: Arm) -> Answers:
    with np.load(kept_at(folder, reader, arm)) as file:
        return Answers(file["features"].astype(np.float32), file["probabilities"])


def reported(cells: Subjects, who: Sequence[Asked], folder: Path, composite: Sequence[str]) -> dict[str, Any]:
    """Everything that the page says of one set."""
    told: dict[str, Any] = {
        "about": cells.about,
        "cells": len(cells),
        "patients": len(np.unique(cells.patients)),
        "drawn": {c: int((cells.labels == c).sum()) for c in cells.classes},
        "available": cells.available,
        "separability": {},
        "flips": {},
        "proportions": {},
        "trained": [],
    }
    for one in who:
        name = one.reader.name
        if isinstance(one.reader, Variant):
            said = {s: answers(folder, one.reader, Arm(s)).probabilities for s in backgrounds.Setting}
            row = trained.measured(cells, said, one.reader.labels, one.reader.part, one.reader.seed)
            told["trained"].append(row)
            continue
        if one.classes and cells.name != "drawn":  # drawn cells are of one program: their classes are easy
            told["separability"][name] = _separated(cells, one.reader, folder)
        if one.calls:
            told["flips"][name] = _flipped(cells, one, folder, composite)
        if one.classes and one.reader.labels and not told["proportions"]:
            told["proportions"] = _proportions(cells, one.reader, folder, composite) | {"model": name}
    return told


def _separated(cells: Subjects, reader: Reader, folder: Path) -> list[Any]:
    """Asked once: it is the longest of what is reckoned from the answers."""
    code = hashlib.sha256(Path(str(separability.__file__)).read_bytes()).hexdigest()[:10]
    file = folder / f"{reader.digest[:12]}-separability-{code}.json"
    if not file.is_file():
        told = separability.separated(_shown(cells, reader, folder), cells.labels, cells.patients)
        file.write_text(json.dumps(background_table.plain(told)), encoding="utf-8")
    return list(json.loads(file.read_text(encoding="utf-8")))


def _shown(cells: Subjects, reader: Reader, folder: Path) -> separability.Shown:
    unaltered, free, masked = (answers(folder, reader, arm).features for arm in _ALONE)
    on = {arm.on: answers(folder, reader, arm).features for arm in composites.on_each(classes(cells))}
    return separability.Shown(unaltered, on, free, masked)


def _flipped(cells: Subjects, one: Asked, folder: Path, composite: Sequence[str]) -> dict[str, Any]:
    """Every arm beside the unaltered crops; masked crops with a moved contour beside masked crops as they are.

    Other-class composites stand beside same-class ones too: both are cut out alike, only the donors' class differs.
    """
    found = {}
    for arm in one.arms(cells):
        if arm.on:
            continue
        moved = arm.moved and arm.setting is backgrounds.Setting.MASKED
        before = answers(folder, one.reader, Arm(arm.setting) if moved else composites.UNALTERED).probabilities
        after = answers(folder, one.reader, arm).probabilities
        told = flips.flips(before, after, cells.labels, one.reader.labels, cells.patients, cells.stands_for, composite)
        found[arm.key] = background_table.plain(told)
    before, after = (answers(folder, one.reader, Arm(s)).probabilities for s in backgrounds.DONATED)
    told = flips.flips(before, after, cells.labels, one.reader.labels, cells.patients, cells.stands_for, composite)
    found[background_table.BETWEEN] = background_table.plain(told)
    return found


def _proportions(cells: Subjects, reader: Reader, folder: Path, composite: Sequence[str]) -> dict[str, Any]:
    named = {arm.on: answers(folder, reader, arm).probabilities for arm in composites.on_each(classes(cells))}
    calls = proportions.Calls(
        answers(folder, reader, composites.UNALTERED).probabilities,
        answers(folder, reader, Arm(backgrounds.Setting.MASKED)).probabilities,
        named,
        tuple(reader.labels),
    )
    return proportions.study(calls, cells.labels, cells.patients, composite)


def digest(most: int) -> str:
    """Of everything that decides what a set shows: other code, other crops."""
    sources = [Path(str(m.__file__)).read_bytes() for m in (backgrounds, filling, background_bank, composites)]
    return hashlib.sha256(b"".join([*sources, str(most).encode()])).hexdigest()[:10]


def run(kind: str, most: int, root: Path, folder: Path, variants: Path | None = None) -> dict[str, Any]:
    """One set: its cells, every answer, and what is reported of it."""
    home = folder / f"{kind}-{most}"
    cells = subjects.read(kind, home)
    if cells is None:
        began = time.perf_counter()
        makers: Sets = {
            "smear": lambda n: subjects.stained(n, root),
            "drawn": subjects.drawn,
            "unstained": subjects.unstained,
            "panels": lambda _: subjects.panels(root),
        }
        cells = makers[kind](most)
        subjects.kept(cells, home)
        print(f"{kind}: {len(cells)} cells, {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    who = plan(kind, variants)
    place = home / digest(most)
    asked(cells, who, place)
    told = reported(cells, who, place, COMPOSITE[kind])
    (folder / f"{kind}-report.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=tuple(MOST), default=tuple(MOST))
    parser.add_argument("--most", type=int, help="cells of one class, in place of " + json.dumps(MOST))
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--variants", type=Path, help="folder of the ablation's kept networks")
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--table", action="store_true", help="write the page from what is there; ask nothing")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if not options.table:
        for kind in options.only:
            run(kind, options.most or MOST[kind], options.root, options.folder, options.variants)
    reports = {
        kind: json.loads((options.folder / f"{kind}-report.json").read_text(encoding="utf-8"))
        for kind in MOST
        if (options.folder / f"{kind}-report.json").is_file()
    }
    if not reports:
        sys.exit(f"Expected reports in {options.folder}; found none. Run this without --table first.")
    beside = options.folder / FILLING
    filling = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else None
    options.page.write_text(background_table.page(reports, filling), encoding="utf-8")
    print(f"wrote {options.page}")


if __name__ == "__main__":
    main()
