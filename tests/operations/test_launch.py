"""A launch: chosen, filled, rehearsed, submitted, decided by a second person, opened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from enscene.kernel.errors import Conflict, Forbidden, Invalid
from enscene.operations import (
    Templates,
    Wish,
    approve_launch,
    begin_change,
    begin_launch,
    check_wish,
    fitting_positions,
    likely_duplicates,
    list_scenes,
    move_scene,
    read_launch,
    rehearse_scene,
    return_launch,
    save_wish,
    submit_launch,
)
from enscene.tenants import Tenant, create_tenant, list_tenants

PACKS = Path(__file__).parents[2] / "packs"
ZONE = "Asia/Shanghai"


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates._load(PACKS)


@pytest.fixture
async def tenant(pool: Any) -> Tenant:
    return await create_tenant(pool, "bank", "Bank", sandbox=True)


async def _launched(pool: Any, tenant: Tenant, templates: Templates, ref: str, **more: Any) -> Any:
    launch = await begin_launch(pool, tenant.id, templates.get("smart_canteen"), "ann@bank")
    await save_wish(pool, tenant.id, launch, Wish(ref=ref, name=f"Canteen {ref}", **more))
    await submit_launch(pool, tenant.id, templates, launch, "ann@bank", ZONE)
    return launch


async def test_second_person_makes_the_scene(pool: Any, tenant: Tenant, templates: Templates):
    launch = await _launched(pool, tenant, templates, "north", options={"daily_limit": "80.00"})
    with pytest.raises(Forbidden, match="second person"):
        await approve_launch(pool, tenant.id, templates, launch, "ann@bank")
    assert await approve_launch(pool, tenant.id, templates, launch, "bob@bank") == "north"
    (card,) = await list_scenes(pool, tenant.id)
    assert (card.state, card.terms) == ("sandbox", 1)
    await move_scene(pool, tenant.id, "north", "pilot", "ann@bank")
    assert (await read_launch(pool, tenant.id, launch)).took is None
    await move_scene(pool, tenant.id, "north", "live", "bob@bank")
    took = (await read_launch(pool, tenant.id, launch)).took
    assert took is not None
    assert took.total_seconds() > 0


async def test_second_person_opens_the_scene_to_all(
    pool: Any, tenant: Tenant, templates: Templates
):
    async def move(state: str, who: str) -> None:
        await move_scene(pool, tenant.id, "north", state, f"{who}@bank")

    launch = await _launched(pool, tenant, templates, "north")
    await approve_launch(pool, tenant.id, templates, launch, "bob@bank")
    with pytest.raises(Conflict) as raised:
        await move("live", "bob")
    assert raised.value.code == "scene.pilot_first"
    await move("pilot", "ann")
    # Neither straight on nor by way of a pause.
    with pytest.raises(Forbidden, match="second person"):
        await move("live", "ann")
    await move("suspended", "ann")
    with pytest.raises(Forbidden):
        await move("live", "ann")
    (card,) = await list_scenes(pool, tenant.id)
    assert card.state == "suspended"
    await move("live", "bob")
    # What has been open to all may be paused and go on by one person.
    await move("suspended", "ann")
    await move("live", "ann")
    # A new pilot asks anew.
    await move("suspended", "bob")
    await move("pilot", "bob")
    with pytest.raises(Forbidden):
        await move("live", "bob")
    await move("live", "ann")


async def test_who_did_it_when_is_by_the_clock_of_the_tenant(
    pool: Any, tenant: Tenant, templates: Templates
):
    await pool.execute(
        "update shard set clocks = jsonb_build_object($1::text, 40::bigint * 86400 * 1000000)",
        str(tenant.id),
    )
    launch = await _launched(pool, tenant, templates, "north")
    await approve_launch(pool, tenant.id, templates, launch, "bob@bank")
    found = await read_launch(pool, tenant.id, launch)
    ahead = datetime.now(UTC) + timedelta(days=39)
    assert found.submitted_at is not None
    assert found.decided_at is not None
    assert ahead < found.submitted_at <= found.decided_at


async def test_decided_once(pool: Any, tenant: Tenant, templates: Templates):
    launch = await _launched(pool, tenant, templates, "north")
    await return_launch(pool, tenant.id, launch, "bob@bank", "which office?")
    with pytest.raises(Conflict):
        await approve_launch(pool, tenant.id, templates, launch, "bob@bank")
    found = await read_launch(pool, tenant.id, launch)
    assert (found.state, found.note) == ("returned", "which office?")


async def test_submitted_wish_cannot_be_changed(pool: Any, tenant: Tenant, templates: Templates):
    launch = await _launched(pool, tenant, templates, "north")
    with pytest.raises(Conflict):
        await save_wish(pool, tenant.id, launch, Wish(ref="north", name="other"))


async def test_mistakes_are_not_submitted(pool: Any, tenant: Tenant, templates: Templates):
    with pytest.raises(Invalid) as raised:
        await _launched(pool, tenant, templates, "north", options={"daily_limit": "9999.00"})
    assert raised.value.param == "options.daily_limit"


async def test_duplicate_is_likely_in_the_same_region(
    pool: Any, tenant: Tenant, templates: Templates
):
    launch = await _launched(pool, tenant, templates, "north", region="杭州")
    await approve_launch(pool, tenant.id, templates, launch, "bob@bank")
    second = await begin_launch(pool, tenant.id, templates.get("smart_canteen"), "ann@bank")
    await save_wish(pool, tenant.id, second, Wish(ref="south", name="South", region="杭州"))
    found = await read_launch(pool, tenant.id, second)
    (likeness,) = await likely_duplicates(pool, tenant.id, templates, found)
    assert (likeness.ref, likeness.same) == ("north", ("pack", "sector", "region"))
    travel = await begin_launch(pool, tenant.id, templates.get("travel"), "ann@bank")
    await save_wish(pool, tenant.id, travel, Wish(ref="trip", name="Trip", region="杭州"))
    found = await read_launch(pool, tenant.id, travel)
    assert await likely_duplicates(pool, tenant.id, templates, found) == []


async def test_change_and_roll_back(pool: Any, tenant: Tenant, templates: Templates):
    launch = await _launched(pool, tenant, templates, "north")
    await approve_launch(pool, tenant.id, templates, launch, "bob@bank")
    change = await begin_change(pool, tenant.id, "north", "ann@bank")
    wish = (await read_launch(pool, tenant.id, change)).wish
    wish = msgspec.structs.replace(wish, options={"daily_limit": "90.00"})
    await save_wish(pool, tenant.id, change, wish)
    await submit_launch(pool, tenant.id, templates, change, "ann@bank", ZONE)
    await approve_launch(pool, tenant.id, templates, change, "bob@bank")
    (card,) = await list_scenes(pool, tenant.id)
    assert card.terms == 2
    back = await begin_change(pool, tenant.id, "north", "ann@bank", terms=1)
    assert (await read_launch(pool, tenant.id, back)).wish.options == {}


async def test_block_fits_where_types_do(templates: Templates):
    pack = templates.get("smart_canteen")
    step = {"notify": {"who": "diner", "text": "notices.meal_refunded"}}
    places = await fitting_positions(pack, Wish(), "pay_by_code", step, ZONE)
    assert places
    assert all(place.why_not is None for place in places)
    total = {"limit": {"counter": "spent", "add": "total", "max": "options.daily_limit"}}
    places = await fitting_positions(pack, Wish(), "pay_by_code", total, ZONE)
    # `total` has its value only after the quote.
    assert places[0].why_not is not None
    assert places[1].why_not is None


async def test_variant_is_checked_with_its_bounds(templates: Templates):
    pack = templates.get("smart_canteen")
    wish = Wish(variant="government", options={"subsidy_per_meal": "16.00"})
    checked = await check_wish(pack, wish, ZONE)
    assert set(checked.by_option) == {"subsidy_per_meal"}


@pytest.mark.parametrize("pack", ["smart_canteen", "travel"])
async def test_rehearsal_plays_days_and_leaves_nothing(
    pool: Any, tenant: Tenant, templates: Templates, pack: str
):
    steps: list[tuple[int, int]] = []
    told = await rehearse_scene(
        pool, templates.get(pack), Wish(name="x"), days=2,
        progress=lambda done, total: steps.append((done, total)),
    )  # fmt: skip
    assert told.errors == {}
    assert told.passed
    assert told.answered > 20
    assert told.transfers > 10
    assert told.by_itself > 0
    assert steps[-1] == (96, 96)
    assert [found.ref for found in await list_tenants(pool)] == ["bank"]
