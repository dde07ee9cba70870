"""What works here and what does not: database, queue, disk, device, models. Looked at, never mended.

Core knows models only through core.tools, which stands above: whoever asks brings the cards and the device.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from core import product
from core.doors.laboratory import Queue, Wanted
from core.errors import HemaboardError
from core.protocols import Store
from core.records import Engine, ModelCard
from core.settings import MEGABYTE, Settings

GIGABYTE = 1024 * MEGABYTE
LITTLE = 10 * GIGABYTE  # free space below which we warn
HARDLY = 1 * GIGABYTE  # and below which uploads will fail
LONG = dt.timedelta(minutes=10)  # that a run may wait before we ask whether anybody works
MOST_FILES = 200_000  # counted for the size of the store; beyond it the size is a lower bound


class State(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"  # nobody here can tell


@dataclass(frozen=True, slots=True)
class Check:
    id: str
    name: str
    state: State
    value: str  # what was found, short
    said: str = ""  # what it means, and what to do


@dataclass(frozen=True, slots=True)
class Health:
    at: dt.datetime
    version: str
    checks: tuple[Check, ...]

    @property
    def state(self) -> State:
        found = {check.state for check in self.checks}
        return next((state for state in (State.BAD, State.WARNING) if state in found), State.GOOD)


def of(
    store: Store | HemaboardError,
    settings: Settings,
    cards: Sequence[ModelCard] | HemaboardError,
    device: str | HemaboardError,
    now: dt.datetime,
    engines: Sequence[Engine] | HemaboardError = (),
) -> Health:
    """An error in the place of a thing is why there is no such thing."""
    checks = (
        *_store(store, now),
        *_disk(settings),
        _device(device, settings),
        *_models(cards),
        *_engines(engines),
        Check(
            "backup",
            "Last backup",
            State.UNKNOWN,
            "not known here",
            "Hemaboard makes no backups. Copy the data folder (or the database and the blob store) by a site's own "
            "means, and write the trail's head down beside each copy.",
        ),
    )
    return Health(now, product.version(), checks)


def as_json(health: Health) -> dict[str, Any]:
    return {
        "at": health.at.isoformat(timespec="seconds"),
        "version": health.version,
        "state": health.state.value,
        "checks": [
            {"id": c.id, "name": c.name, "state": c.state.value, "value": c.value, "said": c.said}
            for c in health.checks
        ],
    }


def _store(store: Store | HemaboardError, now: dt.datetime) -> list[Check]:
    if isinstance(store, HemaboardError):
        return [Check("database", "Database", State.BAD, store.found, store.do)]
    try:
        kind, its_version, ours = store.laboratory.database()
        queue = store.laboratory.queue(now)
        events = store.laboratory.history.page(Wanted(), limit=1)
    except HemaboardError as error:
        return [Check("database", "Database", State.BAD, error.found, error.do)]
    except Exception as error:  # noqa: BLE001 - whatever a lost database says, the page must still stand
        do = "Start it, or correct HEMABOARD_DATABASE_URL."
        return [Check("database", "Database", State.BAD, f"does not answer ({type(error).__name__})", do)]
    said = f"Tables of version {ours}; {events[0].number if events else 0} events in the trail."
    return [Check("database", "Database", State.GOOD, f"{kind} {its_version}", said), *_queue(queue, now)]


def _queue(queue: Queue, now: dt.datetime) -> list[Check]:
    value = f"{queue.running} running, {queue.queued} waiting"
    state, said = State.GOOD, ""
    if queue.waiting_since is not None:
        waits = now - queue.waiting_since
        said = f"The oldest has waited {spoken(waits)}."
        if waits > LONG and not queue.running:
            state = State.BAD
            said += " Nobody works: start `python -m core worker`, or the app where it works itself."
        elif waits > LONG:
            state = State.WARNING
            said += " Another worker would help."
    failed = Check("failed", "Failed runs", State.GOOD, "none in the last day")
    if queue.failed:
        do = "Open them from the worklist (state “failed”): each says what was wrong, and can be started again."
        failed = Check("failed", "Failed runs", State.WARNING, f"{queue.failed} in the last day", do)
    return [Check("queue", "Queue", state, value, said), failed]


def _disk(settings: Settings) -> list[Check]:
    folder = _there(settings.folder)
    free = shutil.disk_usage(folder).free
    state = State.BAD if free < HARDLY else State.WARNING if free < LITTLE else State.GOOD
    said = "" if state is State.GOOD else "Free some space, or move the data folder (HEMABOARD_DATA)."
    used, whole = stored(settings.folder)
    parts = [f"{'' if whole else 'more than '}{gigabytes(used)} in the data folder"]
    if settings.blobs and not settings.blobs.startswith("file://"):
        parts.append("pictures lie in an object store, which is not looked at here")
    return [
        Check("disk", "Free space", state, gigabytes(free), said),
        Check("size", "Stored here", State.GOOD, parts[0], " ".join(parts[1:]).capitalize()),
    ]


def _device(device: str | HemaboardError, settings: Settings) -> Check:
    if isinstance(device, HemaboardError):
        return Check("device", "Device", State.BAD, device.found, device.do)
    said = f"As the setting 'device' ({settings.device}) asks; {os.cpu_count() or 1} processor cores."
    return Check("device", "Device", State.GOOD, {"cuda": "GPU (CUDA)", "cpu": "processor"}.get(device, device), said)


def _models(cards: Sequence[ModelCard] | HemaboardError) -> list[Check]:
    if isinstance(cards, HemaboardError):
        return [Check("models", "Models", State.BAD, cards.found, cards.do)]
    used = [card for card in cards if card.in_use]
    if not used:
        do = "Install the weights that belong to the cards."
        return [Check("models", "Models", State.BAD, "none installed", do)]
    found = []
    for card in used:
        where = f" from {card.origin}" if card.origin else ""
        said = card.problem or f"version {card.version}{where}; SHA-256 {card.digest[:16]}…"
        value = "refused" if card.problem else "in order"
        found.append(Check(f"model.{card.name}", f"Model {card.name}", _good(not card.problem), value, said))
    return found


def _engines(engines: Sequence[Engine] | HemaboardError) -> list[Check]:
    """An engine that was tried and is not used because it differs is no fault, but is told."""
    if isinstance(engines, HemaboardError):
        return []  # the device or the models say what is wrong
    found = []
    for one in engines:
        state = State.WARNING if one.agrees is False else State.UNKNOWN if not one.name else State.GOOD
        differs = f"; differs from torch by {one.agreement}" if one.agrees else ""
        value = one.name or "not tried yet"
        found.append(Check(f"engine.{one.network}", f"Engine of {one.network}", state, value, f"{one.why}{differs}."))
    return found


def _good(yes: bool) -> State:
    return State.GOOD if yes else State.BAD


def stored(folder: Path) -> tuple[int, bool]:
    """Bytes under the folder, and whether all of them were counted."""
    total = files = 0
    folders = [str(folder)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:  # a third of the time that `os.walk` takes
                for entry in entries:
                    if entry.is_dir():
                        folders += [] if entry.is_symlink() else [entry.path]
                        continue
                    files += 1
                    if files > MOST_FILES:
                        return total, False
                    with suppress(OSError):  # gone meanwhile
                        total += entry.stat().st_size
        except OSError:  # the folder is
            continue
    return total, True


def _there(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def gigabytes(size: int) -> str:
    return f"{size / GIGABYTE:.1f} GB" if size >= GIGABYTE else f"{size / MEGABYTE:.1f} MB"


def spoken(span: dt.timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 2:
        return "less than two minutes"
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 2880 else f"{minutes // 1440} days"
