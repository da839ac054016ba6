"""Parties are registered once and take part as they were last told to."""

from __future__ import annotations

from typing import Any

import pytest

from enscene.commit import admit
from enscene.customers import Enrolment, enrol_parties, link_parties, set_consent
from enscene.kernel.errors import Conflict, Invalid, NotFound

TENANT, SCENE = 4711, 9
ANN = Enrolment("ann", "diner", "person", "Ann")
HALL = Enrolment("hall", "canteen", "merchant")


@pytest.fixture
async def tenant(connection: Any) -> Any:
    await connection.execute("insert into shard (id) values (4711) on conflict do nothing")
    await connection.execute(
        "insert into tenant (id, ref, name, shard) values ($1, 'enrols', 'e', 4711)", TENANT
    )
    await admit(connection, [TENANT])
    return connection


async def enrol(connection: Any, *orders: Enrolment) -> Any:
    return await enrol_parties(connection, TENANT, SCENE, orders)


async def test_the_same_party_twice_in_one_call_is_one_enrolment(tenant: Any) -> None:
    enrolled = await enrol(tenant, ANN, HALL, ANN)
    assert sorted(enrolled.ids) == ["ann", "hall"]
    assert await tenant.fetchval("select count(*) from enrolment where tenant = $1", TENANT) == 2


async def test_a_second_call_moves_nothing_and_keeps_ids(tenant: Any) -> None:
    first = await enrol(tenant, ANN, HALL)
    assert not first.moved
    assert await enrol(tenant, ANN, HALL) == first


async def test_since_when_somebody_takes_part_is_told_by_the_tenants_clock(tenant: Any) -> None:
    ahead = {str(TENANT): 90 * 86_400 * 1_000_000}
    await tenant.execute("update shard set clocks = $1 where id = 4711", ahead)
    await enrol(tenant, ANN)
    days = await tenant.fetchval(
        "select extract(day from since - now()) from enrolment where tenant = $1", TENANT
    )
    assert days == 90


async def test_a_device_that_is_bound_elsewhere_is_news(tenant: Any) -> None:
    till = [Enrolment("till", "terminal", "device", bound_to=to) for to in ("hall", "yard")]
    await enrol(tenant, HALL, Enrolment("yard", "canteen", "merchant"), till[0])
    assert (await enrol(tenant, till[1])).moved
    assert not (await enrol(tenant, till[1])).moved


async def test_a_party_of_another_kind_is_a_conflict(tenant: Any) -> None:
    await enrol(tenant, ANN)
    with pytest.raises(Conflict) as other:
        await enrol(tenant, Enrolment("ann", "canteen", "merchant"))
    assert other.value.code == "party.other_kind"


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (Enrolment("till", "terminal", "device", bound_to="nobody"), NotFound),
        (Enrolment("a b", "diner", "person"), Invalid),
        (Enrolment("", "diner", "person"), Invalid),
        (Enrolment("ann\0", "diner", "person"), Invalid),
        (Enrolment("ann", "diner", "person", "x" * 201), Invalid),
        (Enrolment("ann", "diner", "person", "nul \0"), Invalid),
    ],
)
async def test_what_cannot_be_is_told(tenant: Any, order: Enrolment, error: type) -> None:
    with pytest.raises(error):
        await enrol(tenant, order)


async def test_a_link_moves_when_it_points_elsewhere(tenant: Any) -> None:
    await enrol(tenant, ANN, HALL, Enrolment("yard", "canteen", "merchant"))
    link = (tenant, TENANT, SCENE, "eats_at")
    assert not await link_parties(*link, [("ann", "hall")])
    assert not await link_parties(*link, [("ann", "hall")])
    assert await link_parties(*link, [("ann", "yard")])
    with pytest.raises(NotFound):
        await link_parties(*link, [("ann", "nobody")])


async def test_the_last_link_of_one_call_counts(tenant: Any) -> None:
    await enrol(tenant, ANN, HALL, Enrolment("yard", "canteen", "merchant"))
    pairs = [("ann", "hall"), ("ann", "yard")]
    await link_parties(tenant, TENANT, SCENE, "eats_at", pairs)
    yard = await tenant.fetchval("select id from party where tenant = $1 and ref = 'yard'", TENANT)
    assert await tenant.fetchval("select to_party from link where tenant = $1", TENANT) == yard


async def test_the_last_word_on_consent_is_kept(tenant: Any) -> None:
    await enrol(tenant, ANN)
    for granted in (True, False, True):
        await set_consent(tenant, TENANT, SCENE, "ann", "meals", granted=granted)
        found = await tenant.fetch("select granted from consent where tenant = $1", TENANT)
        assert [row[0] for row in found] == [granted]
