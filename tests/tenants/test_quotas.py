"""Limits: of a tenant and all below it together, for scenes, users, applications and calls."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from enscene.commit import admit
from enscene.kernel import controls
from enscene.kernel.errors import EnsceneError, Forbidden, NotFound, Refused
from enscene.scenes.administer import SceneOrder, change_state, create_scene
from enscene.scenes.language import load_pack
from enscene.tenants import Tenant, close_tenant, create_tenant
from enscene.tenants.apps import register_app
from enscene.tenants.quotas import (
    CallGate,
    ask_quota,
    check_quota,
    decide_quota,
    list_asks,
    read_quotas,
    set_quota,
)
from enscene.tenants.users import create_user
from trip import PACK

PASSWORD = "a-long-password"
KEY = OKPKey.generate_key("Ed25519", {"kid": "k"}).as_dict(private=False)


async def tree(pool: Any) -> tuple[Tenant, Tenant, Tenant, Tenant]:
    bank = await create_tenant(pool, "bank", "Bank")
    east = await create_tenant(pool, "east", "East", parent=bank)
    one = await create_tenant(pool, "one", "One", parent=east)
    two = await create_tenant(pool, "two", "Two", parent=east)
    return bank, east, one, two


async def hire(pool: Any, tenant: Tenant, login: str) -> None:
    await create_user(pool, tenant, login, name=login, password=PASSWORD, roles=["auditor"])


async def test_a_limit_counts_for_all_below_it(pool: Any) -> None:
    bank, east, one, two = await tree(pool)
    await set_quota(pool, east.id, "users", 2, "test")
    await hire(pool, one, "a")
    await hire(pool, two, "b")
    for tenant in (one, two, east):
        with pytest.raises(Refused) as error:
            await hire(pool, tenant, "c")
        assert error.value.code == "quota.exceeded"
        assert error.value.facts == {
            "what": "users", "limit": 2, "used": 2, "level": "branch", "whose": "east",
        }  # fmt: skip
    await hire(pool, bank, "c")  # it stands above
    await set_quota(pool, east.id, "users", None, "test")
    await hire(pool, one, "d")
    quotas = {quota.what: quota for quota in await read_quotas(pool, bank.id)}
    assert (quotas["users"].most, quotas["users"].used) == (None, 4)


async def test_two_at_once_do_not_slip_through_together(pool: Any) -> None:
    bank, _, one, two = await tree(pool)
    await set_quota(pool, bank.id, "users", 3, "test")
    tries = [hire(pool, each, f"u{n}") for n in range(4) for each in (one, two)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(result is None for result in results) == 3
    refused = [result for result in results if result is not None]
    assert all(isinstance(result, Refused) for result in refused)


async def test_scenes_and_applications_are_held_to_it(pool: Any) -> None:
    _, east, one, two = await tree(pool)
    pack = load_pack(PACK).pack
    assert pack is not None
    await set_quota(pool, east.id, "scenes", 1, "test")
    await set_quota(pool, east.id, "apps", 0, "test")

    async def launch(tenant: Tenant) -> None:
        async with pool.acquire() as connection, connection.transaction():
            order = SceneOrder("travel", "Travel")
            await create_scene(connection, tenant.id, pack, order, "test")

    await launch(one)
    with pytest.raises(Refused, match="1 of 1 scenes"):
        await launch(two)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [one.id])
        for state in ("sandbox", "live", "retired"):
            await change_state(connection, one.id, "travel", state, "test")
    await launch(two)  # one that has ended counts no more
    with pytest.raises(Refused, match="0 of 0 apps"):
        await register_app(pool, one, "shop", title="shop", scopes=[], jwks=[KEY])


async def test_what_was_admitted_for_counting_is_not_seen_after_it(pool: Any) -> None:
    _, east, one, two = await tree(pool)
    await set_quota(pool, east.id, "users", 9, "test")
    await hire(pool, two, "b")
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [one.id])
        await check_quota(connection, one.id, "users")
        assert await connection.fetchval("select count(*) from console_user") == 0


async def told(gate: CallGate, tenant: Tenant) -> EnsceneError | None:
    try:
        await gate.admit(tenant.id)
    except EnsceneError as error:
        return error
    return None


async def test_calls_of_a_day_are_held_to_the_limits_above(pool: Any) -> None:
    _, east, one, two = await tree(pool)
    await set_quota(pool, east.id, "calls_day", 5, "test")
    gate = CallGate(pool, flush_s=3600)
    try:
        assert [await told(gate, tenant) for tenant in (one, two, one, two)] == [None] * 4
        await gate.flush()
        assert await told(gate, one) is None
        error = await told(gate, two)
        assert error is not None
        assert error.code == "quota.exceeded"
        assert (error.facts["used"], error.facts["limit"], error.facts["whose"]) == (5, 5, "east")
        assert 1 <= error.facts["retry_after_s"] <= 90_000  # type: ignore[operator]
        # Another process learns at its first call what this one has told.
        await gate.flush()
        other = CallGate(pool, flush_s=3600)
        assert await told(other, one) is not None
        await other.close()
        quotas = {quota.what: quota.used for quota in await read_quotas(pool, east.id)}
        assert quotas["calls_day"] == 5
    finally:
        await gate.close()


async def test_another_limit_is_seen_at_the_next_telling(pool: Any) -> None:
    bank, _, one, _ = await tree(pool)
    gate = CallGate(pool, flush_s=3600)
    try:
        assert await told(gate, one) is None
        await set_quota(pool, bank.id, "calls_day", 1, "test")
        assert await told(gate, one) is None
        await gate.flush()
        assert await told(gate, one) is not None
        await close_tenant(pool, one)
        await gate.flush()
        error = await told(gate, one)
        assert isinstance(error, Forbidden)
        assert error.code == "tenant.closed"
    finally:
        await gate.close()


async def test_counts_survive_a_database_that_was_away(pool: Any, monkeypatch: Any) -> None:
    _, east, one, _ = await tree(pool)
    gate = CallGate(pool, flush_s=3600)
    await gate.admit(one.id)
    gate.failed(one.id)

    async def away(*_: Any) -> None:
        raise ConnectionError("away")

    with monkeypatch.context() as broken:
        broken.setattr("enscene.tenants.quotas.store.add_calls", away)
        with pytest.raises(ConnectionError):
            await gate.flush()
    await gate.admit(one.id)
    await gate.close()
    quotas = {quota.what: quota.used for quota in await read_quotas(pool, east.id)}
    assert quotas["calls_day"] == 2


async def test_another_limit_takes_two_people(pool: Any) -> None:
    _, east, one, _ = await tree(pool)
    await ask_quota(pool, east.id, "users", 0, "he@operator")
    (ask,) = await list_asks(pool, [east.id, one.id])
    assert (ask.what, ask.most, ask.asked_by) == ("users", 0, "he@operator")
    with pytest.raises(Forbidden) as error:
        await decide_quota(pool, east.id, "users", "he@operator", approve=True)
    assert error.value.code == "quota.four_eyes"
    await hire(pool, one, "a")
    await decide_quota(pool, east.id, "users", "lin@operator", approve=True)
    with pytest.raises(Refused):
        await hire(pool, one, "b")
    assert await list_asks(pool, [east.id]) == []
    with pytest.raises(NotFound):
        await decide_quota(pool, east.id, "users", "lin@operator", approve=True)


@pytest.mark.parametrize(
    ("control", "test"),
    [
        ("quota", test_a_limit_counts_for_all_below_it),
        ("quota", test_calls_of_a_day_are_held_to_the_limits_above),
        ("quota_second_person", test_another_limit_takes_two_people),
    ],
)
async def test_without_its_control_more_is_let_in(
    pool: Any, monkeypatch: pytest.MonkeyPatch, control: str, test: Any
) -> None:
    monkeypatch.setitem(controls._CONTROLS, control, lambda *given, **facts: None)
    with pytest.raises((pytest.fail.Exception, AssertionError)):
        await test(pool)
