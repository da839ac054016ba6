"""What binds customers to each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from enscene.commit import admit
from enscene.customers.relations import Relation, end_relation, find_around, state_relations
from enscene.kernel.errors import Invalid, NotFound
from enscene.tenants import create_tenant

DAY = date(2026, 11, 1)
FIRMS = {"core": "employer", "mill": "merchant", "farm": "merchant", "shop": "merchant"}
PEOPLE = {"lin": "person", "mei": "person", "he": "person"}


@dataclass
class Graph:
    """A tenant whose firms and people are bound by relations alone."""

    pool: Any
    tenant: int

    @asynccontextmanager
    async def within(self) -> AsyncIterator[Any]:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            yield connection

    async def state(self, *said: tuple[str, Any, str], since: date = DAY) -> int:
        relations = [Relation(source, kind, target, since) for source, kind, target in said]
        async with self.within() as connection:
            return await state_relations(connection, self.tenant, relations, "he@bank")

    async def around(self, ref: str, steps: int = 2, day: date = DAY) -> dict[str, Any]:
        async with self.within() as connection:
            found = await find_around(connection, self.tenant, ref, day, steps)
        return {each.ref: each for each in found}


@pytest.fixture
async def graph(pool: Any) -> Graph:
    tenant = (await create_tenant(pool, "bank", "Bank", sandbox=True)).id
    graph = Graph(pool, tenant)
    async with graph.within() as connection:
        for ref, kind in (FIRMS | PEOPLE).items():
            await connection.execute(
                "insert into party (tenant, ref, kind, name) values ($1, $2, $3, $2)",
                tenant, ref, kind,
            )  # fmt: skip
        await connection.execute(
            "insert into contract (tenant, id, scene, customer, product, currency, amount, state, seq, opened_at)"
            " select $1, gen_random_uuid(), 0, id, 'demand_deposit', 'CNY', 0, 'open', 1, now() from party"
            " where ref = any($2::text[])", tenant, ["core", "lin"],
        )  # fmt: skip
    return graph


async def test_small_firms_about_a_core_firm_are_found_with_the_way_to_them(graph: Graph) -> None:
    await graph.state(
        ("mill", "supplies", "core"), ("farm", "supplies", "mill"), ("lin", "owns", "farm"),
        ("lin", "works_for", "core"),
    )  # fmt: skip
    found = await graph.around("core")
    assert set(found) == {"mill", "farm", "lin"}
    assert [name for name, each in found.items() if not each.is_customer] == ["mill", "farm"]
    farm = found["farm"]
    # Over lin, who is a customer, and not over the mill, which is none.
    assert [(step.source, step.kind, step.target) for step in farm.way] == [
        ("core", "works_for", "lin"), ("lin", "owns", "farm"),
    ]  # fmt: skip
    assert [step.turned for step in farm.way] == [True, False]
    assert (farm.known, found["mill"].known) == ("lin", "core")


async def test_no_further_than_was_asked_and_never_round_and_round(graph: Graph) -> None:
    await graph.state(
        ("mill", "supplies", "core"), ("farm", "supplies", "mill"), ("shop", "supplies", "farm"),
        ("core", "supplies", "shop"),
    )  # fmt: skip
    assert set(await graph.around("core", 1)) == {"mill", "shop"}
    assert set(await graph.around("core", 4)) == {"mill", "farm", "shop"}


async def test_it_stands_from_its_first_day_to_its_last(graph: Graph) -> None:
    await graph.state(("mei", "works_for", "mill"))
    assert await graph.around("mei", day=date(2026, 10, 31)) == {}
    relation = Relation("mei", "works_for", "mill", DAY)
    async with graph.within() as connection:
        await end_relation(connection, graph.tenant, relation, date(2026, 11, 20))
    assert set(await graph.around("mei", day=date(2026, 11, 20))) == {"mill"}
    assert await graph.around("mei", day=date(2026, 11, 21)) == {}
    async with graph.within() as connection:
        with pytest.raises(NotFound):
            await end_relation(connection, graph.tenant, relation, date(2026, 11, 20))
        with pytest.raises(Invalid):
            await end_relation(connection, graph.tenant, relation, date(2026, 10, 1))
    assert await graph.state(("mei", "works_for", "mill"), since=date(2026, 12, 1)) == 1


async def test_what_stands_is_not_stated_twice(graph: Graph) -> None:
    assert await graph.state(("mei", "owns", "mill"), ("mei", "owns", "mill")) == 1
    assert await graph.state(("mei", "owns", "mill"), since=date(2027, 1, 1)) == 0
    assert await graph.state(("mei", "represents", "mill")) == 1


async def test_a_link_of_a_scene_binds_as_well_and_says_whence(graph: Graph) -> None:
    async with graph.within() as connection:
        ids = dict(await connection.fetch("select ref, id from party"))
        await connection.execute(
            "insert into scene (tenant, id, ref, name, pack, state, terms) "
            "values ($1, 71, 'canteen', 'C', 'smart_canteen', 'live', 1)", graph.tenant,
        )  # fmt: skip
        await connection.execute(
            "insert into link (tenant, scene, name, from_party, to_party) "
            "values ($1, 71, 'works_for', $2, $3)", graph.tenant, ids["he"], ids["shop"],
        )  # fmt: skip
    found = await graph.around("shop", 1)
    assert [(s.kind, s.whence, s.turned) for s in found["he"].way] == [
        ("works_for", "canteen", True)
    ]


async def test_bad_relations_are_told_with_their_place_and_leave_no_trace(graph: Graph) -> None:
    with pytest.raises(NotFound) as missing:
        await graph.state(("mei", "owns", "mill"), ("mei", "owns", "nobody"))
    assert missing.value.param == "relations[1].target"
    with pytest.raises(Invalid) as own:
        await graph.state(("mei", "owns", "mill"), ("mei", "owns", "mei"))
    assert own.value.param == "relations[1].target"
    assert await graph.around("mei") == {}
    for ref, steps in (("mei", 0), ("mei", 5)):
        with pytest.raises(Invalid):
            await graph.around(ref, steps)
    with pytest.raises(NotFound):
        await graph.around("nobody")
