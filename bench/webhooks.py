"""Webhooks to 100 endpoints of which 10 are dead, against the same without any dead one.

The servers are real and run in another process (`webhook_receiver.py`); the events are payments
through the write path. A burst waits in the log when the worker begins: how many deliveries a
second reach the living. Then payments come one after the other: how long after its commit each
reaches them. Half the applications see every payment, half those of their own till; what each was
sent is compared with the log.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.canteen import SCENE, TILLS, Canteen, open_canteen
from bench.measure import median, ratio
from enscene.api.webhooks import Rules, WebhookSettings, WebhookWorker
from enscene.api.webhooks.keys import Keys
from enscene.api.webhooks.manage import create
from enscene.api.webhooks.orders import NewEndpoint
from enscene.commit import admit
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database, Seal, open_pool
from enscene.tenants.apps import find_app, register_app

ROOT = Path(__file__).parents[1]
LIVING, DEAD = 90, 10
EVENTS_A_SECOND = 70
PACED_S = 0.25
PATIENCE_S = 60.0
SETTINGS = WebhookSettings(rules=Rules(loopback=frozenset({"127.0.0.1"})))
KEY = {"kty": "OKP", "crv": "Ed25519", "kid": "one",
       "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}  # fmt: skip


class Receivers:
    """The process of the partners' servers."""

    def __init__(self, process: asyncio.subprocess.Process, ports: list[int]) -> None:
        self._process = process
        self.ports = ports

    async def ask(self, command: str) -> dict[str, Any]:
        """Its answer to a command."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n".encode())
        told: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return told


@asynccontextmanager
async def _receivers() -> AsyncIterator[Receivers]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.webhook_receiver", str(LIVING), str(DEAD), cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, limit=2**26,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield Receivers(process, json.loads(await process.stdout.readline()))
    finally:
        process.kill()
        await process.wait()


class Run:
    """One canteen, 100 applications with a webhook each, and what has been paid so far."""

    def __init__(self, pool: Any, host: SceneHost, canteen: Canteen, receivers: Receivers) -> None:
        self.pool = pool
        self.host = host
        self.canteen = canteen
        self.receivers = receivers
        self.seal = Seal(bytes(32))
        self.number = 0
        self.paid: dict[int, tuple[int, float]] = {}
        self.sent: dict[str, list[int]] = {str(port): [] for port in receivers.ports}

    async def open(self) -> None:
        """Register the applications and their webhooks."""
        keys, secrets = Keys(self.seal), {}
        tenant = self.canteen.tenant
        for place, port in enumerate(self.receivers.ports):
            party = "BANK" if place % 2 else f"t{place // 2 % TILLS}"
            name = f"partner{place}"
            await register_app(
                self.pool, tenant, name, title=name, scopes=[f"scene:{SCENE}:*"], jwks=[KEY],
                party=party, level="A2",
            )  # fmt: skip
            app = await find_app(self.pool, f"{tenant.ref}.{name}")
            async with self.pool.acquire() as connection, connection.transaction():
                await admit(connection, [tenant.id])
                order = NewEndpoint(f"http://127.0.0.1:{port}/", ["pay_*"])
                made = await create(connection, keys, app, order)
                signing = (await keys.read(connection, tenant.id, [made]))[made]
            secrets[port] = next(key.secret for key in signing if key.secret is not None)
        await self.receivers.ask(f"secrets {json.dumps(secrets)}")

    async def pay(self, count: int) -> None:
        """So many payments at once."""
        calls = [self.canteen.call(self.number + n) for n in range(count)]
        replies = await asyncio.gather(*(self.host.perform(call) for call in calls))
        now = time.monotonic()
        for n, reply in enumerate(replies):
            assert not reply.refused, reply.body
            self.paid[json.loads(reply.body)["seq"]] = ((self.number + n) % TILLS, now)
        self.number += count

    async def with_dead(self, *, dead: bool) -> None:
        """Let the dead ones be there, as if nobody had met them before, or not."""
        urls = [f"http://127.0.0.1:{port}/" for port in self.receivers.ports[LIVING:]]
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.canteen.tenant.id])
            await connection.execute(
                "update webhook_endpoint set state = $2, failures = 0, failing_since = null, "
                "opened = 0, open_until = null where url = any($1::text[])",
                urls,
                "active" if dead else "disabled",
            )

    def expected(self, seqs: list[int]) -> int:
        """Deliveries of these payments to the living."""
        return sum(len(self._seen_by(place, seqs)) for place in range(LIVING))

    def _seen_by(self, place: int, seqs: list[int]) -> list[int]:
        return [s for s in seqs if place % 2 or self.paid[s][0] == place // 2 % TILLS]

    async def arrived(self, seqs: list[int]) -> list[tuple[int, float]]:
        """Wait until the living have them all; (number, when) of each first arrival."""
        wanted = set(seqs)
        missing = self.expected(seqs)
        found: list[tuple[int, float]] = []
        end = time.monotonic() + PATIENCE_S
        while missing and time.monotonic() < end:
            await asyncio.sleep(0.1)
            told = (await self.receivers.ask("told"))["told"]
            for place, port in enumerate(self.receivers.ports):
                known = set(self.sent[str(port)])
                for seq, at in told[str(port)]:
                    if place < LIVING and seq in wanted and seq not in known:
                        found.append((seq, at))
                        missing -= 1
                    known.add(seq)
                    self.sent[str(port)].append(seq)
        return found

    def compare(self) -> dict[str, int]:
        """What the living were sent against what was paid."""
        seqs = list(self.paid)
        missed = extra = twice = 0
        for place, port in enumerate(self.receivers.ports[:LIVING]):
            sent, seen = self.sent[str(port)], set(self._seen_by(place, seqs))
            missed += len(seen - set(sent))
            extra += len(set(sent) - seen)
            twice += len(sent) - len(set(sent))
        return {"missed": missed, "extra": extra, "twice": twice}


async def _phase(run: Run, seconds: float, *, dead: bool) -> dict[str, float]:
    await run.with_dead(dead=dead)
    before = set(run.paid)
    await run.pay(round(EVENTS_A_SECOND * seconds))
    burst = [seq for seq in run.paid if seq not in before]
    worker = WebhookWorker(run.pool, run.host, run.seal, SETTINGS, [run.canteen.tenant.shard])
    began = time.monotonic()
    worker.start()
    try:
        came = await run.arrived(burst)
        took = max(at for _, at in came) - began
        paced: list[int] = []
        for _ in range(max(4, round(seconds / PACED_S))):
            known = set(run.paid)
            await run.pay(1)
            paced += [seq for seq in run.paid if seq not in known]
            await asyncio.sleep(PACED_S)
        arrivals = await run.arrived(paced)
    finally:
        await worker.stop()
    late = sorted(1000 * (at - run.paid[seq][1]) for seq, at in arrivals)
    return {
        "per_s": len(came) / took,
        "p50_ms": late[len(late) // 2],
        "p99_ms": late[int(len(late) * 0.99)],
    }


async def run(server: Database, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The figures."""
    pool = await open_pool(server.url_app, size_min=4, size_max=12)
    host = SceneHost(pool)
    canteen = await open_canteen(pool, host)
    phases: dict[bool, list[dict[str, float]]] = {False: [], True: []}
    async with _receivers() as receivers:
        running = Run(pool, host, canteen, receivers)
        await running.open()
        await _phase(running, 0.3, dead=False)  # everybody's first call finds out who is who
        for _ in range(rounds):
            for dead in (False, True):
                phases[dead].append(await _phase(running, seconds, dead=dead))
        checked = (await receivers.ask("told"))["checked"]
        compared = running.compare()
    await host.close()
    await pool.close()
    result: dict[str, Any] = {
        name: {key: median([phase[key] for phase in phases[dead]]) for key in phases[dead][0]}
        for name, dead in (("all_living", False), ("ten_dead", True))
    }
    for key in ("per_s", "p50_ms", "p99_ms"):
        result[f"ratio_{key}"] = ratio(
            [phase[key] for phase in phases[True]], [phase[key] for phase in phases[False]]
        )
    result |= {"signatures_checked": checked[0], "signatures_bad": checked[1]} | compared
    return result


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted (negative: at most)."""
    return [
        ("deliveries a second, 10 of 100 dead", result["ten_dead"]["per_s"], 1_000.0),
        ("rate with the dead / without", result["ratio_per_s"], 0.8),
        ("p99 with the dead / without", result["ratio_p99_ms"], -1.5),
        ("missed", result["missed"], -0.0),
        ("told what was not theirs", result["extra"], -0.0),
        ("bad signatures", result["signatures_bad"], -0.0),
    ]
