"""Which processes work in a data folder, told by /proc."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended but was not collected does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    # The name in parentheses may hold anything, so the state is what follows the last one.
    return status.rpartition(")")[2].split()[0] not in "ZX"


def works_in(pid: int, folder: Path) -> bool:
    """Say whether a running process has `folder` as its working directory."""
    try:
        here, there = os.stat(f"/proc/{pid}/cwd"), folder.stat()
    except OSError:
        return False
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino) and is_alive(pid)


def postmaster_of(data: Path) -> int | None:
    """Return the process id of the server that runs on a data folder; none if it is dead."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if pid > 0 and works_in(pid, data) else None


def backends_of(data: Path) -> Iterator[int]:
    """Yield every process of PostgreSQL that works in a data folder."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or not works_in(int(entry.name), data):
            continue
        try:
            name = (entry / "comm").read_text().strip()
        except OSError:
            continue
        if name.startswith("postgres"):
            yield int(entry.name)


def end_processes(data: Path, *, patience_s: float = 10) -> None:
    """End what a killed server left running in its data folder.

    By force: without their server they cannot finish in good order, one that is stopped would
    not hear anything else, and the next start recovers from the log anyway.
    """
    for pid in backends_of(data):
        send(pid, signal.SIGKILL)
    wait_until(lambda: not any(backends_of(data)), timeout_s=patience_s)


def send(pid: int, sign: signal.Signals) -> None:
    """Signal a process that may have ended in the meantime."""
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def wait_until(condition: Callable[[], bool], *, timeout_s: float, step_s: float = 0.02) -> bool:
    """Wait until a condition holds; say whether it came to hold in time."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(step_s)
    return True
