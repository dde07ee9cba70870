"""assemble(settings, modality) → Tools: the only place where core meets networks.

Here the models' cards are checked against the vocabulary, and plain numpy answers become records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadSettings, ModelMismatch, NoNetwork
from core.markers import MEASURED, SIMULATED
from core.protocols import Crop, Explainer, Naming, Phenotyping, Tools, ViewsCrop
from core.records import Confusion, Engine, Modality, ModelCard, ModelStamp, Outline
from core.settings import Settings
from core.vocabulary import VOCABULARIES, Vocabulary, vocabulary
from models import registry, runtime
from models.backends import choice
from models.synthesis import background_bank

DETECTOR = "cell-detector"
CLASSIFIER = "cell-classifier"
DPC_DETECTOR = "dpc-detector"
PHENOTYPER = "label-free"
BACKGROUNDS = 12  # drawn for a test, each of a slide of its own
LEARNED = 3.0  # spreads of the training cells around their mean: what lies beyond was hardly learned


class FoundCells:
    """A detector of the registry, behind the Detector protocol."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self._stamp = _stamp(network, "detector")

    @property
    def stamp(self) -> ModelStamp:
        return _settled(self._stamp, self._network)

    def find(self, pixels: NDArray[Any], um_per_px: float | None) -> list[Outline]:
        return [Outline(contour, score) for contour, score in self._network.find(pixels, um_per_px)]

    def scale(self, pixels: NDArray[Any]) -> float | None:
        estimate: float | None = self._network.scale(pixels)
        return estimate


class NamedCells:
    """A classifier of the registry, behind the Classifier protocol."""

    def __init__(self, network: Any) -> None:
        self._network = network
        self._stamp = _stamp(network, "classifier")

    @property
    def stamp(self) -> ModelStamp:
        return _settled(self._stamp, self._network)

    def name(self, crops: Sequence[Crop]) -> Naming:
        named = self._network.name([c.pixels for c in crops], [c.mask for c in crops], [c.um_per_px for c in crops])
        return Naming(
            labels=tuple(self._network.labels),
            probabilities=np.asarray(named.probabilities, dtype=np.float32),
            measures=tuple(named.measures),
            possible=tuple(named.possible),
            oddness=named.oddness,
        )

    def again(self, crops: Sequence[Crop], called: Sequence[str]) -> Naming:
        """Probabilities alone, sooner where a crop is called as before and surely so: see the network's `again`."""
        columns = [c.pixels for c in crops], [c.mask for c in crops], [c.um_per_px for c in crops]
        probabilities = self._network.again(*columns, called)
        return Naming(tuple(self._network.labels), np.asarray(probabilities, dtype=np.float32))


class PhenotypedCells:
    """A label-free network of the registry, behind the Phenotyper protocol."""

    def __init__(self, network: Any, explains: bool = False) -> None:
        self._network, self._explains = network, explains
        self._stamp = _stamp(network, "phenotyper")

    @property
    def stamp(self) -> ModelStamp:
        return self._stamp if self._explains else _settled(self._stamp, self._network)

    def look(self, crops: Sequence[ViewsCrop]) -> Phenotyping:
        found = self._network.look([crop.views for crop in crops])
        return Phenotyping(
            labels=tuple(self._network.labels),
            probabilities=np.asarray(found.probabilities, dtype=np.float32),
            markers=tuple(self._network.markers),
            values=np.asarray(found.markers, dtype=np.float32),
            low=np.asarray(found.low, dtype=np.float32),
            high=np.asarray(found.high, dtype=np.float32),
            gate=np.asarray(found.gate, dtype=np.float32),
            views=np.asarray(found.views, dtype=bool),
            possible=tuple(found.possible),
            oddness=found.oddness,
        )

    def saliency(self, crops: Sequence[ViewsCrop], target: str) -> NDArray[np.float32]:
        return np.asarray(self._network.saliency([crop.views for crop in crops], target), np.float32)


def explainer(settings: Settings) -> Explainer:
    """Who can show where the answer on a label-free cell comes from: the installed network, loaded when asked."""
    if PHENOTYPER not in {*registry.names(), *sites_own(settings)}:
        raise NoNetwork("an installed network for label-free (DPC) images", "none", "Install one.")
    return PhenotypedCells(_network(PHENOTYPER, settings), explains=True)


def assemble(settings: Settings, modality: Modality = Modality.SMEAR) -> Tools:
    """Tools for one modality. Networks are loaded once per process, whoever asks."""
    words = vocabulary(VOCABULARIES[modality], settings.vocabularies_folder)
    if modality is Modality.DPC:
        if not label_free_installed(settings):
            raise NoNetwork(
                "an installed network for label-free (DPC) images",
                "no network installed",
                "Analyse stained smears for now; label-free images can be stored and analysed later.",
            )
        phenotyper = PhenotypedCells(_network(PHENOTYPER, settings))
        _check_labels(phenotyper, words)
        return Tools(settings, words, modality, FoundCells(_network(DPC_DETECTOR, settings)), phenotyper=phenotyper)
    detector = FoundCells(_network(DETECTOR, settings))
    classifier = NamedCells(_network(CLASSIFIER, settings))
    _check_labels(classifier, words)
    return Tools(settings, words, modality, detector, classifier)


@lru_cache(maxsize=8)
def drawn_backgrounds(modality: Modality, side: int, um_per_px: float | None = None) -> tuple[NDArray[Any], ...]:
    """The bundled bank: squares of slides without a nucleated cell, drawn; the same on every machine."""
    if modality is Modality.DPC:
        return background_bank.unstained_bank(BACKGROUNDS, side)
    kinds, scale = tuple(background_bank.Kind), um_per_px or background_bank.UM_PER_PX
    return background_bank.stained_bank(BACKGROUNDS, side, kinds=kinds, um_per_px=scale)


def label_free_installed(settings: Settings) -> bool:
    """Whether finder and network for label-free pictures are both there, ours or the site's own."""
    return {DPC_DETECTOR, PHENOTYPER} <= {*registry.names(), *sites_own(settings)}


def cards(
    folder: Path = registry.CARDS, weights: Path = registry.WEIGHTS, settings: Settings | None = None
) -> tuple[ModelCard, ...]:  # fmt: skip
    """Every installed model as its card tells of it, those in use first; one that is refused says why."""
    site = sites_own(settings) if settings else {}
    found = [_told(name, folder, weights) for name in registry.names(folder) if name not in site]
    found += [replace(_told(name, *where), origin=str(where[0])) for name, where in site.items()]
    return tuple(sorted(found, key=lambda card: (not card.in_use, card.name)))


def sites_own(settings: Settings) -> dict[str, tuple[Path, Path]]:
    """Name → folder of the card, folder of the weights, for the models in the folder that the setting `models` names.

    Both lie side by side as `python -m models.training` writes them, or in `cards` and `weights` as ours do.
    """
    folder = settings.models_folder
    if folder is None:
        return {}
    inner = (folder / "cards", folder / "weights")
    where = inner if inner[0].is_dir() else (folder, folder)
    names = registry.names(where[0]) if where[0].is_dir() else ()
    usable = (DETECTOR, CLASSIFIER, DPC_DETECTOR, PHENOTYPER)
    found = {name: where for name in usable if name in names}
    if not found:
        expected = f"a card in the folder of the setting models ({', '.join(f'{name}.toml' for name in usable)})"
        said = "no such folder" if not folder.is_dir() else f"{', '.join(names) or 'none'} in {where[0]}"
        do = "Name the folder that `python -m models.training` wrote with --out, or leave the setting empty."
        raise BadSettings(expected, said, do)
    return found


def _told(name: str, folder: Path, weights: Path) -> ModelCard:
    in_use = name in (DETECTOR, CLASSIFIER, DPC_DETECTOR, PHENOTYPER)
    try:
        card = registry.card(name, folder)
    except registry.ModelRefused as refused:
        return ModelCard(name, in_use=in_use, problem=str(refused))
    said = {key: getattr(card, key) for key in card.__dataclass_fields__}
    tables = {key: value for key, value in said.items() if isinstance(value, Mapping) and value}
    kept = {key: said[key] for key in ModelCard.__dataclass_fields__ if key in said}
    digest, problem = card.sha256, ""
    try:
        if card.weights:
            registry.weights(card, weights)
        else:
            digest = registry.digest(card)
    except registry.ModelRefused as refused:
        problem = str(refused)
    return ModelCard(**kept, tables=tables, digest=digest, in_use=in_use, problem=problem)


def _network(name: str, settings: Settings) -> Any:
    """One load per process, weights and device; a refusal keeps its three parts."""
    try:
        folder, weights = sites_own(settings).get(name, (registry.CARDS, registry.WEIGHTS))
        card = registry.card(name, folder)
        device = device_of(settings) if card.sha256 else "cpu"
        how = engines(settings)
        key = (name, card.version, card.sha256, device, how)
        return runtime.once(key, lambda: registry.load(name, cards=folder, folder=weights, device=device, engines=how))
    except registry.ModelRefused as refused:
        raise ModelMismatch(refused.expected, refused.found, refused.do) from refused


def engines(settings: Settings) -> choice.Engines:
    """What the setting 'backend' asks, and where exports are kept; the reference needs no place, and is shared."""
    if settings.backend == choice.REFERENCE:
        return choice.Engines()
    return choice.Engines(settings.backend, settings.backends_folder)


def engines_told(settings: Settings, of: Sequence[ModelCard] | None = None) -> tuple[Engine, ...]:
    """How each network runs here, as far as it is known; loads none. `of` spares reading cards and weights again."""
    how, device = engines(settings), device_of(settings)
    known = [card for card in of or cards(settings=settings) if card.name in registry.NETWORKS and not card.problem]
    states = [choice.told(how, part, card.digest, device) for card in known for part in registry.NETWORKS[card.name]]
    return tuple(_engine(state) for state in states)


def engines_measured(settings: Settings) -> tuple[Engine, ...]:
    """The engines tried anew, whatever was found before; takes some seconds for each network."""
    choice.forget(settings.backends_folder)
    return engines_tried(settings)


def engines_tried(settings: Settings) -> tuple[Engine, ...]:
    """The same for the networks whose engines have not been tried here yet."""
    for card in cards(settings=settings):
        if card.name in registry.NETWORKS and not card.problem:
            _ = _network(card.name, settings).engine
    return engines_told(settings)


def _engine(state: choice.State) -> Engine:
    found = state.finding
    if found is None:
        return Engine(state.network, state.engine, state.why)
    return Engine(state.network, state.engine, state.why, found.agrees, found.agreement, found.rates)


def _settled(stamp: ModelStamp, network: Any) -> ModelStamp:
    """With what runs the network, which is chosen now if it has not been yet. Baselines are no networks."""
    return replace(stamp, engine=getattr(network, "engine", ""))


def device_of(settings: Settings) -> str:
    """'cuda' or 'cpu'; BadSettings when the setting asks for a GPU that is not there."""
    try:
        return runtime.device(settings.device)
    except RuntimeError as error:
        do = "Set HEMABOARD_DEVICE to auto or cpu, or install a torch that sees the GPU."
        raise BadSettings(f"a GPU, as the setting device = {settings.device} asks", "none here", do) from error


def _stamp(network: Any, task: str) -> ModelStamp:
    card = network.card
    try:
        confusion = {composite: Confusion.of(table) for composite, table in card.confusion.items()}
    except (KeyError, TypeError, ValueError) as error:
        expected = f"3 × 3 matrices for each patient in [confusion] of {card.name}'s card"
        raise ModelMismatch(expected, str(error), "Make card and weights anew with the training command.") from error
    if card.marker_truth not in ("", SIMULATED, MEASURED):
        expected = f"'{SIMULATED}', '{MEASURED}' or nothing as marker_truth of {card.name}'s card"
        raise ModelMismatch(expected, repr(card.marker_truth), "Mend the card.")
    return ModelStamp(
        card.name,
        network.digest,
        task,
        card.domain,
        card.notice,
        card.vocabulary,
        confusion,
        tuple(card.markers),
        card.marker_truth,
        card.marker_units,
        _cuts(card),
        _ranges(card),
    )


def _cuts(card: Any) -> dict[str, float]:
    """Above which value a cell is 'high' for a marker, where the card says so."""
    try:
        return {str(name): float(cut) for name, cut in card.parameters.get("marker_cuts", {}).items()}
    except (AttributeError, TypeError, ValueError) as error:
        expected = f"numbers by marker in marker_cuts of {card.name}'s card"
        raise ModelMismatch(expected, str(error), "Mend the card.") from error


def _ranges(card: Any) -> dict[str, tuple[float, float]]:
    """The values that a marker's training cells had, all but the farthest: their mean and three spreads around it."""
    try:
        middle, scale = (card.parameters.get(f"marker_{word}", {}) for word in ("middle", "scale"))
        known = {str(name): (float(middle[name]), LEARNED * float(scale[name])) for name in card.markers if middle}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        expected = f"numbers by marker in marker_middle and marker_scale of {card.name}'s card"
        raise ModelMismatch(expected, str(error), "Mend the card.") from error
    return {name: (round(at - reach, 4), round(at + reach, 4)) for name, (at, reach) in known.items()}


def _check_labels(classifier: NamedCells | PhenotypedCells, words: Vocabulary) -> None:
    labels = classifier._network.labels
    vocabulary = classifier._stamp.vocabulary
    if vocabulary != words.id or set(labels) != set(words.codes):
        raise ModelMismatch(
            f"a network of vocabulary {words.id} with the classes {', '.join(words.codes)}",
            f"vocabulary {vocabulary!r} with {', '.join(labels)}",
            "Install weights whose card names this vocabulary.",
        )
