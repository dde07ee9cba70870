"""The page of `models.training.label_free.realism`: words, a table, two curves as a vector drawing of our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, GAP = 420, 240, 46
COLOURS = {"real": "#1b6ca8", "simulated": "#c2571a", "hl60": "#5a8f3c"}
NAMES = {"real": "real panels", "simulated": "simulated", "hl60": "HL60, imaged"}


def written(found: Mapping[str, Any], page: Path) -> None:
    """The page and the chart beside it."""
    page.with_suffix(".svg").write_text(_chart(found), encoding="utf-8")
    apart, spread = found["real_versus_simulated"], found["percentiles_over_background"]
    rows = "\n".join(
        f"| {name} percentile | {_range(published)} | {_range(made)} | {median:.2f} |"
        for name, published, made, median in zip(
            ("0.5th", "99.5th"),
            spread["published_range"],
            spread["simulated_middle_90_percent"],
            spread["simulated_median"],
            strict=True,
        )
    )
    page.write_text(
        f"""# How real the simulated label-free cells are

Made by `python -m models.training.label_free.realism`. The label-free network is trained on simulated cells
(`models/synthesis/`: phase maps imaged by an Abbe sum of BSCCM's ring of diodes). What it is worth on real cells hangs
on how like real ones they are. The reference is small: {found["real_panels"]} DPC_Left panels from published BSCCM
figures, each scaled on its own, so that absolute brightness is lost; simulated panels were treated alike.

**A logistic regression on levels and power spectrum tells real from simulated panels with an AUROC of
{apart["auroc"]:.3f} [{apart["interval"][0]:.3f}–{apart["interval"][1]:.3f}]** (five folds, ten times; .5 would mean
that it cannot, 1 that it always can): {apart["by_levels_alone"]["auroc"]:.3f} by the levels alone,
{apart["by_spectrum_alone"]["auroc"]:.3f} by the spectrum alone. Every figure measured on simulated cells is to be read
beside this one.

| right view over its background | published, real cells | simulated, middle 90 % | median |
|---|---|---|---|
{rows}

![Left: how often each grey level occurs. Right: power by spatial frequency.]({page.with_suffix(".svg").name})

Bands and lines of the right chart are the 10th, 50th and 90th percentile over panels. The green line is one measured
HL60 cell (peak phase {found["hl60_peak_phase"]:.1f} rad at 515 nm) from twelve sides, imaged by the same Abbe sum: its
texture is real, its optics are ours.

Kinds of cells, sizes and indices come from textbook ranges and from the look of the panels taken together. They were
frozen before the first training (simulator `{found["simulator"][:12]}`), and not changed after it.
""",
        encoding="utf-8",
    )


def _range(ends: Sequence[float]) -> str:
    return f"{ends[0]:.2f}–{ends[1]:.2f}"


def _chart(found: Mapping[str, Any]) -> str:
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * (WIDTH + GAP) + 20} {HEIGHT + 84}" '
        'font-family="sans-serif" font-size="12" fill="#444">',
        f'<rect width="{2 * (WIDTH + GAP) + 20}" height="{HEIGHT + 84}" fill="#fff"/>',
    ]
    levels = found["levels"]
    top = max(max(levels[name]) for name in levels)
    parts += _frame(GAP, "grey level of a panel (0 darkest, 1 brightest)", "share of pixels", (0, 1), (0, top))
    parts += [_line(GAP, levels[name], (0, top), COLOURS[name]) for name in levels]
    spectra = found["spectrum"]
    reach = (
        min(min(min(row) for row in rows) for rows in spectra.values()),
        max(max(max(row) for row in rows) for rows in spectra.values()),
    )
    left = WIDTH + 2 * GAP
    parts += _frame(left, "spatial frequency (share of the camera's limit)", "log₁₀ power", (0, 1), reach)
    for name, rows in spectra.items():
        if name != "hl60":
            parts.append(_band(left, rows[0], rows[2], reach, COLOURS[name]))
        parts.append(_line(left, rows[1], reach, COLOURS[name]))
    for k, name in enumerate(spectra):
        x = GAP + 10 + 150 * k
        parts.append(f'<rect x="{x}" y="{HEIGHT + 64}" width="18" height="4" fill="{COLOURS[name]}"/>')
        parts.append(f'<text x="{x + 24}" y="{HEIGHT + 70}">{NAMES[name]}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _place(left: float, values: Sequence[float], reach: tuple[float, float]) -> list[str]:
    low, high = reach
    step = WIDTH / max(len(values) - 1, 1)
    return [
        f"{left + k * step:.1f},{10 + HEIGHT * (1 - (value - low) / (high - low)):.1f}"
        for k, value in enumerate(values)
    ]


def _line(left: float, values: Sequence[float], reach: tuple[float, float], colour: str) -> str:
    return (
        f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{" ".join(_place(left, values, reach))}"/>'
    )


def _band(left: float, lower: Sequence[float], upper: Sequence[float], reach: tuple[float, float], colour: str) -> str:
    points = [*_place(left, lower, reach), *reversed(_place(left, upper, reach))]
    return f'<polygon fill="{colour}" fill-opacity="0.15" points="{" ".join(points)}"/>'


def _frame(left: float, across: str, up: str, x: tuple[float, float], y: tuple[float, float]) -> list[str]:
    bottom = 10 + HEIGHT
    return [
        f'<path d="M{left} 10V{bottom}H{left + WIDTH}" fill="none" stroke="#999"/>',
        f'<text x="{left + WIDTH / 2}" y="{bottom + 32}" text-anchor="middle">{across}</text>',
        f'<text x="{left}" y="{bottom + 16}">{x[0]:g}</text>',
        f'<text x="{left + WIDTH}" y="{bottom + 16}" text-anchor="end">{x[1]:g}</text>',
        f'<text x="{left - 6}" y="{bottom}" text-anchor="end">{y[0]:.2g}</text>',
        f'<text x="{left - 6}" y="20" text-anchor="end">{y[1]:.2g}</text>',
        f'<text transform="translate({left - 30} {10 + HEIGHT / 2}) rotate(-90)" text-anchor="middle">{up}</text>',
    ]
