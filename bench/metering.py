"""What metering costs a payment, how long a month's invoices and a page of usage take, and that
invoices equal readings to the cent.

(a) canteen payments in process with metering and without, turn by turn in one run; (b) readings
made by the database itself, summed up by the product, a month's invoices of all tenants;
(c) a simulated month of a sandbox, read back from the API.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import msgspec

from bench.canteen import open_canteen
from bench.measure import by_turns, median, ratio
from bench.metered_month import play_month
from enscene.billing import Billing, PlanBody
from enscene.billing import store as billing_store
from enscene.commit import admit
from enscene.kernel.collector import calm_collector
from enscene.metering import RollUp, begin_of, read_fine_usage, read_usage, rebuild
from enscene.metering import store as metering_store
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database, open_pool
from enscene.tenants import Tenant, list_tenants

IN_FLIGHT = 256
READINGS, TENANTS = 100_000_000, 1_000
SHORT = 100
MONTH = date(2026, 6, 1)
PER_ACT = 2
"""Readings of one act here: the call, and what its pack counts."""
TENANTS_AT_ONCE = 25
PLAN = {
    "title": "bench",
    "subscription": "99.00",
    "charges": [
        {"name": "calls", "meter": "api.writes", "per": 1000, "free": 10_000,
         "tiers": [{"price": "0.50", "up_to": 50_000}, {"price": "0.30"}]},
        {"name": "meals", "meter": "bench.meals", "mode": "volume",
         "tiers": [{"price": "0.02", "up_to": 60_000}, {"price": "0.01"}]},
    ],
    "coupons": [{"code": "NEW", "percent": "5%"}],
    "shares": {"bank": "30%", "vendor": "1/3"},
}  # fmt: skip

_TENANTS = """
insert into tenant (id, ref, name, shard) select 1000 + n, 'metered-' || n, 'metered ' || n, 1
  from generate_series(1, $1::int) n"""
# A canteen's month: from half past eleven to half past one, every day. Numbers rise with time, as
# those of units do.
_ACTS = """
insert into meter_reading (tenant, seq, at, app, operation, scene, party, meters, quantities)
select t.id, $2::bigint + n * $5::bigint + t.id - 1000,
       $4::timestamptz + (n * 30 / $3::bigint) * interval '1 day' + interval '11.5 hours'
       + (n * 30 % $3::bigint) * interval '2 hours' / $3::bigint, 'metered.till', 'pay', 1,
       null, '{api.writes,bench.meals}', array[1, 1 + n % 3]
  from tenant t cross join generate_series(0, $3::bigint - 1) n
 where t.id = any($1::int[])"""


async def run(server: Database, *, rounds: int, seconds: float) -> dict[str, Any]:
    """The figures. A short run (half-second loops) makes a hundredth of the readings."""
    short = seconds < 1
    pool = await open_pool(server.url_app, size_min=4, size_max=8)
    result: dict[str, Any] = {"payments": await _payments(pool, rounds, seconds)}
    result["month"] = await play_month(pool)
    result["run"] = await _invoices(pool, READINGS // SHORT if short else READINGS)
    await pool.close()
    return result


async def _payments(pool: Any, rounds: int, seconds: float) -> dict[str, Any]:
    on, off = SceneHost(pool), SceneHost(pool, metering=False)
    canteen = await open_canteen(pool, on)
    roll = RollUp(pool, canteen.tenant.shard, pause_s=1.0)
    calm_collector()

    def paying(host: SceneHost) -> Any:
        async def ask(n: int) -> None:
            reply = await host.perform(canteen.call(n))
            assert not reply.refused, reply.body

        return ask

    async def sum_up() -> None:
        while True:
            await roll.step()
            await asyncio.sleep(0.25)

    @asynccontextmanager
    async def summing(name: str) -> AsyncIterator[None]:
        """With metering the readings are summed up at the same time, as in the product."""
        task = asyncio.create_task(sum_up()) if name == "on" else None
        yield
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    per_s, errors = await by_turns(
        {"on": paying(on), "off": paying(off)}, workers=IN_FLIGHT, seconds=seconds, rounds=rounds,
        beside=summing,
    )  # fmt: skip
    await roll.settle()
    for host in (on, off):
        await host.close()
    return {
        "per_s_on": median(per_s["on"]),
        "per_s_off": median(per_s["off"]),
        "ratio": ratio(per_s["on"], per_s["off"]),
        "errors": errors,
    }


async def _invoices(pool: Any, readings: int) -> dict[str, Any]:
    acts = readings // PER_ACT // TENANTS
    await pool.execute(_TENANTS, TENANTS)
    tenants = [each for each in await list_tenants(pool) if each.ref.startswith("metered-")]
    began = time.perf_counter()
    await _make_readings(pool, tenants, acts)
    made_s = time.perf_counter() - began
    began = time.perf_counter()
    summed = await rebuild(pool, 1, [each.id for each in tenants])
    summed_s = time.perf_counter() - began
    await _make_plans(pool, tenants)
    billing = Billing(pool)
    began = time.perf_counter()
    counts = await billing.run(MONTH, tenants)
    run_s = time.perf_counter() - began
    assert counts["issued"] == len(tenants), counts
    usage_ms = await _usage_page(pool, tenants)
    billed = await _billed(pool, tenants)
    await billing.close()
    return {
        "readings": summed,
        "tenants": len(tenants),
        "made_s": round(made_s, 1),
        "summed_s": round(summed_s, 1),
        "invoice_run_s": round(run_s, 2),
        "usage_page_ms": usage_ms,
        "billed_is_read": billed == summed // PER_ACT,
    }


async def _make_readings(pool: Any, tenants: list[Tenant], acts: int) -> None:
    base = await pool.fetchval("select seq from shard where id = 1")
    begin = await pool.fetchval("select '2026-06-01 00:00+08'::timestamptz")
    for place in range(0, len(tenants), TENANTS_AT_ONCE):
        some = [each.id for each in tenants[place : place + TENANTS_AT_ONCE]]
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, some)
            await connection.execute(_ACTS, some, base, acts, begin, TENANTS + 1, timeout=600)
    last = base + (acts + 1) * (TENANTS + 1)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("update shard set seq = $1 where id = 1", last)
        await metering_store.lock_cursor(connection, 1, wait=True)
        await metering_store.move_cursor(connection, 1, last)


async def _make_plans(pool: Any, tenants: list[Tenant]) -> None:
    body = msgspec.json.encode(msgspec.convert(PLAN, PlanBody)).decode()
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [each.id for each in tenants])
        await connection.execute(
            "insert into billing_plan (tenant, version, starts, body, state, made_by, decided_by, "
            "decided_at) select u, 1, $2, $3::text::jsonb, 'approved', 'a', 'b', now() "
            "from unnest($1::int[]) u",
            [each.id for each in tenants], MONTH, body,
        )  # fmt: skip


async def _usage_page(pool: Any, tenants: list[Tenant]) -> float:
    """The slowest of what the page asks for, over some tenants: a month by day, a day by hour."""
    slowest = []
    for tenant in tenants[:: max(len(tenants) // 20, 1)]:
        began = time.perf_counter()
        days = await read_usage(pool, tenant.id, MONTH, date(2026, 7, 1))
        first = begin_of(date(2026, 6, 10), tenant.zone)
        hours = await read_fine_usage(
            pool, tenant.id, "hour", first, begin_of(date(2026, 6, 11), tenant.zone)
        )
        assert days, tenant
        assert hours, tenant
        slowest.append(1000 * (time.perf_counter() - began))
    return round(statistics.quantiles(slowest, n=20)[-1], 1)


async def _billed(pool: Any, tenants: list[Tenant]) -> int:
    """Calls on all invoices, from their lines."""
    ids = [each.id for each in tenants]
    async with billing_store.reading(pool, ids) as connection:
        found: int = await connection.fetchval(
            "select sum(quantity)::bigint from billing_line where tenant = any($1::int[]) "
            "and meter = 'api.writes'", ids,
        )  # fmt: skip
    return found


def figures(result: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Name, reached, wanted (negative: at most)."""
    return [
        ("payments with metering / without", result["payments"]["ratio"], 0.9),
        ("errors", result["payments"]["errors"], -0.0),
        ("seconds of a month's invoices", result["run"]["invoice_run_s"], -90.0),
        ("usage page ms (95 %)", result["run"]["usage_page_ms"], -300.0),
        ("billed calls are the readings", float(result["run"]["billed_is_read"]), 1.0),
        ("a month over the API, cents off", result["month"]["cents_off"], -0.0),
    ]
