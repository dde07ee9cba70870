"""Files of the command line: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from core.errors import BadInput


def folder(path: Path) -> Path:
    """The folder, made if need be and tried: before the work, not after it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise BadInput("a folder one can write to", f"{path} ({error.strerror})", "Name another one.") from error
    return path


def whole(path: Path, content: str | bytes) -> None:
    """A file half written is never found under its name."""
    data = content.encode() if isinstance(content, str) else content
    part: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as file:
            part = Path(file.name)
            file.write(data)
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        if part:
            part.unlink(missing_ok=True)
        raise BadInput("room to write the result", f"{path} ({error.strerror})", "Free some space.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
