"""The report a person reads, in Markdown. Numbers come from the figures as they are; shares are printed in %."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.evaluate.figures import (
    CellFigures,
    CorrectedFigures,
    Evaluation,
    Figure,
    Group,
    IntervalFigures,
    ShareFigures,
)

NOTICE = "For Research Use Only. Not for use in diagnostic procedures."


def text(found: Evaluation) -> str:
    """The whole report."""
    lines = [
        f"# Evaluation of {found.source}",
        "",
        NOTICE,
        "",
        f"{found.cells.cells} labelled cells of {found.cells.patients} patients; vocabulary {found.vocabulary}, "
        f"denominator of {found.specimen}. In brackets: 95 % intervals from {found.replicates} bootstrap samples of "
        f"patients (seed {found.seed}).",
        *(f"\n**{warning}**" for warning in found.warnings),
        *_cells(found.cells),
        *(line for share in found.shares for line in _share(share)),
        *_diagnoses(found),
        *_groups(found.groups),
        *_confusion(found.cells),
    ]
    return "\n".join(lines) + "\n"


def plain(figure: Figure, digits: int = 3) -> str:
    """0.733 [0.701–0.765], or why not."""
    if figure.value is None:
        return figure.note or "not estimable"
    value = f"{figure.value:.{digits}f}"
    if figure.low is None or figure.high is None:
        return f"{value} ({figure.note})" if figure.note else value
    return f"{value} [{figure.low:.{digits}f} to {figure.high:.{digits}f}]"


def points(figure: Figure) -> str:
    """A share or a difference of shares in percentage points."""
    value, low, high = (None if v is None else 100 * v for v in (figure.value, figure.low, figure.high))
    return plain(Figure(value, low, high, figure.n, figure.note), 1)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table; a bar in a name must not make a column."""
    every = [list(head), ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(value).replace("|", "\\|") for value in row) + " |" for row in every]


def _cells(found: CellFigures) -> list[str]:
    rows = [
        ("weighted F1", plain(found.weighted_f1)),
        ("macro F1", plain(found.macro_f1)),
        ("accuracy", plain(found.accuracy)),
        ("CBLC vs rest, AUROC", plain(found.cblc_auroc)),
        ("blasts vs rest, AUROC", plain(found.blasts_auroc)),
        ("expected calibration error", plain(found.ece)),
        ("conformal sets: coverage of cells", plain(found.coverage)),
        ("conformal sets: mean coverage of patients", plain(found.coverage_by_patient)),
        ("conformal sets: classes in a set", plain(found.set_size, 2)),
        ("labelled cells not found", f"{found.not_found} of {found.cells}"),
    ]
    absent = ", ".join(found.absent) or "none"
    return [
        "\n## Cell by cell\n",
        *table(("figure", "value"), rows),
        "\nA cell that was not found is an error of its class. The macro mean holds the classes the expert gave at "
        f"least once; never given: {absent}.\n",
        *table(
            ("class", "labelled", "called", "precision", "recall", "F1"),
            [
                (c.code, c.support, c.called, plain(c.precision, 2), plain(c.recall, 2), plain(c.f1, 2))
                for c in found.classes
            ],
        ),
    ]


def _share(found: ShareFigures) -> list[str]:
    both, expert, called, below = found.agreement
    mark = f"≥ {found.mark:.0%}"
    rows = [
        ("Pearson r", plain(found.pearson)),
        ("mean absolute difference, points", points(found.mean_absolute)),
        ("Bland–Altman mean (predicted − expert), points", points(found.bias)),
        ("Bland–Altman limits, points", f"{points(found.low_limit)} and {points(found.high_limit)}"),
        (f"agreement on {mark}, κ", plain(found.kappa)),
        (f"{mark}: both / expert only / prediction only / neither", f"{both} / {expert} / {called} / {below}"),
        ("patients whose expert share lies outside the predicted share's interval, %", points(found.moved)),
    ]
    lines = [f"\n## Patient by patient: {found.name}, {found.patients} patients\n", *table(("figure", "value"), rows)]
    if found.intervals:
        draws = max(i.draws for i in found.intervals)
        how = f"drawn {draws} times by chance and averaged by patient" if draws > 1 else "as the cells lay on the smear"
        lines += [
            f"\nIntervals of 95 %, each patient by the confusion of all others; halves {how}. The other half is itself "
            "a sample: compare with the expert's own row, not with 95 %.\n",
            *_intervals(found.intervals),
        ]
    lines += _corrected(found.corrected) if found.corrected else []
    for other in found.by_other_confusions:
        lines += [f"\n### {found.name} by the confusion of {other.source}\n", *_intervals(other.intervals)]
        lines += _corrected(other.corrected)
    return lines


def _intervals(found: Sequence[IntervalFigures]) -> list[str]:
    return [
        *table(
            ("interval", "patients", "coverage, %", "mean width, points", "interval score, points"),
            [(i.name, i.patients, points(i.coverage), points(i.width), points(i.score)) for i in found],
        ),
        *(f"\n{n} patients without {i.name}: {why}." for i in found for why, n in i.withheld.items()),
    ]


def _corrected(found: CorrectedFigures) -> list[str]:
    if not found.patients:
        return ["\nCorrected for the classifier's confusion: not estimable."]
    rows = []
    for name in ("raw", "acc", "pacc"):
        change = points(found.change_of_bias[name]) if name in found.change_of_bias else ""
        less = points(found.change_of_difference[name]) if name in found.change_of_difference else ""
        verdict = found.verdict.get(name, "")
        rows.append((name.upper(), points(found.bias[name]), change, points(found.difference[name]), less, verdict))
    head = ("share", "bias", "change of its size", "mean absolute difference", "its change", "did bias fall?")
    return [f"\nCorrected and raw on {found.patients} patients, points:\n", *table(head, rows)]


def _diagnoses(found: Evaluation) -> list[str]:
    if not found.diagnoses:
        return ["\n## Diagnoses\n", "Not estimable: no diagnosis column."]
    rows = [
        (
            d.name,
            d.score,
            f"{d.positive} / {d.negative}",
            plain(d.auroc),
            plain(d.sensitivity, 2) if d.sensitivity else "",
            plain(d.specificity, 2) if d.specificity else "",
        )
        for d in found.diagnoses
    ]
    head = ("question", "by", "patients yes / no", "AUROC", "sensitivity", "specificity")
    return ["\n## Diagnoses\n", *table(head, rows)]


def _groups(groups: Sequence[Group]) -> list[str]:
    if not groups:
        return []
    rows = []
    for g in groups:
        cells = (plain(g.cells.weighted_f1), plain(g.cells.macro_f1), plain(g.cells.cblc_auroc), plain(g.cells.ece))
        shares = (value for s in g.shares for value in (plain(s.pearson), points(s.mean_absolute)))
        rows.append((f"{g.kind}: {g.name}", g.cells.patients, g.cells.cells, *cells, *shares))
    names = [name for s in groups[0].shares for name in (f"{s.name}: r", f"{s.name}: mean absolute difference, points")]
    head = ("group", "patients", "cells", "weighted F1", "macro F1", "CBLC AUROC", "calibration error", *names)
    return ["\n## Groups\n", *table(head, rows)]


def _confusion(found: CellFigures) -> list[str]:
    codes = [c.code for c in found.classes]
    rows = [(code, *(value or "·" for value in row)) for code, row in zip(codes, found.confusion, strict=True)]
    return ["\n## Confusion (rows: the expert)\n", *table(("", *codes, "not found"), rows)]
