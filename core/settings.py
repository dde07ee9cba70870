"""One frozen Settings, from the environment (`HEMABOARD_…`) over an optional TOML file over the defaults.

The file is `hemaboard.toml` in the working folder, or the one `HEMABOARD_SETTINGS` names. An unknown key or a
value of the wrong kind is refused by name, so that a typing error never becomes a silent default.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from core.errors import BadSettings

PREFIX = "HEMABOARD_"
MEGABYTE = 1024 * 1024
MAY_BE_NOTHING = ("retention_days",)


@dataclass(frozen=True, slots=True)
class Settings:
    data: str = ".hemaboard"  # folder for everything local
    database_url: str = ""  # empty: SQLite in `data`
    blobs: str = ""  # empty: a folder in `data`; else file://… or s3://…
    vocabularies: str = ""  # a site's own vocabulary files, beside the shipped ones
    models: str = ""  # a site's own models, instead of the shipped ones of the same names
    device: str = "auto"  # auto, cpu, cuda
    backend: str = "auto"  # auto, torch, openvino: what runs the networks
    executor_id: str = ""  # a worker's name; empty: one is made from host and process
    user: str = "local user"  # who acts where nobody can sign in
    administrators: str = ""  # who administers from the first sign-in on: addresses or subjects, with commas
    session_hours: int = 12  # after which one signs in again
    retention_days: int = 0  # after which finished cases may be deleted; 0: kept
    language_model_url: str = ""  # of an OpenAI-compatible endpoint; empty: summaries are written by the template
    language_model: str = ""  # its name there
    language_model_key: str = field(default="", repr=False)
    language_model_timeout_s: int = 60  # until the whole answer is there
    language_model_per_minute: int = 20  # requests of this process
    send_remote: bool = False  # whether figures may be sent to a language model on another machine
    demo: bool = True  # the synthetic demo cases are made at the start
    fields_per_step: int = 4  # fields in one checkpointed step
    max_file_mb: int = 300
    max_case_mb: int = 2000
    max_pixels: int = 120_000_000  # of one image
    max_zip_entries: int = 5000
    max_zip_depth: int = 2
    max_unpacked_mb: int = 2000

    @property
    def folder(self) -> Path:
        return Path(self.data).expanduser().resolve()

    @property
    def database(self) -> str:
        """The database's URL, with the driver spelt out."""
        if not self.database_url:
            return f"sqlite:///{self.folder / 'hemaboard.sqlite'}"
        if self.database_url.startswith(("postgresql://", "postgres://")):
            return "postgresql+psycopg://" + self.database_url.split("://", 1)[1]
        return self.database_url

    @property
    def vocabularies_folder(self) -> Path | None:
        return Path(self.vocabularies).expanduser() if self.vocabularies else None

    @property
    def models_folder(self) -> Path | None:
        return Path(self.models).expanduser() if self.models else None

    @property
    def backends_folder(self) -> Path:
        """What was found of engines on this machine, and the networks as they run them."""
        return self.folder / "backends"

    @property
    def blob_root(self) -> str:
        return self.blobs or f"file://{self.folder / 'blobs'}"


def settings(environ: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Settings from `environ` (the process's own by default) over the TOML file over the defaults."""
    env = os.environ if environ is None else environ
    path = file or Path(env.get(PREFIX + "SETTINGS", "hemaboard.toml"))
    if not path.exists() and (file or PREFIX + "SETTINGS" in env):
        raise BadSettings("a settings file", f"nothing at {path}", "Correct HEMABOARD_SETTINGS or unset it.")
    kinds = {f.name: get_type_hints(Settings)[f.name] for f in fields(Settings)}
    values: dict[str, Any] = {}
    for key, value in (_from_file(path) if path.exists() else {}).items():
        values[key] = _checked(key, value, kinds, str(path))
    for key, value in env.items():
        if key.startswith(PREFIX) and key != PREFIX + "SETTINGS":
            name = key.removeprefix(PREFIX).lower()
            values[name] = _checked(name, value, kinds, f"environment variable {key}")
    chosen = Settings(**values)
    _check_ranges(chosen)
    return chosen


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"TOML in {path}", str(error), "Mend that line.") from error


def _checked(key: str, value: Any, kinds: Mapping[str, Any], where: str) -> Any:
    if key not in kinds:
        raise BadSettings(f"one of {', '.join(kinds)}", f"'{key}' in {where}", "Correct the name or remove it.")
    if kinds[key] is bool:
        return _yes(key, value, where)
    if kinds[key] is int:
        try:
            return int(value) if not isinstance(value, bool | float) else int("not a whole number")
        except ValueError as error:
            raise BadSettings(f"a whole number for '{key}'", f"{value!r} in {where}", "Give a whole number.") from error
    if not isinstance(value, str):
        raise BadSettings(f"text for '{key}'", f"{value!r} in {where}", "Put it in quotes.")
    return value


def _yes(key: str, value: Any, where: str) -> bool:
    told = {"true": True, "false": False}.get(str(value).lower())
    if told is None:
        raise BadSettings(f"true or false for '{key}'", f"{value!r} in {where}", "Say true or false.")
    return told


def _check_ranges(chosen: Settings) -> None:
    for f in fields(Settings):
        value = getattr(chosen, f.name)
        least = 0 if f.name in MAY_BE_NOTHING else 1
        if isinstance(value, int) and not isinstance(value, bool) and value < least:
            raise BadSettings(f"'{f.name}' of at least {least}", str(value), "Raise it.")
    if chosen.device not in ("auto", "cpu", "cuda"):
        raise BadSettings("device auto, cpu or cuda", repr(chosen.device), "Correct the setting 'device'.")
    if chosen.backend not in ("auto", "torch", "openvino"):
        raise BadSettings("backend auto, torch or openvino", repr(chosen.backend), "Correct the setting 'backend'.")
