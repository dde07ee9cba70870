"""The contour network on its own: boxes that are a little off go in, outlines, nuclei and scores come out.

    python -m tests.benchmarks.outlines                                    the shipped weights on the test parts
    python -m tests.benchmarks.outlines --contours FILE --part validate    weights of a training
    python -m tests.benchmarks.outlines --contours FILE --sets raabin      and one that never saw raabin

True boxes are moved by up to 12 % and scaled by 0.8–1.3 on either axis. The baseline detector is compared on the cells
it hits at all (IoU of at least 0.5), with no box given. Of boxes, erythrocytes, platelets and bare ground are scored
against cells. Intervals are bootstrap 95 % over pictures. One thread.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from models import registry
from models.contour_network import ContourNetwork
from models.imaging.contours import Contour, iou, rasterised
from models.training import sources

MASKED = ("bccd_fields", "segmentation_1", "segmentation_2")
BOXED = ("raabin", "barcelona", "bccd_boxes")
OTHERS_EACH = 12  # erythrocytes and platelets of one picture, at most
GROUND_EACH = 2
Rng = np.random.Generator


@dataclass(slots=True, eq=False)
class Seen:
    """What one picture gave: an entry for each cell, or each thing of a kind."""

    body: list[float] = field(default_factory=list)
    once: list[float] = field(default_factory=list)  # body, looked at once only
    nucleus: list[float] = field(default_factory=list)
    baseline: list[float] = field(default_factory=list)  # 0 where it has no outline there
    cells: list[float] = field(default_factory=list)  # scores
    erythrocytes: list[float] = field(default_factory=list)
    platelets: list[float] = field(default_factory=list)
    ground: list[float] = field(default_factory=list)


def jittered(rng: Rng, boxes: NDArray[Any]) -> NDArray[np.float64]:
    """The same boxes as a detector that is a little wrong would give them."""
    middle, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    middle = middle + rng.uniform(-0.12, 0.12, middle.shape) * sides
    half = sides * np.exp(rng.uniform(np.log(0.8), np.log(1.3), sides.shape)) / 2
    return np.hstack([middle - half, middle + half])


def seen(net: ContourNetwork, baseline: Any, pictures: list[sources.Picture]) -> list[Seen]:
    """Every picture, with a jitter that depends on its place in the list alone."""
    done = []
    for number, picture in enumerate(pictures):
        rng, one, known = np.random.default_rng([number, 0x0B]), Seen(), sources.truth(picture)
        if len(known.boxes):
            boxes = jittered(rng, known.boxes)
            drawn = net.draw(known.pixels, boxes)
            one.cells = [d.score for d in drawn]
            if known.contours is not None:
                found = [c for c, _ in baseline.find(known.pixels, None)]
                firsts = net.draw(known.pixels, boxes, rounds=1)
                one.body = [_iou(d.contour, c) for d, c in zip(drawn, known.contours, strict=True)]
                one.once = [_iou(d.contour, c) for d, c in zip(firsts, known.contours, strict=True)]
                one.baseline = [max((iou(f, c) for f in found), default=0.0) for c in known.contours]
                one.nucleus = list(_nuclear(drawn, known))
        for kind, wrong in _others(rng, picture, known):
            getattr(one, kind).extend(d.score for d in net.draw(known.pixels, wrong))
        done.append(one)
    return done


def _iou(drawn: Contour | None, true: Contour) -> float:
    return 0.0 if drawn is None else iou(drawn, true)


def _nuclear(drawn: list[Any], known: sources.Truth) -> Iterator[float]:
    """IoU of all lobes together, for cells whose nucleus is marked."""
    shape = known.pixels.shape[:2]
    for one, contour in zip(drawn, known.contours or [], strict=True):
        true = known.nuclei & rasterised(contour, shape) if known.nuclei is not None else np.zeros(shape, bool)
        if true.sum() < 9:
            continue
        mine = np.zeros(shape, bool)
        for ring in one.nuclei:
            mine |= rasterised(ring, shape)
        yield float((mine & true).sum() / (mine | true).sum())


def _others(rng: Rng, picture: sources.Picture, known: sources.Truth) -> Iterator[tuple[str, NDArray[Any]]]:
    """Boxes of what is no cell, as marked, and boxes on the ground that touch nothing marked."""
    if picture.marks.suffix != ".txt":
        return
    kinds = np.array([int(line.split()[0]) for line in picture.marks.read_text().splitlines() if line.strip()])
    kinds = kinds[kinds != 0]
    for code, name in ((1, "erythrocytes"), (2, "platelets")):
        of = known.others[kinds == code]
        yield name, of[rng.permutation(len(of))[:OTHERS_EACH]]
    marked = np.concatenate([known.boxes, known.others])
    side = float(np.median(known.boxes[:, 2:] - known.boxes[:, :2])) if len(known.boxes) else 80.0
    height, width = known.pixels.shape[:2]
    spots = rng.uniform(0, 1, (60, 2)) * np.maximum(0, np.array([width - side, height - side]))
    free = [
        np.array([x, y, x + side, y + side])
        for x, y in spots
        if not ((marked[:, 0] < x + side) & (marked[:, 2] > x) & (marked[:, 1] < y + side) & (marked[:, 3] > y)).any()
    ]
    yield "ground", np.array(free[:GROUND_EACH]).reshape(-1, 4)


def pooled(of: list[Seen], key: str) -> NDArray[np.float64]:
    return np.array([v for one in of for v in getattr(one, key)], np.float64)


def mean_and_interval(of: list[Seen], key: str) -> str:
    """The mean over cells; its interval over pictures drawn with replacement."""
    rng, values = np.random.default_rng(0), [np.array(getattr(one, key)) for one in of]
    picks = rng.integers(0, len(values), (400, len(values)))
    means = [np.concatenate([values[k] for k in pick]).mean() for pick in picks]
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{pooled(of, key).mean():.3f} ({low:.3f}-{high:.3f})"


def report(name: str, of: list[Seen]) -> Iterator[str]:
    cells = pooled(of, "cells")
    yield f"{name}: {len(of)} pictures, {len(cells)} cells; share of cells scored over 0.5 {np.mean(cells > 0.5):.3f}"
    if name in MASKED:
        body, other = pooled(of, "body"), pooled(of, "baseline")
        hit = other >= 0.5
        yield f"  body IoU {mean_and_interval(of, 'body')}, looked at once {mean_and_interval(of, 'once')}, "
        yield f"  median {np.median(body):.3f}, below 0.75: {int((body < 0.75).sum())} cells"
        yield f"  nucleus IoU {mean_and_interval(of, 'nucleus')}, {len(pooled(of, 'nucleus'))} cells"
        yield f"  where the baseline hits ({hit.sum()} cells): {body[hit].mean():.3f}, baseline {other[hit].mean():.3f}"
    for kind in ("erythrocytes", "platelets", "ground"):
        wrong = pooled(of, kind)
        if len(wrong):
            auc = roc_auc_score([1] * len(cells) + [0] * len(wrong), np.concatenate([cells, wrong]))
            yield f"  against {len(wrong)} {kind}: AUROC {auc:.4f}, scored over 0.5 {np.mean(wrong > 0.5):.4f}"


def throughput(net: ContourNetwork, picture: sources.Picture) -> float:
    """Crops per second of processor time, cutting and tracing counted in, looked at once."""
    known = sources.truth(picture)
    boxes = jittered(np.random.default_rng(0), np.repeat(known.boxes[:1], 256, axis=0))
    net.draw(known.pixels, boxes[:64], rounds=1)
    began = time.process_time()
    net.draw(known.pixels, boxes, rounds=1)
    return len(boxes) / (time.process_time() - began)


def network(file: Path | None) -> ContourNetwork:
    """Of a training's file; without one, the part of the shipped detector that draws outlines."""
    if file is not None:
        return ContourNetwork(safetensors.torch.load_file(file))
    state = safetensors.torch.load(registry.weights(registry.card("cell-detector")))
    return ContourNetwork({k.removeprefix("contours."): v for k, v in state.items() if k.startswith("contours.")})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=sources.ROOT)
    parser.add_argument("--part", choices=sources.PARTS, default="test")
    parser.add_argument("--sets", nargs="*", choices=sources.SOURCES, default=[*MASKED, *BOXED])
    parser.add_argument("--contours", type=Path, help="weights of a training instead of the shipped ones")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    net, baseline = network(options.contours), registry.load("baseline-detector")
    for name in options.sets:
        chosen = [p for p in sources.pictures(options.root, [name]) if p.part == options.part]
        print("\n".join(report(name, seen(net, baseline, chosen))), flush=True)
        if name == "bccd_fields":
            print(f"  {throughput(net, chosen[0]):.0f} crops a second on one thread", flush=True)


if __name__ == "__main__":
    main()
