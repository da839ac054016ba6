"""What a subsidy left behind, over the API: as the document says, and with a reason where it cannot be told."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from api.conftest import World
from api.partner import Partner
from api.test_campaigns import BODY, chief, crm, live
from enscene.api.documents.campaign_effect import EXAMPLE, effect_schema
from enscene.commit import admit

__all__ = ["chief", "crm"]
CARD = {**BODY["offers"]["card"], "cost": "3.00"}
PAID_FOR = {**BODY, "budget": "10.00", "holdout": 300, "offers": {"card": CARD}}
AT = "/v1/campaigns/lunch/effect"


def fits(told: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(effect_schema()).validate(told)


def test_the_example_of_the_document_fits_its_schema() -> None:
    fits(EXAMPLE)


async def test_what_runs_or_pays_nothing_says_so(crm: Partner, chief: Partner) -> None:
    await live(crm, chief)
    told = (await crm.get(AT)).json()
    fits(told)
    assert (told["state"], told["spans"], told["subsidy"]) == ("no_subsidy", [], "0.00")


async def test_it_is_told_span_by_span_once_it_is_over(
    world: World, crm: Partner, chief: Partner
) -> None:
    await live(crm, chief, PAID_FOR)
    running = (await crm.get(AT)).json()
    fits(running)
    assert (running["state"], running["ended"]) == ("running", None)
    await crm.post("/v1/campaigns/lunch/versions/1/stop", None)
    told = (await crm.get(AT)).json()
    fits(told)
    assert (told["state"], told["version"]) == ("over", 1)
    assert [span["span"] for span in told["spans"]] == ["during", "weeks_1_4", "weeks_5_12"]
    assert [span["over"] for span in told["spans"]] == [True, False, False]
    assert told["customers"] == {
        "treated": 0, "held_out": 0, "changed_sides": 0, "whole": True,
    }  # fmt: skip
    # The end is by the clock of the tenant, like everything that is counted from it.
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        stopped = await connection.fetchval("select stopped_at from campaign where ref = 'lunch'")
    assert told["ended"][:19] == stopped.isoformat()[:19]


@pytest.mark.parametrize("at", ["nothing", "Lunch"])
async def test_of_no_campaign_nothing_is_told(crm: Partner, at: str) -> None:
    found = await crm.get(f"/v1/campaigns/{at}/effect")
    assert (found.status_code, found.json()["code"]) == (404, "campaign.not_found")


async def test_it_is_read_with_a_scope_of_campaigns_alone(world: World, crm: Partner) -> None:
    other = await world.partner("other", scopes=["offers:read"])
    assert (await other.get(AT)).json()["code"] == "auth.scope"
    assert (await crm.post(AT, None)).status_code == 405
