"""What campaigns came to by their purpose, as the document says."""

from __future__ import annotations

from typing import Any

import jsonschema

from api.conftest import World
from api.partner import Partner
from api.test_campaigns import BODY, chief, crm, live, offers, settle
from enscene.api.documents.campaign_cycle import results_schema
from enscene.commit import admit

__all__ = ["chief", "crm"]
AT = "/v1/campaigns/results"


async def results(crm: Partner) -> dict[str, Any]:
    told = (await crm.get(AT)).json()["data"]
    for row in told:
        jsonschema.Draft202012Validator(results_schema()).validate(row)
    assert [row["purpose"] for row in told] == ["acquire", "keep", "activate"]
    return {row["purpose"]: row for row in told}


async def test_campaigns_are_told_by_purpose_with_what_they_said_and_their_last_cycle(
    world: World, crm: Partner, chief: Partner
) -> None:
    assert all(not row["campaigns"] for row in (await results(crm)).values())
    await live(crm, chief)
    kept = {**BODY, "purpose": "keep", "moments": {
        "ate": {"after": ["smart_canteen.refund_meal"], "offer": ["card"]}}}  # fmt: skip
    made = (await crm.post("/v1/campaigns/stay/versions", kept)).json()
    assert made["state"] == "proposed"  # what nobody has approved has no results
    await world.top_up("ann", "50.00")
    await world.meal("T1")
    await settle(world)
    (offer,) = await offers(crm, "ann")
    word = {"customer": "ann", "answer": "taken"}
    assert (await crm.post(f"/v1/offers/{offer['id']}/answers", word)).status_code == 200
    found = await results(crm)
    assert found["acquire"]["campaigns"] == found["keep"]["campaigns"] == []
    counts = {"said": 1, "seen": 1, "taken": 1, "refused": 0}
    row = found["activate"]
    assert {name: row[name] for name in counts} == counts
    (lunch,) = row["campaigns"]
    assert {name: lunch[name] for name in counts} == counts
    assert (lunch["ref"], lunch["state"], lunch["held_out"], lunch["last_cycle"]) == (
        "lunch", "approved", 0, None,
    )  # fmt: skip
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        await connection.execute("update loop_cycle set ends = clock_timestamp()")
    await settle(world)
    await crm.post("/v1/campaigns/lunch/versions/1/stop", None)
    (lunch,) = (await results(crm))["activate"]["campaigns"]
    one = (await crm.get("/v1/campaigns/lunch/cycles/1")).json()
    assert lunch["state"] == "stopped"
    assert lunch["last_cycle"] == {
        "number": 1, "verdict": "kept", "difference": one["difference"],
    }  # fmt: skip
    assert one["difference"]["open"] == 1


async def test_results_are_read_with_a_scope_of_campaigns_alone(world: World, crm: Partner) -> None:
    other = await world.partner("other", scopes=["offers:read"])
    assert (await other.get(AT)).json()["code"] == "auth.scope"
    assert (await crm.post(AT, None)).status_code == 405
    assert (await crm.get(f"{AT}?x=1")).status_code == 400
