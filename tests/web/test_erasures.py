"""A customer asks on the bank's page, two people decide in the console; nobody decides alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from enscene.commit import admit
from enscene.customers.erasure import read_erased
from enscene.tenants.users import create_user, log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.console import COOKIE
from lending import Lending, open_lending

PACKS = Path(__file__).parents[2] / "packs"
PASSWORD = "a-long-password"
PEOPLE = {"lin": ["scene_team"], "wang": ["approver"], "zhao": ["auditor"]}


class Desk:
    """Somebody in a browser of the console, or of the bank (`base`)."""

    def __init__(self, app: Any, base: str = "") -> None:
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://bank.test"
        )
        self.base = base
        self.csrf = ""

    async def get(self, path: str) -> str:
        answer = await self.client.get(f"{self.base}{path}")
        assert answer.status_code == 200, answer.text
        if found := re.search(r'name="csrf" value="([^"]+)"', answer.text):
            self.csrf = found[1]
        return answer.text

    async def press(self, path: str, **form: str) -> httpx.Response:
        return await self.client.post(f"{self.base}{path}", data={"csrf": self.csrf, **form})


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        for login, roles in PEOPLE.items():
            await create_user(
                pool, found.trip.tenant, login, name=login, password=PASSWORD, roles=roles
            )
        yield found


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    return tmp_path / "erased.jsonl"


@pytest.fixture
def app(lending: Lending, noted: Path) -> Any:
    settings = ConsoleSettings(packs=PACKS, erased=noted)
    return create_console(lending.trip.host, lending.trip.pool, settings)


async def staff(lending: Lending, app: Any, login: str) -> Desk:
    desk = Desk(app)
    session = await log_in(lending.trip.pool, f"{login}@{lending.trip.tenant.ref}", PASSWORD)
    desk.client.cookies.set(COOKIE, session.token)
    desk.csrf = session.csrf
    return desk


async def customer(lending: Lending, app: Any, ref: str) -> Desk:
    desk = Desk(app, f"/bank/{lending.trip.tenant.ref}")
    entered = await desk.client.post(f"{desk.base}/login", data={"customer": ref})
    assert entered.status_code == 303
    await desk.get("/erasure")
    return desk


async def newcomer(lending: Lending) -> str:
    """A person with nothing open."""
    async with lending.trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [lending.trip.tenant.id])
        await connection.execute(
            "insert into party (tenant, ref, kind, name) values ($1, 'nora', 'person', '诺拉')",
            lending.trip.tenant.id,
        )
    return "nora"


async def ask(desk: Desk) -> httpx.Response:
    sent = await desk.press("/erasure/code")
    assert sent.status_code == 200
    told = await desk.get("/messages")
    code = re.findall(r"\b[0-9]{6}\b", told)[0]
    await desk.get("/erasure")
    return await desk.press("/erasure/ask", code=code)


async def test_asked_on_the_page_looked_at_by_one_and_done_by_another(
    lending: Lending, app: Any, noted: Path
) -> None:
    desk = await customer(lending, app, await newcomer(lending))
    wrong = await desk.press("/erasure/ask", code="")
    assert wrong.status_code == 422
    assert (await ask(desk)).status_code == 303
    assert 'data-erasure="asked"' in await desk.get("/erasure")
    lin = await staff(lending, app, "lin")
    page = await lin.get("/erasures")
    number = re.search(r"/erasures/([0-9a-f-]{36})/check", page)
    assert number is not None
    path = f"/erasures/{number[1]}"
    short = await lin.press(f"{path}/check", verdict="erase", why="x")
    assert short.status_code == 400
    assert (
        await lin.press(f"{path}/check", verdict="erase", why="没有未了事项")
    ).status_code == 303
    assert (await lin.press(f"{path}/decide", decision="agree")).status_code == 403
    zhao = await staff(lending, app, "zhao")
    assert (await zhao.press(f"{path}/decide", decision="agree")).status_code == 403
    wang = await staff(lending, app, "wang")
    assert (await wang.press(f"{path}/decide", decision="agree")).status_code == 303
    page = await zhao.get("/erasures")
    assert 'data-state="erased"' in page
    assert "nora" not in page
    assert "诺拉" not in page
    [gone] = read_erased(noted)
    assert gone.opaque in page


async def test_what_is_open_is_told_with_the_way_out_and_cannot_be_passed(
    lending: Lending, app: Any
) -> None:
    await lending.trip.book("ann", "B1", "3600.00")
    desk = await customer(lending, app, "ann")
    assert "data-stands=" in await desk.get("/erasure")
    assert (await ask(desk)).status_code == 303
    wang = await staff(lending, app, "wang")
    page = await wang.get("/erasures")
    assert 'value="erase"' not in page, "the button is not offered"
    number = re.search(r"/erasures/([0-9a-f-]{36})/check", page)
    assert number is not None
    forced = await wang.press(f"/erasures/{number[1]}/check", verdict="erase", why="trotzdem")
    assert forced.status_code == 422
    assert 'data-state="asked"' in forced.text


async def test_a_legal_hold_is_set_by_one_and_lifted_by_another(lending: Lending, app: Any) -> None:
    await newcomer(lending)
    wang = await staff(lending, app, "wang")
    assert (await wang.press("/erasures/holds", customer="nora", why="法院保全")).status_code == 303
    page = await wang.get("/erasures")
    assert "法院保全" in page
    assert "/erasures/holds/" not in page, "not by who set it"
    nobody = await wang.press("/erasures/holds", customer="nobody", why="法院保全")
    assert nobody.status_code == 404
    desk = await customer(lending, app, "nora")
    told = await desk.get("/erasure")
    assert 'data-stands="bank"' in told
    assert "法院保全" not in told, "the law forbids to warn"
