"""Simulated rails over HTTP: paid, told by webhook, driven by the sandbox's clock, refused live."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from api.conftest import canteen_pack
from api.partner import make_partner
from api.webhooks.conftest import world
from api.webhooks.receiver import receiving, working
from enscene.partners.open_sandbox import SANDBOX_SCOPES
from enscene.partners.rails import ACCOUNTS
from enscene.tenants import create_tenant

__all__ = ["canteen_pack", "world"]
NUMBERS = {each.name: each.number for each in ACCOUNTS}
PAYMENTS, CLOCK = "/v1/rails/payments", "/v1/sandbox/clock"
SCOPES = [*SANDBOX_SCOPES, "webhooks:read", "webhooks:write"]


@pytest.fixture
async def payer(world):
    """A partner's sandbox application with what it has by default."""
    return await world.partner("partner-one-test", party="hall", scopes=SCOPES, level="A2")


def order(account="settled_at_once", kind="pay_out", amount="10.00", **more):
    return {"kind": kind, "amount": amount, "currency": "CNY", "reference": "order-1",
            "counter_account": NUMBERS[account], **more}  # fmt: skip


async def pay(partner, *given, **more):
    answer = await partner.post(PAYMENTS, order(*given, **more))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def shown(partner, payment):
    return (await partner.get(f"{PAYMENTS}/{payment['id']}")).json()


async def begin_day(partner, days=1):
    """Move the clock by days; what falls due on the way has happened before the answer."""
    now = datetime.fromisoformat((await partner.get(CLOCK)).json()["now"])
    moved = now.timestamp() + days * 86_400
    told = datetime.fromtimestamp(moved, now.tzinfo).isoformat(timespec="seconds")
    answer = await partner.put(CLOCK, {"now": told.replace("+00:00", "Z")})
    assert answer.status_code == 200, answer.text


async def test_a_payment_is_taken_and_its_steps_are_told(payer):
    made = await pay(payer, "returned_after_3_days")
    assert (made["state"], made["amount"], made["currency"]) == ("accepted", "10.00", "CNY")
    assert [step["moved"] for step in made["steps"]] == ["-10.00"]
    await begin_day(payer, 5)
    told = await shown(payer, made)
    assert (told["state"], told["reason"]) == ("returned", "AM04")
    assert [(step["said"], step["moved"]) for step in told["steps"]] == [
        ("accepted", "-10.00"), ("sent", "0.00"), ("settled", "0.00"), ("returned", "10.00"),
    ]  # fmt: skip
    accounts = (await payer.get("/v1/rails/accounts")).json()["data"]
    assert accounts == [{"currency": "CNY", "balance": "1000000.00", "clearing": "0.00"}]


async def test_the_same_key_is_the_same_payment_and_another_body_is_refused(payer):
    first = await payer.post(PAYMENTS, order(), key="one")
    again = await payer.post(PAYMENTS, order(), key="one")
    other = await payer.post(PAYMENTS, order(amount="11.00"), key="one")
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")
    assert len((await payer.get(PAYMENTS)).json()["data"]) == 1


async def test_events_are_told_thinly_to_the_application_that_paid_and_to_nobody_else(world, payer):
    stranger = await world.partner(
        "partner-two-test", party="other_hall", scopes=SCOPES, level="A2"
    )
    async with receiving() as own, receiving() as foreign, working(world) as worker:
        for partner, receiver in ((payer, own), (stranger, foreign)):
            made = {"url": receiver.url("/hook"), "events": ["rail.payment.*"]}
            assert (await partner.post("/v1/webhooks", made)).status_code == 200
        payment = await pay(payer, "out_of_order")
        await begin_day(payer)
        await worker.settle()
        told = [json.loads(each.body) for each in own.received]
        assert sorted(each["type"] for each in told) == [
            "rail.payment.accepted", "rail.payment.returned", "rail.payment.sent",
            "rail.payment.settled",
        ]  # fmt: skip
        for each in told:
            assert set(each["data"]) == {"id", "thing", "key", "state"}
            assert (each["data"]["thing"], each["data"]["key"]) == ("payment", payment["id"])
        by_type = {each["type"].rpartition(".")[2]: each["data"] for each in told}
        # The settlement is told after the return, and says what the payment is by now.
        assert by_type["settled"]["id"] > by_type["returned"]["id"]
        assert by_type["settled"]["state"] == "returned"
        assert foreign.received == []


async def test_the_list_has_pages_newest_first(payer):
    made = [(await pay(payer, "pending"))["id"] for _ in range(3)]
    first = (await payer.get(f"{PAYMENTS}?limit=2")).json()
    rest = (await payer.get(f"{PAYMENTS}?limit=2&cursor={first['next']}")).json()
    assert [each["id"] for each in first["data"] + rest["data"]] == made[::-1]
    assert (first["has_more"], rest["has_more"]) == (True, False)


async def test_what_is_refused_says_why(payer):
    poor = await payer.post(PAYMENTS, order(amount="1000000.01"))
    assert (poor.status_code, poor.json()["code"]) == (422, "rails.no_funds")
    unknown = await payer.post(PAYMENTS, order() | {"counter_account": "6222020000000000"})
    assert (unknown.status_code, unknown.json()["param"]) == (400, "counter_account")
    chinese = await payer.post(
        PAYMENTS, order() | {"counter_account": "1"}, headers={"accept-language": "zh"}
    )
    assert "测试账号" in chinese.json()["detail"]
    assert (await payer.get(f"{PAYMENTS}/rpy_1")).json()["code"] == "rails.not_found"
    for of in ("rpy_1", f"rpy_{'0' * 26}"):
        refund = {"kind": "refund", "amount": "1.00", "currency": "CNY", "reference": "r", "of": of}
        told = (await payer.post(PAYMENTS, refund)).json()
        assert (told["code"], told["param"]) == ("rails.not_found", "of")
    assert (await payer.get(f"{PAYMENTS}/a/b")).status_code == 404
    assert (await payer.put(PAYMENTS, {})).status_code == 405


async def test_the_file_of_a_day_is_csv_once_the_day_is_over(payer):
    made = await pay(payer)
    today = (await payer.get("/v1/rails/statements/2999-01-01?currency=CNY")).json()
    assert today["code"] == "rails.day_open"
    await begin_day(payer, 2)
    answer = await payer.get(f"/v1/rails/statements/{today['facts']['today']}?currency=CNY")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    name = f"statement-{today['facts']['today']}-CNY.csv"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [each["line"] for each in lines] == ["OPBD", "BOOK", "BOOK", "CLBD"]
    assert lines[2]["payment"] == made["id"]
    for path in ("2026-13-01?currency=CNY", "2026-01-01", "2026-01-01?currency=XXY"):
        assert (await payer.get(f"/v1/rails/statements/{path}")).status_code == 400


async def test_the_test_accounts_are_told_with_what_each_does(payer):
    told = (await payer.get("/v1/rails/test-accounts")).json()["data"]
    assert [each["number"] for each in told] == [each.number for each in ACCOUNTS]
    assert told[2]["answers"][1] == {"said": "returned", "days": 1, "reason": "AC04"}


async def test_a_live_bank_refuses_and_names_what_it_uses_instead(world):
    bank = await create_tenant(world.pool, "live", "Live Bank")
    live = await make_partner(
        world.pool, world.gateway, bank, "live", scopes=["rails:payments"], level="A2",
        token_binding="none",
    )  # fmt: skip
    for answer in (await live.post(PAYMENTS, order()), await live.get(PAYMENTS)):
        assert (answer.status_code, answer.json()["code"]) == (403, "rails.not_sandbox")
        assert "ISO 20022" in answer.json()["hint"]


async def test_without_the_scope_or_the_level_nothing_is_paid(world):
    bare = await world.partner("bare", party="hall", scopes=["platform:clock"], level="A2")
    low = await world.partner("low", party="hall", scopes=SCOPES, level="A1")
    assert (await bare.post(PAYMENTS, order())).json()["code"] == "auth.scope"
    assert (await low.post(PAYMENTS, order())).json()["code"] == "auth.level"


async def test_the_document_marks_every_operation_as_of_sandboxes_alone(world):
    transport = httpx.ASGITransport(world.gateway)
    async with httpx.AsyncClient(transport=transport, base_url="http://bank.test") as http:
        paths = (await http.get("/openapi.json")).json()["paths"]
    found = [
        operation for path, item in paths.items() if path.startswith("/v1/rails/")
        for name, operation in item.items() if name != "parameters"
    ]  # fmt: skip
    assert len(found) == 6
    for operation in found:
        assert operation["x-sandbox-only"] is True
        assert operation["x-level"] == "A2"
        assert "sandbox only" in operation["summary"]


def test_the_docs_list_every_test_account_with_what_it_does():
    text = (Path(__file__).parents[3] / "docs" / "partners.md").read_text(encoding="utf-8")
    for account in ACCOUNTS:
        assert f"| `{account.number}` | {account.does.zh} | {account.does.en} |" in text
