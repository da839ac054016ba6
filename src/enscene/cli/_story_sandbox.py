"""A sandbox of a story's own: another process, in a folder that is gone afterwards."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

from enscene.cli._say import say
from enscene.cli._secrets import read_secret
from enscene.kernel.errors import Unavailable
from enscene.simulator.client import App, Credentials
from enscene.simulator.wire import Wire

PATIENCE_S = 240.0
PAUSE_S = 0.25


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running bank: its address, and the secrets of its home."""

    url: str
    home: Path
    wire: Wire

    def app(self, name: str) -> App:
        """One of its partner applications."""
        known = self._secret(Path("partners") / f"{name}.json")
        key = ECKey.import_key(known["key"])
        return App(self.wire, self.url, Credentials(known["client_id"], key, known["key"]["kid"]))

    def password(self, login: str) -> str:
        """Of a demo login."""
        return str(self._secret(Path("logins.json"))[login])

    def _secret(self, path: Path) -> dict[str, Any]:
        known = read_secret(self.home / path)
        assert known is not None, path
        return known


@asynccontextmanager
async def sandbox(*, people: int = 40, scenes: Sequence[str] = ()) -> AsyncIterator[Sandbox]:
    """Start one, with these scenes opened as well, wait until it serves, and end it. Raises: Unavailable."""
    home = Path(tempfile.mkdtemp(prefix="enscene-story-"))
    port = _free_port()
    say("启动沙箱银行", "starting a sandbox bank")
    process = await asyncio.to_thread(_start, home, port, people, scenes)
    try:
        url = f"http://127.0.0.1:{port}"
        async with Wire(url) as wire:
            await _ready(wire, process, home)
            yield Sandbox(url, home, wire)
    finally:
        await asyncio.to_thread(_end, process, home)


def _start(home: Path, port: int, people: int, scenes: Sequence[str]) -> subprocess.Popen[bytes]:
    environment = {k: v for k, v in os.environ.items() if k != "ENSCENE_DATABASE_URL"}
    environment["ENSCENE_HOME"] = str(home)
    words = ["up", "--days", "0", "--people", str(people), "--port", str(port)]
    words += [word for scene in scenes for word in ("--scene", scene)]
    with open(home / "up.log", "wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "enscene.cli", *words],
            env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip


def _end(process: subprocess.Popen[bytes], home: Path) -> None:
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(home, ignore_errors=True)


async def _ready(wire: Wire, process: subprocess.Popen[bytes], home: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if (await wire.send("GET", "/health/ready", {})).status == 200:
                return
        except OSError:
            pass
        await asyncio.sleep(PAUSE_S)
    tail = (home / "up.log").read_text(encoding="utf-8", errors="replace")[-2_000:]
    raise Unavailable(f"the sandbox did not come up: {tail}", code="story.no_sandbox")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
