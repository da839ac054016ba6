"""Before and now over HTTP: entered by one application, approved by another."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.partner import make_partner
from api.test_launch import Bank, bank, refused  # noqa: F401
from enscene.api import serving
from enscene.api.documents.platform import platform_document
from enscene.cli._attack_generated import play_document
from enscene.tenants import create_tenant

AT = "/v1/baselines/north"
BEFORE: dict[str, Any] = {
    "side": "before", "day": "2026-01-05", "cases": 60, "source": "li at the counter",
    "service": "meal", "minutes": "4.5", "errors": "12",
}  # fmt: skip


@pytest.mark.usefixtures("bank")
async def test_entered_by_one_and_approved_by_another(bank: Bank) -> None:  # noqa: F811
    await bank.live()
    empty = (await bank.reader.get(AT)).json()
    assert (empty["services"], empty["entries"], empty["computed_to"]) == ([], [], None)
    assert (await bank.reader.post(AT, BEFORE)).status_code == 403
    made = await bank.maker.post(AT, BEFORE, key="k1")
    assert made.status_code == 200, made.text
    assert (await bank.maker.post(AT, BEFORE, key="k1")).json() == made.json()
    one = f"{AT}/{made.json()['id']}"
    assert (await bank.maker.post(f"{one}/approve", {})).status_code == 403
    both = await bank.app("both", "launch:edit", "launch:approve")
    own = (await both.post(AT, BEFORE)).json()["id"]
    answer = await both.post(f"{AT}/{own}/approve", {})
    await refused(answer, 403, "baseline.second_person")
    await both.post(f"{AT}/{own}/withdraw", {"why": "twice"})
    approved = await bank.checker.post(f"{one}/approve", {})
    assert (approved.json()["state"], approved.json()["minutes"]) == ("approved", "4.5")
    await refused(await bank.checker.post(f"{one}/approve", {}), 409, "baseline.decided")
    told = (await bank.reader.get(f"{AT}?month=2026-03")).json()
    (service,) = told["services"]
    assert (service["service"], service["cases"], service["before"]) == (
        "meal", 0, made.json()["id"],
    )  # fmt: skip
    assert service["figures"] == [
        {"figure": name, "before": value, "now": None, "measured": False,
         "change_percent": None, "in_all": None, "why": "no_now"}
        for name, value in (("minutes", "4.5"), ("errors", "12"))
    ]  # fmt: skip
    asked = await bank.maker.post(f"{one}/withdraw", {"why": "a holiday"})
    assert (asked.json()["state"], asked.json()["leaving_why"]) == ("approved", "a holiday")
    left = await bank.checker.post(f"{one}/approve", {})
    assert left.json()["state"] == "withdrawn"
    told = (await bank.reader.get(f"{AT}?month=2026-03")).json()
    assert told["services"] == []
    assert sorted(each["state"] for each in told["entries"]) == ["withdrawn", "withdrawn"]


@pytest.mark.usefixtures("bank")
async def test_faults_are_named_and_nothing_of_them_stays(bank: Bank) -> None:  # noqa: F811
    await bank.live()
    for given, code, param in (
        ({"service": "none"}, "baseline.service", "service"),
        ({"side": "now"}, "baseline.side", "side"),
        ({"cases": 0}, "baseline.cases", "cases"), ({"cases": "5"}, "invalid.type", "cases"),
        ({"source": ""}, "baseline.source", "source"),
        ({"minutes": "", "errors": ""}, "baseline.nothing", "minutes"),
        ({"minutes": "1,5"}, "baseline.number", "minutes"),
        ({"side": "after"}, "baseline.measured", "minutes"),
        ({"cost": "1.005"}, "money.bad_amount", "cost"),
        ({"cost": "1.00", "currency": "XXX"}, "money.unknown_currency", "currency"),
        ({"day": "2999-01-01"}, "baseline.day", "day"),
        ({"more": 1}, "invalid.unknown_field", "more"),
    ):  # fmt: skip
        await refused(await bank.maker.post(AT, BEFORE | given), 400, code, param)
    day = await bank.maker.post(AT, BEFORE | {"day": "2026-02-30"})
    assert (day.status_code, day.json()["param"]) == (400, "day")
    month = await bank.reader.get(f"{AT}?month=2026-13")
    assert (month.status_code, month.json()["param"]) == (400, "month")
    assert (await bank.maker.post("/v1/baselines/none", BEFORE)).status_code == 404
    gone = await bank.checker.post(f"{AT}/bas_00000000000000000000000000/approve", {})
    await refused(gone, 404, "baseline.not_found")
    await refused(await bank.checker.post(f"{AT}/x/refuse", {}), 404, "baseline.not_found")
    assert (await bank.maker.get(f"{AT}/x/refuse")).status_code == 405
    assert (await bank.reader.get(AT)).json()["entries"] == []


@pytest.mark.usefixtures("bank")
async def test_no_other_bank_sees_or_decides_them(bank: Bank) -> None:  # noqa: F811
    await bank.live()
    one = f"{AT}/{(await bank.maker.post(AT, BEFORE)).json()['id']}"
    other = await create_tenant(bank.pool, "other", "Other", sandbox=True)
    spy = await make_partner(
        bank.pool, bank.gateway, other, "spy", scopes=["launch:read", "launch:edit", "launch:approve"],
        level="A2",
    )  # fmt: skip
    for answer in (await spy.get(AT), await spy.post(AT, BEFORE),
                   await spy.post(f"{one}/approve", {}),
                   await spy.post(f"{one}/withdraw", {"why": "x"})):  # fmt: skip
        assert answer.status_code == 404
    (entry,) = (await bank.reader.get(AT)).json()["entries"]
    assert entry["state"] == "asked"


@pytest.mark.usefixtures("bank")
async def test_the_document_holds_against_generated_requests(bank: Bank) -> None:  # noqa: F811
    await bank.live()
    every = await bank.app("every", "launch:read", "launch:edit", "launch:approve")
    async with serving(bank.gateway, port=0) as address:
        document = platform_document(address)
        document["paths"] = {
            path: told for path, told in document["paths"].items()
            if path.startswith("/v1/baselines")
        }  # fmt: skip
        assert len(document["paths"]) == 4
        done = await asyncio.to_thread(
            play_document, document, address, lambda _: (every.token, {}), 15
        )
    assert done >= 50
