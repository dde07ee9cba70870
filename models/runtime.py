"""How networks run: each loaded once per process, one at a time on the processor, in batches that shrink when memory
is short. Which engine runs them is chosen in `models.backends`; what calls a network does not change.
"""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

Loaded = TypeVar("Loaded")
Item = TypeVar("Item")
Result = TypeVar("Result")

_loaded: dict[Hashable, Any] = {}
_locks: dict[Hashable, threading.Lock] = {}
_door = threading.Lock()

# Held while a network runs on the processor. A network takes all cores that there are: two of them at once, in two runs
# of one process, would share the cores and lose by it.
turn = threading.Lock()
GROUPS = Path("/sys/fs/cgroup")
DRIVERS = ("nvidia*", "nvhost*", "nvmap", "kfd", "dxg")  # in /dev: NVIDIA, Jetson, AMD, and Windows below Linux


def once(key: Hashable, load: Callable[[], Loaded]) -> Loaded:
    """What `load` makes, made once per process for this key (a network's digest and device).

    Other keys load meanwhile; a load that fails leaves nothing behind and is tried again by the next caller.
    """
    with _door:
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        if key not in _loaded:
            _loaded[key] = load()
        return _loaded[key]


def threads(environ: Mapping[str, str] = os.environ, groups: Path = GROUPS) -> int:
    """Cores that networks may use: OMP_NUM_THREADS where it is set, else those that this process may run on, and no
    more than a container's share of time."""
    wish = environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if wish.isdecimal() and int(wish):
        return int(wish)
    reach = getattr(os, "sched_getaffinity", None)
    cores = len(reach(0)) if reach else os.cpu_count() or 1
    return max(1, min(cores, _share(groups)))


def _share(groups: Path) -> int:
    """Whole cores of a container's limit on time (cgroup 2, then 1); very many where there is none."""
    for names in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        try:
            quota, period = " ".join((groups / name).read_text(encoding="ascii") for name in names).split()
            if int(quota) > 0:
                return math.ceil(int(quota) / int(period))
        except (OSError, ValueError):  # no such limit: 'max', -1, or no file
            continue
    return 1 << 16


def device(wish: str = "auto") -> str:
    """'cuda' or 'cpu', as wished and as there is; a wish for a GPU that is not there is refused, not ignored."""
    if wish == "cpu" or (wish == "auto" and not driven()):
        return "cpu"
    import torch  # takes two seconds, and is not needed to know that there is no GPU

    if torch.cuda.is_available():
        return "cuda"
    if wish == "cuda":
        raise RuntimeError("the setting 'device' asks for cuda, and torch finds no CUDA device here")
    return "cpu"


def driven(devices: Path = Path("/dev")) -> bool:
    """Whether there may be a GPU for torch: without a driver's device there is none. Where we cannot tell: yes."""
    if "torch" in sys.modules or sys.platform not in ("linux", "darwin"):
        return True
    return sys.platform == "linux" and any(next(devices.glob(name), None) for name in DRIVERS)


def in_batches(
    run: Callable[[Sequence[Item]], Sequence[Result]], items: Sequence[Item], size: int, say: Callable[[str], None]
) -> list[Result]:
    """`run` over `items`, `size` at a time; when CUDA runs out of memory the size is halved, and `say` hears of it.

    A single item that does not fit is an error: there is nothing left to halve.
    """
    results: list[Result] = []
    while len(results) < len(items):
        batch = items[len(results) : len(results) + size]
        try:
            results += run(batch)
        except RuntimeError as error:
            if not _out_of_memory(error) or len(batch) == 1:
                raise
            size = max(1, len(batch) // 2)
            say(f"The GPU ran out of memory; going on with {size} at a time.")
            _empty_cache()
    return results


def _out_of_memory(error: RuntimeError) -> bool:
    import torch

    return isinstance(error, torch.cuda.OutOfMemoryError)


def _empty_cache() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
