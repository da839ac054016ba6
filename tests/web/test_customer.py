"""One customer in the console: the way over all scenes, and who may look."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from enscene.customers import set_consent
from enscene.shelf.assess_suitability import QUESTIONS, assess_suitability
from enscene.tenants.users import create_user
from lending import Lending, open_lending
from web.test_workbench import PASSWORD, called_in, desk_of

PEOPLE = (("zhou", "manager"), ("audit", "auditor"), ("hall", "partner"))


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        for login, role in PEOPLE:
            await create_user(
                pool, found.trip.tenant, login, name=login, password=PASSWORD, roles=[role],
                party="site" if role == "partner" else None,
            )  # fmt: skip
        await found.trip.book("ann", "B1", "3600.00")
        await found.trip.decisions()
        yield found


async def test_the_way_over_all_scenes_and_what_belongs_to_it(lending: Lending) -> None:
    told = await lending.decide("B1")
    trip = lending.trip
    rows = await lending.sql("select id from party where ref = 'ann'")
    today = await trip.host.contracts.today(trip.tenant.id)
    answers = {question.id: 3 for question in QUESTIONS}
    await assess_suitability(trip.pool, trip.tenant.id, rows[0][0], answers, today)
    async with trip.pool.acquire() as connection, connection.transaction():
        from enscene.commit import admit

        await admit(connection, [trip.tenant.id])
        await set_consent(connection, trip.tenant.id, 0, "bob", "household:ann", granted=True)
    desk = await desk_of(lending, "audit")
    page = (await desk.get("/customers/ann")).text
    assert re.findall(r'data-stop="(\w+)"', page)[:2] == ["applied", "offered"]
    for said in (
        "客户旅程",
        "平衡型",
        "有效至",
        "授权其查看的家人",
        "bob",
        "账单分期",
        "chip approved",
    ):
        assert said in page
    assert f'href="/applications/{told["id"]}"' in page
    decision = (await desk.get(f"/applications/{told['id']}")).text
    assert 'href="/customers/ann"' in decision


async def test_it_is_read_by_who_serves_the_customer_and_who_audits(lending: Lending) -> None:
    told = await lending.decide("B1", fields={"income": "500.00"})
    desk, path = await called_in(lending, told["id"])
    assert 'href="/customers/ann"' in (await desk.get(path)).text
    assert (await desk.get("/customers/ann")).status_code == 200
    other = await desk_of(lending, "zhou")
    refused = await other.get("/customers/ann")
    assert (refused.status_code, "这位客户由他人服务" in refused.text) == (403, True)
    assert 'href="/customers/ann"' not in (await other.get(f"/applications/{told['id']}")).text
    assert (await (await desk_of(lending, "hall")).get("/customers/ann")).status_code == 403
    audit = await desk_of(lending, "audit")
    assert (await audit.get("/customers/nobody")).status_code == 404
    assert (await audit.get("/customers/site")).status_code == 404  # a merchant is no customer


async def test_the_page_in_english(lending: Lending) -> None:
    await lending.decide("B1")
    desk = await desk_of(lending, "audit", "en-GB")
    page = (await desk.get("/customers/ann")).text
    for said in ("Journey", "Not checked yet", "Nobody of the household", "Instalments"):
        assert said in page
    text = re.sub(r"<[^>]+>", " ", page)
    assert re.findall(r"[一-鿿]", re.sub(r"中文|入景", "", text)) == []


async def test_what_was_offered_for_what_is_held_elsewhere(lending: Lending) -> None:
    await lending.sql(
        "update decision set rights = jsonb_set(rights, '{because_of}', "
        """'[{"product": "instalment", "scene": "travel"}]')"""
    )
    page = (await (await desk_of(lending, "audit")).get("/customers/ann")).text
    assert "因持有 Travel · 账单分期" in page


async def test_every_look_is_kept_and_whoever_tries_around_is_shown(lending: Lending) -> None:
    for who in ("carl", "dora"):
        await lending.sql(
            "insert into party (tenant, ref, kind) values ($1, $2, 'person')",
            lending.trip.tenant.id, who,
        )  # fmt: skip
    manager, audit = await desk_of(lending, "zhou"), await desk_of(lending, "audit")
    for who in ("bob", "carl"):
        assert (await manager.get(f"/customers/{who}")).status_code == 403
    assert (await manager.get("/looks")).status_code == 403
    assert "data-browsing" not in (await audit.get("/looks")).text
    assert (await manager.get("/customers/dora")).status_code == 403
    page = (await audit.get("/looks")).text
    assert "尝试查看 3 位他人的客户" in page
    assert re.findall(r'chip (done|refused)"', page) == ["refused"] * 3
    assert (await audit.get("/customers/bob")).status_code == 200
    assert "谁看过" in (await audit.get("/customers/bob")).text
    rows = await lending.sql("select staff, allowed from staff_look order by id")
    assert [tuple(row) for row in rows][:3] == [("zhou@bank", False)] * 3
    assert [tuple(row) for row in rows][3:] == [("audit@bank", True)] * 2
