"""The cycles of a campaign over the API, as the document says."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import jsonschema
import pytest

from api.conftest import World
from api.partner import Partner
from api.test_campaigns import chief, crm, live, settle
from enscene.api.documents.campaign_cycle import cycle_schema, one_cycle_schema
from enscene.commit import admit
from enscene.engagement import reactor_of
from enscene.engagement.loops import STEPS

__all__ = ["chief", "crm"]
AT = "/v1/campaigns/lunch/cycles"


def fits(told: dict[str, Any], schema: Any) -> None:
    jsonschema.Draft202012Validator(schema).validate(told)


async def test_a_cycle_is_told_step_by_step_with_the_difference_of_the_one_before(
    world: World, crm: Partner, chief: Partner
) -> None:
    await live(crm, chief)
    await settle(world)
    (running,) = (await crm.get(AT)).json()["data"]
    fits(running, cycle_schema())
    assert (running["number"], running["owner"], running["verdict"]) == (1, "wang", None)
    assert [step["step"] for step in running["steps"]] == ["insight"]
    # A live tenant's clock cannot be moved: its cycle ends now.
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        await connection.execute("update loop_cycle set ends = clock_timestamp()")
    await reactor_of(world.pool, world.host, world.tenant.shard).settle(world.tenant.id)
    second, first = (await crm.get(AT)).json()["data"]
    assert (second["number"], first["number"], first["verdict"]) == (2, 1, "kept")
    assert second["began"] == first["ends"]
    one = (await crm.get(f"{AT}/1")).json()
    fits(one, one_cycle_schema())
    assert [step["step"] for step in one["steps"]] == list(STEPS)
    assert one["steps"][5]["outcome"] == one["difference"]
    assert (one["difference"]["open"], one["difference"]["value"]) == (0, None)
    assert one["comparison"]["why"] == "nothing"
    assert one["difference_before"] is None
    two = (await crm.get(f"{AT}/2")).json()
    fits(two, one_cycle_schema())
    assert two["difference_before"] == one["difference"]
    days = datetime.fromisoformat(two["ends"]) - datetime.fromisoformat(two["began"])
    assert timedelta(days=6) < days <= timedelta(days=7)


@pytest.mark.parametrize(
    ("at", "status", "code"),
    [
        ("nothing/cycles", 404, "campaign.not_found"),
        ("nothing/cycles/1", 404, "campaign.not_found"),
        ("lunch/cycles/9", 404, "campaign.no_cycle"),
        ("lunch/cycles/0", 404, "campaign.no_cycle"),
        ("lunch/cycles/999999999", 404, "campaign.no_cycle"),
        ("lunch/cycles/last", 400, "campaign.version"),
    ],
)
async def test_what_is_not_there_is_told(
    crm: Partner, chief: Partner, at: str, status: int, code: str
) -> None:
    await live(crm, chief)
    found = await crm.get(f"/v1/campaigns/{at}")
    assert (found.status_code, found.json()["code"]) == (status, code)


async def test_cycles_are_read_with_a_scope_of_campaigns_alone(world: World, crm: Partner) -> None:
    other = await world.partner("other", scopes=["offers:read"])
    assert (await other.get(AT)).json()["code"] == "auth.scope"
    assert (await crm.post(AT, None)).status_code == 405
