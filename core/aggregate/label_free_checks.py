"""Quality control of label-free pictures: focus, brightness, views, oddness, domain. Warnings, never a verdict.

The limits are our choice, on quantities that need no label; where the measure is not there, the check says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from types import MappingProxyType

from core.markers import SIMULATED
from core.readings import Check, Quality
from core.records import CaseInfo, Domain, MarkerValue, ModelStamp, Seen

BLURRED = 0.5  # of the case's median sharpness
BLURRED_SHARE = 0.1  # of the cells
DARK, BRIGHT = 0.05, 0.85  # of all that the file can hold, in the middle of its darkest and brightest view
ALL = 4


def checks(
    seen: Seen,
    info: CaseInfo,
    quality: Quality,
    values: Mapping[str, Mapping[str, MarkerValue]] = MappingProxyType({}),
) -> tuple[Check, ...]:
    """In the order in which they are worth mending. `values` are the marker values that may be seen."""
    found = (_views(seen), _focus(seen), _brightness(seen), _oddness(quality))
    ranges = {name: ends for model in seen.models for name, ends in model.marker_ranges.items()}
    return (*found, *((_range(values, ranges),) if values and ranges else ()), _domain(seen.models, info))


def _views(seen: Seen) -> Check:
    told = [len(call.views) for call in seen.calls if call.views]
    if not told:
        return Check("quality.views", "Views", "no cells", "not assessed")
    fewer = sum(number < ALL for number in told)
    if not fewer:
        return Check("quality.views", "Views", "left, right, top and bottom of every cell", "good")
    missing = sorted({v for call in seen.calls for v in ("left", "right", "top", "bottom") if v not in call.views})
    said = f"{fewer} of {len(told)} cells without {', '.join(missing)}"
    note = "the network works with fewer views and is less certain; its card says by how much"
    return Check("quality.views", "Views", said, "warning", note)


def _focus(seen: Seen) -> Check:
    told = _measured(seen, "sharpness")
    if len(told) < 2:
        return Check("quality.focus", "Focus", "too few cells", "not assessed")
    middle = median(told)
    blurred = sum(value < BLURRED * middle for value in told)
    said = f"{blurred} of {len(told)} cells less than half as sharp as the case's median ({middle:.3g})"
    word = "warning" if blurred > BLURRED_SHARE * len(told) else "good"
    note = "spread of the views' Laplacian over a cell; it compares the cells of this case and knows no right value"
    return Check("quality.focus", "Focus", said, word, note)


def _brightness(seen: Seen) -> Check:
    least, most = _measured(seen, "light_least"), _measured(seen, "light_most")
    if not least:
        said = "pictures of no stated depth" if seen.calls else "no cells"
        return Check("quality.brightness", "Brightness", said, "not assessed")
    said = f"empty glass at {100 * min(least):.0f} to {100 * max(most):.0f} % of what the files can hold"
    wrong = [words for there, words in ((min(least) < DARK, "noise"), (max(most) > BRIGHT, "clipping")) if there]
    note = f"risk of {' and '.join(wrong)}: set the exposure anew" if wrong else ""
    return Check("quality.brightness", "Brightness", said, "warning" if wrong else "good", note)


def _oddness(quality: Quality) -> Check:
    if quality.odd is None:
        return Check("quality.oddness", "Likeness to the calibration cells", "the network does not say", "not assessed")
    odd = quality.odd
    warned = any("unlike those the classifier was calibrated on" in text for text in quality.warnings)
    said = f"{odd.count} of {odd.total} counted cells are odder than 99 of 100 calibration cells"
    return Check("quality.oddness", "Likeness to the calibration cells", said, "warning" if warned else "good")


def _range(values: Mapping[str, Mapping[str, MarkerValue]], ranges: Mapping[str, tuple[float, float]]) -> Check:
    """Values where a network learned little or nothing are guesses, however narrow their intervals."""
    beyond = {
        name: sum(name in its and not low <= its[name].value <= high for its in values.values())
        for name, (low, high) in ranges.items()
    }
    told = ", ".join(f"{name} {count}" for name, count in beyond.items() if count)
    if not told:
        said = "every marker value lies within the range that the network learned in"
        return Check("quality.range", "Range of the markers", said, "good")
    said = f"cells with a value outside the range that the network learned in: {told} of {len(values)}"
    note = "these values are guesses beyond what was learned, whatever their intervals say"
    return Check("quality.range", "Range of the markers", said, "warning", note)


def _domain(models: Sequence[ModelStamp], info: CaseInfo) -> Check:
    taught = [m for m in models if m.task == "phenotyper"]
    if not taught:
        return Check("quality.domain", "Domain", "no network named these cells", "not assessed")
    model = taught[-1]
    simulated = model.marker_truth == SIMULATED or "simulated" in model.domain.lower()
    said = f"the network was made from: {model.domain or 'not stated'}"
    if simulated and info.domain is Domain.REAL:
        note = "these are a person's cells: classes are shown, and nobody has measured how often they are right here"
        return Check("quality.domain", "Domain", said, "warning", note)
    if not simulated and info.domain is Domain.PROCEDURAL:
        return Check("quality.domain", "Domain", said, "warning", "these cells were drawn by a program")
    return Check("quality.domain", "Domain", said, "good")


def _measured(seen: Seen, name: str) -> list[float]:
    return [float(call.measures[name]) for call in seen.calls if name in call.measures]
