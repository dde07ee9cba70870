"""The detector's weights as they are shipped: both networks in one file, in half precision, and their card.

    python -m models.training.detector_weights main --contours .checkpoints/contours.safetensors

writes models/weights/cell-detector.safetensors and puts its digest into models/cards/cell-detector.toml.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from pathlib import Path

import safetensors.torch
import torch

from models import yolo
from models.registry import CARDS, WEIGHTS
from models.training.train_detector import CHECKPOINTS

CARD = CARDS / "cell-detector.toml"
FILE = "cell-detector.safetensors"


def packed(name: str, contours: Path | None) -> bytes:
    """Weights of the checkpoint's moving average, and of the contour network if there is one."""
    net = yolo.network()
    net.load_state_dict(torch.load(CHECKPOINTS / f"detector-{name}.pt", weights_only=True)["average"])
    state = {f"yolo.{key}": value for key, value in yolo.weights(net).items()}
    if contours is not None:
        for key, value in safetensors.torch.load_file(contours).items():
            kept = value.half() if value.is_floating_point() else value
            state[f"contours.{key.removeprefix('contours.')}"] = kept.contiguous()
    return bytes(safetensors.torch.save(state))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="of the checkpoint")
    parser.add_argument("--contours", type=Path, help="weights of the contour network")
    options = parser.parse_args()
    content = packed(options.name, options.contours)
    digest = hashlib.sha256(content).hexdigest()
    (WEIGHTS / FILE).write_bytes(content)
    text = CARD.read_text(encoding="utf-8")
    CARD.write_text(re.sub(r'^sha256 = ".*"$', f'sha256 = "{digest}"', text, flags=re.MULTILINE), encoding="utf-8")
    print(f"{FILE}: {len(content) / 1e6:.2f} MB, SHA-256 {digest}")


if __name__ == "__main__":
    main()
