"""The last step of the classifier's training: calibration, figures, confusion, weights and card, made together.

The fifteen calibration patients are named as a user's pictures are: found by the shipped detector with the scale
withheld, cut and standardised by the one path, named by the shipped network. What is fitted on them is also looked at
on them, each patient by the fit of the others.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import safetensors.torch
import torch
from numpy.typing import NDArray
from PIL import Image

from models import calibration, confusion, registry
from models.cell_classifier import NETWORK, CellClassifier, Said
from models.imaging import colour
from models.preprocess import Preprocessing
from models.registry import CARDS, WEIGHTS, Card
from models.temperature import softmax
from models.training import classifier_figures as measured
from models.training import learning_curve
from models.training.ablation import summary
from models.training.card_text import toml
from models.training.cell_batches import cells, drawing_weights
from models.training.cell_crops import CUT, UM_PER_PX, Subject, central, kept, segmentation_wbc, window
from models.training.classifier_words import CANNOT, COMPOSITES, COUNTED, DATA, HEAD, LINEAGES, NOTES
from models.training.patients import FOLDS, parts
from models.training.recipe import LABELS, MEASURES, SHIPPED
from models.training.sources import ROOT
from models.training.train_classical import REAL_CLASSES
from models.training.train_classifier import PREDICTIONS, network, write_table

NAME = "cell-classifier"
PRIOR = 0.5  # share of the balanced drawing that is taken back from the logits; set on fold 0, which is for development
VIEWS = 4  # averaged over in use: on fold 0 four views took weighted F1 .790 → .800, macro .449 → .468
OTHERS = 250  # pictures of each foreign kind that the odd-cell score is tried on
Crop = tuple[NDArray[np.uint8], NDArray[np.bool_], float | None]


def written(root: Path = ROOT) -> None:
    """Writes models/weights/cell-classifier.safetensors and models/cards/cell-classifier.toml."""
    bare = _card({}, {})
    state = {NETWORK + k: _kept(v) for k, v in network("shipped").state_dict().items()}
    classifier = CellClassifier(bare, safetensors.torch.save(state))
    detector = registry.load("cell-detector")
    labelled, crops, lost = _calibration_cells(classifier, detector, root)
    fitted, told = calibration.fit(labelled, LINEAGES, others=dict(_foreign(classifier, crops, root, detector)))
    arrays = {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in fitted.arrays().items()}
    content = safetensors.torch.save(state | arrays)
    probabilities, _ = calibration.cross_fitted(labelled, LINEAGES)
    doubt = confusion.card(probabilities, labelled.labels, labelled.patients, LABELS, COMPOSITES, COUNTED)
    figures = {
        "cross_validated": _cross_validated(),
        "calibration_patients": _own(labelled, probabilities) | {"not_found_by_detector": lost},
        "other_laboratories": _outside(classifier, detector, root),
        "calibration": told,
        "ablation": summary(),
        "learning_curve": learning_curve.summary(),
    }
    card = _card(fitted.card(), doubt, figures, hashlib.sha256(content).hexdigest())
    (WEIGHTS / card.weights).write_bytes(content)
    (CARDS / f"{NAME}.toml").write_text(_text(card), encoding="utf-8")
    print(f"{card.weights}: {len(content) / 1e6:.2f} MB, SHA-256 {card.sha256}")


def _kept(value: torch.Tensor) -> torch.Tensor:
    """Half precision, but for the running spreads of normalisation, which may lie outside its range."""
    half = value.half() if value.is_floating_point() else value
    return (value if value.is_floating_point() and not torch.isfinite(half).all() else half).contiguous()


def _card(
    fitted: Mapping[str, Any], doubt: Mapping[str, Any], figures: Mapping[str, Any] | None = None, sha256: str = ""
) -> Card:
    real = cells(kept("smear-baseline"))
    learn = np.char.startswith(real.groups, "fold")
    second = cells(kept("smear-yolo"))
    taught = second.measures
    prior = _prior(real.labels[learn], second.labels)
    how = Preprocessing(side=SHIPPED.side, balance=SHIPPED.balance, reinhard=SHIPPED.reinhard)
    return Card(
        **HEAD,
        cannot_do=CANNOT,
        data=DATA,
        labels=LABELS,
        preprocessing=how.table(),
        parameters={
            "activation": SHIPPED.activation,
            "views": VIEWS,
            "measures": list(MEASURES),
            "measure_middle": [round(float(v), 5) for v in np.nanmean(taught, axis=0)],
            "measure_scale": [round(float(v) + 1e-6, 5) for v in np.nanstd(taught, axis=0)],
            "prior": {c: round(float(v), 4) for c, v in zip(LABELS, prior, strict=True)},
        },
        figures=figures or {},
        scales={"smear_cells": UM_PER_PX},
        training={**NOTES, "recipe": {k: v for k, v in vars_of(SHIPPED).items() if v is not None}},
        calibration=fitted,
        confusion=doubt,
        weights=f"{NAME}.safetensors",
        sha256=sha256,
    )


def _prior(met: NDArray[np.int64], drawn: NDArray[np.int64]) -> NDArray[np.float64]:
    """Added to the logits: from the shares of classes that stage two drew to those the folds' patients have, made more
    even by what is not taken back of the balanced drawing."""
    chance, _ = drawing_weights(drawn, SHIPPED.imbalance)
    shown = np.array([chance[drawn == k].sum() for k in range(len(LABELS))])
    counts = np.maximum(np.bincount(met, minlength=len(LABELS)), 20.0)
    wished = counts ** (1 - (1 - PRIOR) * SHIPPED.imbalance)
    moved = np.log(wished / wished.sum()) - np.log(np.maximum(shown, 1e-6))
    return np.asarray(moved - moved.mean(), np.float64)


def vars_of(recipe: Any) -> dict[str, Any]:
    return {key: getattr(recipe, key) for key in recipe.__dataclass_fields__}


def _text(card: Card) -> str:
    table = {key: getattr(card, key) for key in Card.__dataclass_fields__}
    said = {k: v for k, v in table.items() if not isinstance(v, Mapping)}
    return toml(
        said | {k: v for k, v in table.items() if isinstance(v, Mapping)},
        "# Made by `python -m models.training.train_classifier card`; card and weights are made together.",
    )


def _calibration_cells(
    classifier: CellClassifier, detector: Any, root: Path
) -> tuple[calibration.Labelled, list[Crop], float]:
    """The fifteen patients' cells as the shipped path sees them; a cell not found is a circle, and counted as lost."""
    table = pd.read_parquet(root / "smear_cells.parquet")
    mine = table[[parts().get(p) == "calibration" for p in table.patient]]
    crops, lost = [], 0
    for content in mine.image:
        pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
        crop, found = deployed(pixels, detector)
        crops.append(crop)
        lost += not found
    said = classifier.said(*(list(column) for column in zip(*crops, strict=True)))
    labels = np.array([LABELS.index(REAL_CLASSES[c]) for c in mine["class"]])
    about = pd.DataFrame({"cell": mine.cell_id, "patient": mine.patient, "diagnosis": mine.diagnosis,
                          "class": [LABELS[k] for k in labels], "fold": "calibration"})  # fmt: skip
    write_table(about, said.logits, "calibration")
    patients = mine.patient.to_numpy()
    return calibration.Labelled(said.logits, labels, patients, LABELS, said.features), crops, round(lost / len(mine), 4)


def deployed(pixels: NDArray[np.uint8], detector: Any) -> tuple[Crop, bool]:
    """The central cell of a picture as the app would cut it, and whether the detector found one there."""
    contour, found = central(detector.find(pixels, None), pixels.shape[:2])
    beyond = np.round(colour.background(pixels[::4, ::4])).astype(np.uint8)
    crop, mask = window(pixels, contour, CUT, beyond)
    return (crop, mask, detector.scale(pixels)), found


def _cross_validated() -> dict[str, Any]:
    """Cells of all folds, each named by the fold network that had not seen its patient."""
    real = cells(kept("smear-baseline"))
    learn = np.char.startswith(real.groups, "fold")
    _, prior = drawing_weights(real.labels[learn], SHIPPED.imbalance)
    rows = np.concatenate([np.flatnonzero(real.groups == f"fold {k}") for k in range(FOLDS)])
    raw = np.concatenate([np.load(PREDICTIONS / f"fold-{k}.npy") for k in range(FOLDS)])
    labels, patients = real.labels[rows], real.crops.table["patient"].to_numpy()[rows]
    logits = (raw - PRIOR * prior).astype(np.float32)
    about = real.crops.table.iloc[rows][["cell", "patient", "diagnosis", "class"]].assign(fold=real.groups[rows])
    write_table(about, logits, "cross-validated")
    p = softmax(logits)
    without = measured.figures(labels, softmax(raw))
    return _figures(labels, p, patients) | {
        "where_readers_differ": measured.merged(labels, p),
        "without_prior": {k: round(v, 4) for k, v in without.items()},
        "by_fold": {
            f"fold_{k}": {
                key: round(v, 4) for key, v in measured.figures(labels[real.groups[rows] == f"fold {k}"],
                                                                p[real.groups[rows] == f"fold {k}"]).items()
            }
            for k in range(FOLDS)
        },
    }  # fmt: skip


def _own(labelled: calibration.Labelled, probabilities: NDArray[Any]) -> dict[str, Any]:
    return _figures(labelled.labels, probabilities.astype(np.float32), labelled.patients)


def _figures(labels: NDArray[Any], p: NDArray[np.float32], patients: NDArray[Any]) -> dict[str, Any]:
    found = measured.figures(labels, p)
    spread = measured.interval(patients, lambda rows: measured.figures(labels[rows], p[rows]))
    return {
        "cells": len(labels),
        "patients": len(np.unique(patients)),
        **{k: round(v, 4) for k, v in found.items()},
        **{f"{k}_interval": v for k, v in spread.items()},
        "per_class": measured.per_class(labels, p),
        "confusion": measured.confusion(labels, p).tolist(),
    }


def _outside(classifier: CellClassifier, detector: Any, root: Path) -> dict[str, Any]:
    """The five mature classes of two other laboratories, with and without stain normalisation."""
    found: dict[str, Any] = {}
    subjects = list(segmentation_wbc(root, detector, masked=False))
    crops = [deployed(s.pixels, detector)[0] for s in subjects]
    labels = np.array([LABELS.index(s.about["class"]) for s in subjects])
    groups = np.array([s.about["patient"] for s in subjects])
    for balance in (True, False):
        how = Preprocessing(**classifier.preprocessing.table() | {"balance": balance})
        classifier.preprocessing, before = how, classifier.preprocessing
        p = softmax(classifier.said(*(list(c) for c in zip(*crops, strict=True))).logits)
        classifier.preprocessing = before
        name = "with" if balance else "without"
        found[f"{name}_stain_normalisation"] = {
            group: round(measured.mature_accuracy(labels[groups == group], p[groups == group]), 4)
            for group in np.unique(groups)
        } | {"all": round(measured.mature_accuracy(labels, p), 4)}
    return found | {"cells": len(labels)}


def _foreign(
    classifier: CellClassifier, crops: Sequence[Crop], root: Path, detector: Any
) -> Iterator[tuple[str, tuple[NDArray[np.float32], NDArray[np.float32]]]]:
    """What the odd-cell score is tried on: another laboratory, another stain, blur, and pictures that are no blood."""
    some = [crops[k] for k in np.random.default_rng(0).permutation(len(crops))[:OTHERS]]
    shift = np.array([[0.5, 0.4, 0.1], [0.1, 0.5, 0.4], [0.4, 0.1, 0.5]], np.float32)
    changed = {
        "other_laboratory": [deployed(s.pixels, detector)[0] for s in _some(segmentation_wbc(root, detector, False))],
        "other_stain": [((p.astype(np.float32) @ shift).clip(0, 255).astype(np.uint8), m, u) for p, m, u in some],
        "blur": [(cv2.GaussianBlur(p, (0, 0), 0.05 * len(p)), m, u) for p, m, u in some],
        "not_blood": list(_not_blood(root)),
    }
    for name, pictures in changed.items():
        said: Said = classifier.said(*(list(column) for column in zip(*pictures, strict=True)))
        yield name, (said.logits, said.features)


def _some(subjects: Iterator[Subject]) -> list[Subject]:
    everything = list(subjects)
    return [everything[k] for k in np.random.default_rng(1).permutation(len(everything))[:OTHERS]]


def _not_blood(root: Path) -> Iterator[Crop]:
    """Fluorescence pictures of single T cells, shown as if they were stained."""
    files = sorted((root / "tcell_autofluorescence").rglob("*.png"))
    for k in np.random.default_rng(2).permutation(len(files))[:OTHERS]:
        picture = cv2.imread(str(files[k]), cv2.IMREAD_COLOR)
        side = min(picture.shape[:2])
        square = np.ascontiguousarray(picture[:side, :side, ::-1])
        rows, columns = np.mgrid[:side, :side]
        yield square, np.hypot(rows - side / 2, columns - side / 2) < 0.33 * side, None
