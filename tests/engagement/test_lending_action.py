"""An application in a scene that lends by an action of its own: what was decided on is opened by
that action, so that the merchant gets the money as the scene's flows say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from enscene.commit import admit
from enscene.customers import Enrolment, know_parties
from enscene.engagement.applications import (
    Wish,
    begin_application,
    confirm_application,
    decide_application,
    read_application,
    read_clock,
    requote_application,
    send_code,
    writing,
)
from enscene.engagement.applications.lending_action import find_lending_action
from enscene.kernel.errors import Refused
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol
from enscene.scenes.language import Pack, load_pack
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.tenants import Tenant, create_tenant

PACKS = Path(__file__).parents[2] / "packs"
PEOPLE = [
    Enrolment("ann", "owner", "person"),
    Enrolment("firm", "company", "merchant"),
    Enrolment("clean", "cleaner", "merchant"),
    Enrolment("gym", "studio", "merchant"),
    Enrolment("bank", "bank", "bank"),
]


class Estate:
    """A community with an owner who has ordered a gym card."""

    def __init__(self, pool: Any, host: SceneHost, tenant: Tenant) -> None:
        self.pool = pool
        self.host = host
        self.tenant = tenant

    async def do(self, action: str, key: str, **given: Any) -> None:
        actor = Actor("ann", "owner", "test")
        reply = await self.host.perform(Call(self.tenant.id, "estate", action, actor, given, key))
        assert not reply.refused, reply.body

    async def sql(self, statement: str) -> list[Any]:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant.id])
            return await connection.fetch(statement)


@pytest.fixture
async def estate(pool: Any) -> AsyncIterator[Estate]:
    pack = load_pack(PACKS / "community").pack
    assert pack is not None
    tenant = await create_tenant(pool, "bank", "Bank", sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        order = SceneOrder("estate", "Estate")
        scene = await create_scene(connection, tenant.id, pack, order, "test")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant.id, "estate", state, "test")
        await enrol(connection, tenant.id, scene, pack, PEOPLE)
        known = {"ann": {"born": "1990-01-01", "customer_since": "2019-01-01"}}
        await know_parties(connection, tenant.id, known)
    host = SceneHost(pool)
    found = Estate(pool, host, tenant)
    order_ = {"membership": "M1", "studio": "gym", "title": "年卡", "price": "3600.00", "months": 6}
    await found.do("order_membership", "K1", **order_)
    yield found
    await host.close()


async def test_the_scene_opens_what_was_decided_on(estate: Estate) -> None:
    tenant = estate.tenant.id
    scene = await estate.host.scene(tenant, "estate")
    ann = await scene.roster.find("ann")
    assert ann is not None
    wish = Wish(product="instalment", about=("membership", "M1"), fields={"income": "9000.00"})
    async with writing(estate.pool, tenant) as connection:
        begun = await begin_application(connection, scene, ann, wish, "h5", "ann")
        # The scene says how much and for how long.
        assert (begun.amount, begun.months, begun.quote["fixed"]) == (360_000, 6, True)
        assert begun.fields["months"] == {"value": 6, "from": "scene"}
        with pytest.raises(Refused, match="how much"):
            await requote_application(connection, tenant, begun, 100_000, None)
        decided = await decide_application(connection, scene, ann, begun, "h5", "ann")
        assert decided.state == "approved"
        await send_code(connection, tenant, decided, await read_clock(connection, tenant))
    message = (await estate.sql("select zh from phone_message"))[0][0]
    code = message.partition("验证码 ")[2][:6]
    done = await confirm_application(
        estate.pool, estate.host, tenant, decided.id, customer=ann.id, code=code,
        channel="bank_app", actor="ann",
    )  # fmt: skip
    assert done.state == "done"
    contract = (await estate.sql("select * from contract"))[0]
    assert str(contract["id"]) == done.contract
    assert (contract["amount"], contract["about"]) == (360_000, "M1")
    thing = (await estate.sql("select state, fields from thing where type = 'membership'"))[0]
    assert (thing["state"], thing["fields"]["paid_by"]) == ("cooling", "loan")
    # The merchant has it, less the bank's fee; nothing went into the customer's own account.
    got = await estate.sql("select posted from account where name = 'studio_takings'")
    assert 0 < got[0][0] <= 360_000
    own = await estate.sql("select coalesce(sum(posted), 0) from account where name = 'current'")
    assert own[0][0] == 0
    # Signing again tells of the same contract.
    async with writing(estate.pool, tenant) as connection:
        assert (await read_application(connection, tenant, done.id)).contract == done.contract


async def test_an_action_refused_by_its_scene_ends_the_application(estate: Estate) -> None:
    tenant = estate.tenant.id
    scene = await estate.host.scene(tenant, "estate")
    ann = await scene.roster.find("ann")
    assert ann is not None
    wish = Wish(product="instalment", about=("membership", "M1"), fields={"income": "9000.00"})
    async with writing(estate.pool, tenant) as connection:
        begun = await begin_application(connection, scene, ann, wish, "h5", "ann")
        decided = await decide_application(connection, scene, ann, begun, "h5", "ann")
        await send_code(connection, tenant, decided, await read_clock(connection, tenant))
    message = (await estate.sql("select zh from phone_message"))[0][0]
    await estate.do("drop_order", "K2", membership="M1")
    done = await confirm_application(
        estate.pool, estate.host, tenant, decided.id, customer=ann.id,
        code=message.partition("验证码 ")[2][:6], channel="bank_app", actor="ann",
    )  # fmt: skip
    assert (done.state, [r["code"] for r in done.reasons]) == ("refused", ["fact_goes_on"])
    assert await estate.sql("select from contract") == []


@pytest.mark.parametrize(
    ("pack", "product", "role", "thing", "action"),
    [
        ("community", "instalment", "owner", "membership", "take_instalment"),
        ("hospital", "medical_credit", "patient", "visit", None),
        ("instalment", "instalment", "customer", "order", "take_loan"),
        ("car_owner", "car_loan", "owner", "purchase", "finance_car"),
        ("travel", "instalment", "traveller", "booking", None),
        ("community", "instalment", "studio", "membership", None),
    ],
)
def test_what_lends_in_the_packs(
    pack: str, product: str, role: str, thing: str, action: str | None
) -> None:
    loaded: Pack | None = load_pack(PACKS / pack).pack
    assert loaded is not None
    found = find_lending_action(loaded, product, [role], thing)
    assert (None if found is None else found.action) == action
