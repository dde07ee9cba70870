"""Card and weights of a label-free network, made together: calibration, figures, words.

Calibration donors are in neither training nor test. What the markers were learned from is the caller's to say
(`truth`): 'simulated' values are shown on synthetic cases only, whatever this card's figures are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

from models import calibration, marker_intervals
from models.label_free import NETWORK
from models.label_free_network import Hybrid
from models.registry import CARDS, WEIGHTS, Card
from models.synthesis.markers import MARKERS, UNITS
from models.training.card_text import toml
from models.training.label_free import figures, words
from models.training.label_free.baselines import shape
from models.training.label_free.cells import LABELS, Cells
from models.training.label_free.recipe import SECOND, SPREAD, Recipe
from models.training.label_free.run import Predicted, predicted
from models.training.label_free.split import Split
from models.training.label_free.table import Scaling, task, truth

NAME = "label-free"
SOME_VIEWS = {
    "left alone": (True, False, False, False),
    "left and right": (True, True, False, False),
    "left and top": (True, False, True, False),
    "three, without bottom": (True, True, True, False),
}


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A trained network with the cells it was trained on, and how they were parted."""

    network: Hybrid
    recipe: Recipe
    cells: Cells
    split: Split
    truth: str  # what the markers are: 'simulated' or 'measured'; nobody but the caller can know
    more: Mapping[str, Any]  # further figures for the card

    def __post_init__(self) -> None:
        if self.truth not in ("simulated", "measured"):
            raise ValueError(
                f"Expected the markers to be 'simulated' or 'measured'; found {self.truth!r}. "
                "Say which: a simulated marker must never be shown of a person."
            )


def written(made: Made, cards: Path = CARDS, folder: Path = WEIGHTS) -> Card:
    """Writes <folder>/label-free.safetensors and <cards>/label-free.toml."""
    of, scaling = task(made.cells, made.split.train)
    rows = made.split.calibrate
    said = predicted(made.network, of, rows, made.recipe)
    labelled = _labelled(made, said)
    fitted, told = calibration.fit(labelled, {label: label for label in LABELS}, others=_others(made, of))
    values, spreads = _in_units(said, scaling)
    donors, markers = made.cells.groups[rows], made.cells.markers[rows]
    intervals = marker_intervals.fit(values, spreads, markers, donors, MARKERS)
    state = {NETWORK + k: _half(v) for k, v in made.network.state_dict().items()}
    arrays = {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in fitted.arrays().items()}
    content = safetensors.torch.save(state | arrays)
    found = {
        "test_donors": _tested(made, of, scaling) | _realism(made),
        "calibration": told,
        "marker_intervals": marker_intervals.cross_fitted(values, spreads, markers, donors, MARKERS),
        "fewer_views": _fewer(made, of),
        **made.more,
    }
    card = _card(
        made, scaling, fitted.card() | {"markers": intervals.card()}, found, hashlib.sha256(content).hexdigest()
    )
    cards.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / card.weights).write_bytes(content)
    (cards / f"{NAME}.toml").write_text(_text(card), encoding="utf-8")
    return card


def _labelled(made: Made, said: Predicted) -> calibration.Labelled:
    rows = made.split.calibrate
    known = made.cells.labels[rows] >= 0
    return calibration.Labelled(
        said.logits[known], made.cells.labels[rows][known], made.cells.groups[rows][known], LABELS, said.features[known]
    )


def _others(made: Made, of: Any) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """What the odd-cell score is tried on: blurred cells, noise of a tenth of the light, views that are mixed up."""
    rows = made.split.calibrate[:: max(len(made.split.calibrate) // 400, 1)]
    pixels = np.asarray(made.cells.views[rows], np.float32)
    rng = np.random.default_rng(0)
    blurred = np.stack([[_blurred(view) for view in cell] for cell in pixels])
    changed = {
        "blur": blurred,
        "noise": pixels + 0.15 * rng.standard_normal(pixels.shape).astype(np.float32),
        "views_mixed_up": pixels[:, [0, 2, 1, 3]],
        "twice_as_large": np.repeat(np.repeat(pixels[:, :, 16:48, 16:48], 2, 2), 2, 3),
    }
    found = {}
    for name, pictures in changed.items():
        other = type(of)(pictures.astype(np.float16), of.labels[rows], of.markers[rows], of.classes)
        said = predicted(made.network, other, np.arange(len(rows)), made.recipe)
        found[name] = (said.logits, said.features)
    return found


def _blurred(view: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(view, (0, 0), 2.5), np.float32)


def _tested(made: Made, of: Any, scaling: Scaling) -> dict[str, Any]:
    said = predicted(made.network, of, made.split.test, made.recipe)
    true = truth(made.cells, made.split.test)
    values, _ = _in_units(said, scaling)
    gate = said.gate.mean(0)
    return {
        "classes": figures.of_classes(said.logits, true),
        "markers": figures.of_markers(values, true),
        "convolutional_share": {"classes": round(float(gate[0]), 3), "markers": round(float(gate[1]), 3)},
    }


def _realism(made: Made) -> dict[str, float]:
    """How surely simulated pictures are told from real ones: beside every figure that simulated cells gave."""
    auroc = made.more.get("realism", {}).get("auroc") if made.truth == "simulated" else None
    return {} if auroc is None else {"real_versus_simulated_auroc": float(auroc)}


def _fewer(made: Made, of: Any) -> dict[str, Any]:
    """The same test cells with views withheld."""
    true, found = truth(made.cells, made.split.test), {}
    for name, views in SOME_VIEWS.items():
        said = predicted(made.network, of, made.split.test, made.recipe, views)
        told = figures.of_classes(said.logits, true)
        found[name] = {key: told[key] for key in ("accuracy", "accuracy_interval", "balanced_accuracy") if key in told}
        markers = figures.of_markers(said.markers, true)
        if "CD16" in markers:  # else too few cells of the test part were measured
            found[name]["cd16_within_class"] = markers["CD16"]["within_class"]
    return found


def _in_units(said: Predicted, scaling: Scaling) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    middle, spread = scaling
    return said.markers * spread + middle, np.exp(said.spread) * spread


def _cuts(made: Made) -> dict[str, float]:
    """Above it a cell counts as 'high': Otsu's cut of the training cells' own values. A convention, not biology."""
    values = made.cells.markers[made.split.train]
    cuts = {name: column[np.isfinite(column)] for name, column in zip(MARKERS, values.T, strict=True)}
    return {name: round(float(threshold_otsu(v)), 3) for name, v in cuts.items() if len(v) and v.min() < v.max()}


def _half(value: torch.Tensor) -> torch.Tensor:
    """Half precision, but for the running spreads of normalisation, which may lie outside its range."""
    half = value.half() if value.is_floating_point() else value
    return (value if value.is_floating_point() and not torch.isfinite(half).all() else half).contiguous()


def _card(made: Made, scaling: Scaling, fitted: Mapping[str, Any], found: Mapping[str, Any], sha256: str) -> Card:
    middle, spread = ([round(float(v), 5) for v in column] for column in scaling)
    told = words.SIMULATED if made.truth == "simulated" else words.MEASURED
    unlike = [words.realism(auroc) for auroc in _realism(made).values()]
    panels = [words.REAL_PANELS] if "real_panels" in made.more else []
    return Card(
        **told["head"],
        cannot_do=(*told["cannot"], *unlike, *words.CANNOT),
        data=(*told["data"], *panels, *words.TO_BEAT),
        labels=LABELS,
        markers=MARKERS,
        marker_truth=made.truth,
        marker_units=UNITS,
        preprocessing={"side": made.recipe.side, "spread": SPREAD, "window_um": 15.936},
        parameters={
            "shape": asdict(shape(made.recipe)),
            "fusion": made.recipe.fusion,
            "marker_middle": dict(zip(MARKERS, middle, strict=True)),
            "marker_scale": dict(zip(MARKERS, spread, strict=True)),
            "marker_cuts": _cuts(made),
        },
        figures=found,
        training={
            "command": words.MEASURED["command"] if "source" in made.more else told["command"],
            "split": made.split.how,
            "cells": len(made.split.train),
            "crops": made.recipe.steps * made.recipe.batch,
            "last_gpu_run": "never: no GPU was at hand",
            "recipe": asdict(made.recipe),
            "second_stage": dict(SECOND),
            "simulator": str(made.cells.about.get("simulator", "")),
        },
        calibration=fitted,
        weights=f"{NAME}.safetensors",
        sha256=sha256,
    )


def _text(card: Card) -> str:
    table = {key: getattr(card, key) for key in Card.__dataclass_fields__}
    said = {k: v for k, v in table.items() if not isinstance(v, Mapping)}
    return toml(
        json.loads(json.dumps(said | {k: v for k, v in table.items() if isinstance(v, Mapping)})),
        "# Made by models.training.label_free.card; card and weights are made together.",
    )
