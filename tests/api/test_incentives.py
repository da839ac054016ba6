"""Incentives over HTTP: agreed by two, reckoned once, released by another."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from api.partner import make_partner
from api.test_launch import Bank, bank, refused  # noqa: F401
from enscene.api import serving
from enscene.api.documents.platform import platform_document
from enscene.cli._attack_generated import play_document
from enscene.commit import admit
from enscene.kernel.clock import local_day
from enscene.operations import store as operations_store
from enscene.tenants import create_tenant

AT = "/v1/incentives"


async def next_month(bank: Bank) -> date:  # noqa: F811
    async with operations_store.reading(bank.pool, bank.tenant.id) as connection:
        clock = await operations_store.read_clock(connection, bank.tenant.id)
    return (local_day(clock["now"], clock["zone"]).replace(day=1) + timedelta(32)).replace(day=1)


async def rule(bank: Bank, **given: Any) -> dict[str, Any]:  # noqa: F811
    month = f"{await next_month(bank):%Y-%m}"
    return {
        "ref": "autumn", "name": "Autumn", "says": "more who eat here", "first_month": month,
        "last_month": month, "ceiling": "500.00",
        "measures": [{"figure": "users.active", "scenes": ["north"], "amount": "100.00",
                      "least": "10"}],
        "shares": [{"kind": "branch", "name": "south", "points": 3_333},
                   {"kind": "department", "name": "technology", "points": 6_667}],
    } | given  # fmt: skip


async def figures(bank: Bank, users: int) -> str:  # noqa: F811
    """The next month is over."""
    month = await next_month(bank)
    last = (month + timedelta(32)).replace(day=1) - timedelta(1)
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant.id])
        await connection.execute(
            "insert into indicator_value (tenant, indicator, scene, grain, day, key, currency, value) "
            "select $1, 'users.active', id, 'month', $2, '', '', $3 from scene where ref = 'north'",
            bank.tenant.id, month, users,
        )  # fmt: skip
        await connection.execute(
            "insert into indicator_day (tenant, day, rows) values ($1, $2, 1)", bank.tenant.id, last
        )
    return f"{month:%Y-%m}"


@pytest.mark.usefixtures("bank")
async def test_a_rule_is_agreed_and_a_month_released(bank: Bank) -> None:  # noqa: F811
    await bank.sandboxed()
    south = await create_tenant(bank.pool, "south", "South", sandbox=True, parent=bank.tenant)
    branch = await make_partner(
        bank.pool, bank.gateway, south, "branch", scopes=["launch:read"], level="A2"
    )
    made = await bank.maker.post(f"{AT}/rules", await rule(bank), key="r1")
    assert made.status_code == 200, made.text
    assert (made.json()["state"], made.json()["warnings"]) == ("asked", ["season_only"])
    again = await bank.maker.post(f"{AT}/rules", await rule(bank), key="r1")
    assert again.json() == made.json()
    at = f"{AT}/rules/autumn"
    await refused(await bank.maker.post(f"{at}/approve", {}), 403, "auth.scope")
    assert (await bank.checker.post(f"{at}/approve", {})).json()["decided_by"] == "app:checker"
    await refused(await bank.checker.post(f"{at}/refuse", {}), 409, "incentive.decided")
    early = await bank.maker.post(f"{AT}/runs", {"month": f"{await next_month(bank):%Y-%m}"})
    await refused(early, 409, "incentive.not_computed")
    month = await figures(bank, 12)
    both = await asyncio.gather(
        *(bank.maker.post(f"{AT}/runs", {"month": month}, key=f"m{n}") for n in range(2))
    )
    assert [each.status_code for each in both] == [200, 200]
    assert both[0].json() == both[1].json()
    run = both[0].json()
    assert run["sums"][0] | {"lines": None} == {
        "number": 1, "rule": "autumn", "measure": 0, "month": month, "sign": 1,
        "scenes": ["north"], "figure": "users.active", "indicator": "users.active",
        "months_after": 0, "value": "12", "currency": "CNY", "amount": "100.00", "lines": None,
    }  # fmt: skip
    assert [(each["name"], each["amount"]) for each in run["totals"]] == [
        ("south", "33.33"), ("technology", "66.67"),
    ]  # fmt: skip
    assert (await branch.get(f"{AT}/credits")).json()["data"] == []
    tries = await asyncio.gather(
        *(bank.checker.post(f"{AT}/runs/{month}/release", {}, key=f"d{n}") for n in range(2))
    )
    assert sorted(each.status_code for each in tries) == [200, 409]
    (got,) = (await branch.get(f"{AT}/credits")).json()["data"]
    assert (got["branch"], got["whole"], got["amount"]) == ("bank", "100.00", "33.33")
    assert (await branch.get(f"{AT}/runs")).json()["data"] == []
    await refused(await branch.get(f"{AT}/runs/{month}"), 404, "incentive.no_run")
    (card,) = (await bank.reader.get(f"{AT}/runs")).json()["data"]
    assert (card["state"], card["decided_by"]) == ("released", "app:checker")


@pytest.mark.usefixtures("bank")
async def test_who_makes_does_not_decide(bank: Bank) -> None:  # noqa: F811
    await bank.sandboxed()
    both = await bank.app("both", "launch:edit", "launch:approve")
    shares = [{"kind": "department", "name": "technology", "points": 10_000}]
    body = await rule(bank, shares=shares)
    assert (await both.post(f"{AT}/rules", body)).status_code == 200
    alone = await both.post(f"{AT}/rules/autumn/approve", {})
    await refused(alone, 403, "incentive.second_person")
    await bank.checker.post(f"{AT}/rules/autumn/approve", {})
    month = await figures(bank, 3)
    run = (await both.post(f"{AT}/runs", {"month": month})).json()
    assert (run["totals"], run["sums"][0]["amount"]) == ([], "0.00")
    alone = await both.post(f"{AT}/runs/{month}/release", {})
    await refused(alone, 403, "incentive.second_person")
    assert (await bank.checker.post(f"{AT}/runs/{month}/refuse", {})).json()["state"] == "refused"


@pytest.mark.usefixtures("bank")
async def test_what_is_wrong_says_where(bank: Bank) -> None:  # noqa: F811
    await bank.sandboxed()
    measure = {"figure": "users.active", "scenes": ["north"], "amount": "1", "least": "1"}
    for param, wrong in (
        ("ref", {"ref": "A"}), ("last_month", {"last_month": "x"}), ("ceiling", {"ceiling": "-1"}),
        ("shares[0].name", {}), ("measures[0].scenes", {"measures": [measure | {"scenes": []}]}),
        ("measures[0].least", {"measures": [measure | {"least": "x"}]}),
        ("measures[0].months_after", {"measures": [measure | {"months_after": 99}]}),
    ):  # fmt: skip
        bad = await bank.maker.post(f"{AT}/rules", await rule(bank, **wrong))
        assert (bad.status_code, bad.json()["param"]) == (400, param), bad.text
    assert (await bank.reader.get(f"{AT}/rules")).json()["data"] == []
    bad = await bank.maker.post(f"{AT}/runs", {"month": "2026-13"})
    await refused(bad, 400, "account.month", "month")
    await refused(await bank.reader.get(f"{AT}/rules/none"), 404, "incentive.no_rule")
    await refused(await bank.reader.get(f"{AT}/runs/2026-01"), 404, "incentive.no_run")
    for path in ("", "none", "rules/x/none"):
        assert (await bank.maker.post(f"{AT}/{path}", {})).status_code == 404, path
    assert (await bank.maker.send("DELETE", f"{AT}/rules", {})).status_code == 405


@pytest.mark.usefixtures("bank")
async def test_generated_requests_get_what_the_document_promises(bank: Bank) -> None:  # noqa: F811
    await bank.sandboxed()
    every = await bank.app("every", "launch:read", "launch:edit", "launch:approve", "people:read",
                           "people:write")  # fmt: skip
    async with serving(bank.gateway, port=0) as address:
        document = platform_document(address)
        document["paths"] = {
            path: item
            for path, item in document["paths"].items()
            if path.startswith((AT, "/v1/staff"))
        }
        assert len(document["paths"]) == 11
        done = await asyncio.to_thread(
            play_document, document, address, lambda _: (every.token, {}), 15
        )
    assert done >= 100
