"""The PostgreSQL server of one test run: in memory, cloned for each test, gone at the end."""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from enscene.storage import Database, connect
from enscene.storage.cluster import Cluster, find_binaries
from enscene.storage.cluster.account import server_account
from enscene.storage.cluster.binaries import inspect_folder
from enscene.storage.cluster.processes import is_alive
from enscene.storage.migrations import migrate
from selfsigned import write_certificate

_PREFIX = "enscene-test-"
# The data are gone after the run, so nothing is done for a day on which the power fails.
_SETTINGS = ("fsync = off", "full_page_writes = off")
_TEMPLATE = "enscene_template"
_numbers = itertools.count(1)


def folder_of_run() -> Path:
    """Return a folder for this run, in memory where there is room; it need not exist yet."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2**30
    base = memory if roomy and os.access(memory, os.W_OK) else Path(tempfile.gettempdir())
    return base / f"{_PREFIX}{os.getpid()}"


def sweep() -> None:
    """Remove what killed runs of the same user left behind."""
    for base in (Path("/dev/shm"), Path(tempfile.gettempdir())):
        for folder in base.glob(f"{_PREFIX}*"):
            pid = folder.name.removeprefix(_PREFIX)
            ours = folder.stat().st_uid == os.getuid()
            if ours and pid.isdigit() and not is_alive(int(pid)):
                TestServer(folder).remove()


class TestServer:
    """The server in the folder of a run, started by whichever worker needs it first."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        named = os.environ.get("ENSCENE_TEST_POSTGRES")
        binaries = inspect_folder(Path(named)) if named else find_binaries()
        assert binaries, f"ENSCENE_TEST_POSTGRES names no PostgreSQL: {named}"
        with_tls = os.environ.get("ENSCENE_TEST_TLS") == "1"
        self.cluster = Cluster(folder, binaries=binaries, tls=folder / "tls" if with_tls else None)

    def start(self) -> None:
        """Start the server and migrate the template, once for all workers."""
        self.folder.mkdir(mode=0o755, exist_ok=True)
        with open(self.folder / "gate", "a") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            if self.cluster.tls is not None and not self.cluster.tls.exists():
                write_certificate(self.cluster.tls, owner=server_account())
            self.base = self.cluster.start()
            if not (self.folder / "template").exists():
                asyncio.run(self._make_template())
                (self.folder / "template").touch()

    def remove(self) -> None:
        """Stop the server and delete its data."""
        if self.folder.is_dir():
            self.cluster.remove()
            shutil.rmtree(self.folder, ignore_errors=True)

    @asynccontextmanager
    async def clone(self, *, migrated: bool = True) -> AsyncIterator[Database]:
        """Yield a new database, dropped afterwards."""
        name = f"t_{os.getpid()}_{next(_numbers)}"
        await self._create(name, _TEMPLATE if migrated else "template0")
        try:
            yield self.base.named(name)
        finally:
            await self._administer(f"drop database {name} with (force)")

    def shared(self, worker: str) -> Database:
        """Return the database that the tests of one worker share."""
        name = f"shared_{worker}"
        asyncio.run(self._create(name, _TEMPLATE))
        return self.base.named(name)

    async def _make_template(self) -> None:
        for setting in _SETTINGS:
            await self._administer(f"alter system set {setting}")
        await self._administer("select pg_reload_conf()")
        await self._create(_TEMPLATE, "template0")
        await migrate(self.base.named(_TEMPLATE))

    async def _create(self, name: str, template: str) -> None:
        # Clones are small and many. In memory a checkpoint costs less than a way through the log,
        # and with its files a clone gets the caches that its first connection would fill.
        await self._administer(
            f"create database {name} owner enscene_owner template {template} strategy file_copy"
        )

    async def _administer(self, statement: str) -> None:
        assert self.base.url_admin is not None
        admin = await connect(self.base.url_admin)
        try:
            await admin.execute(statement)
        finally:
            await admin.close()
