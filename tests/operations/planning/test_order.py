"""What comes first, what is deep, what is covered, what to add: by stated rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.operations import Templates
from enscene.operations.gap_report import Mounting
from enscene.operations.planning import (
    USUAL,
    Content,
    Entry,
    Pull,
    Score,
    change_entry,
    cover_lines,
    enter_need,
    find_neighbours,
    list_entries,
    list_needs,
    plan_map,
    propose_need,
    read_entry,
    read_pull,
    read_reach,
)
from enscene.operations.planning.needs import free_ref
from enscene.operations.planning.planning_map import parts_of
from enscene.operations.planning.rules import ask_rules, decide_rules
from enscene.shelf import standard_shelf
from operations.planning.conftest import alike, candidate, live_scene

TODAY = date(2026, 3, 1)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def entry(ref: str, **given: Any) -> Entry:
    return Entry(uuid4(), ref, 1, Content(name=ref, **given), "ann", NOW)


def score(points: int, **others: int) -> Score:
    return Score(1, alike(points, **others), "ann", NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "points"),
    [(-1, 100), (0, 100), (90, 100), (91, 60), (180, 60), (181, 30), (365, 30), (366, 0)],
)
def test_how_soon_it_is_needed_has_points(days: int, points: int) -> None:
    due = TODAY + timedelta(days=days)
    assert parts_of(entry("a", needed_by=due), None, USUAL, TODAY)["urgent"] == points


def test_each_principle_has_its_points() -> None:
    rules = msgspec.structs.replace(USUAL, strategic_sectors=("Agriculture",))
    found = parts_of(
        entry("a", level="key", sector="mining"), score(10, control=51, advantage=40), rules, TODAY
    )
    assert found == {"tiered": 60, "strategy": 10, "urgent": 0, "core": 45}
    farm = parts_of(entry("b", level="strategic", sector="agriculture"), None, rules, TODAY)
    assert farm == {"tiered": 100, "strategy": 100, "urgent": 0, "core": 0}


def test_another_order_tells_who_passed_whom() -> None:
    first = entry("first", level="strategic")
    second, third = entry("second", level="key"), entry("third", needed_by=TODAY)
    scores = {str(second.id): score(80)}
    rows = plan_map(
        [first, second, third], scores, USUAL, TODAY,
        {"tiered": 0, "strategy": 0, "urgent": 100, "core": 0}, USUAL.principles,
    )  # fmt: skip
    # By the rules: second (60+80+0+80)/4 = 55, third (20+0+100+0)/4 = 30, first 100/4 = 25.
    assert [(r.entry.ref, r.points, r.place_before, r.points_before) for r in rows] == [
        ("third", 100, 2, 30), ("second", 0, 1, 55), ("first", 0, 3, 25),
    ]  # fmt: skip
    assert [(r.moved, r.passed, r.passed_by) for r in rows] == [
        (1, ("second",), ()), (-1, (), ("third",)), (0, (), ()),
    ]  # fmt: skip


async def test_a_need_becomes_a_candidate_once(
    pool: Any, tenant: int, templates: Templates
) -> None:
    for number in range(2):
        made = await enter_need(
            pool, tenant, "growers", f"sell early {number}", "by hand", "visits", "agriculture", "a"
        )
    await candidate(pool, tenant, templates, "need-2")
    assert await propose_need(pool, tenant, made, templates.packs, "bob") == "need-2-2"
    with pytest.raises(Conflict):
        await propose_need(pool, tenant, made, templates.packs, "bob")
    with pytest.raises(NotFound):
        await propose_need(pool, tenant, uuid4(), templates.packs, "bob")
    assert [each.entry for each in await list_needs(pool, tenant)] == ["need-2-2", None]
    (made_of,) = [e for e in await list_entries(pool, tenant, {}) if e.need == made]
    content = made_of.content
    assert (content.segments, content.experts, content.sector, content.owner) == (
        "growers", "visits", "agriculture", "bob",
    )  # fmt: skip
    assert content.pains == "sell early 1 — by hand"
    with pytest.raises(Invalid) as caught:
        await enter_need(pool, tenant, "x", " ", "y", "z", "", "a")
    assert caught.value.param == "need"
    assert free_ref("a", {"a", "a-2"}) == "a-3"


async def people(pool: Any, tenant: int, scene: int, count: int) -> list[int]:
    """Persons of a scene; the last one is the first again, under another reference."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        found = [
            await connection.fetchval(
                "insert into party (tenant, ref, kind) values ($1, $2, 'person') returning id",
                tenant, f"p{number}",
            )
            for number in range(count)
        ]  # fmt: skip
        await connection.execute(
            "insert into identity (tenant, party, customer) values ($1, $2, $3), ($1, $3, $3)",
            tenant, found[-1], found[0],
        )  # fmt: skip
        await connection.executemany(
            "insert into enrolment (tenant, scene, role, party) values ($1, $2, 'diner', $3)",
            [(tenant, scene, each) for each in found],
        )
    return found


async def contract(pool: Any, tenant: int, customer: int, *, over: bool = False) -> UUID:
    number = uuid4()
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await connection.execute(
            "insert into contract (tenant, id, scene, product, customer, currency, opened_at, "
            "ended_at) values ($1, $2, 99, 'fund_plan', $3, 'CNY', now(), "
            "case when $4 then now() end)", tenant, number, customer, over,
        )  # fmt: skip
    return number


async def test_a_flagship_is_as_deep_as_customers_and_contracts_say(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await live_scene(pool, tenant, 7, "north")
    depth = {"weekly_percent": 66, "products_per_100": 67}
    await change_entry(pool, tenant, "north", None, {"flagship": depth}, templates.packs, "ann")
    (reach,) = await read_reach(pool, tenant, await list_entries(pool, tenant, {}))
    assert (reach.weekly_met, reach.products_met, reach.customers) == (None, None, 0)
    # Four parties, three customers.
    found = await people(pool, tenant, 7, 4)
    await contract(pool, tenant, found[0])
    await contract(pool, tenant, found[3])
    await contract(pool, tenant, found[1], over=True)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        # The last Sunday is the 8th; the week of the 9th is not whole.
        await connection.execute(
            "insert into indicator_day (tenant, day, rows) values ($1, '2026-03-08', 1), "
            "($1, '2026-03-10', 1)", tenant,
        )  # fmt: skip
        await connection.execute(
            "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, value)"
            " values ($1, 'users.active', 7, 'week', '2026-03-02', '', '', 2),"
            " ($1, 'users.active', 7, 'week', '2026-03-09', '', '', 3)", tenant,
        )  # fmt: skip
    (reach,) = await read_reach(pool, tenant, await list_entries(pool, tenant, {}))
    assert (reach.week, reach.active, reach.customers) == (date(2026, 3, 2), 2, 3)
    assert (reach.contracts, reach.weekly_percent, reach.products_per_100) == (2, 66, 66)
    assert (reach.weekly_met, reach.products_met) == (True, False)


async def test_what_the_act_brings_of_the_product_is_counted_by_month(
    pool: Any, tenant: int, templates: Templates
) -> None:
    await live_scene(pool, tenant, 7, "north")

    async def pull() -> Pull | None:
        return await read_pull(pool, tenant, await read_entry(pool, tenant, "north", {}))

    await change_entry(pool, tenant, "north", None, {"drives": "a plan"}, templates.packs, "ann")
    assert await pull() is None
    await change_entry(pool, tenant, "north", None, {"drives": "fund_plan"}, templates.packs, "a")
    assert await pull() == Pull("fund_plan", None, 0, 0)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await connection.execute(
            "insert into indicator_day (tenant, day, rows) values ($1, '2026-02-28', 1)", tenant
        )
        for name, key, value in (("users.active", "", 1_500), ("link.contracted", "fund_plan", 4),
                                 ("link.contracted", "mortgage", 9)):  # fmt: skip
            await connection.execute(
                "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, "
                "value) values ($1, $2, 7, 'month', '2026-02-01', $3, '', $4)",
                tenant, name, key, value,
            )  # fmt: skip
    found = await pull()
    assert found == Pull("fund_plan", date(2026, 2, 1), 1_500, 4)
    assert found.per_1000 == 2


async def test_there_are_only_so_many_flagships(
    pool: Any, tenant: int, templates: Templates
) -> None:
    rules = msgspec.structs.replace(USUAL, flagships_most=1)
    version = await ask_rules(pool, tenant, rules, "one thing well", "ann")
    await decide_rules(pool, tenant, version, "bob", approve=True)
    depth = {"flagship": {"weekly_percent": 30, "products_per_100": 150}}
    await candidate(pool, tenant, templates, "spa", **depth)
    with pytest.raises(Conflict) as caught:
        await candidate(pool, tenant, templates, "mall", **depth)
    assert caught.value.code == "planning.flagships"
    await change_entry(pool, tenant, "spa", None, {"level": "key"}, templates.packs, "ann")
    await change_entry(pool, tenant, "spa", None, {"flagship": None}, templates.packs, "ann")
    await candidate(pool, tenant, templates, "mall", **depth)


def test_lines_without_a_scene_are_listed() -> None:
    shelf = standard_shelf()
    product = next(each.id for each in shelf.products.values() if each.line == "wealth")
    live = Entry(None, "north", 0, Content(name="n"), "", NOW, None, 7, "north", "live", NOW)
    mounted = Mounting(7, "north", "n", "live", ("C",), "catering", frozenset({product}))
    candidate_ = entry("spa", lines=("insurance",))
    found = {each.line: each for each in cover_lines(shelf, [live, candidate_], [mounted])}
    assert list(found) == list(shelf.words.lines)
    assert found["wealth"].scenes == ("north",)
    assert product not in found["wealth"].unmounted
    assert (found["insurance"].candidates, found["insurance"].is_covered) == (("spa",), False)
    assert found["deposits"].unmounted == found["deposits"].products != ()


def test_neighbours_share_a_customer_roles_or_the_industry(templates: Templates) -> None:
    live = Entry(
        None, "north", 0, Content(name="n", pack="smart_canteen", sector="catering", customer="A"),
        "", NOW, None, 7, "north", "live", NOW,
    )  # fmt: skip
    near = entry("near", customer="a", sector="catering")
    far = entry("far", sector="mining")
    found = find_neighbours(live, [live, near, far], templates.packs)
    assert (found[0].ref, found[0].points, found[0].same_customer) == ("near", 4, True)
    assert "far" not in [each.ref for each in found]
    assert "smart_canteen" not in [each.pack for each in found]
    for each in found[1:]:
        own, other = templates.get("smart_canteen"), templates.get(each.pack)
        assert each.points == 2 * len(each.roles) + (own.sector == other.sector)
        assert set(each.roles) <= set(own.parties) & set(other.parties) - {"bank"}
