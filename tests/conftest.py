"""What every test may ask for: a database of its own, connections to it, a browser.

The first test that needs a database starts one server for the whole run, in memory where that is
possible; it ends with the run. Tests that need none start nothing.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import FrameType

import asyncpg
import pytest
from hypothesis import settings

from enscene.storage import Database, connect, open_pool
from slow_digests import lighten
from testserver import TestServer, folder_of_run, sweep

_RUN = "ENSCENE_TEST_RUN"


# How long an example takes depends on who else is at work: speed is measured in bench/.
settings.register_profile("facts", deadline=None)
settings.load_profile("facts")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the folder that all workers of this run share."""
    _break_off_plainly()
    if not hasattr(config, "workerinput"):
        sweep()
        os.environ[_RUN] = str(folder_of_run())
        os.environ["ENSCENE_SECRET_KEY"] = secrets.token_hex(32)


def _break_off_plainly() -> None:
    # With Python's own handler, every loop that runs a test or a fixture puts one of its own in
    # front of it, and `signal` then writes out the whole result of the loop to throw it away.
    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, stop)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and forget its data, once, after the last worker."""
    if not hasattr(config, "workerinput") and _RUN in os.environ:
        TestServer(Path(os.environ.pop(_RUN))).remove()


@pytest.fixture(scope="session")
def test_server() -> Iterator[TestServer]:
    """The server of this run, with a migrated template."""
    server = TestServer(Path(os.environ[_RUN]))
    server.start()
    lighten()
    yield server
    server.cluster.release()


@pytest.fixture
async def database(test_server: TestServer) -> AsyncIterator[Database]:
    """A migrated database that belongs to this test alone."""
    async with test_server.clone() as cloned:
        yield cloned


@pytest.fixture
async def empty_database(test_server: TestServer) -> AsyncIterator[Database]:
    """A database without any table, for this test alone."""
    async with test_server.clone(migrated=False) as cloned:
        yield cloned


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool[asyncpg.Record]]:
    """Connections of the application's role to this test's own database."""
    opened = await open_pool(database.url_app, size_max=8)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def shared_database(test_server: TestServer) -> Database:
    """One migrated database for all tests of a worker: read it, or roll back what is written."""
    return test_server.shared(os.environ.get("PYTEST_XDIST_WORKER", "main"))


@pytest.fixture
async def connection(
    shared_database: Database,
) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A connection of the application's role in a transaction that is rolled back at the end.

    Much cheaper than `pool`, for tests that need neither a commit nor a second connection.
    """
    opened = await connect(shared_database.url_app)
    transaction = opened.transaction()
    await transaction.start()
    yield opened
    await transaction.rollback()
    await opened.close()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; the test is skipped, visibly, where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium on this machine")


@pytest.fixture(scope="session")
def chromium_at(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where one Chromium listens for all tests of a worker, for `playwright.chromium.connect`: who
    connects has windows of its own, closed with the connection, and starts no browser."""
    settings = tmp_path_factory.mktemp("chromium") / "launch.json"
    settings.write_text(json.dumps({"executablePath": chromium, "args": ["--no-sandbox"]}))
    command = [sys.executable, "-m", "playwright", "launch-server", "--browser", "chromium",
               "--config", str(settings)]  # fmt: skip
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as server:
        assert server.stdout is not None
        place = server.stdout.readline().strip()
        assert place.startswith("ws://"), "Chromium does not start"
        yield place
        os.killpg(server.pid, signal.SIGTERM)  # the browser is a process of its own
