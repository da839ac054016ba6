"""kill -9 of the program and of PostgreSQL: what was acknowledged is there once, none half."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from enscene.kernel.errors import Unavailable
from enscene.ledger import verify_ledger
from enscene.scenes.runtime import Reply
from enscene.storage import Database, open_pool
from enscene.storage.cluster import Cluster
from enscene.storage.cluster.processes import backends_of, postmaster_of, wait_until
from enscene.storage.migrations import migrate
from scenes.canteen import Canteen, find_canteen, open_canteen
from testserver import TestServer, folder_of_run

TESTS = Path(__file__).parents[2]
ROUNDS, PAYERS = 4, 3


async def check(canteen: Canteen, acknowledged: dict[str, str]) -> None:
    """Every acknowledged payment once and whole, its answer unchanged; the ledger proves."""
    async with canteen.pool.acquire() as connection:
        verdict = await verify_ledger(connection, canteen.tenant.id)
    assert verdict.verified, verdict.faults
    tickets = set(
        await canteen.fetch(
            "select array_agg(facts -> 'thing' ->> 'key') from event"
            " where tenant = $1 and action = 'pay_by_code'"
        )
    )
    events = await canteen.fetch(
        "select count(*) from event where tenant = $1 and action = 'pay_by_code'"
    )
    assert len(tickets) == events, "a payment is in the log twice"
    assert set(acknowledged) <= tickets
    assert await canteen.balance("takings", "hall") == 10 * events
    meals = await canteen.fetch("select count(*) from thing where tenant = $1 and type = 'meal'")
    assert meals == events
    for ticket, body in acknowledged.items():
        diner = json.loads(body)["diner"]
        again = await canteen.pay(ticket, "0.10", diner=diner)
        assert again == Reply(json.loads(body)["body"], replayed=True)
    assert await canteen.balance("takings", "hall") == 10 * events


async def run_and_kill(url: str, name: str, after: int) -> dict[str, str]:
    """Start a payer and kill it when it has told of `after` payments; what it told."""
    payer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scenes.runtime.payer", url, name, "8",
        cwd=TESTS, env=os.environ | {"PYTHONPATH": f"{TESTS}:{TESTS.parent / 'src'}"},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert payer.stdout is not None
    told = []
    while len(told) < after and (line := await payer.stdout.readline()):
        told.append(line)
    payer.kill()
    told += (await payer.stdout.read()).splitlines(keepends=True)
    await payer.wait()
    found = {}
    for line in told:
        if line.endswith(b"\n"):
            ticket, body = line.decode().rstrip("\n").split(" ", 1)
            diner = ("ann", "bob")[int(ticket.rsplit("-", 1)[1]) % 2]
            found[ticket] = json.dumps({"diner": diner, "body": body})
    assert len(found) >= after
    return found


async def test_killed_payers_leave_whole_payments_only(database: Database) -> None:
    """Twelve processes, three at a time, each killed at another moment."""
    random = Random(7)
    pool = await open_pool(database.url_app, size_max=8)
    canteen = await open_canteen(pool)
    for diner in ("ann", "bob"):
        await canteen.top_up(diner, "500.00")
    acknowledged: dict[str, str] = {}
    for turn in range(ROUNDS):
        killed = await asyncio.gather(
            *(
                run_and_kill(database.url_app, f"p{turn}{n}", random.randrange(1, 60))
                for n in range(PAYERS)
            )
        )
        for told in killed:
            acknowledged |= told
    # What was sent and not answered is settled by asking again with the same key.
    survivor = await find_canteen(pool)
    unanswered = [
        f"p{turn}{n}-{number}"
        for turn in range(ROUNDS)
        for n in range(PAYERS)
        for number in range(100)
        if f"p{turn}{n}-{number}" not in acknowledged
    ][:150]
    for ticket in unanswered:
        diner = ("ann", "bob")[int(ticket.rsplit("-", 1)[1]) % 2]
        reply = await survivor.pay(ticket, "0.10", diner=diner)
        assert not reply.refused, reply.body
        acknowledged[ticket] = json.dumps({"diner": diner, "body": reply.body})
    await check(survivor, acknowledged)
    await survivor.host.close()
    await pool.close()


@pytest.fixture
async def cluster(test_server: TestServer) -> AsyncIterator[Cluster]:
    """A server of its own that may be killed."""
    home = folder_of_run().with_name(f"{folder_of_run().name}-kills")
    home.mkdir(mode=0o755)
    cluster = Cluster(home, binaries=test_server.cluster.binaries)
    yield cluster
    cluster.remove()
    shutil.rmtree(home)


async def test_killed_databases_lose_nothing_that_was_acknowledged(cluster: Cluster) -> None:
    """Three backends and two whole servers, under load."""
    random = Random(11)
    database = cluster.start()
    data = cluster.home / "postgres" / "data"
    await migrate(database)
    pool: Any = await open_pool(database.url_app, size_max=6)
    canteen = await open_canteen(pool)
    for diner in ("ann", "bob"):
        await canteen.top_up(diner, "500.00")
    acknowledged: dict[str, str] = {}
    told = asyncio.Event()
    numbers = iter(range(600))

    async def work() -> None:
        for n in numbers:
            diner = ("ann", "bob")[n % 2]
            while True:
                try:
                    reply = await canteen.pay(f"t-{n}", "0.10", diner=diner)
                except Unavailable:
                    continue
                break
            assert not reply.refused, reply.body
            acknowledged[f"t-{n}"] = json.dumps({"diner": diner, "body": reply.body})
            told.set()

    workers = [asyncio.create_task(work()) for _ in range(16)]
    for turn in range(5):
        while len(acknowledged) < 100 * (turn + 1) and not all(w.done() for w in workers):
            told.clear()
            await told.wait()
        postmaster = postmaster_of(data)
        assert postmaster is not None
        if turn % 2:
            os.kill(postmaster, signal.SIGKILL)
            await asyncio.to_thread(wait_until, lambda: not cluster.is_running(), timeout_s=10)
            await asyncio.to_thread(cluster.start)
        else:
            backends = [pid for pid in backends_of(data) if pid != postmaster]
            os.kill(random.choice(backends), signal.SIGKILL)
    async with asyncio.timeout(60):
        await asyncio.gather(*workers)
    assert len(acknowledged) == 600
    await check(canteen, acknowledged)
    await canteen.host.close()
    await pool.close()
