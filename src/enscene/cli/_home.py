"""Where state lives, and whether a running `up` is using it."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from enscene.kernel.errors import Conflict
from enscene.storage.cluster.processes import send, wait_until
from enscene.storage.errors import CANNOT_WRITE, MISCONFIGURED, StorageFault


def home_folder() -> Path:
    """Return ENSCENE_HOME, made if it is not there; by default `.enscene` in the checkout."""
    default = Path(__file__).parents[3] / ".enscene"
    home = Path(os.environ.get("ENSCENE_HOME") or default).absolute()
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFault(
            f"无法建立 {home}", f"cannot make {home}: {error.strerror}", exit_code=CANNOT_WRITE
        ) from error
    return home


def refuse_external(chinese: str, english: str) -> None:
    """Raise a StorageFault when the database is one that others run."""
    if os.environ.get("ENSCENE_DATABASE_URL"):
        raise StorageFault(
            f"ENSCENE_DATABASE_URL 指定的数据库由他人管理：{chinese}",
            f"the database of ENSCENE_DATABASE_URL is run by others: {english}",
            exit_code=MISCONFIGURED,
        )


@contextmanager
def only_one_up(home: Path) -> Iterator[None]:
    """Hold the mark of the one running `up` of a home.

    Raises: Conflict when another one runs.
    """
    with open(home / "up.lock", "a+") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"已有 ./enscene up 在运行 · an ./enscene up is running already ({home})",
                code="cli.already_up",
                hint="./enscene down",
            ) from None
        mark.truncate(0)
        mark.write(str(os.getpid()))
        mark.flush()
        yield
        mark.truncate(0)


def running_up(home: Path) -> int | None:
    """Return the process id of the `up` that uses a home, if one does."""
    path = home / "up.lock"
    if not path.exists():
        return None
    with open(path, "a+") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            mark.seek(0)
            words = mark.read().strip()
            return int(words) if words.isdigit() else None
    return None


def end_up(home: Path, *, patience_s: float = 90) -> bool:
    """Ask the running `up` of a home to end, and wait for it; say whether there was one."""
    pid = running_up(home)
    if pid is None:
        return False
    send(pid, signal.SIGTERM)
    if not wait_until(lambda: running_up(home) is None, timeout_s=patience_s):
        send(pid, signal.SIGKILL)
        wait_until(lambda: running_up(home) is None, timeout_s=10)
    return True
