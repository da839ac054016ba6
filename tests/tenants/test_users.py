"""People of the console: passwords, roles, sessions, failed logins."""

from __future__ import annotations

import asyncio

import pytest

from enscene.kernel.errors import Conflict, Invalid, Unauthenticated, Unavailable
from enscene.tenants import create_tenant
from enscene.tenants.users import (
    create_user,
    find_session,
    list_users,
    log_in,
    log_out,
    set_password,
    set_user_status,
)

PASSWORD = "four tall trees"


@pytest.fixture
async def bank(pool):
    return await create_tenant(pool, "bank", "Bank")


@pytest.fixture
async def li(pool, bank):
    return await create_user(
        pool, bank, "li", name="李", password=PASSWORD, roles=["scene_team", "auditor"]
    )


async def test_a_person_logs_in_and_out(pool, li):
    session = await log_in(pool, "li@bank", PASSWORD)
    assert session.user == li
    assert session.allows("auditor", "approver")
    assert not session.allows("approver")
    assert await find_session(pool, session.token) == session
    assert session.fits_csrf(session.csrf)
    assert not session.fits_csrf("another")
    await log_out(pool, session.token)
    assert await find_session(pool, session.token) is None


async def test_neither_password_nor_session_is_kept_in_the_clear(pool, database, li):
    session = await log_in(pool, "li@bank", PASSWORD)
    secret = session.token.partition(".")[2]
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("select set_config('enscene.tenants', '{1}', true)")
        users = await connection.fetch("select u::text from console_user u")
        sessions = await connection.fetch("select s::text from console_session s")
    assert len(users) == len(sessions) == 1
    assert PASSWORD not in users[0][0]
    assert "$argon2id$" in users[0][0]
    assert secret not in sessions[0][0]


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("li@bank", "wrong"),
        ("wu@bank", PASSWORD),
        ("li@other", PASSWORD),
        ("li", PASSWORD),
        ("", ""),
        ("li\0@bank\0", "x" * 5000),
    ],
)
async def test_every_wrong_login_gets_the_same_answer(pool, li, name, password):
    with pytest.raises(Unauthenticated) as error:
        await log_in(pool, name, password)
    assert error.value.code == "login.refused"
    assert error.value.detail == "the name or the password is wrong"


@pytest.mark.parametrize("name", ["li@bank", "nobody@bank"])
async def test_after_failures_a_name_has_to_wait_even_with_the_right_password(pool, li, name):
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await log_in(pool, name, "wrong")
    with pytest.raises(Unavailable) as error:
        await log_in(pool, name, PASSWORD)
    assert error.value.code == "login.too_many"


async def test_guesses_sent_at_once_are_counted_too(pool, li):
    guesses = (log_in(pool, "li@bank", f"guess {n}") for n in range(20))
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    looked_at = [error for error in outcomes if isinstance(error, Unauthenticated)]
    assert len(looked_at) == 5
    assert all(isinstance(error, Unauthenticated | Unavailable) for error in outcomes)


async def test_a_success_forgets_earlier_failures(pool, li):
    for _ in range(2):
        for _ in range(3):
            with pytest.raises(Unauthenticated):
                await log_in(pool, "li@bank", "wrong")
        await log_in(pool, "li@bank", PASSWORD)


async def test_sessions_end_when_idle_or_old(pool, li):
    session = await log_in(pool, "li@bank", PASSWORD)
    assert await find_session(pool, session.token, idle_s=0) is None
    assert await find_session(pool, session.token, absolute_s=0) is None
    assert await find_session(pool, session.token) is not None


async def test_a_new_password_and_a_block_end_sessions(pool, li):
    session = await log_in(pool, "li@bank", PASSWORD)
    await set_password(pool, li, "another password")
    assert await find_session(pool, session.token) is None
    session = await log_in(pool, "li@bank", "another password")
    await set_user_status(pool, li, "blocked")
    assert await find_session(pool, session.token) is None
    with pytest.raises(Unauthenticated):
        await log_in(pool, "li@bank", "another password")


async def test_a_session_of_one_tenant_is_none_of_another(pool, li):
    await create_tenant(pool, "other", "Other")
    session = await log_in(pool, "li@bank", PASSWORD)
    secret = session.token.partition(".")[2]
    for token in (f"2.{secret}", secret, "", "x.y", "1.", f"{'9' * 40}.{secret}", "²." + secret):
        assert await find_session(pool, token) is None


async def test_what_a_person_must_be(pool, bank, li):
    assert await list_users(pool, bank.id) == [li]
    good = {"name": "Wu", "password": PASSWORD, "roles": ["approver"]}
    for change, code in (
        ({"password": "short"}, "user.bad_password"),
        ({"roles": []}, "user.bad_role"),
        ({"roles": ["king"]}, "user.bad_role"),
        ({"roles": ["partner"]}, "user.bad_party"),
        ({"party": "school"}, "user.bad_party"),
    ):
        with pytest.raises(Invalid) as error:
            await create_user(pool, bank, "wu", **(good | change))
        assert error.value.code == code
    with pytest.raises(Invalid):
        await create_user(pool, bank, "Wu@x", **good)
    with pytest.raises(Conflict):
        await create_user(pool, bank, "li", **good)
