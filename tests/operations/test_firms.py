"""A list of firms: checked to the line and column, begun by a second person, made once, taken up again."""

from __future__ import annotations

from typing import Any

import pytest

from api.conftest import canteen_pack
from enscene.kernel import controls
from enscene.kernel.errors import Conflict, EnsceneError, Forbidden, Invalid, NotFound
from enscene.operations.firms import (
    LINES_MOST,
    FirmList,
    FirmOrder,
    ask_list,
    check_lines,
    decide_list,
    go_on,
    list_lines,
    read_list,
    take_up,
)
from enscene.operations.tenancy import end_tenant
from enscene.scenes.language import Pack
from enscene.tenants import Tenant, create_tenant, find_tenant, list_below
from enscene.tenants.plans import list_steps
from enscene.tenants.quotas import read_quotas
from enscene.tenants.store import admitted

__all__ = ["canteen_pack"]
ORDER = FirmOrder(title="spring", plan="free")


def table(*refs: str) -> str:
    return "\n".join(["ref,name", *(f"{ref},Firm {ref}" for ref in refs)])


@pytest.fixture
async def park(pool: Any) -> Tenant:
    bank = await create_tenant(pool, "bank", "Bank")
    return await create_tenant(pool, "park", "Park", parent=bank, level="tenant")


async def asked(pool: Any, park: Tenant, text: str, order: FirmOrder = ORDER) -> FirmList:
    number, faults = await ask_list(pool, park, order, text, (), "he@bank")
    assert faults == []
    assert number is not None
    return await read_list(pool, [park.id], number)


async def begun(pool: Any, park: Tenant, text: str) -> FirmList:
    found = await asked(pool, park, text)
    await decide_list(pool, [park.id], found.id, "lin@bank", approve=True)
    return await read_list(pool, [park.id], found.id)


async def made(pool: Any, found: FirmList) -> FirmList:
    while await go_on(pool, found, {}):
        pass
    return await read_list(pool, [found.tenant], found.id)


async def below(pool: Any, park: Tenant) -> list[str]:
    return [each.ref for each in await list_below(pool, park.id) if each.id != park.id]


async def test_every_line_that_is_wrong_is_told_with_its_column(pool: Any, park: Tenant) -> None:
    text = "\n".join(
        ["名称\t备注\t代号", "甲公司\t\tfirm-1", "", "乙公司\tx\tBAD", "\t\tfirm-3", "丙公司",
         "丁公司\t\tfirm-1", "戊公司\t\tbank", "\t\t9"]
    )  # fmt: skip
    firms, faults = await check_lines(pool, park, "free", text)
    assert [(each.n, each.ref, each.name) for each in firms] == [(2, "firm-1", "甲公司")]
    assert [(each.n, each.column, each.code, each.other) for each in faults] == [
        (4, "ref", "tenant.bad_ref", 0), (5, "name", "tenant.name", 0), (6, "", "firms.cells", 0),
        (7, "ref", "firms.twice", 2), (8, "ref", "tenant.exists", 0),
        (9, "ref", "tenant.bad_ref", 0), (9, "name", "tenant.name", 0),
    ]  # fmt: skip
    assert await ask_list(pool, park, ORDER, text, (), "he@bank") == (None, faults)


async def test_neither_empty_nor_wrong_lines_use_up_what_a_list_may_have(
    pool: Any, park: Tenant
) -> None:
    far = "ref,name\nf1,A\n" + "\n" * (2 * LINES_MOST + 5) + "f2,B"
    firms, faults = await check_lines(pool, park, "free", far)
    assert ([each.ref for each in firms], faults) == (["f1", "f2"], [])
    wrong = "ref,name\n" + "\n".join(f"f{n}," for n in range(LINES_MOST // 2 + 1)) + "\nlast,Z"
    firms, faults = await check_lines(pool, park, "free", wrong)
    assert [each.ref for each in firms] == ["last"]
    assert {each.code for each in faults} == {"tenant.name"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "firms.empty"), ("ref,name\n\n", "firms.empty"), ("firm-1,Firm", "firms.head"),
        ("ref,ref\na1,b1", "firms.head"), ("\x00,\x00", "firms.head"),
        (table(*(f"f{n}" for n in range(LINES_MOST + 1))), "firms.too_many"),
    ],
)  # fmt: skip
async def test_what_is_no_list_is_refused(pool: Any, park: Tenant, text: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        await check_lines(pool, park, "free", text)
    assert (caught.value.code, caught.value.param) == (code, "lines")


@pytest.mark.parametrize(
    ("order", "param"),
    [
        (FirmOrder(title=" ", plan="free"), "title"),
        (FirmOrder(title="x", plan="none"), "plan"),
        (FirmOrder(title="x", plan="turnkey"), "manager"),
        (FirmOrder(title="x", plan="turnkey", manager="Zhou"), "pack"),
        (FirmOrder(title="x", plan="free", level="branch"), "level"),
        (FirmOrder(title="x", plan="free", pack="gone"), "pack"),
    ],
)
async def test_what_all_have_in_common_is_checked(
    pool: Any, park: Tenant, order: FirmOrder, param: str
) -> None:
    with pytest.raises(EnsceneError) as caught:
        await ask_list(pool, park, order, table("firm-1"), (), "he@bank")
    assert caught.value.param == param


async def test_two_people_and_nothing_before_the_second(pool: Any, park: Tenant) -> None:
    found = await asked(pool, park, table("firm-1", "firm-2"))
    assert await go_on(pool, found, {}) is False
    with pytest.raises(Forbidden):
        await decide_list(pool, [park.id], found.id, "he@bank", approve=True)
    with pytest.raises(NotFound):
        await decide_list(pool, [], found.id, "lin@bank", approve=True)
    assert await below(pool, park) == []
    with pytest.raises(Conflict) as caught:
        await asked(pool, park, table("firm-1", "firm-2"))
    assert caught.value.code == "firms.waiting"
    await decide_list(pool, [park.id], found.id, "he@bank", approve=False)
    assert await go_on(pool, found, {}) is False
    with pytest.raises(Conflict):
        await decide_list(pool, [park.id], found.id, "lin@bank", approve=True)
    assert await below(pool, park) == []


async def test_without_the_second_person_the_first_begins(
    pool: Any, park: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(controls._CONTROLS, "firms_second_person", lambda asked_by, who: None)
    found = await asked(pool, park, table("firm-1"))
    with pytest.raises(Exception, match="firm_list_check"):  # the database holds it once more
        await decide_list(pool, [park.id], found.id, "he@bank", approve=True)


async def test_firms_have_what_their_plan_says(pool: Any, park: Tenant) -> None:
    refs = [f"firm-{n}" for n in range(120)]
    found = await made(pool, await begun(pool, park, table(*refs)))
    assert (found.state, found.counts.done, found.counts.over) == ("done", 120, 120)
    assert found.ended_at is not None
    assert sorted(await below(pool, park)) == sorted(refs)
    firm = await find_tenant(pool, "firm-7")
    assert (firm.level_name, firm.plan, firm.name) == ("sub_tenant", "free", "Firm firm-7")
    quotas = {each.what: each.most for each in await read_quotas(pool, firm.id)}
    assert quotas["users"] == 3
    assert await list_steps(pool, [firm.id]) == []


async def test_twice_changes_nothing(pool: Any, park: Tenant) -> None:
    await made(pool, await begun(pool, park, table("firm-1", "firm-2")))
    before = [await find_tenant(pool, ref) for ref in await below(pool, park)]
    found = await made(pool, await begun(pool, park, table("firm-1", "firm-2", "firm-3")))
    assert (found.counts.known, found.counts.done) == (2, 1)
    assert [await find_tenant(pool, each.ref) for each in before] == before
    assert await go_on(pool, found, {}) is False


async def test_what_failed_is_taken_up_again(pool: Any, park: Tenant) -> None:
    found = await begun(pool, park, table("firm-1", "firm-2"))
    other = await create_tenant(pool, "firm-2", "Somebody else")
    found = await made(pool, found)
    assert (found.state, found.counts.done, found.counts.failed) == ("done", 1, 1)
    (failed,) = await list_lines(pool, found, "failed", 9)
    assert (failed.n, failed.ref, failed.why) == (3, "firm-2", "tenant.exists")
    await take_up(pool, found)
    found = await made(pool, await read_list(pool, [park.id], found.id))
    assert found.counts.failed == 1
    assert await find_tenant(pool, "firm-2") == other
    done = await made(pool, await begun(pool, park, table("firm-3")))
    with pytest.raises(Conflict):
        await take_up(pool, done)


async def test_below_a_closed_tenant_every_line_fails_and_can_be_told(
    pool: Any, park: Tenant
) -> None:
    found = await begun(pool, park, table("firm-1"))
    async with admitted(pool, park.id) as connection:
        await end_tenant(connection, park)
    found = await made(pool, found)
    assert [each.why for each in await list_lines(pool, found, "", 9)] == ["tenant.closed"]
    assert await below(pool, park) == []


async def test_what_stops_in_between_leaves_whole_parts(
    pool: Any, park: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await begun(pool, park, table(*(f"firm-{n}" for n in range(60))))
    assert await go_on(pool, found, {}) is True
    assert len(await below(pool, park)) == 50

    async def torn(*_: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr("enscene.operations.firms.store.settle", torn)
        with pytest.raises(ConnectionError):
            await go_on(pool, found, {})
    assert len(await below(pool, park)) == 50
    assert (await made(pool, found)).counts.done == 60
    assert len(await below(pool, park)) == 60


async def test_each_can_have_a_scene(pool: Any, park: Tenant, canteen_pack: Pack) -> None:
    packs = {canteen_pack.id: canteen_pack}
    order = FirmOrder(title="x", plan="turnkey", manager="Zhou", pack=canteen_pack.id)
    number, _ = await ask_list(pool, park, order, table("firm-1", "firm-2"), packs, "he@bank")
    assert number is not None
    await decide_list(pool, [park.id], number, "lin@bank", approve=True)
    found = await read_list(pool, [park.id], number)
    while await go_on(pool, found, packs):
        pass
    firm = await find_tenant(pool, "firm-2")
    async with admitted(pool, firm.id, readonly=True) as connection:
        rows = await connection.fetch("select pack, state from scene")
    assert [tuple(row) for row in rows] == [(canteen_pack.id, "sandbox")]
