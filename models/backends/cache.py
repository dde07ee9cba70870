"""What was exported and what was found of it, in files that may go at any time: what is missing is made anew.

    <network>-<key>.zip                 the export, the same on every machine
    <network>-<key>.<processor>.json    agreement and speed on this processor

Written whole or not at all, as several processes may write at once; one that cannot be read counts as missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from filelock import FileLock

from models.backends import compiled


@dataclass(frozen=True, slots=True)
class Finding:
    """An engine tried on this machine, beside the reference."""

    network: str
    engine: str  # that was tried, with its version
    agrees: bool
    agreement: str  # by how much it differs, or why it could not be tried
    rates: Mapping[str, float] = field(default_factory=dict)  # items a second, by engine
    seconds: float = 0.0  # that the trial took
    passing: bool = False  # the moment was to blame, not engine or machine: see `models.backends.passing`
    tries: int = 1  # one after the other that failed so
    at: float = 0.0  # when it ended, in seconds since 1970
    ended: bool = True  # False: it goes on at this moment, or its process was killed in it

    @property
    def ratio(self) -> float:
        """How many times as fast as the reference; 0 where it was not measured."""
        slow = self.rates.get("torch", 0.0)
        return max((rate for name, rate in self.rates.items() if name != "torch"), default=0.0) / slow if slow else 0.0


class Cache:
    """Of one network: its part's name, the digest of its weights, and the engine that is tried."""

    def __init__(self, folder: Path, name: str, digest: str, engine: str) -> None:
        told = f"{compiled.EXPORT}|{engine}|{compiled.version()}|{name}|{digest}"
        key = hashlib.sha256(told.encode()).hexdigest()[:16]
        self._folder, self._name = folder, name
        self.export, self.finding = folder / f"{name}-{key}.zip", folder / f"{name}-{key}.{machine()}.json"

    def alone(self) -> FileLock:
        """Held while an engine is tried, so that processes that start together do not all try it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self._folder / f"{self._name}.lock")

    def found(self) -> Finding | None:
        try:
            told = json.loads(self.finding.read_text(encoding="utf-8"))
            rates = {str(name): float(rate) for name, rate in told.pop("rates").items()}
            finding = Finding(**told, rates=rates)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        right = isinstance(finding.agrees, bool) and isinstance(finding.engine, str) and finding.engine.strip()
        counted = isinstance(finding.passing, bool) and isinstance(finding.tries, int)
        timed = isinstance(finding.at, (int, float)) and isinstance(finding.ended, bool)
        return finding if right and counted and timed and finding.network == self._name else None

    def keep(self, finding: Finding, content: bytes | None) -> None:
        """The export first: a finding that agrees vouches for it."""
        if content is not None:
            _write(self.export, content)
        _write(self.finding, json.dumps(asdict(finding), indent=1).encode())

    def content(self) -> bytes | None:
        try:
            return self.export.read_bytes()
        except OSError:
            return None

    def forget(self) -> None:
        for file in (self.finding, self.export):
            with suppress(OSError):
                file.unlink()


def machine() -> str:
    """A short name of this processor."""
    return hashlib.sha256(compiled.processor().encode()).hexdigest()[:12]


def _write(place: Path, content: bytes) -> None:
    handle, part = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(part).chmod(0o644)  # workers of other accounts read it too
        Path(part).replace(place)
    except BaseException:
        with suppress(OSError):
            Path(part).unlink()
        raise
