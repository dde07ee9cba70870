"""The study's figures as one page of Markdown, the published ones beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from models.imaging.backgrounds import Setting
from models.studies import trained
from models.studies.separability import FEWEST, GOAL

SETTINGS = tuple(s.value for s in Setting)
PUBLISHED = {  # Gupta, Moses and Lu, MLCB 2025 (PMLR 311), in the order of SETTINGS
    "PIFiA": (0.946, 0.939, 0.843, 0.902, 0.883),
    "Paired Cell Inpainting": (0.916, 0.930, 0.772, 0.876, 0.869),
    "DeepLoc": (0.713, 0.746, 0.612, 0.689, 0.677),
}
BETWEEN = "other-class beside same-class"
NAMES = {
    "smear": "real stained cells",
    "unstained": "simulated unstained cells",
    "panels": "real unstained cells",
    "drawn": "drawn stained cells",
}
HEAD = """# Does the background decide?

Written by `python -m models.studies.background`; no figure of ours is typed in by hand. Question and settings are
those of Gupta, Moses and Lu (MLCB 2025, PMLR 311): the cell stays, pixel for pixel, and what surrounds it is left
as it is, taken from a donor of the same class, from a donor of another class, from a background without cells, or
masked out. Donors come from the same patient where the patient has one of the class. Composites are feathered over
three pixels outside the contour and brought to the crop's own glass, unless a row says otherwise. Intervals are 95 %,
from drawing patients (donors, drawn slides) anew with all their cells.
"""
CAUTIONS = """## What these figures are not

- The fifteen patients were in no training. The classifier's temperature was fitted on them, which changes no call, only
  probabilities. One laboratory, leukaemia patients, peripheral blood.
- A cell not found by the detector is left out. Contours are the detector's own, not an expert's: where one takes in a
  piece of a neighbour, the neighbour counts as cell.
- Other-class means, in the published protocol as we read it, that both classes of a pair stand on donors of a third.
  Our figures average every third class; the published notebook averages the first.
- The published figures are of yeast cells and of other models: how large such a gap can be, not who is better.
- Unstained cells are simulated but for 36, whose pictures were scaled each on its own. The label-free network is shown
  no contour, so that moving one changes nothing where nothing is masked.
- The simulated contour is the cell's own edge. The bright and dark rim that diffraction lays around it lies outside, so
  that masking cuts it off, which is likely what masking costs there: compare the contours moved outwards.
- Variants trained with and without centre–border regularisation and background swap are in the table only where
  `--variants` found their weights (`python -m models.training.ablation --keep`). The shipped classifier was trained
  with background swap and an empty border, without the second view.
- Frozen ImageNet features (EfficientNet-Lite0; B0's weights cannot be had without a download) are asked too. Where
  their row is missing from the first table, their lines had not been fitted yet when this page was written.
- Intervals draw the tested patients anew; the folds and the lines that were learned stay as they are. How else they
  might have come out is in none of them, so that they are rather too narrow.
- "Masked" fills with the crop's own glass, which is measured outside the contour: a trace of the surroundings that a
  slide shares. With the slide's glass as a given colour nothing of them is left.
"""


def plain(of: Any) -> Any:
    """A figure or a table of them as JSON holds it."""
    if is_dataclass(of) and not isinstance(of, type):
        return {f.name: plain(getattr(of, f.name)) for f in fields(of)}
    if isinstance(of, Mapping):
        return {str(k): plain(v) for k, v in of.items()}
    if isinstance(of, list | tuple):
        return [plain(v) for v in of]
    return of


def page(reports: Mapping[str, Any], filling: Mapping[str, Any] | None = None) -> str:
    """Everything there is, set by set; `filling`: what `models.studies.filled` found."""
    parts = [HEAD, *_cells(reports), *_separability(reports), *_flips(reports), *_contours(reports)]
    return "\n".join([*parts, *_classes(reports), *_trained(reports), *_ratios(reports), *_filled(filling), CAUTIONS])


def _cells(reports: Mapping[str, Any]) -> Iterator[str]:
    yield "## Cells\n"
    yield (
        "n = min(most, available) of each class, in turn from its patients; the paper took min(1000, available). "
        f"Classes with fewer than {FEWEST} cells neither take part in pairs nor give backgrounds.\n"
    )
    for kind, told in reports.items():
        taken = ", ".join(f"{c} {n} of {told['available'][c]}" for c, n in told["drawn"].items())
        yield f"- **{NAMES[kind]}** ({told['about']}): {told['cells']} cells. {taken}."
    yield ""


def _separability(reports: Mapping[str, Any]) -> Iterator[str]:
    yield "## Can two classes still be told apart?\n"
    yield (
        "Linear support-vector classifier on the model's features, five folds, per pair of classes; mean over pairs of "
        "the mean of both recalls, in per cent. `same − other` is the drop in points; the goal for the shipped "
        f"classifier is {100 * GOAL:.1f}.\n"
    )
    ours = (
        [
            who,
            row["folds"],
            row["learned"],
            *(_share(row["accuracy"][s], row["interval"][s]) for s in SETTINGS),
            _gap(row),
        ]
        for who, _, rows in _models(reports, "separability")
        for row in rows
    )
    where = "as published, on their own data"
    published = (
        [name, "stratified", where, *(f"{v:.3f}"[1:] for v in shown), f"{100 * (shown[1] - shown[2]):+.1f}"]
        for name, shown in PUBLISHED.items()
    )
    yield from _table(["model", "folds", "learned", *SETTINGS, "same − other"], (*ours, *published))
    for kind, told in reports.items():
        for name, rows in told["separability"].items():
            for row in (r for r in rows if r["folds"] == "by patient"):
                where = f"{name}, {NAMES[kind]}, by patient, learned {row['learned']} ({row['pairs']} pairs)"
                yield f"- {where}: {_verdict(row)}"
    yield ""


def _verdict(row: Mapping[str, Any]) -> str:
    low, high = row["gap_interval"]
    if high <= GOAL:
        return "within the goal, and so is its whole interval."
    if row["gap"] <= GOAL:
        return "within the goal; the interval reaches beyond it."
    return "over the goal, and so is its whole interval." if low > GOAL else "over the goal; the interval reaches it."


def _flips(reports: Mapping[str, Any]) -> Iterator[str]:
    yield "## What the models' own calls do\n"
    yield (
        "Beside the unaltered crops. Cutting a cell out and laying it elsewhere has an effect of its own, so "
        "other-class composites are set beside same-class ones too. Every cell counts for as many of its class as it "
        "was drawn from. The composite is CBLC-3 for stained cells and granulocytes for unstained ones. "
        "Unmatched: without bringing the background's light to the crop's.\n"
    )
    head = ["model", "setting", "calls flipped, %", "composite probability moved by", "weighted F1", "change of F1"]
    yield from _table(
        head,
        (
            [who, key.replace("_", ", "), *_measured(row)]
            for who, _, arms in _models(reports, "flips")
            for key, row in arms.items()
            if "moved" not in key
        ),
    )


def _contours(reports: Mapping[str, Any]) -> Iterator[str]:
    yield "## When the contour is a little wrong\n"
    yield (
        "The contour moved outwards (+) or inwards (−), in pixels of the picture. Masked crops are compared with "
        "masked crops along the contour as it is, unaltered ones with unaltered ones (there the contour only says "
        "where glass is measured and how large the cell is).\n"
    )
    head = ["model", "setting", "moved by", "calls flipped, %", "composite probability moved by", "change of F1"]
    moved = (
        (who, key.partition("_moved"), _measured(row))
        for who, _, arms in _models(reports, "flips")
        for key, row in arms.items()
        if "_moved" in key
    )
    yield from _table(
        head,
        ([who, setting, f"{int(by):+d} px", *told[:2], told[3]] for who, (setting, _, by), told in moved),
    )


def _classes(reports: Mapping[str, Any]) -> Iterator[str]:
    yield "## Which classes flip\n"
    yield "Per cent of the cells of each class (the expert's) whose call changes.\n"
    shown = [s for s in SETTINGS if s != Setting.UNALTERED]
    yield from _table(
        ["model", "class", "cells", *shown],
        (
            [who, label, str(count), *(f"{100 * arms[s]['by_class'][label]:.0f}" if s in arms else "" for s in shown)]
            for who, told, arms in _models(reports, "flips")
            for label, count in told["drawn"].items()
        ),
    )


def _trained(reports: Mapping[str, Any]) -> Iterator[str]:
    rows = [row for told in reports.values() for row in told.get("trained", ())]
    if not rows:
        return
    yield "## With and without what training does against it\n"
    yield (
        "The networks of the ablation (`python -m models.training.ablation --keep`), each asked once for its own calls "
        "on the real stained cells: mean ± standard deviation over seeds. Recall is the mean of the classes' recalls; "
        "`same − other` is what it loses from donors of the same class to donors of another, its interval by drawing "
        "patients anew. The goal of 1.5 points is for the shipped classifier.\n"
    )
    yield from _table(trained.head(), trained.lines(rows))
    yield from trained.verdict(rows)
    yield (
        "\nThese networks were trained for few steps, to be compared with one another; none is the shipped one. Three "
        "seeds tell the spread of training roughly, and all were asked about the same patients. The gap is that of "
        "their own calls; no lines between pairs of classes were fitted for them. Fewer flips are not more right "
        "calls: a network that looks less at the surroundings may still be wrong about the cell.\n"
    )


def _filled(filling: Mapping[str, Any] | None) -> Iterator[str]:
    if not filling:
        return
    yield "## The place where the donor was\n"
    yield (
        "Cells put back on their own surroundings, which were emptied and filled (`python -m models.studies.filled`): "
        "every call that changes is the filling's. The hole is the cell's own outline, which the cell covers again, or "
        "that with another cell's outline too, as where a donor is larger. `smooth, 2 px beyond` is the filling of all "
        "other figures here. Roughness is the local variance in the filling over that around it; 1 is alike.\n"
    )
    head = ["cells", "hole", "filling", "calls flipped", "in %", "roughness"]
    rows = ((NAMES[kind], row) for kind, told in filling.items() for row in told)
    yield from _table(
        head,
        (
            [name, row["hole"], row["filling"], f"{row['count']} of {row['cells']}", *_filling(row)]
            for name, row in rows
        ),
    )
    for kind, told in filling.items():
        smooth, pieces = ([row for row in told if row["filling"].startswith(name)][-1] for name in ("smooth", "pieces"))
        few = [row for row in told if row["filling"] == "pieces, 2 px beyond"][-1]
        yield (
            f"- {NAMES[kind]}, {smooth['hole']}: the smooth surface changes {smooth['count']} of {smooth['cells']} "
            f"calls, pieces {few['count']}, pieces after a wider rim was taken out {pieces['count']}."
        )
    yield (
        "\nPieces look more like a slide. Where they change no fewer calls it is not the smooth ring that renames "
        "cells, and the smooth surface stands; a wider rim takes away what lies close to the cell itself.\n"
    )


def _filling(row: Mapping[str, Any]) -> tuple[str, str]:
    return _share(*row["flipped"]), f"{row['roughness']:.2f}"


def _ratios(reports: Mapping[str, Any]) -> Iterator[str]:
    yield "## What that does to a ratio\n"
    yield (
        "Virtual patients of 200 cells, drawn from each patient's own cells of this study: their classes are as even "
        "as they were drawn, not the patient's mix. At +1 composite cells stand among composite "
        "cells and the others among others, at 0 the surroundings do not go with the class, at −1 every cell stands "
        "among the other kind. Mean absolute error of the ratio in points, over patients.\n"
    )
    told_of = {kind: told["proportions"] for kind, told in reports.items() if told["proportions"]}
    columns = ("on_them", "unaltered", "masked", "moved")
    yield from _table(
        ["model", "strength", "on those surroundings", "unaltered", "masked", "moved from unaltered by"],
        (
            [f"{told['model']}, {NAMES[kind]}, {told['patients']} patients", strength]
            + [_share(row[c]["mean"], row[c]["interval"]) for c in columns]
            for kind, told in told_of.items()
            for strength, row in told["by_strength"].items()
        ),
    )
    yield (
        "Each patient's cells all on surroundings of one class, or masked: how many patients' ratio leaves the 95 % "
        "interval (Wilson) of their unaltered cells, how many would if that ratio rested on 200 counted cells, and how "
        "far ratios move, in points. So few cells make wide intervals, so that the first column is mild; and one call "
        "of twenty-odd that flips by chance moves a ratio by 4 points or so, so that the second is too strict.\n"
    )
    yield from _table(
        ["cells", "surroundings", "outside, %", "outside at 200 cells, %", "mean move", "largest move"],
        (
            [f"{NAMES[kind]}, median {told['outside']['counted']['median']:.0f} counted", key]
            + [f"{100 * row[c]:.0f}" for c in ("outside", "outside_longer")]
            + [f"{100 * row['mean_move']:+.1f}", f"{100 * row['largest_move']:.1f}"]
            for kind, told in told_of.items()
            for key, row in told["outside"].items()
            if "outside" in row
        ),
    )


def _models(reports: Mapping[str, Any], part: str) -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    """Every model with every set it was asked about: its name with the set's, what is told of the set, and its own."""
    for kind, told in reports.items():
        for name, its in told[part].items():
            yield f"{name}, {NAMES[kind]}", told, its


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table of Markdown with an empty line after it."""
    yield _row(head)
    yield "|---" * len(head) + "|"
    yield from map(_row, rows)
    yield ""


def _measured(row: Mapping[str, Any]) -> list[str]:
    flipped, moved = _share(*row["flipped"]), _figure(*row["moved"])
    return [flipped, moved, _figure(*row["f1"]), f"{row['gained'][0]:+.3f} [{_signed(row['gained'][1])}]"]


def _signed(interval: Sequence[float]) -> str:
    return ", ".join(f"{v:+.3f}" for v in interval)


def _figure(value: float, interval: Sequence[float]) -> str:
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _share(value: float, interval: Sequence[float]) -> str:
    return f"{100 * value:.1f} [{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]"


def _gap(row: Mapping[str, Any]) -> str:
    low, high = row["gap_interval"]
    return f"{100 * row['gap']:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}]"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
