"""A task goes to who knows the product, then to who knows the customer, then to who has room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from enscene.commit import admit
from enscene.engagement.applications import right_managers
from enscene.kernel.errors import Invalid, NotFound
from enscene.shelf.product import KINDS
from enscene.tenants.users import create_user
from enscene.work import Need, make_task, read_skills, set_skills
from trip import Trip, open_trip


@pytest.fixture
async def trip(pool: Any) -> AsyncIterator[Trip]:
    async with open_trip(pool) as opened:
        for login in ("li", "wang", "zhao"):
            await create_user(
                pool, opened.tenant, login, name=login, password="a-long-password",
                roles=["manager"],
            )  # fmt: skip
        yield opened


async def skill(trip: Trip, login: str, *kinds: str) -> None:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        await set_skills(connection, trip.tenant.id, login, kinds, KINDS, "an@bank")


async def right(trip: Trip, product: str | None, served_by: str | None = None) -> list[str]:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        tenant = trip.tenant.id
        ann = await connection.fetchval("select id from party where ref = 'ann'")
        if served_by is not None:
            now = await connection.fetchval("select now()")
            await make_task(
                connection, tenant, "call_back", scene=0, customer=ann, reason="x",
                need=Need(insists=True), managers=[served_by], at=now,
            )  # fmt: skip
        found = await right_managers(connection, tenant, ann, product)
    return [name.partition("@")[0] for name in found]


async def test_who_knows_the_product_is_asked(trip: Trip) -> None:
    await skill(trip, "li", "wealth")
    await skill(trip, "wang", "wealth", "loan")
    assert await right(trip, "wealth_flex") == ["li", "wang"]
    assert await right(trip, "instalment") == ["wang"]


async def test_where_nobody_is_marked_everybody_is_asked(trip: Trip) -> None:
    await skill(trip, "li", "loan")
    assert await right(trip, "wealth_flex") == ["li", "wang", "zhao"]
    assert await right(trip, None) == ["li", "wang", "zhao"]


async def test_of_those_the_one_who_served_the_customer_goes_first(trip: Trip) -> None:
    await skill(trip, "li", "wealth")
    await skill(trip, "wang", "wealth")
    assert await right(trip, "wealth_flex", served_by="wang@bank") == ["wang"]
    # Who served the customer but does not know the product is not asked about it.
    assert await right(trip, "wealth_flex", served_by="zhao@bank") == ["wang"]
    await skill(trip, "wang")
    assert await right(trip, "wealth_flex") == ["li"]
    assert await right(trip, None) == ["zhao"]


async def test_skills_are_what_was_said_last_and_kinds_of_the_shelf(trip: Trip) -> None:
    await skill(trip, "li", "loan", "wealth")
    await skill(trip, "li", "insurance")
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        assert await read_skills(connection, trip.tenant.id) == {"li": ("insurance",)}
    with pytest.raises(Invalid) as refused:
        await skill(trip, "li", "gold")
    assert (refused.value.code, refused.value.param) == ("skill.kind", "kinds")
    with pytest.raises(NotFound):
        await skill(trip, "nobody", "loan")
