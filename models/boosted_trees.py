"""Gradient-boosted trees as plain arrays: the evaluator behind the classical classifier.

Trees are written to safetensors, never pickled. `exported` takes what scikit-learn fitted (training only);
`Trees.probabilities` needs numpy alone and follows all cells down all trees at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS = 256  # cells followed at once: bounds memory at any batch size


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Nodes of all trees end to end. A leaf's children are itself, so that walking on stays there."""

    feature: NDArray[np.int16]
    threshold: NDArray[np.float64]
    missing_left: NDArray[np.bool_]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    roots: NDArray[np.int32]  # (rounds * classes,), class by class within a round
    baseline: NDArray[np.float64]  # (classes,)
    temperature: NDArray[np.float64]  # (1,)
    depth: int

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Trees:
        """Trees from the tensors of a weights file; refuses arrays that lead outside themselves."""
        wanted = set(cls.__slots__) - {"depth"}
        if not wanted <= set(arrays):
            raise ValueError(f"expected tensors {sorted(wanted)}, found {sorted(arrays)}")
        count = len(arrays["feature"])
        for key in ("left", "right", "roots"):
            if arrays[key].min() < 0 or arrays[key].max() >= count:
                raise ValueError(f"expected '{key}' to point at one of {count} nodes, found a node beyond")
        held = {key: arrays[key] for key in wanted}
        held["missing_left"] = held["missing_left"].astype(bool)
        return cls(**held, depth=int(arrays["depth"][0]))

    def arrays(self) -> dict[str, NDArray[Any]]:
        held = {key: getattr(self, key) for key in self.__slots__ if key != "depth"}
        return held | {
            "missing_left": self.missing_left.astype(np.uint8),
            "depth": np.array([self.depth], np.int32),
        }

    def scores(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """The raw score of every row for every class, before temperature."""
        classes = len(self.baseline)
        total = np.empty((len(features), classes))
        for start in range(0, len(features), ROWS):
            rows = features[start : start + ROWS]
            at = np.broadcast_to(self.roots, (len(rows), len(self.roots))).copy()
            row = np.arange(len(rows))[:, None]
            for _ in range(self.depth):
                seen = rows[row, self.feature[at]]
                go_left = np.where(np.isnan(seen), self.missing_left[at], seen <= self.threshold[at])
                at = np.where(go_left, self.left[at], self.right[at])
            leaves = self.value[at].astype(np.float64).reshape(len(rows), -1, classes)
            total[start : start + ROWS] = self.baseline + leaves.sum(axis=1)
        return total

    def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float32]:
        scores = self.scores(features) / self.temperature[0]
        scores -= scores.max(axis=1, keepdims=True, initial=-np.inf)
        powers = np.exp(scores)
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def exported(fitted: Any, temperature: float = 1.0) -> Trees:
    """The trees of a fitted scikit-learn HistGradientBoostingClassifier of three or more classes."""
    parts: dict[str, list[NDArray[Any]]] = {
        k: [] for k in ("feature", "threshold", "missing", "left", "right", "value")
    }
    roots, start, depth = [], 0, 0
    for boosting_round in fitted._predictors:
        for tree in boosting_round:
            nodes = tree.nodes
            own = np.arange(len(nodes)) + start
            leaf = nodes["is_leaf"].astype(bool)
            parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]).astype(np.int16))
            parts["threshold"].append(np.where(leaf, 0.0, nodes["num_threshold"]).astype(np.float64))
            parts["missing"].append(nodes["missing_go_to_left"].astype(bool))
            parts["left"].append(np.where(leaf, own, nodes["left"] + start).astype(np.int32))
            parts["right"].append(np.where(leaf, own, nodes["right"] + start).astype(np.int32))
            parts["value"].append(np.where(leaf, nodes["value"], 0.0).astype(np.float32))
            roots.append(start)
            start += len(nodes)
            depth = max(depth, int(nodes["depth"].max()))
    joined = {key: np.concatenate(value) for key, value in parts.items()}
    return Trees(
        feature=joined["feature"],
        threshold=joined["threshold"],
        missing_left=joined["missing"],
        left=joined["left"],
        right=joined["right"],
        value=joined["value"],
        roots=np.array(roots, np.int32),
        baseline=np.asarray(fitted._baseline_prediction, np.float64).ravel(),
        temperature=np.array([temperature]),
        depth=depth,
    )
