"""A version comes to all scenes, options stay, what does not fit is refused and stays as it was."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.conftest import canteen_pack
from enscene.commit import admit
from enscene.kernel import controls
from enscene.kernel.errors import Conflict, Invalid, NotFound, Refused
from enscene.operations.releases import (
    PLATFORM,
    begin_roll_out,
    go_on,
    list_versions,
    make_release,
    read_release,
)
from enscene.scenes.administer import SceneOrder, change_state, create_scene
from enscene.scenes.language import Pack, load_pack_files
from enscene.tenants import Tenant, create_tenant
from enscene.work.tickets import get_ticket, open_ticket, plan_ticket

__all__ = ["canteen_pack"]
NOTES = ("补贴上限改为 10 元", "A subsidy is at most 10.00")


def next_version(pack: Pack, **changes: str) -> Pack:
    """The pack as its makers would change it."""
    text = pack.files["scene.yaml"].replace(f"version: {pack.version}", "version: 9.9.0", 1)
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after, 1)
    found = load_pack_files({**pack.files, "scene.yaml": text}).pack
    assert found is not None
    return found


@pytest.fixture
def newer(canteen_pack: Pack) -> Pack:
    before = 'subsidy_per_meal: {type: money, default: "3.00", min: "0.00", max: "20.00"}'
    return next_version(canteen_pack, **{before: before.replace("20.00", "16.00")})


@pytest.fixture
async def bank(pool: Any) -> Tenant:
    return await create_tenant(pool, "bank", "Bank")


async def schools(pool: Any, bank: Tenant, pack: Pack, *subsidies: str) -> list[Tenant]:
    made = []
    branch = await create_tenant(pool, "hz", "Branch", parent=bank)
    for n, subsidy in enumerate(subsidies):
        tenant = await create_tenant(pool, f"school-{n}", f"School {n}", parent=branch)
        async with pool.acquire() as connection, connection.transaction():
            order = SceneOrder("canteen", f"Canteen {n}", options={"subsidy_per_meal": subsidy})
            await create_scene(connection, tenant.id, pack, order, "test")
            for state in ("sandbox", "live"):
                await change_state(connection, tenant.id, "canteen", state, "test")
        made.append(tenant)
    return made


async def terms(pool: Any, tenant: Tenant) -> tuple[str, str, int]:
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant.id])
        row = await connection.fetchrow(
            "select p.version, r.options->>'subsidy_per_meal', s.terms from scene s "
            "join terms r on r.tenant = s.tenant and r.scene = s.id and r.number = s.terms "
            "join pack_source p on p.digest = r.digest where s.tenant = $1", tenant.id,
        )  # fmt: skip
    return tuple(row)


async def told(pool: Any, bank: Tenant, pack: Pack) -> Any:
    return await make_release(pool, bank.id, pack.id, pack.version, *NOTES, "he@bank")


async def to_the_end(pool: Any, bank: Tenant, release: Any, pack: Pack, tenants: Any) -> None:
    while await go_on(pool, bank.id, release, pack, tenants):
        pass


async def test_options_stay_and_what_does_not_fit_is_left(
    pool: Any, bank: Tenant, canteen_pack: Pack, newer: Pack
) -> None:
    tenants = await schools(pool, bank, canteen_pack, "4.00", "18.00", "0.00")
    release = await told(pool, bank, newer)
    begun = await begin_roll_out(pool, bank.id, release, newer, tenants, "lin@bank")
    assert (begun.scenes, begun.waiting) == (3, 3)
    await to_the_end(pool, bank, release, newer, tenants)
    found, targets = await read_release(pool, bank.id, release)
    assert (found.done, found.refused, found.ended_at is not None) == (2, 1, True)
    refused = next(each for each in targets if each.state == "refused")
    assert refused.tenant_ref == "school-1"
    assert "subsidy_per_meal" in refused.why
    assert await terms(pool, tenants[0]) == ("9.9.0", "4.00", 2)
    assert await terms(pool, tenants[1]) == (canteen_pack.version, "18.00", 1)
    assert {(each.version, each.scenes) for each in await list_versions(pool, tenants)} == {
        ("9.9.0", 2), (canteen_pack.version, 1),
    }  # fmt: skip


async def test_stopped_in_between_it_goes_on_and_two_at_once_do_no_harm(
    pool: Any, bank: Tenant, canteen_pack: Pack, newer: Pack
) -> None:
    tenants = await schools(pool, bank, canteen_pack, *["1.00"] * 25)
    release = await told(pool, bank, newer)
    await begin_roll_out(pool, bank.id, release, newer, tenants, "lin@bank")
    assert await go_on(pool, bank.id, release, newer, tenants)
    found, _ = await read_release(pool, bank.id, release)
    assert (found.done, found.waiting) == (20, 5)
    await asyncio.gather(*(to_the_end(pool, bank, release, newer, tenants) for _ in range(2)))
    found, _ = await read_release(pool, bank.id, release)
    assert (found.done + found.same, found.waiting) == (25, 0)
    assert {(await terms(pool, tenant))[0] for tenant in tenants} == {"9.9.0"}


async def test_only_what_is_in_sight_is_brought_over(
    pool: Any, bank: Tenant, canteen_pack: Pack, newer: Pack
) -> None:
    tenants = await schools(pool, bank, canteen_pack, "1.00", "1.00")
    release = await told(pool, bank, newer)
    await begin_roll_out(pool, bank.id, release, newer, tenants[:1], "lin@bank")
    await to_the_end(pool, bank, release, newer, tenants[:1])
    assert (await terms(pool, tenants[1]))[0] == canteen_pack.version


async def test_a_second_person_begins_once_with_the_version_that_was_told(
    pool: Any, bank: Tenant, canteen_pack: Pack, newer: Pack
) -> None:
    tenants = await schools(pool, bank, canteen_pack, "1.00")
    release = await told(pool, bank, newer)
    with pytest.raises(Refused, match="somebody other"):
        await begin_roll_out(pool, bank.id, release, newer, tenants, "he@bank")
    with pytest.raises(Conflict, match="template"):
        await begin_roll_out(pool, bank.id, release, canteen_pack, tenants, "lin@bank")
    await begin_roll_out(pool, bank.id, release, newer, tenants, "lin@bank")
    with pytest.raises(Conflict, match="begun"):
        await begin_roll_out(pool, bank.id, release, newer, tenants, "lin@bank")
    with pytest.raises(Conflict, match="already"):
        await told(pool, bank, newer)
    with pytest.raises(NotFound):
        await read_release(pool, bank.id + 1, release)


async def test_without_the_control_one_person_is_enough(
    pool: Any, bank: Tenant, canteen_pack: Pack, newer: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(controls._CONTROLS, "release_second_person", lambda made_by, who: None)
    with pytest.raises(pytest.fail.Exception):
        await test_a_second_person_begins_once_with_the_version_that_was_told(
            pool, bank, canteen_pack, newer
        )


@pytest.mark.parametrize(
    ("change", "param"),
    [({"version": ""}, "version"), ({"zh": "改"}, "zh"), ({"en": "x" * 2_001}, "en")],
)
async def test_notes_are_in_both_languages(
    pool: Any, bank: Tenant, change: dict[str, str], param: str
) -> None:
    notes = {"version": "1.0", "zh": NOTES[0], "en": NOTES[1]} | change
    with pytest.raises(Invalid) as refused:
        await make_release(pool, bank.id, PLATFORM, who="he@bank", **notes)
    assert refused.value.param == param


async def test_a_wish_is_solved_when_it_has_come(pool: Any, bank: Tenant) -> None:
    tenant = await create_tenant(pool, "school", "School", level="tenant", parent=bank)
    wish, other = [
        await open_ticket(pool, tenant.id, kind="wish", title=t, text="please", who="li@school")
        for t in ("more reports", "fewer clicks")
    ]
    release = await make_release(pool, bank.id, PLATFORM, "2.0", *NOTES, "he@bank")
    await plan_ticket(pool, tenant.id, wish.id, release, "he@bank", "platform 2.0")
    planned = await get_ticket(pool, tenant.id, wish.id)
    assert (planned.state, planned.lines[-1].act) == ("open", "planned")
    await begin_roll_out(pool, bank.id, release, None, [bank, tenant], "lin@bank")
    assert not await go_on(pool, bank.id, release, None, [bank, tenant])
    solved = await get_ticket(pool, tenant.id, wish.id)
    assert (solved.state, solved.lines[-1].act) == ("solved", "released")
    assert (await get_ticket(pool, tenant.id, other.id)).state == "open"
