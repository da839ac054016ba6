"""Who the server runs as, and where it may keep its data: PostgreSQL refuses to run as root."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from enscene.storage.errors import CANNOT_WRITE, MISCONFIGURED, StorageFault

# Outside homes for data, when the server's account cannot reach ENSCENE_HOME.
OUTSIDE = (Path("/var/lib/enscene"), Path("/var/tmp/enscene"))


class RunAs(TypedDict, total=False):
    """Keyword arguments for `subprocess`."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """The account that the server runs under; `drops` when it is another than ours."""

    uid: int
    gid: int
    drops: bool

    def run_as(self) -> RunAs:
        """Return what makes `subprocess` start a program under this account."""
        return RunAs(user=self.uid, group=self.gid, extra_groups=[]) if self.drops else RunAs()

    def can(self, test: str, path: Path) -> bool:
        """Say whether the account may read (`-r`) or enter and run (`-x`) a path."""
        asked = ["/bin/sh", "-c", f'test {test} "$1"', "sh", str(path)]
        return subprocess.run(asked, cwd="/", check=False, **self.run_as()).returncode == 0

    def give(self, path: Path) -> None:
        """Hand a file or folder over to the account."""
        if self.drops:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Return who the server shall run as: ourselves, or a system account when we are root.

    Raises: StorageFault when our user id has no name, which initdb cannot do without.
    """
    uid = os.getuid()
    if uid != 0:
        if not _has_name(uid):
            raise StorageFault(
                f"用户编号 {uid} 在 /etc/passwd 中没有名称，PostgreSQL 无法初始化",
                f"user id {uid} has no name in /etc/passwd, PostgreSQL cannot set itself up",
                exit_code=MISCONFIGURED,
            )
        return Account(uid, os.getgid(), drops=False)
    for name in (os.environ.get("ENSCENE_POSTGRES_USER"), "postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name) if name else None
        except KeyError:
            continue
        if entry is not None and entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, drops=True)
    raise StorageFault(
        "PostgreSQL 不能以 root 运行：请建立普通账号，并用 ENSCENE_POSTGRES_USER 指定",
        "PostgreSQL refuses to run as root: make an account and name it in ENSCENE_POSTGRES_USER",
        exit_code=MISCONFIGURED,
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def choose_place(home: Path, account: Account) -> Path:
    """Return the folder for data: in `home`, or outside when the account cannot come there.

    Root's own home is closed to every other account, so a clone there keeps its data apart.
    Raises: StorageFault when no folder can be made.
    """
    inside = home / "postgres"
    if account.can("-x", home):
        return inside
    mark = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]
    for base in OUTSIDE:
        try:
            base.mkdir(mode=0o755, exist_ok=True)
            (base / mark).mkdir(mode=0o711, exist_ok=True)
            os.chmod(base / mark, 0o711)
        except OSError:
            continue
        if account.can("-x", base / mark):
            return base / mark
    raise StorageFault(
        f"账号 {account.uid} 无法进入 {home}，请用 ENSCENE_HOME 指定它能进入的目录",
        f"account {account.uid} cannot enter {home}: set ENSCENE_HOME to a folder it can reach",
        exit_code=CANNOT_WRITE,
    )


def leave_place(place: Path) -> None:
    """Delete a server's folder, and the one around it that we made if no other home uses it."""
    shutil.rmtree(place, ignore_errors=True)
    if place.parent in OUTSIDE:
        with contextlib.suppress(OSError):
            place.parent.rmdir()
