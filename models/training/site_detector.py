"""The detector's two networks on a site's own fields: the one that finds, and the one that draws outlines.

Both go on from the shipped weights, or from those of an earlier training at the site. Two parts, by patient: train, and
test, which is looked at once, for the card; no threshold is set anew.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray

from models import registry, yolo
from models.imaging.contours import bounds, matched
from models.registry import WEIGHTS, Card
from models.training import contour_crops, site_card, train_contours, train_detector
from models.training.detector_fields import Stock
from models.training.detector_scenes import marked
from models.training.site_card import Start
from models.training.site_data import Site, SiteField, SiteRefused, settled
from models.training.site_fields import PARTS
from models.training.sources import Truth

NAME = "cell-detector"
SEED = 1
RATE = 5e-4  # gentler than from scratch
BOOTSTRAPS = 1000
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    out: Path
    minutes: float = 30.0
    start: Start | None = None  # None: from random weights


def finder(site: Site, wish: Wish, say: Say) -> Card:
    """The network that finds cells; the outlines' network is taken over as it is."""
    before, state, parts, train = _given(site, wish)
    scenes = [scene for scene in (marked(truth(f), _baseline()) for f in train) if scene.labels.any()]
    if not scenes:
        raise SiteRefused("expected cells in the fields of the training patients; found none. Annotate some.")
    work = site_card.place(wish.out) / "work"
    work.mkdir(exist_ok=True)
    key = _key(train, before)
    options = argparse.Namespace(seed=SEED, rate=RATE, start=None, minutes=wish.minutes)
    own = _part(state, "yolo.")
    if own:
        options.start = f"start-{key}"
        begun = yolo.network()
        begun.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in own.items()}, strict=False)
        torch.save({"average": begun.state_dict()}, work / f"detector-start-{key}.pt")
    say(f"{len(scenes)} fields to learn from, {wish.minutes:g} minutes")
    train_detector.train(f"site-{key}", Stock({"site": scenes}, {"site": 1.0}, {}), options, work)
    net = yolo.network()
    net.load_state_dict(torch.load(work / f"detector-site-{key}.pt", weights_only=True)["average"])
    others = {k: v for k, v in state.items() if not k.startswith("yolo.")}
    return _finished(site, parts, {f"yolo.{k}": v for k, v in yolo.weights(net).items()} | others, before, wish, say)


def outliner(site: Site, wish: Wish, say: Say) -> Card:
    """The network that draws outlines; the finding network is taken over as it is."""
    before, state, parts, train = _given(site, wish)
    if not _part(state, "yolo."):
        raise SiteRefused(
            "expected a detector whose outlines to train; found none. "
            "Run `python -m models.training detector` first, or give its folder as --start."
        )
    made = [crop for k, f in enumerate(train) for crop in contour_crops.around(truth(f), np.random.default_rng([k, 5]))]
    if not any(crop.cell for crop in made):
        raise SiteRefused("expected cells in the fields of the training patients; found none. Annotate some.")
    own = _part(state, "contours.")
    begin = {k: v.float() if v.is_floating_point() else v for k, v in own.items()} or None
    work = site_card.place(wish.out) / "work"
    say(f"{len(made)} crops to learn from, {wish.minutes:g} minutes")
    stock = {"site": contour_crops.stacked(made)}
    name = f"contours-{_key(train, before)}"
    file = train_contours.learnt(name, wish.minutes, stock, {"site": 1.0}, work, SEED, begin)
    drawn = {f"contours.{k}": _half(v) for k, v in safetensors.torch.load_file(file).items()}
    others = {k: v for k, v in state.items() if not k.startswith("contours.")}
    return _finished(site, parts, others | drawn, before, wish, say)


def _given(site: Site, wish: Wish) -> tuple[Card | None, dict[str, Any], dict[str, str], list[SiteField]]:
    """What to go on from, and which fields are learnt from."""
    fields: Sequence[SiteField] = site.items  # type: ignore[assignment]
    out = site_card.place(wish.out)
    before = [wish.start.weights] if wish.start and wish.start.weights != WEIGHTS else []
    parts = settled(fields, PARTS, [out, *before])
    train = [field for field in fields if parts[field.patient] == "train"]
    if wish.start is None:
        return None, {}, parts, train
    card = wish.start.card(NAME)
    return card, wish.start.state(card), parts, train


def truth(field: SiteField) -> Truth:
    contours = None if field.contours is None else list(field.contours)
    return Truth(field.pixels, contours, field.boxes, None, field.others)


def _finished(
    site: Site, parts: dict[str, str], state: dict[str, Any], before: Card | None, wish: Wish, say: Say
) -> Card:
    """Card and weights, then the figures of the held-out patients as measured with them, then the card again."""
    fields: Sequence[SiteField] = site.items  # type: ignore[assignment]
    cells = sum(len(field.boxes) for field in fields)
    started = f"{before.name} {before.sha256[:12]}" if before else "random weights"
    content = safetensors.torch.save({k: v.contiguous() for k, v in state.items()})
    card = Card(
        name=NAME,
        task="detector",
        version="site",
        notice=site_card.NOTICE,
        domain=f"a site's own data: {len(fields)} fields of {len(parts)} patients",
        licence="the site's; the networks began from AGPL-3.0-or-later weights" if before else "the site's",
        vocabulary="shipped16",
        cannot_do=site_card.CANNOT,
        data=(f"{len(fields)} fields of {len(parts)} patients with {cells} cells, marked at the site",),
        preprocessing=before.preprocessing if before else {},
        parameters=before.parameters if before else {},
        training=site_card.told(parts, len(fields), SEED, started) | {"minutes": wish.minutes},
    )
    site_card.written(card, content, wish.out)
    held = [field for field in fields if parts[field.patient] == "test"]
    say(f"measuring on {len(held)} fields of the patients kept out")
    figures = measured(registry.load(NAME, wish.out, wish.out), held)
    return site_card.written(replace(card, figures={"held_out_patients": figures}), content, wish.out)


def measured(detector: Any, fields: Sequence[SiteField]) -> dict[str, Any]:
    """Recall, precision and mean IoU at IoU ≥ 0.5, of outlines where all are known, else of boxes."""
    counts: dict[str, NDArray[np.float64]] = {}
    outlined = all(field.contours is not None for field in fields)
    for field in fields:
        found = [contour for contour, _ in detector.find(field.pixels, field.um_per_px)]
        true: list[Any] = list(field.contours or ()) if outlined else [_ring(box) for box in field.boxes]
        mine = found if outlined else [_ring(np.array(bounds(c))) for c in found]
        hits = matched(mine, true)
        row = np.array([len(true), len(found), len(hits), sum(iou for *_, iou in hits)], np.float64)
        counts[field.patient] = counts.get(field.patient, np.zeros(4)) + row
    table = np.array(list(counts.values()))
    rng = np.random.default_rng(0)
    draws = [_rates(table[rng.integers(len(table), size=len(table))].sum(0)) for _ in range(BOOTSTRAPS)]
    result: dict[str, Any] = {"fields": len(fields), "patients": len(table), "cells": int(table[:, 0].sum())}
    rates = _rates(table.sum(0))
    known = {key: [d[key] for d in draws if np.isfinite(d[key])] for key in rates}
    ends = {k: [round(float(v), 4) for v in np.percentile(d, [2.5, 97.5])] for k, d in known.items() if d}
    result |= {key: round(value, 4) for key, value in rates.items()} | site_card.spread(len(table), ends)
    return result | {"of": "outlines" if outlined else "boxes"}


def _rates(total: NDArray[np.float64]) -> dict[str, float]:
    true, found, hits, overlap = (float(v) for v in total)
    return {
        "recall": hits / true if true else float("nan"),
        "precision": hits / found if found else float("nan"),
        "mean_iou": overlap / hits if hits else float("nan"),
    }


def _ring(box: NDArray[Any]) -> NDArray[np.float32]:
    x0, y0, x1, y1 = box
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def _baseline() -> Any:
    return registry.load("baseline-detector")


def _part(state: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}


def _half(value: torch.Tensor) -> torch.Tensor:
    return (value.half() if value.is_floating_point() else value).contiguous()


def _key(fields: Sequence[SiteField], before: Card | None) -> str:
    """Checkpoints are of these fields and this start, and of no other."""
    words = "".join(field.digest for field in fields) + (before.sha256 if before else "")
    return hashlib.sha256(words.encode()).hexdigest()[:10]
