"""Sets up everything Hemaboard needs, in `.venv`: `python3 install.py`, and with --test what the tests need too.

Runs on a bare Python 3.11 or newer: no pip, no ensurepip, no git asked for. What is installed is exactly what
the lock names, each file checked against its hash. `uv` does it in about a minute; where there is no uv for the
machine, pip does, in about eight. A second call finds a stamp and returns at once.
"""

from __future__ import annotations

import argparse
import configparser
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
STAMP = VENV / "installed.json"
APP, TEST = "requirements.lock", "requirements-dev.lock"
OLDEST = (3, 11)
NEWEST = (3, 14)  # newer ones lack wheels of some packages
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
UV_PIN = r"^uv==.*?(?=^\S|\Z)"  # the lock's lines on uv
PYPI = "https://pypi.org/simple"
SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class SetupError(Exception):
    """What is missing and what to do, in one line."""


def main() -> int:
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    asked.add_argument("--test", action="store_true", help="also what the tests need, a browser among it")
    test = asked.parse_args().test
    try:
        install(TEST if test else APP)
        if test:
            ensure_browser()
    except SetupError as error:
        print(f"install.py: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"install.py: this failed (see above): {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    return 0


def install(lock: str) -> None:
    """Everything in the lock, unless it is there already."""
    if venv_works() and is_installed(lock):
        return
    if not venv_works():
        make_venv(interpreter())
    index = index_options()
    ensure_pip(index)
    if ensure_uv():
        print(f"Installing what {lock} names; the first time, about a minute", flush=True)
        quiet = [] if sys.stdout.isatty() else ["--quiet"]
        run([venv_program("uv"), "pip", "install", *quiet, *TRUSTED, "-r", lock], env=uv_environment(index))
    else:
        print("No uv for this machine: pip installs instead, which takes longer.", flush=True)
        run([venv_python(), "-m", "pip", "install", *TRUSTED, "-r", lock])
    write_stamp(lock)


# Only what the lock names, and only with the bytes it names: dependencies are not followed (they would bring an
# OpenCV that needs libGL), hashes are required.
TRUSTED = ("--no-deps", "--require-hashes")


# --- a Python and its environment ------------------------------------------------------------------------


def interpreter() -> str:
    """The Python that runs this, if it is new enough, else the newest one on the PATH."""
    if works(sys.executable):
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found and works(found):
            return found
    raise SetupError(
        f"Expected Python {dotted(OLDEST)} to {dotted(NEWEST)}, from 3.12 on with SQLite 3.42 or newer; found "
        f"{sys.version.split()[0]}. Install one, for example with: apt-get install python3"
    )


def dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def works(python: str | Path) -> bool:
    """A shim or a broken link may be on the PATH and still not run; and the durable engine asks SQLite for
    `unixepoch('subsec')` under Python 3.12 and newer, which SQLite has from 3.42 on."""
    test = (
        f"import sqlite3, sys; version = sys.version_info[:2]; sys.exit(not {OLDEST} <= version <= {NEWEST}"
        " or (version >= (3, 12) and sqlite3.sqlite_version_info < (3, 42)))"
    )
    try:
        return subprocess.run([python, "-c", test], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def venv_python() -> Path:
    return VENV / "Scripts" / "python.exe" if os.name == "nt" else VENV / "bin" / "python"


def venv_program(name: str) -> Path:
    return venv_python().with_name(f"{name}.exe" if os.name == "nt" else name)


def venv_works() -> bool:
    return venv_python().exists() and works(venv_python())


def make_venv(python: str) -> None:
    """`.venv`, with pip if Python carries one (Debian's does not unless python3-venv is installed)."""
    print(f"Making .venv with {python}", flush=True)
    if VENV.exists():
        shutil.rmtree(VENV)
    full = subprocess.run([python, "-m", "venv", VENV], capture_output=True, check=False)
    if full.returncode == 0:
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    bare = subprocess.run([python, "-m", "venv", "--without-pip", VENV], capture_output=True, text=True, check=False)
    if bare.returncode:
        raise SetupError(
            f"Expected Python's venv module; found: {bare.stderr.strip()[-300:]}. "
            "Install it, for example with: apt-get install python3-venv"
        )


# --- the package index -----------------------------------------------------------------------------------


def index_options() -> dict[str, str]:
    """index-url, extra-index-url and cert as pip would find them: its files, then the environment."""
    files = [Path("/etc/pip.conf"), Path.home() / ".pip" / "pip.conf", Path.home() / ".config" / "pip" / "pip.conf"]
    if os.name == "nt":
        files = [Path(os.environ.get(name, "")) / "pip" / "pip.ini" for name in ("PROGRAMDATA", "APPDATA")]
    if os.environ.get("PIP_CONFIG_FILE"):
        files.append(Path(os.environ["PIP_CONFIG_FILE"]))
    parsed = configparser.RawConfigParser(strict=False)
    parsed.read(files)
    found: dict[str, str] = {}
    for section in ("global", "install"):
        if parsed.has_section(section):
            found |= {key.replace("_", "-"): value for key, value in parsed.items(section)}
    for key in ("index-url", "extra-index-url", "cert"):
        value = os.environ.get("PIP_" + key.replace("-", "_").upper())
        if value:
            found[key] = value
    return found


def uv_environment(index: dict[str, str]) -> dict[str, str]:
    """pip's index settings in uv's words; uv's own settings win."""
    env = dict(os.environ)
    if "index-url" in index:
        env.setdefault("UV_DEFAULT_INDEX", index["index-url"])
    if "extra-index-url" in index:
        env.setdefault("UV_INDEX", " ".join(index["extra-index-url"].split()))
        # As pip does, look in all of them; safe because every file must have the hash the lock names.
        env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    if "cert" in index:
        env.setdefault("SSL_CERT_FILE", index["cert"])
    env["VIRTUAL_ENV"] = str(VENV)
    return env


def ensure_pip(index: dict[str, str]) -> None:
    """pip in `.venv`: there already, or from the index, its hash checked."""
    if subprocess.run([venv_python(), "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0:
        return
    page = index.get("index-url", PYPI).rstrip("/") + "/pip/"
    print(f"No pip in this Python: fetching {PIP_WHEEL}", flush=True)
    try:
        with urllib.request.urlopen(urllib.request.Request(page, headers={"Accept": "text/html"}), timeout=60) as reply:
            links = re.findall(r'href=["\']([^"\']+)["\']', reply.read().decode())
        wanted = [html.unescape(link) for link in links if f"/{PIP_WHEEL}" in "/" + link]
        if not wanted:
            raise SetupError(f"Expected {PIP_WHEEL} on the package index; found none. Install python3-venv instead.")
        with urllib.request.urlopen(urllib.parse.urljoin(page, wanted[0].split("#")[0]), timeout=120) as reply:
            wheel = reply.read()
    except OSError as error:
        raise SetupError(
            f"Expected to reach the package index for pip; found: {error}. "
            "Check the network and PIP_INDEX_URL, or install python3-venv."
        ) from error
    if hashlib.sha256(wheel).hexdigest() != PIP_SHA256:
        raise SetupError(f"Expected {PIP_WHEEL} with a known hash; found other bytes. Do not trust this index.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / PIP_WHEEL
        file.write_bytes(wheel)
        run([venv_python(), f"{file}/pip", "install", "--quiet", "--no-index", file])


def ensure_uv() -> bool:
    """uv in `.venv`, of the version and hash the lock names; False where the index has none for this machine."""
    pin = re.search(UV_PIN, (HERE / APP).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if pin is None:
        raise SetupError(f"Expected uv in {APP}; found none. Take {APP} from the repository again.")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "uv.txt"
        file.write_text("\n".join(line for line in pin[0].splitlines() if "#" not in line) + "\n", encoding="utf-8")
        order = [venv_python(), "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *TRUSTED, "-r", file]
        env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1")
        return subprocess.run(order, cwd=HERE, env=env, check=False).returncode == 0


# --- what is there already -------------------------------------------------------------------------------


def digest(lock: str) -> str:
    return hashlib.sha256((HERE / lock).read_bytes()).hexdigest()


def is_installed(lock: str) -> bool:
    try:
        return bool(json.loads(STAMP.read_text(encoding="utf-8")).get(lock) == digest(lock))
    except (OSError, ValueError, AttributeError):
        return False


def write_stamp(lock: str) -> None:
    """The test lock holds the app's, in the same versions, so it stands for both."""
    stamp = {lock: digest(lock)} | ({APP: digest(APP)} if lock == TEST else {})
    STAMP.write_text(json.dumps(stamp), encoding="utf-8")


# --- a browser for the tests -----------------------------------------------------------------------------


def ensure_browser() -> None:
    """A browser that starts: the system's, else Playwright's own, else apt's."""
    if browser_starts():
        return
    playwright = [venv_python(), "-m", "playwright"]
    attempts = [[*playwright, "install", "chromium"]]
    if as_root() is not None:
        attempts += [
            [*as_root(), *playwright, "install-deps", "chromium"],
            [*as_root(), "apt-get", "update"],
            [*as_root(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "chromium"],
        ]
    for attempt in attempts:
        print("No browser starts yet; trying:", " ".join(map(str, attempt)), flush=True)
        try:
            subprocess.run(attempt, stdin=subprocess.DEVNULL, check=False, timeout=600)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(error, file=sys.stderr)
        if browser_starts():
            return
    raise SetupError(
        "Expected a Chromium for the browser tests; none starts and none could be installed. "
        "Install one, for example with: sudo apt-get install chromium"
    )


def browser_starts() -> bool:
    system = next(filter(None, map(shutil.which, SYSTEM_BROWSERS)), None)
    test = (
        "import sys; from playwright.sync_api import sync_playwright as start\n"
        "with start() as p: p.chromium.launch(executable_path=sys.argv[1] or None).close()"
    )
    order = [venv_python(), "-c", test, system or ""]
    try:
        return subprocess.run(order, capture_output=True, check=False, timeout=120).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def as_root() -> list[str] | None:
    """What to put before a command that needs root, or None where that cannot be had without asking."""
    if os.name == "nt" or not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n"]
    return None


def run(order: list[str | Path], env: dict[str, str] | None = None) -> None:
    subprocess.run(order, cwd=HERE, env=env, stdin=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    sys.exit(main())
