"""Files that leave the bank: two people, no names, no formulas, and nothing after a day."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from enscene.commit import admit
from enscene.kernel import controls
from enscene.tenants.users import create_user, log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.console import COOKIE
from lending import Lending, open_lending

PACKS = Path(__file__).parents[2] / "packs"
PASSWORD = "a-long-password"
PEOPLE = {"lin": ["scene_team"], "wang": ["approver"], "zhao": ["auditor"], "hall": ["partner"]}
FORMULA = '=HYPERLINK("https://evil.test","click")'


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        for login, roles in PEOPLE.items():
            await create_user(
                pool, found.trip.tenant, login, name=login, password=PASSWORD, roles=roles,
                party="site" if login == "hall" else None,
            )  # fmt: skip
        await found.trip.book("ann", "B1", "3600.00")
        yield found


class Desk:
    """Somebody at the console."""

    def __init__(self, client: httpx.AsyncClient, csrf: str) -> None:
        self.client = client
        self.csrf = csrf

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def press(self, path: str, **form: str) -> httpx.Response:
        return await self.client.post(path, data={"csrf": self.csrf, **form})

    async def ask(self, **other: str) -> httpx.Response:
        given = {"scene": "travel", "first_day": "2020-01-01", "last_day": "2020-12-31",
                 "why": "年度审计"} | other  # fmt: skip
        return await self.press("/exports", **given)


async def desk_of(lending: Lending, login: str) -> Desk:
    app = create_console(lending.trip.host, lending.trip.pool, ConsoleSettings(packs=PACKS))
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bank.test",
        headers={"accept-language": "zh-CN"}, follow_redirects=True,
    )  # fmt: skip
    session = await log_in(lending.trip.pool, f"{login}@bank", PASSWORD)
    client.cookies.set(COOKIE, session.token)
    return Desk(client, session.csrf)


async def sql(lending: Lending, statement: str) -> list[Any]:
    async with lending.trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [lending.trip.tenant.id])
        rows: list[Any] = await connection.fetch(statement)
        return rows


async def days_of(lending: Lending) -> dict[str, str]:
    """The days within which everything of the scene has happened."""
    row = (await sql(lending, "select min(at)::date - 1 as a, max(at)::date + 1 as b from event"))[
        0
    ]
    return {"first_day": str(row["a"]), "last_day": str(row["b"])}


def export_of(page: str) -> str:
    return re.findall(r"/exports/([0-9a-f-]{36})", page)[0]


async def test_a_file_is_asked_for_by_one_and_granted_by_another(lending: Lending) -> None:
    maker, checker = await desk_of(lending, "lin"), await desk_of(lending, "wang")
    asked = await maker.ask(**await days_of(lending))
    assert asked.status_code == 200
    assert "年度审计" in asked.text
    assert "待批准" in asked.text
    assert "1 项数据导出等待批准" in (await checker.get("/approvals")).text

    export = export_of((await checker.get("/exports")).text)
    assert (await maker.get(f"/exports/{export}.csv")).status_code == 403
    assert (await maker.press(f"/exports/{export}/grant")).status_code == 403
    granted = await checker.press(f"/exports/{export}/grant")
    assert "已批准" in granted.text
    assert (await checker.get(f"/exports/{export}.csv")).status_code == 403  # whoever asked, alone
    again = await checker.press(f"/exports/{export}/refuse")
    assert again.status_code == 400
    assert "已有决定" in again.text

    file = await maker.get(f"/exports/{export}.csv")
    assert file.headers["content-type"].startswith("text/csv")
    assert file.headers["cache-control"] == "no-store"
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["number", "time", "action", "what", "subject", "actor"]
    logged = await sql(lending, "select seq from event order by seq")
    told = [int(row[0]) for row in rows[1:]]
    assert told
    assert set(told) <= {row["seq"] for row in logged}
    assert "book_package" in {row[2] for row in rows}
    assert "已下载 1 次" in (await maker.get("/exports")).text


async def test_nobody_grants_what_they_asked_for(lending: Lending) -> None:
    checker = await desk_of(lending, "wang")
    await checker.ask()
    export = (await sql(lending, "select id from export"))[0]["id"]
    refused = await checker.press(f"/exports/{export}/grant")
    assert refused.status_code == 403
    assert "不能批准自己的申请" in refused.text
    assert (await sql(lending, "select state from export"))[0]["state"] == "asked"


async def test_the_file_holds_references_and_no_formula(lending: Lending) -> None:
    """A customer whose name and a thing whose key begin a formula; names stay in the bank."""
    await sql(lending, f"update party set name = '{FORMULA}' where ref = 'ann' returning 1")
    await sql(lending, "update event set subject = 'booking:=1+1' where action = 'book_package' "
                       "returning 1")  # fmt: skip
    maker, checker = await desk_of(lending, "lin"), await desk_of(lending, "wang")
    await maker.ask(**await days_of(lending))
    export = export_of((await checker.get("/exports")).text)
    await checker.press(f"/exports/{export}/grant")
    text = (await maker.get(f"/exports/{export}.csv")).content.decode("utf-8-sig")
    assert "HYPERLINK" not in text
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell.startswith(("=", "+", "@")) for cell in row), row


async def test_after_a_day_it_is_closed(lending: Lending) -> None:
    maker, checker = await desk_of(lending, "lin"), await desk_of(lending, "wang")
    await maker.ask()
    export = export_of((await checker.get("/exports")).text)
    await checker.press(f"/exports/{export}/grant")
    await sql(
        lending, "update export set decided_at = decided_at - interval '25 hours' returning 1"
    )
    assert (await maker.get(f"/exports/{export}.csv")).status_code == 403
    assert "已过 24 小时" in (await maker.get("/exports")).text


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"why": "x"}, "请填写用途"),
        ({"last_day": "2019-12-31"}, "结束日期须不早于开始日期"),
        ({"last_day": "2021-06-01"}, "相距不满一年"),
        ({"first_day": "yesterday"}, ""),
        ({"scene": "nowhere"}, "没有这个场景"),
    ],
)
async def test_a_mistake_leaves_no_trace_and_keeps_what_was_typed(
    lending: Lending, other: dict[str, str], said: str
) -> None:
    page = await (await desk_of(lending, "lin")).ask(**other)
    assert page.status_code in (400, 404)
    assert said in page.text
    assert 'role="alert"' in page.text
    if "why" not in other:
        assert "年度审计" in page.text
    assert not await sql(lending, "select 1 from export")


async def test_outsiders_and_auditors(lending: Lending) -> None:
    """A partner's people see no exports; an auditor asks and grants nothing."""
    assert (await (await desk_of(lending, "hall")).get("/exports")).status_code == 403
    maker, auditor = await desk_of(lending, "lin"), await desk_of(lending, "zhao")
    await maker.ask()
    export = (await sql(lending, "select id from export"))[0]["id"]
    assert (await auditor.press(f"/exports/{export}/grant")).status_code == 403
    assert (await auditor.ask()).status_code == 200
    for path in ("/exports/x/grant", f"/exports/{export}/burn"):
        assert (await (await desk_of(lending, "wang")).press(path)).status_code == 404


@pytest.mark.parametrize(
    ("control", "test"),
    [("export_second_person", test_nobody_grants_what_they_asked_for),
     ("export_granted", test_after_a_day_it_is_closed)],
)  # fmt: skip
async def test_without_its_control_a_test_fails(
    lending: Lending, monkeypatch: pytest.MonkeyPatch, control: str, test: Any
) -> None:
    monkeypatch.setitem(controls._CONTROLS, control, lambda *args: None)
    with pytest.raises(AssertionError):
        await test(lending)
