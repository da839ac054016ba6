"""From a committed payment to the offer that a page can show, at a steady rate of payments, with all
that happens by itself in a process of its own, as in a site of two processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from dataclasses import replace
from multiprocessing.synchronize import Event as Signal
from typing import Any

import msgspec

from bench.canteen import open_canteen
from enscene.commit import admit
from enscene.engagement import reactor_of
from enscene.engagement.campaigns import (
    CampaignBody,
    ContactRules,
    decide_campaign,
    propose_campaign,
    propose_rules,
)
from enscene.kernel.collector import calm_collector
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database, open_pool

PER_S = 2_000
DEAR = "9.00"
EACH = 50
"""One payment in so many is dear enough for an offer."""
LOOK_S = 0.02
DRAIN_S = 60.0
SAID = {"zh": "餐饮月卡", "en": "Meal card"}
BODY = {
    "title": SAID, "owner": "bench", "line": "retail", "purpose": "activate",
    "starts": "2020-01-01", "ends": "2099-12-31", "holdout": 0,
    "moments": {"dear": {"after": ["smart_canteen.pay_by_code"], "offer": ["card", "plan"],
                         "if": f"input.price >= money('{DEAR}')"}},
    "offers": {
        "card": {"title": SAID, "reason": SAID, "product": "monthly_card", "value": "5.00"},
        "plan": {"title": SAID, "reason": SAID, "product": "wealth_flex", "value": "9.00"},
    },
}  # fmt: skip
RULES = {"caps": [], "quiet": None, "fatigue": None, "holdout": 0}
_NEW = """
select id, at, clock_timestamp() as seen from decision
 where tenant = $1 and moment like '%/%' and at >= $2 and id <> all($3::uuid[])"""


async def run(server: Database, *, rounds: int, seconds: float) -> dict[str, Any]:
    """Milliseconds from an event's commit until its offer can be read."""
    pool = await open_pool(server.url_app, size_min=4, size_max=8)
    host = SceneHost(pool)
    canteen = await open_canteen(pool, host)
    await _campaign(pool, host, canteen.tenant.id)
    context = multiprocessing.get_context("spawn")
    stop, ready = context.Event(), context.Event()
    child = context.Process(target=_react, args=(server.url_app, stop, ready), daemon=True)
    child.start()
    await asyncio.to_thread(ready.wait, 60)
    calm_collector()
    try:
        result = await _measure(pool, host, canteen, rounds * seconds * 2)
    finally:
        stop.set()
        await asyncio.to_thread(child.join, 30)
        await host.close()
        await pool.close()
    return result


async def _campaign(pool: Any, host: SceneHost, tenant: int) -> None:
    rules = msgspec.convert(RULES, ContactRules)
    made = await propose_rules(pool, tenant, rules, "one")
    await decide_campaign(pool, tenant, "", made.version, approve=True, who="two")
    body = msgspec.convert(BODY, CampaignBody)
    await propose_campaign(pool, host, tenant, "bench", body, "one")
    await decide_campaign(pool, tenant, "bench", 1, approve=True, who="two")


async def _measure(pool: Any, host: SceneHost, canteen: Any, seconds: float) -> dict[str, Any]:
    seen: dict[Any, float] = {}
    done = asyncio.Event()
    began = await pool.fetchval("select clock_timestamp()")
    count = int(PER_S * seconds)
    wanted = sum(n % EACH == 0 for n in range(count))
    watch = asyncio.create_task(_watch(pool, canteen.tenant.id, began, seen, wanted, done))
    waiting: set[asyncio.Task[Any]] = set()
    errors = 0

    def over(task: asyncio.Task[Any]) -> None:
        nonlocal errors
        waiting.discard(task)
        errors += task.exception() is not None

    start = time.perf_counter()
    for n in range(count):
        late = start + n / PER_S - time.perf_counter()
        if late > 0.002:
            await asyncio.sleep(late)
        task = asyncio.create_task(_pay(host, canteen, n))
        waiting.add(task)
        task.add_done_callback(over)
    took = time.perf_counter() - start
    await asyncio.gather(*waiting, return_exceptions=True)
    try:
        await asyncio.wait_for(asyncio.shield(watch), DRAIN_S)
    except TimeoutError:
        done.set()
        await watch
    waits = sorted(seen.values())
    return {
        "payments": count, "per_s": round(count / took, 1), "errors": errors, "offers": len(seen),
        "missed": wanted - len(seen), "p50_ms": _at(waits, 0.5), "p99_ms": _at(waits, 0.99),
        "max_ms": _at(waits, 1.0),
    }  # fmt: skip


def _at(waits: list[float], share: float) -> float:
    return round(waits[min(len(waits) - 1, int(len(waits) * share))], 1) if waits else -1.0


async def _pay(host: SceneHost, canteen: Any, n: int) -> None:
    call = canteen.call(n)
    if n % EACH == 0:
        call = replace(call, input={**call.input, "price": DEAR})
    reply = await host.perform(call)
    assert not reply.refused, reply.body


async def _watch(
    pool: Any, tenant: int, since: Any, seen: dict[Any, float], wanted: int, done: asyncio.Event
) -> None:
    recent: dict[Any, Any] = {}
    while len(seen) < wanted and not done.is_set():
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant])
            rows = await connection.fetch(_NEW, tenant, since, list(recent))
        for row in rows:
            seen[row["id"]] = (row["seen"] - row["at"]).total_seconds() * 1_000
            recent[row["id"]] = row["at"]
        await asyncio.sleep(LOOK_S)


def _react(url: str, stop: Signal, ready: Signal) -> None:
    import uvloop

    uvloop.run(_react_until(url, stop, ready))


async def _react_until(url: str, stop: Signal, ready: Signal) -> None:
    pool = await open_pool(url, size_min=2, size_max=8)
    host = SceneHost(pool)
    reactor = reactor_of(pool, host, 1)
    await reactor.settle()
    calm_collector()
    reactor.start()
    ready.set()
    await asyncio.to_thread(stop.wait)
    await reactor.stop()
    await host.close()
    await pool.close()


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted (negative: at most)."""
    return [
        ("errors", float(result["errors"]), -0.0),
        ("missed", float(result["missed"]), -0.0),
        (f"p99 ms at {result['per_s']:.0f} payments/s", result["p99_ms"], -1_000.0),
    ]
