"""The server of our own survives what may happen to it, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from enscene.storage import Database, StorageFault, connect, open_database
from enscene.storage.cluster import Binaries, Cluster
from enscene.storage.cluster.processes import backends_of, postmaster_of, wait_until
from testserver import TestServer, folder_of_run


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of its own in memory, emptied at the end."""
    folder = folder_of_run().with_name(f"{folder_of_run().name}-home")
    folder.mkdir(mode=0o755)
    yield folder
    Cluster(folder).remove()
    shutil.rmtree(folder)


@pytest.fixture
def cluster(home: Path, test_server: TestServer) -> Cluster:
    """A server that is not started yet, with the programs under test."""
    return Cluster(home, binaries=test_server.cluster.binaries)


def data_of(cluster: Cluster) -> Path:
    """Return the data folder of a server that stands in its home."""
    return cluster.home / "postgres" / "data"


async def execute(database: Database, statement: str) -> None:
    """Run one statement as the owner."""
    owner = await connect(database.url_owner)
    await owner.execute(statement)
    await owner.close()


async def fetch(database: Database, statement: str) -> object:
    """Return one value as the owner."""
    owner = await connect(database.url_owner)
    value: object = await owner.fetchval(statement)
    await owner.close()
    return value


def test_release_by_the_last_user_stops_the_server(cluster: Cluster) -> None:
    """Two users: the first to leave changes nothing, the last leaves no process and no socket."""
    other = Cluster(cluster.home, binaries=cluster.binaries)
    assert cluster.start() == other.start()
    cluster.release()
    assert other.is_running()
    other.release()
    assert not other.is_running()
    assert list(backends_of(data_of(cluster))) == []
    assert not (cluster.home / "postgres" / "run").exists()


def test_killed_server_starts_again_with_its_data(cluster: Cluster) -> None:
    """After kill -9 of the server the same address serves what was committed."""
    database = cluster.start()
    asyncio.run(execute(database, "create table kept (id int)"))
    pid = postmaster_of(data_of(cluster))
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not cluster.is_running(), timeout_s=10)
    assert cluster.start() == database
    assert asyncio.run(fetch(database, "select count(*) from kept")) == 0
    cluster.release()


def test_orphaned_backends_do_not_stop_a_start(cluster: Cluster) -> None:
    """A stopped backend that outlives its killed server is ended before the next start."""
    database = cluster.start()
    data = data_of(cluster)
    postmaster = postmaster_of(data)
    assert postmaster is not None
    orphan = next(pid for pid in backends_of(data) if pid != postmaster)
    os.kill(orphan, signal.SIGSTOP)
    os.kill(postmaster, signal.SIGKILL)
    wait_until(lambda: not cluster.is_running(), timeout_s=10)
    assert orphan in backends_of(data)
    assert cluster.start() == database
    assert orphan not in backends_of(data)
    cluster.release()


def test_stale_pid_of_a_stranger_does_not_stop_a_start(cluster: Cluster) -> None:
    """A process id that belongs to somebody else by now is not taken for the server."""
    cluster.start()
    cluster.release()
    file = data_of(cluster) / "postmaster.pid"
    file.write_text(f"{os.getpid()}\n{data_of(cluster)}\n0\n1\n\n\n 1 1\nready\n")
    assert not cluster.is_running()
    cluster.start()
    assert cluster.is_running()
    cluster.release()


def test_killed_user_no_longer_counts(cluster: Cluster) -> None:
    """A process that was killed while it used the server does not keep it up."""
    program = (
        "import sys, pathlib; from enscene.storage.cluster import Cluster\n"
        "Cluster(pathlib.Path(sys.argv[1])).start()\n"
        "print('in use', flush=True); sys.stdin.read()"
    )
    named = os.environ.get("ENSCENE_TEST_POSTGRES")
    env = os.environ | ({"ENSCENE_POSTGRES_BIN": named} if named else {})
    with subprocess.Popen(
        [sys.executable, "-c", program, str(cluster.home)],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == b"in use\n"
        user.kill()
    assert cluster.is_running()
    cluster.start()
    cluster.release()
    assert not cluster.is_running()


def test_data_of_another_version_are_refused(cluster: Cluster) -> None:
    """A data folder of another major version gives one line, and is not touched."""
    cluster.start()
    cluster.release()
    (data_of(cluster) / "PG_VERSION").write_text("14\n")
    with pytest.raises(StorageFault, match="belongs to PostgreSQL 14") as fault:
        cluster.start()
    assert "\n" not in fault.value.detail


def test_half_made_data_folder_is_made_again(cluster: Cluster) -> None:
    """What a killed set-up left is no data folder, and does not stop the next one."""
    (cluster.home / "postgres" / "data.new").mkdir(parents=True)
    (cluster.home / "postgres" / "data.new" / "PG_VERSION").write_text("1")
    cluster.start()
    assert cluster.is_running()
    cluster.release()


def test_passwords_are_for_the_owner_alone(cluster: Cluster) -> None:
    """Nobody else may read the notes with the passwords, nor enter the data folder."""
    cluster.start()
    cluster.release()
    notes = cluster.home / "postgres" / "server.json"
    assert stat.S_IMODE(notes.stat().st_mode) == 0o600
    assert stat.S_IMODE(data_of(cluster).stat().st_mode) == 0o700


def test_programs_that_the_account_cannot_run_are_named(
    home: Path, tmp_path: Path, test_server: TestServer
) -> None:
    """Root's own programs, closed to the server's account, give one line."""
    if os.getuid() != 0:
        pytest.skip("only root drops to another account")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "bin").symlink_to(test_server.cluster.binaries.folder)
    hidden = Binaries(closed / "bin", test_server.cluster.binaries.major)
    with pytest.raises(StorageFault, match="cannot run the programs"):
        Cluster(home, binaries=hidden).start()


def test_remove_leaves_no_data(cluster: Cluster) -> None:
    """Removing a running server stops it and deletes its folder."""
    cluster.start()
    cluster.remove()
    assert not (cluster.home / "postgres").exists()


def test_unwritable_home_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home in which nothing can be made is a fault that names the place."""
    monkeypatch.delenv("ENSCENE_DATABASE_URL", raising=False)
    (tmp_path / "home").write_text("a file, not a folder")
    with pytest.raises(StorageFault, match="cannot write to"):
        open_database(tmp_path / "home")
