"""What is of level C2 stands masked on the pages of a scene, for whoever reads them."""

from __future__ import annotations

import pytest

from enscene.customers import Enrolment
from enscene.operations import Templates
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol
from enscene.scenes.runtime import Actor, Call
from enscene.web.masked_facts import masked_facts
from web.conftest import Bank

VIN = "LSVAA49J132047371"


def test_a_value_is_masked_by_the_name_of_its_field_however_deep_it_stands(templates: Templates):
    pack = templates.get("car_owner")
    told = masked_facts(
        pack, {"input": {"vin": VIN, "model": "x"}, "cars": [{"vin": VIN}], "n": 1, "vin": None}
    )
    masked = f"LSV{'*' * 10}7371"
    assert told == {
        "input": {"vin": masked, "model": "x"}, "cars": [{"vin": masked}], "n": 1, "vin": None,
    }  # fmt: skip


@pytest.fixture
async def dealt(bank: Bank, templates: Templates) -> int:
    """A car that was offered to ann; the number of the event."""
    pack, tenant = templates.get("car_owner"), bank.tenant.id
    async with bank.pool.acquire() as connection, connection.transaction():
        order = SceneOrder("cars", "Cars")
        scene = await create_scene(connection, tenant, pack, order, "test")
        for state in ("sandbox", "live"):
            await change_state(connection, tenant, "cars", state, "test")
        people = [Enrolment("BANK", "bank", "bank"), Enrolment("north", "dealer", "merchant"),
                  Enrolment("ann", "owner", "person", "安")]  # fmt: skip
        await enrol(connection, tenant, scene, pack, people)
    given = {"purchase": "c1", "owner": "ann", "model": "x", "vin": VIN, "price": "100000.00"}
    call = Call(tenant, "cars", "offer_car", Actor(party="north"), given, "offer-1")
    reply = await bank.host.perform(call)
    assert not reply.refused, reply.body
    async with bank.pool.acquire() as connection, connection.transaction():
        await connection.execute(f"set local enscene.tenants = '{{{tenant}}}'")
        return int(await connection.fetchval("select max(seq) from event"))


async def test_pages_of_things_and_of_events_show_no_number_that_identifies(bank: Bank, dealt: int):
    client = await bank.client("maker")
    for path in ("things?type=purchase", "things/purchase/c1", f"units/{dealt}"):
        page = await client.get(f"/scenes/cars/{path}")
        assert page.status_code == 200
        assert VIN not in page.text, path
        assert "LSV**********7371" in page.text, path
