"""Which engine runs a network here: tried once beside the reference, remembered, and used if it agrees and is quicker.

    wish 'torch'      the reference, at once
    wish 'openvino'   OpenVINO if it agrees with the reference on drawn inputs, however quick it is; not on a GPU
    wish 'auto'       whichever was quicker in a trial of some seconds; on a GPU, torch in bfloat16 if that agrees

A trial happens when a network is used for the first time, not when it is loaded: no page waits for it. Whatever goes
wrong in it leaves the reference in use, and the finding says what went wrong. It holds until somebody asks for another
trial, unless the moment was to blame (`models.backends.passing`): then the next start tries again, a few times.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from numpy.typing import NDArray

from models.backends import compiled, passing
from models.backends.cache import Cache, Finding, machine
from models.backends.plan import Arrays, Network, Plan

WISHES = ("auto", "torch", "openvino")
REFERENCE = "torch"
HALF = "torch-bfloat16"
LONG = 1.0  # seconds that each of the two is measured for, and at least
LEAST = 3  # times
NEARLY = 0.95  # of torch's speed: at a tie the engine is used, whose answers do not depend on a cell's company
UNSTEADY = 1.5  # times the best that the middle run took: other programs had the machine, and a defeat proves little
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class State:
    """How one network runs now, for reading."""

    network: str
    engine: str  # '' where it has not been tried yet
    why: str
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Engines:
    """What networks ask for how they are to run. Without a folder nothing is tried and the reference is used."""

    wish: str = REFERENCE
    folder: Path | None = None

    def network(self, plan: Plan, device: str = "cpu", precision: Any = None) -> Network:
        """The network ready to run; the reference at once, anything else when it is first called."""
        if self.settled(device) or precision is not None:
            return reference(plan, device, precision)
        assert self.folder is not None
        return Tried(plan, self.wish, self.folder, device)

    def settled(self, device: str) -> str:
        """Why the reference runs without a trial; '' where engines are tried."""
        if self.wish == REFERENCE or self.folder is None:
            return "as the setting 'backend' asks"
        if self.wish == compiled.NAME and device == "cuda":  # half precision on the GPU is not what was asked for
            return f"{compiled.NAME} runs on processors: for it, set 'device' to cpu"
        return ""


class Tried:
    """A network whose engine is chosen when it is first called."""

    def __init__(self, plan: Plan, wish: str, folder: Path, device: str) -> None:
        self._plan, self._wish, self._device = plan, wish, device
        self._candidate = candidate(device)
        self._cache = Cache(folder, plan.name, plan.digest, self._candidate)
        self._made: Network | None = None
        self._lock = threading.Lock()
        self.state = State(plan.name, "", "not used yet: the first use tries the engines")

    @property
    def engine(self) -> str:
        """By name and version; asking settles it."""
        return self._ready().engine

    def __call__(self, *arrays: NDArray[Any]) -> Arrays:
        return self._ready()(*arrays)

    def _ready(self) -> Network:
        with self._lock:
            if self._made is None:
                self._made = self._remembered() or self._chosen_anew()
            return self._made

    def _remembered(self, alone: bool = False) -> Network | None:
        """By an earlier trial, if what it vouches for is still there and whole, and if it is not to be made again.

        One that has not ended is waited for; once we are `alone`, whoever began it is no more.
        """
        finding = self._cache.found()
        if finding is None or not (finding.ended or alone) or (passing.due(finding) and self._matters(finding)):
            return None
        engine, why = chosen(self._wish, finding)
        try:
            made = reference(self._plan, self._device) if engine == REFERENCE else self._from_cache()
        except Exception:  # whatever an engine says of a damaged file or a changed machine: tried anew
            log.exception("The kept export of %s is not usable and is made anew", self._plan.name)
            self._cache.forget()
            return None
        self.state = State(self._plan.name, made.engine, why, finding)
        return made

    def _matters(self, finding: Finding) -> bool:
        """Another trial could choose otherwise: whoever asked for the engine has one that agrees, however quick."""
        return not finding.agrees or self._wish == "auto"

    def _from_cache(self) -> Network:
        if self._candidate == HALF:
            return _half(self._plan)
        return compiled.CompiledNetwork(self._cache.content() or b"", self._plan)

    def _chosen_anew(self) -> Network:
        try:
            with self._cache.alone():
                already = self._remembered(alone=True)  # by another process, while this one waited
                if already is not None:
                    return already
                return self._trial()
        except OSError as error:  # the folder cannot be written: said, and the reference is used
            self.state = State(self._plan.name, REFERENCE, f"nothing can be kept in the data folder ({error})")
            log.warning("Engines of %s were not tried: %s", self._plan.name, error)
            return reference(self._plan, self._device)

    def _trial(self) -> Network:
        before = self._cache.found()
        tries = before.tries + 1 if before is not None and before.passing else 1
        # Written down first: a process that is killed for want of memory, or by the engine's fault, counts as a try.
        said = "its trial began and never ended"
        begun = Finding(self._plan.name, self._candidate, False, said, passing=True, tries=tries, ended=False)
        self._cache.keep(replace(begun, at=time.time()), None)
        usual = reference(self._plan, self._device)
        other, finding, content = tried(self._plan, usual, self._candidate)
        finding = self._kept(replace(finding, tries=tries if finding.passing else 1, at=time.time()), content)
        engine, why = chosen(self._wish, finding)
        if not finding.agrees:
            log.warning("%s runs on torch: %s", self._plan.name, finding.agreement)
        made = usual if engine == REFERENCE or other is None else other
        self.state = State(self._plan.name, made.engine, why, finding)
        return made

    def _kept(self, finding: Finding, content: bytes | None) -> Finding:
        """Where an export finds no room, the few bytes that say so may."""
        try:
            self._cache.keep(finding, content if finding.agrees else None)
        except OSError as error:
            if not finding.agrees or not passing.passes(error):
                raise
            said = f"its export could not be kept ({error.strerror})"
            finding = replace(finding, agrees=False, agreement=said, rates={}, passing=True)
            self._cache.keep(finding, None)
        return finding


def candidate(device: str) -> str:
    """The engine that is tried beside the reference."""
    return HALF if device == "cuda" else compiled.NAME


def told(engines: Engines, name: str, digest: str, device: str = "cpu") -> State:
    """How a network runs here, as far as it is known without loading it."""
    settled = engines.settled(device)
    if settled or engines.folder is None:
        return State(name, REFERENCE, settled)
    finding = Cache(engines.folder, name, digest, candidate(device)).found()
    if finding is None or not (finding.ended or finding.tries >= passing.TRIES):
        return State(name, "", "not tried yet: its first use does, or `python -m core backends --measure`")
    return State(name, *chosen(engines.wish, finding), finding)


def forget(folder: Path) -> None:
    """What was found of engines on this machine; the next use of each network tries them again."""
    for file in folder.glob(f"*.{machine()}.json"):
        file.unlink(missing_ok=True)


def chosen(wish: str, finding: Finding) -> tuple[str, str]:
    """Which engine, and why in a few words."""
    if wish == REFERENCE:
        return REFERENCE, "as the setting 'backend' asks"
    if not finding.agrees:
        return REFERENCE, f"{finding.engine} is not used: {finding.agreement}{passing.outlook(finding)}"
    pace = f"{finding.ratio:.1f} times as fast as torch when tried here"
    if wish == "auto" and finding.ratio < NEARLY:
        doubt = f", on a busy machine{passing.outlook(finding)}" if finding.passing else ""
        return REFERENCE, f"{finding.engine} was {pace}{doubt}"
    return finding.engine.split()[0], pace if wish == "auto" else f"as the setting 'backend' asks; {pace}"


def tried(plan: Plan, usual: Network, name: str) -> tuple[Network | None, Finding, bytes | None]:
    """The candidate beside the reference, on the same drawn inputs: does it agree, and how quick are both?"""
    start = time.perf_counter()
    named = f"{name} {compiled.version()}" if name == compiled.NAME else name
    content: bytes | None = None
    try:
        inputs = plan.samples()
        if name == HALF:
            other: Network = _half(plan)
        else:
            content = compiled.exported(plan, usual.module)  # type: ignore[attr-defined]
            other = compiled.CompiledNetwork(content, plan)
        agreement = plan.agrees(usual(*inputs), other(*inputs))
    except Exception as error:  # noqa: BLE001 - an engine may fail in any way; the reference does its work then
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        failed = Finding(plan.name, named, False, f"it could not be tried ({said})", passing=passing.passes(error))
        return None, failed, None
    finding = Finding(plan.name, named, agreement.holds, agreement.said)
    if agreement.holds:
        rates, steady = measured({REFERENCE: usual, name: other}, inputs)
        finding = replace(finding, rates=rates)
        finding = replace(finding, passing=not steady and finding.ratio < NEARLY)
    else:
        finding = replace(finding, agreement=f"it differs from the reference ({agreement.said})")
    return other, replace(finding, seconds=round(time.perf_counter() - start, 2)), content


def measured(networks: dict[str, Network], inputs: Arrays) -> tuple[dict[str, float], bool]:
    """Items a second of each at its best, by turns, and whether the runs were much alike: on a busy machine the best
    of many is what least depends on it, and still not much to go by."""
    took: dict[str, list[float]] = {name: [] for name in networks}
    end = time.perf_counter() + LONG * len(networks)
    while time.perf_counter() < end or min(map(len, took.values())) < LEAST:
        for name, network in networks.items():
            start = time.perf_counter()
            network(*inputs)
            took[name].append(time.perf_counter() - start)
    rates = {name: round(len(inputs[0]) / min(times), 2) for name, times in took.items()}
    return rates, all(median(times) <= UNSTEADY * min(times) for times in took.values())


def reference(plan: Plan, device: str = "cpu", precision: Any = None) -> Network:
    import torch

    from models import runtime
    from models.backends.reference import TorchNetwork

    if torch.get_num_threads() > runtime.threads():  # torch counts the cores, not a container's share of them
        torch.set_num_threads(runtime.threads())
    return TorchNetwork(plan.module(), device, torch.float32 if precision is None else precision)


def _half(plan: Plan) -> Network:
    """On a GPU: bfloat16 where autocast allows it, channels last."""
    import torch

    from models.backends.reference import TorchNetwork

    return TorchNetwork(plan.module(), "cuda", torch.bfloat16, HALF)
