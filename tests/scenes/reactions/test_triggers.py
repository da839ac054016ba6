"""What a flight sets off happens for every policy once, however often the log is read."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from enscene.customers import Enrolment
from enscene.kernel.errors import Unavailable
from enscene.ledger import verify_ledger
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol
from enscene.scenes.language import load_pack
from enscene.scenes.reactions import Reactor
from enscene.scenes.runtime import SceneHost
from enscene.tenants import create_tenant
from scenes.canteen import Canteen, told

PACK = Path(__file__).parents[3] / "packs" / "travel"
FLIGHT = "MU5101-2026-03-10-PVG"


@pytest.fixture
async def site(pool: Any) -> Canteen:
    """A travel site with ten policies on one flight and one on another."""
    pack = load_pack(PACK).pack
    assert pack is not None
    tenant = await create_tenant(pool, "bank", "Bank", sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        order = SceneOrder("canteen", "Travel", parts={"delay_cover": True})
        scene = await create_scene(connection, tenant.id, pack, order, "test")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant.id, "canteen", state, "test")
        people = [Enrolment(f"p{n}", "traveller", "person") for n in range(11)]
        others = [
            Enrolment(role, role, pack.parties[role].is_a) for role in ("insurer", "feed", "bank")
        ]
        await enrol(connection, tenant.id, scene, pack, people + others)
    opened = Canteen(pool, SceneHost(pool), tenant, scene)
    for n in range(11):
        flight = FLIGHT if n < 10 else "CA1832-2026-03-10-PEK"
        reply = await opened.do("buy_cover", f"p{n}", f"P{n}", policy=f"P{n}", flight=flight)
        assert told(reply) == "done", reply.body
    return opened


async def paid(site: Canteen) -> tuple[int, int]:
    """Claims, and what they paid."""
    claims = await site.fetch(
        "select count(*) from event where tenant = $1 and action = 'pay_claim'"
    )
    money = await site.fetch(
        "select coalesce(sum(amount), 0)::bigint from transfer where tenant = $1 and flow = 'pay_cover'"
    )
    return claims, money


def reactor(site: Canteen) -> Reactor:
    return Reactor(site.pool, site.host, site.tenant.shard)


async def settle(*reactors: Reactor) -> None:
    async with asyncio.timeout(60):
        await asyncio.gather(*(one.settle() for one in reactors))


async def test_every_policy_of_a_late_flight_is_paid_once(site: Canteen) -> None:
    reply = await site.do("report_landed", "feed", "f", flight=FLIGHT, delay=120)
    assert told(reply) == "done"
    await settle(reactor(site), reactor(site.elsewhere()))
    assert (await paid(site)) == (10, 200_000)
    async with site.pool.acquire() as connection:
        assert (await verify_ledger(connection, site.tenant.id)).verified


async def test_a_minute_less_pays_nothing(site: Canteen) -> None:
    await site.do("report_landed", "feed", "f", flight=FLIGHT, delay=119)
    await settle(reactor(site))
    assert (await paid(site)) == (0, 0)


async def test_a_crash_between_paying_and_the_cursor_pays_nothing_again(site: Canteen) -> None:
    """The page is read again, by a process that remembers nothing."""
    await site.do("report_landed", "feed", "f", flight=FLIGHT, delay=300)
    first = reactor(site)
    handle = first.triggers.handle

    async def crash(events: Any) -> None:
        await handle(events)
        raise SystemError("killed here")

    first._readers[0]._handle = crash
    with pytest.raises(SystemError):
        await first.step()
    assert (await paid(site)) == (10, 200_000)
    await settle(reactor(site.elsewhere()))
    assert (await paid(site)) == (10, 200_000)


async def test_a_page_that_could_not_be_done_is_done_later(
    site: Canteen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the claims meet a busy writer."""
    await site.do("report_cancelled", "feed", "f", flight=FLIGHT)
    perform = site.host.perform
    busy = iter([False, True] * 5)

    async def sometimes(call: Any) -> Any:
        if next(busy, False):
            raise Unavailable("busy", code="unavailable.busy")
        return await perform(call)

    monkeypatch.setattr(site.host, "perform", sometimes)
    with pytest.raises(Unavailable):
        await reactor(site).step()
    assert (await paid(site)) == (5, 100_000)
    monkeypatch.undo()
    await settle(reactor(site))
    assert (await paid(site)) == (10, 200_000)
