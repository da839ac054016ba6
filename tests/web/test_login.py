"""Logging in: failures, cookies, forms, languages."""

from __future__ import annotations

from typing import Any

import pytest

from enscene.web.console import COOKIE
from web.conftest import PASSWORD, Bank


async def _form(client: Any) -> dict[str, str]:
    page = await client.get("/login")
    assert page.status_code == 200
    return {"form": client.cookies["enscene_form"], "next": "/"}


async def test_right_password_opens_a_session(bank: Bank):
    client = await bank.client()
    form = await _form(client)
    answer = await client.post("/login", data=form | {"login": "maker@bank", "password": PASSWORD})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    cookie = next(
        text for text in answer.headers.get_list("set-cookie") if text.startswith(COOKIE)
    ).lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize(
    ("login", "password"),
    [("maker@bank", "wrong-password"), ("nobody@bank", PASSWORD), ("maker@no", PASSWORD), ("", "")],
)
async def test_wrong_login_tells_nothing(bank: Bank, login: str, password: str):
    client = await bank.client()
    answer = await client.post(
        "/login", data=await _form(client) | {"login": login, "password": password}
    )
    assert answer.status_code == 401
    assert "用户名或密码不正确" in answer.text
    assert COOKIE not in client.cookies


async def test_too_many_failures_wait(bank: Bank):
    client = await bank.client()
    statuses = []
    for _ in range(7):
        form = await _form(client) | {"login": "maker@bank", "password": "wrong-password"}
        statuses.append((await client.post("/login", data=form)).status_code)
    assert statuses[0] == 401
    assert statuses[-1] == 429
    answer = await client.post(
        "/login", data=await _form(client) | {"login": "maker@bank", "password": PASSWORD}
    )
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 3600
    assert "失败次数过多" in answer.text


async def test_form_of_another_visit_is_refused(bank: Bank):
    client = await bank.client()
    form = await _form(client) | {"login": "maker@bank", "password": PASSWORD, "form": "x"}
    assert (await client.post("/login", data=form)).status_code == 403


async def test_form_from_another_site_is_refused(bank: Bank):
    client = await bank.client(origin="http://evil.test")
    form = await _form(client) | {"login": "maker@bank", "password": PASSWORD}
    assert (await client.post("/login", data=form)).status_code == 403


@pytest.mark.parametrize("target", ["//evil.test", "https://evil.test", "/\\evil.test", "/a?b=c"])
async def test_nobody_is_led_away(bank: Bank, target: str):
    client = await bank.client()
    form = await _form(client) | {"login": "maker@bank", "password": PASSWORD, "next": target}
    assert (await client.post("/login", data=form)).headers["location"] == "/"
    answer = await client.get("/language/en", params={"next": target})
    assert answer.headers["location"] == "/"


async def test_language_stays_chosen(bank: Bank):
    client = await bank.client("maker")
    assert "场景目录" in (await client.get("/")).text
    await client.get("/language/en?next=/")
    page = (await client.get("/")).text
    assert '<html lang="en">' in page
    assert "Catalogue" in page


async def test_logging_out_ends_the_session(bank: Bank):
    client = await bank.client("maker")
    token = bank.sessions["maker"].token
    answer = await client.post("/logout", data={"csrf": bank.sessions["maker"].csrf})
    assert answer.headers["location"] == "/login"
    client.cookies.set(COOKIE, token)
    assert (await client.get("/")).status_code == 303


async def test_strangers_are_sent_to_the_door(bank: Bank):
    client = await bank.client()
    answer = await client.get("/scenes/canteen")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=/scenes/canteen"
