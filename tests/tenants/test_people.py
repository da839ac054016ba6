"""A tenant looks after its own people: by two where roles approve, never above oneself."""

from __future__ import annotations

from typing import Any

import pytest

from enscene.kernel import controls
from enscene.kernel.errors import Conflict, EnsceneError, Forbidden, Invalid, NotFound, Refused
from enscene.tenants import Tenant, create_tenant
from enscene.tenants.quotas import set_quota
from enscene.tenants.users import (
    By,
    User,
    change_own_password,
    change_person,
    create_user,
    decide_change,
    find_session,
    list_changes,
    list_users,
    log_in,
    make_person,
)

PASSWORD = "four tall trees"
TWO = ["admin", "approver", "scene_team"]


@pytest.fixture
async def school(pool: Any) -> Tenant:
    """A tenant without IT: one person with all that it needs."""
    tenant = await create_tenant(pool, "school", "School")
    await create_user(pool, tenant, "an", name="安", password=PASSWORD, roles=TWO)
    return tenant


def by(login: str, *roles: str) -> By:
    return By(f"{login}@school", frozenset(roles or TWO))


async def user(pool: Any, tenant: Tenant, login: str) -> User | None:
    return {each.login: each for each in await list_users(pool, tenant.id)}.get(login)


async def add(pool: Any, school: Tenant, login: str, *roles: str, who: str = "an") -> Any:
    return await make_person(
        pool, school, by(who), login, name=login, roles=roles, password=PASSWORD
    )


async def test_who_is_alone_adds_the_second_and_nobody_a_third_alone(
    pool: Any, school: Tenant
) -> None:
    second = await add(pool, school, "bo", "approver")
    assert (second.state, second.decided_by) == ("done", None)
    third = await add(pool, school, "cy", "approver")
    assert third.state == "asked"
    assert await user(pool, school, "cy") is None
    with pytest.raises(Forbidden) as error:
        await decide_change(pool, school, third.id, by("an"), approve=True)
    assert error.value.code == "user.four_eyes"
    done = await decide_change(pool, school, third.id, by("bo", "approver"), approve=True)
    assert (done.state, done.decided_by) == ("done", "bo@school")
    assert await user(pool, school, "cy") is not None
    plain = await add(pool, school, "dora", "scene_team")
    assert plain.state == "done"


async def test_blocking_the_other_does_not_make_one_alone(pool: Any, school: Tenant) -> None:
    await add(pool, school, "bo", "approver")
    await change_person(pool, school, by("an"), "bo", "block")
    assert (await add(pool, school, "puppet", "approver")).state == "asked"
    assert (await change_person(pool, school, by("an"), "bo", "admit")).state == "asked"


async def test_a_first_password_opens_nothing_but_its_change(pool: Any, school: Tenant) -> None:
    await add(pool, school, "dora", "scene_team")
    session = await log_in(pool, "dora@school", PASSWORD)
    assert session.user.must_change
    with pytest.raises(Invalid):
        await change_own_password(pool, session.user, PASSWORD, PASSWORD)
    with pytest.raises(Forbidden):
        await change_own_password(pool, session.user, "a wrong one", "another one")
    await change_own_password(pool, session.user, PASSWORD, "my own password")
    assert await find_session(pool, session.token) is None
    assert not (await log_in(pool, "dora@school", "my own password")).user.must_change


async def test_a_password_of_who_approves_waits_and_holds_until_then(
    pool: Any, school: Tenant
) -> None:
    await add(pool, school, "bo", "approver", "admin")
    asked = await change_person(pool, school, by("an"), "bo", "password", password="stolen by an")
    assert asked.state == "asked"
    assert await log_in(pool, "bo@school", PASSWORD)
    with pytest.raises(Conflict):  # one at a time
        await change_person(pool, school, by("an"), "bo", "roles", roles=["auditor"])
    with pytest.raises(Forbidden):  # nor does the person itself decide
        await decide_change(pool, school, asked.id, by("bo"), approve=True)
    refused = await decide_change(pool, school, asked.id, by("cy", "admin"), approve=False)
    assert refused.state == "refused"
    assert await log_in(pool, "bo@school", PASSWORD)
    with pytest.raises(NotFound):
        await decide_change(pool, school, asked.id, by("cy", "admin"), approve=True)
    hashes = await pool.fetch("select 1 from user_change where password_hash is not null")
    assert hashes == []


async def test_nobody_gives_what_stands_above_their_own(pool: Any, school: Tenant) -> None:
    with pytest.raises(Forbidden) as error:
        await add(pool, school, "boss", "operator")
    assert error.value.facts == {"role": "operator"}
    await create_user(pool, school, "high", name="H", password=PASSWORD, roles=["operator"])
    for act in ("block", "password"):
        with pytest.raises(Forbidden):
            await change_person(pool, school, by("an"), "high", act, password=PASSWORD)
    with pytest.raises(Forbidden) as error:
        await make_person(
            pool, school, by("dora", "scene_team"), "x", name="x", roles=["approver"],
            password=PASSWORD,
        )  # fmt: skip
    assert error.value.code == "user.above"
    assert await user(pool, school, "boss") is None


async def test_nobody_changes_themselves(pool: Any, school: Tenant) -> None:
    for act in ("roles", "block", "password"):
        with pytest.raises(Forbidden) as error:
            await change_person(
                pool, school, by("an"), "an", act, roles=["auditor"], password=PASSWORD
            )
        assert error.value.code == "user.self"


async def test_the_last_who_approves_stays(pool: Any, school: Tenant) -> None:
    await add(pool, school, "bo", "admin")
    with pytest.raises(Conflict) as error:
        await change_person(pool, school, by("bo", "admin"), "an", "block")
    assert error.value.facts == {"role": "approver"}
    with pytest.raises(Conflict):
        await change_person(pool, school, by("bo", "admin"), "an", "roles", roles=["scene_team"])
    found = await user(pool, school, "an")
    assert found is not None
    assert (found.status, found.roles) == ("active", frozenset(TWO))


async def test_what_was_asked_is_judged_anew_when_it_is_decided(pool: Any, school: Tenant) -> None:
    """Two take the right from each other; the second of the two finds it the last."""
    await add(pool, school, "bo", "approver", "admin")
    one = await change_person(pool, school, by("an"), "bo", "roles", roles=["scene_team"])
    two = await change_person(pool, school, by("bo"), "an", "roles", roles=["scene_team"])
    judge = by("cy", "admin")
    await decide_change(pool, school, one.id, judge, approve=True)
    with pytest.raises(Conflict) as error:
        await decide_change(pool, school, two.id, judge, approve=True)
    assert error.value.code == "user.last"


async def test_a_full_limit_refuses_and_leaves_nothing(pool: Any, school: Tenant) -> None:
    await set_quota(pool, school.id, "users", 1, "test")
    with pytest.raises(Refused):
        await add(pool, school, "bo", "approver")
    assert await list_changes(pool, school.id) == []


@pytest.mark.parametrize(
    ("login", "change"),
    [("Big", {}), ("ok", {"name": " "}), ("ok", {"roles": []}), ("ok", {"roles": ["king"]}),
     ("ok", {"roles": ["partner"]}), ("ok", {"password": "short"})],
)  # fmt: skip
async def test_mistakes_leave_nothing(
    pool: Any, school: Tenant, login: str, change: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"name": "x", "roles": ["auditor"], "password": PASSWORD} | change
    with pytest.raises(Invalid):
        await make_person(pool, school, by("an"), login, **given)
    assert len(await list_users(pool, school.id)) == 1
    assert await list_changes(pool, school.id) == []


@pytest.mark.parametrize(
    ("control", "test"),
    [("person_second", test_who_is_alone_adds_the_second_and_nobody_a_third_alone),
     ("person_above", test_nobody_gives_what_stands_above_their_own)],
)  # fmt: skip
async def test_without_its_control_a_test_fails(
    pool: Any, school: Tenant, monkeypatch: pytest.MonkeyPatch, control: str, test: Any
) -> None:
    monkeypatch.setitem(controls._CONTROLS, control, lambda *args: None)
    with pytest.raises((AssertionError, pytest.fail.Exception, EnsceneError)):
        await test(pool, school)
