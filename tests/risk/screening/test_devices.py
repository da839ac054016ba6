"""Tills are devices: who pays at many of them within a day is seen, in shadow."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from api.conftest import canteen_pack, open_scene, people_of
from enscene.customers import Enrolment
from enscene.risk.screening import Screening, list_cases, read_screening
from enscene.scenes.administer import enrol
from enscene.scenes.language import Pack
from enscene.scenes.reactions import LogReader
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.tenants import create_tenant

__all__ = ["canteen_pack"]


async def test_a_customer_at_many_tills_is_found_and_troubles_nobody(
    pool: Any, canteen_pack: Pack
) -> None:
    bank = await create_tenant(pool, "bank", "Bank", sandbox=True)
    scene = await open_scene(pool, bank, canteen_pack, "canteen")
    await people_of(pool, bank, scene, canteen_pack)
    (rule,) = [each for each in read_screening().rules if each.kind == "many_devices"]
    tills = [f"till-{n}" for n in range(rule.figures["devices"])]
    async with pool.acquire() as connection, connection.transaction():
        orders = [Enrolment(till, "terminal", "device", bound_to="hall") for till in tills]
        await enrol(connection, bank.id, scene, canteen_pack, orders)
    host = SceneHost(pool)

    async def act(action: str, actor: Actor, **given: Any) -> None:
        reply = await host.perform(Call(bank.id, "canteen", action, actor, given, uuid4().hex))
        assert not reply.refused, reply.body

    for diner in ("ann", "bob"):
        await act("top_up", Actor(diner, "diner", "test"), amount="50.00")
    for till in tills:
        await act("pay_by_code", Actor(till, "terminal", "test"), ticket=till, diner="ann", price="6.00")  # fmt: skip
        # As often, at one till.
        await act("pay_by_code", Actor("till", "terminal", "test"), ticket=f"b-{till}", diner="bob", price="6.00")  # fmt: skip
    await host.close()

    reader = LogReader(pool, "screening", bank.shard, Screening(pool).handle)
    while await reader.step():
        pass
    found = await list_cases(pool, bank.id)
    assert [(each.rule, each.customer, each.live) for each in found] == [
        ("many_devices", "ann", False)
    ]
    assert found[0].facts["devices"] == len(tills)
    assert await list_cases(pool, bank.id, waiting=True) == []
