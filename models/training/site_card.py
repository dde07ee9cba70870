"""The card of a network trained on a site's own data, and the folder it lies in with its weights.

The names are those of the shipped models, so that `registry.load(name, cards=folder, folder=folder)` builds them; the
folder is the site's, and never one of the project's own.
"""

from __future__ import annotations

import hashlib
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import safetensors.torch

from models import registry
from models.registry import CARDS, WEIGHTS, Card
from models.training.card_text import toml
from models.training.site_data import SiteRefused

NOTICE = "trained on a site's own data, research use; verify it on cases it has never seen"
CANNOT = (
    "be relied on outside the laboratory whose pictures it was trained on",
    "be relied on where stain, scanner or camera have changed since",
    "be better than its labels: nobody but the site has checked them",
    "promise its figures elsewhere: they are of a few patients kept out of training, at the same site",
)
FEWEST = 5  # patients kept out: drawing fewer anew gives intervals that are far too narrow
HEAD = "# Made by `python -m models.training`; card and weights are made together."


def place(out: Path) -> Path:
    """The site's folder; the project's own are refused."""
    ours = Path(CARDS).parent.resolve()
    if out.resolve() == ours or ours in out.resolve().parents:
        raise SiteRefused(f"expected a folder of the site's own; found {out}, inside the project. Give another --out.")
    if out.exists() and not out.is_dir():
        raise SiteRefused(f"expected a folder; found the file {out}. Give another --out.")
    out.mkdir(parents=True, exist_ok=True)
    return out


def written(card: Card, content: bytes, out: Path) -> Card:
    """Weights first, then the card that vouches for them."""
    folder = place(out)
    done = replace(card, weights=f"{card.name}.safetensors", sha256=hashlib.sha256(content).hexdigest())
    (folder / done.weights).write_bytes(content)
    (folder / f"{done.name}.toml").write_text(text(done), encoding="utf-8")
    return done


def text(card: Card) -> str:
    table = {key: getattr(card, key) for key in Card.__dataclass_fields__}
    plain = {k: v for k, v in table.items() if not isinstance(v, Mapping)}
    return toml(plain | {k: v for k, v in table.items() if isinstance(v, Mapping)}, HEAD)


def told(parts: Mapping[str, str], items: int, seed: int, start: str) -> dict[str, Any]:
    """What every site card says of its making. Names of patients stay out of it."""
    counts = {part: sum(p == part for p in parts.values()) for part in dict.fromkeys(parts.values())}
    return {
        "command": "python -m models.training " + " ".join(sys.argv[1:2]),
        "start": start,
        "seed": seed,
        "pictures": items,
        "patients": counts,
        "split": "by patient",
        "last_gpu_run": "never",
    }


@dataclass(frozen=True, slots=True)
class Start:
    """Card and weights to go on from."""

    cards: Path
    weights: Path

    def card(self, name: str) -> Card:
        return registry.card(name, self.cards)

    def state(self, card: Card) -> dict[str, Any]:
        return dict(safetensors.torch.load(registry.weights(card, self.weights)))


def start(wish: str, out: Path, name: str) -> Start | None:
    """'none', 'shipped' or a folder; without a wish what an earlier training left in `out`, else the shipped model."""
    if wish == "none":
        return None
    if wish not in ("", "shipped"):
        return Start(Path(wish), Path(wish))
    if not wish and (out / f"{name}.toml").is_file():
        return Start(out, out)
    return Start(CARDS, WEIGHTS) if shipped(name) else None


def spread(patients: int, intervals: Mapping[str, list[float]]) -> dict[str, Any]:
    """Intervals for the card, or why there are none."""
    if patients < FEWEST:
        return {"intervals": f"none: {patients} patients were kept out, at least {FEWEST} are needed for an interval"}
    return {f"{key}_interval": ends for key, ends in intervals.items() if all(math.isfinite(end) for end in ends)}


def shipped(name: str) -> bool:
    return (Path(CARDS) / f"{name}.toml").is_file() and (Path(WEIGHTS) / f"{name}.safetensors").is_file()
