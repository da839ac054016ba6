"""One PostgreSQL server for one home: shared by the processes that use it, stopped by the last."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from enscene.storage.cluster.account import Account, choose_place, leave_place, server_account
from enscene.storage.cluster.binaries import Binaries, copy_binaries, find_binaries
from enscene.storage.cluster.layout import check_version, create_data, create_roles
from enscene.storage.cluster.processes import (
    end_processes,
    is_alive,
    postmaster_of,
    send,
    wait_until,
)
from enscene.storage.cluster.settings import socket_folder, write_settings
from enscene.storage.database import (
    ADMIN_ROLE,
    APP_ROLE,
    OWNER_ROLE,
    Database,
    LoginUrls,
    new_password,
)
from enscene.storage.errors import CANNOT_WRITE, MISCONFIGURED, TRY_AGAIN, StorageFault, disk_full

DATABASE = "enscene"
SPACE_NEEDED_MB = 150


@dataclass
class _Paths:
    """The folders of a server; `notes` holds its port and passwords."""

    home: Path
    place: Path

    @property
    def data(self) -> Path:
        return self.place / "data"

    @property
    def log(self) -> Path:
        return self.place / "server.log"


class Cluster:
    """The server of a home folder.

    `start` makes it run and counts this process among its users; `release` stops it when no
    other process uses it. A user that is killed stops counting, since the count is a file lock.
    """

    def __init__(
        self, home: Path, *, binaries: Binaries | None = None, tls: Path | None = None
    ) -> None:
        self.home = home.resolve()
        self.tls = tls
        self._binaries = binaries
        self._process: subprocess.Popen[bytes] | None = None
        self._use: IO[str] | None = None

    def start(self) -> Database:
        """Make the server run, and return its database; quick when it runs already.

        Raises: StorageFault when it cannot: no room, no permission, another version's data.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._gate():
                self._join()
                return self._run()
        except BaseException as error:
            if self._use is not None:
                self.release()  # whatever has started by now is of no use to anyone
            if isinstance(error, OSError):
                raise _write_fault(error, self.home) from error
            raise

    def is_running(self) -> bool:
        """Say whether the server runs now."""
        notes = self._read_notes()
        return bool(notes) and postmaster_of(Path(notes["place"]) / "data") is not None

    def release(self) -> None:
        """Stop using the server, and stop it when nobody else does."""
        with self._gate():
            self._leave()
            with open(self._folder / "users", "a") as users:
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    self._let_go()
                    return
            self._halt()

    def stop(self) -> bool:
        """Stop the server whoever uses it; say whether it was running."""
        if not self._folder.is_dir():
            return False
        with self._gate():
            return self._halt()

    def remove(self) -> None:
        """Stop the server and delete all of its data."""
        if not self._folder.is_dir():
            return
        with self._gate():
            self._leave()
            self._halt()
            notes = self._read_notes()
            if notes:
                leave_place(Path(notes["place"]))
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def binaries(self) -> Binaries:
        """The programs of this server."""
        if self._binaries is None:
            self._binaries = find_binaries()
        return self._binaries

    @property
    def _folder(self) -> Path:
        return self.home / "postgres"

    @contextmanager
    def _gate(self) -> Iterator[None]:
        """Let one process at a time start or stop the server."""
        with open(self._folder / "gate", "a") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            yield

    def _join(self) -> None:
        if self._use is None:
            self._use = open(self._folder / "users", "a")  # noqa: SIM115 - held until release
            fcntl.flock(self._use, fcntl.LOCK_SH)

    def _leave(self) -> None:
        if self._use is not None:
            self._use.close()
            self._use = None

    def _run(self) -> Database:
        notes = self._read_notes()
        if notes and postmaster_of(Path(notes["place"]) / "data") is not None:
            return self._database(notes)
        account = server_account()
        if not notes:
            notes = {"place": str(choose_place(self.home, account)), "port": 0}
            notes |= {role: new_password() for role in (ADMIN_ROLE, OWNER_ROLE, APP_ROLE)}
            self._write_notes(notes)
        paths = _Paths(self.home, Path(notes["place"]))
        binaries = self._reachable(account, paths.place)
        self._check_space(paths.place)
        if not (paths.data / "PG_VERSION").exists():
            create_data(binaries, account, paths.data, notes[ADMIN_ROLE])
        check_version(binaries, paths.data)
        notes["port"] = self._launch(binaries, account, paths, notes["port"])
        self._write_notes(notes)
        if not notes.get("ready"):
            create_roles(binaries, self._logins(notes), notes, DATABASE)
            notes["ready"] = True
            self._write_notes(notes)
        return self._database(notes)

    def _reachable(self, account: Account, place: Path) -> Binaries:
        """Return programs that the server's account can run, copied if they must be."""
        found = self.binaries
        if not account.drops or account.can("-x", found.folder / "postgres"):
            libraries = found.wheel and found.wheel.with_name(f"{found.wheel.name}.libs")
            if not account.drops or libraries is None or account.can("-r", libraries):
                return found
        if found.wheel is not None:
            return copy_binaries(found, place)
        raise StorageFault(
            f"账号 {account.uid} 无法运行 {found.folder} 中的程序",
            f"account {account.uid} cannot run the programs in {found.folder}",
            exit_code=MISCONFIGURED,
        )

    def _check_space(self, place: Path) -> None:
        free_mb = shutil.disk_usage(place if place.exists() else place.parent).free // 2**20
        if free_mb < SPACE_NEEDED_MB:
            raise StorageFault(
                f"磁盘空间不足：{place} 只剩 {free_mb} MB，至少需要 {SPACE_NEEDED_MB} MB",
                f"not enough disk: {place} has {free_mb} MB left, {SPACE_NEEDED_MB} MB needed",
                exit_code=CANNOT_WRITE,
            )

    def _launch(self, binaries: Binaries, account: Account, paths: _Paths, port: int) -> int:
        """Start the server on its earlier port if that is free, and wait until it answers."""
        # A killed server may leave backends behind, and its old process id may be somebody
        # else's by now: PostgreSQL would refuse to start for either.
        end_processes(paths.data)
        (paths.data / "postmaster.pid").unlink(missing_ok=True)
        sockets = socket_folder(paths.place)
        if sockets is not None:
            shutil.rmtree(sockets, ignore_errors=True)
            sockets.mkdir(mode=0o700)
            account.give(sockets)
        for _ in range(5):
            port = _free_port(port)
            write_settings(paths.data, port=port, sockets=sockets, tls=self.tls)
            if self._launch_once(binaries, account, paths):
                return port
            port = 0
        raise _start_fault(paths.log)

    def _launch_once(self, binaries: Binaries, account: Account, paths: _Paths) -> bool:
        if self._process is not None:
            self._process.wait()  # the one before has ended, or we would not be here
        with open(paths.log, "wb") as log:
            self._process = subprocess.Popen(
                [binaries.path("postgres"), "-D", str(paths.data)],
                cwd=paths.data,
                env={"PATH": os.defpath, "LC_ALL": "C", "PGDATA": str(paths.data)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us, we stop the server in our own time
                **account.run_as(),
            )
        process = self._process
        wait_until(lambda: process.poll() is not None or _is_ready(paths.data), timeout_s=300)
        if process.poll() is None and _is_ready(paths.data):
            return True
        if b"Address already in use" in paths.log.read_bytes():
            return False
        raise _start_fault(paths.log)

    def _halt(self) -> bool:
        notes = self._read_notes()
        if not notes:
            return False
        data = Path(notes["place"]) / "data"
        pid = postmaster_of(data)
        if pid is not None:
            # Fast: end sessions and write a checkpoint. Then at once, then by force.
            for sign, patience_s in ((signal.SIGINT, 60), (signal.SIGQUIT, 10)):
                send(pid, sign)
                if wait_until(lambda: self._has_ended(pid), timeout_s=patience_s):
                    break
        end_processes(data)
        shutil.rmtree(Path(notes["place"]) / "run", ignore_errors=True)
        return pid is not None

    def _let_go(self) -> None:
        """Leave the server to the others, also when it was us who started it."""
        if self._process is not None:
            self._process.returncode = 0  # else Python warns of a child that still runs
            self._process = None

    def _has_ended(self, pid: int) -> bool:
        if self._process is not None and self._process.pid == pid:
            return self._process.poll() is not None
        return not is_alive(pid)

    def _logins(self, notes: dict[str, Any]) -> LoginUrls:
        if self.tls is not None:
            certificate = str(self.tls / "server.crt")
            options = (("sslmode", "verify-ca"), ("sslrootcert", certificate))
            return LoginUrls(port=notes["port"], options=options)
        return LoginUrls(port=notes["port"], socket_folder=socket_folder(Path(notes["place"])))

    def _database(self, notes: dict[str, Any]) -> Database:
        logins = self._logins(notes)
        return Database(
            url_app=logins.url(APP_ROLE, notes[APP_ROLE], DATABASE),
            url_owner=logins.url(OWNER_ROLE, notes[OWNER_ROLE], DATABASE),
            url_admin=logins.url(ADMIN_ROLE, notes[ADMIN_ROLE], DATABASE),
        )

    def _read_notes(self) -> dict[str, Any]:
        try:
            notes: dict[str, Any] = json.loads((self._folder / "server.json").read_text())
        except FileNotFoundError:
            return {}
        return notes

    def _write_notes(self, notes: dict[str, Any]) -> None:
        fresh = self._folder / "server.json.new"
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w") as file:
            json.dump(notes, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._folder / "server.json")


def _write_fault(error: OSError, home: Path) -> StorageFault:
    if error.errno == errno.ENOSPC:
        return disk_full(home)
    where = error.filename or home
    return StorageFault(
        f"无法写入 {where}", f"cannot write to {where}: {error.strerror}", exit_code=CANNOT_WRITE
    )


def _free_port(wanted: int) -> int:
    """Return the port that was used before if it is free, else any free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise StorageFault("没有空闲的端口", "no free port on 127.0.0.1", exit_code=TRY_AGAIN)


def _is_ready(data: Path) -> bool:
    """Say whether the server has written that it takes connections."""
    try:
        lines = (data / "postmaster.pid").read_text().split("\n")
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def _start_fault(log: Path) -> StorageFault:
    words = log.read_text(errors="replace")
    if "No space left on device" in words:
        return disk_full(log.parent)
    telling = [line for line in words.splitlines() if "FATAL" in line or "ERROR" in line]
    reason = (telling or words.splitlines() or ["no word from it"])[-1]
    return StorageFault(
        f"PostgreSQL 无法启动：{reason}",
        f"PostgreSQL does not start (see {log})",
        exit_code=TRY_AGAIN,
    )
