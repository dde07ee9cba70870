"""OpenVINO: a network traced once, then run by kernels made for this processor. The one door to openvino.

Nothing leaves the machine: openvino's telemetry, which reports every import and writes into the home folder, is not
installed (requirements-overrides.txt), and is barred here before the import, should somebody have installed it.

Items go in chunks of one shape, the last one filled up. A cell is then computed by the same kernels whatever else is
in its batch, so that what it says does not depend on its company.
"""

from __future__ import annotations

import io
import logging
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import runtime
from models.backends.plan import ANY, Arrays, Plan
from models.imaging.hushed import hushed

NAME = "openvino"
EXPORT = 1  # raised when what is exported changes
KEPT = 500  # kernels kept of sizes met before, where sides differ: those of a picture's size take some MB
PER_STREAM = 4  # cores that work on one chunk together, where there are many


def openvino() -> Any:
    """The package, without its telemetry."""
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # an import of it fails, and a stub steps in
    with hushed():
        import openvino as package
    return package


def version() -> str:
    """Of the engine, without loading it; an export of another version is made anew."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as of

    try:
        return of("openvino")
    except PackageNotFoundError:
        return ""


def exported(plan: Plan, module: Any) -> bytes:
    """The network as openvino's own format in one file, its sides and number of items left open."""
    import torch

    package = openvino()
    given = tuple(torch.from_numpy(np.ascontiguousarray(array[:2])) for array in plan.samples())
    with hushed(), torch.no_grad():  # the tracer warns of sizes; the agreement is checked afterwards
        traced = torch.jit.trace(module, given, check_trace=False, strict=False)
    with hushed(), _own_log(), torch.no_grad():  # apart, so that a codec that waits gets its turn between
        model = package.convert_model(traced, example_input=given)
    with tempfile.TemporaryDirectory(prefix="hemaboard-export-") as folder:
        place = Path(folder) / "model.xml"
        package.save_model(model, place, compress_to_fp16=False)
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as file:
            for part in (place, place.with_suffix(".bin")):
                file.write(part, part.name)
    return packed.getvalue()


@contextmanager
def _own_log() -> Iterator[None]:
    """openvino sets the root logger to errors only, with a filter of its own, and leaves it so when it fails."""
    root = logging.getLogger()
    level, filters, handlers = root.level, list(root.filters), list(root.handlers)
    try:
        yield
    finally:
        root.setLevel(level)
        root.filters[:], root.handlers[:] = filters, handlers


class CompiledNetwork:
    """An exported network on this machine's processor."""

    def __init__(self, content: bytes, plan: Plan, threads: int = 0) -> None:
        """ValueError where the content is damaged."""
        self.engine = f"{NAME} {version()}"
        self._plan, self._threads = plan, threads or runtime.threads()
        self._package = openvino()
        self._core = self._package.Core()
        self._model = self._read(content)
        self._usual = self._compiled([list(shape) for shape in plan.usual])
        self._open: Any = None  # for other sides, compiled when some come

    def __call__(self, *arrays: NDArray[Any]) -> Arrays:
        ready = [np.ascontiguousarray(array, np.float32) for array in arrays]
        usual = all(_fits(a.shape[1:], s[1:]) for a, s in zip(ready, self._plan.usual, strict=True))
        with runtime.turn:
            if usual:
                return self._chunked(self._usual, ready, self._plan.chunk)
            if self._open is None:
                self._open = self._compiled(None)
            return self._chunked(self._open, ready, 1)

    def _chunked(self, queue: Any, arrays: Sequence[NDArray[np.float32]], size: int) -> Arrays:
        """All items, `size` at a time, as many chunks at once as there are streams."""
        count = len(arrays[0])
        found: dict[int, list[NDArray[Any]]] = {}

        def keep(request: Any, start: int) -> None:
            left = min(size, count - start)
            found[start] = [request.get_output_tensor(k).data[:left].copy() for k in range(self._plan.answers)]

        queue.set_callback(keep)
        starts = range(0, count, size)
        for start in starts:
            chunk = [_filled(array[start : start + size], size) for array in arrays]
            queue.start_async(dict(enumerate(chunk)), start)
        queue.wait_all()
        return tuple(np.concatenate([found[start][k] for start in starts]) for k in range(self._plan.answers))

    def _compiled(self, shapes: list[list[int]] | None) -> Any:
        """A queue of requests. Single precision, also where the processor offers less: see the agreement's bound."""
        model = self._model
        if shapes is not None:
            model = model.clone()
            model.reshape({k: self._package.PartialShape(shape) for k, shape in enumerate(shapes)})
        streams = max(1, self._threads // PER_STREAM)
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": self._threads,
            "NUM_STREAMS": streams,
            "ENABLE_CPU_PINNING": False,
        }
        if shapes is None or any(ANY in shape for shape in shapes):
            settings["CPU_RUNTIME_CACHE_CAPACITY"] = KEPT
        return self._package.AsyncInferQueue(self._core.compile_model(model, "CPU", settings), streams)

    def _read(self, content: bytes) -> Any:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as file:
                words, weights = file.read("model.xml"), file.read("model.bin")
            tensor = self._package.Tensor(np.frombuffer(weights, np.uint8).copy())
            return self._core.read_model(words, tensor)
        except (zipfile.BadZipFile, KeyError, RuntimeError) as error:
            raise ValueError(f"an export that cannot be read ({error})") from error


def _fits(shape: tuple[int, ...], usual: tuple[int, ...]) -> bool:
    return len(shape) == len(usual) and all(u in (ANY, side) for side, u in zip(shape, usual, strict=True))


def _filled(part: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    if len(part) == size:
        return part
    whole = np.zeros((size, *part.shape[1:]), np.float32)
    whole[: len(part)] = part
    return whole


def processor() -> str:
    """The processor by name, and what it can do: engines choose their kernels by that."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        import platform

        return f"{platform.machine()} {platform.processor()}"
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    kept = {key.strip(): value.strip() for key, value in told.items()}
    return " | ".join([os.uname().machine, kept.get("model name", ""), kept.get("flags", kept.get("Features", ""))])
