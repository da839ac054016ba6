"""A vendor is admitted by two, named in prices, and told what it earned: as the ledger has it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from enscene.billing import (
    Billing,
    PlanBody,
    ask_vendor,
    decide_vendor,
    list_vendors,
    read_statement,
    read_vendor,
    statement_csv,
    statement_pdf,
)
from enscene.billing.plan import Item, Shares
from enscene.commit import admit
from enscene.kernel import controls
from enscene.kernel.errors import Conflict, EnsceneError, Forbidden, Invalid, NotFound
from enscene.tenants import Tenant, create_tenant, list_below

TODAY = datetime.now(UTC).date()
SOON = TODAY + timedelta(days=3)


@pytest.fixture
async def bank(pool: Any) -> Tenant:
    return await create_tenant(pool, "bank", "Bank")


async def admitted(pool: Any, bank: Tenant, ref: str = "yqy") -> None:
    await ask_vendor(pool, bank, ref, "亿企赢 · Yiqiying", "he@bank")
    await decide_vendor(pool, bank.id, ref, "lin@bank", approve=True)


def body(**shares: Any) -> PlanBody:
    own = Shares(vendor="30%", **shares)
    item = Item(name="books", price="100.00", title="云代账 · Bookkeeping", shares=own)
    return PlanBody(title="x", subscription="31.00", items=[item], shares=Shares(bank="50%"))


async def test_admitted_by_two(pool: Any, bank: Tenant) -> None:
    await ask_vendor(pool, bank, "yqy", "亿企赢", "he@bank")
    with pytest.raises(Conflict):
        await ask_vendor(pool, bank, "yqy", "亿企赢", "lin@bank")
    with pytest.raises(Forbidden):
        await decide_vendor(pool, bank.id, "yqy", "he@bank", approve=True)
    await decide_vendor(pool, bank.id, "yqy", "he@bank", approve=False)
    assert (await read_vendor(pool, bank.id, "yqy")).state == "refused"
    await ask_vendor(pool, bank, "yqy", "亿企赢二", "he@bank")
    await decide_vendor(pool, bank.id, "yqy", "lin@bank", approve=True)
    found = await read_vendor(pool, bank.id, "yqy")
    assert (found.state, found.name, found.decided_by) == ("admitted", "亿企赢二", "lin@bank")
    with pytest.raises(Conflict):
        await decide_vendor(pool, bank.id, "yqy", "lin@bank", approve=False)
    with pytest.raises(NotFound):
        await read_vendor(pool, bank.id, "gone")


async def test_without_the_second_person_the_database_still_holds(
    pool: Any, bank: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(controls._CONTROLS, "vendor_second_person", lambda asked_by, who: None)
    await ask_vendor(pool, bank, "yqy", "亿企赢", "he@bank")
    with pytest.raises(Exception, match="vendor_check"):
        await decide_vendor(pool, bank.id, "yqy", "he@bank", approve=True)


@pytest.mark.parametrize(("ref", "name"), [("Yqy", "x"), ("yqy", " "), ("yqy", "x" * 81)])
async def test_bad_names_are_refused(pool: Any, bank: Tenant, ref: str, name: str) -> None:
    with pytest.raises(Invalid):
        await ask_vendor(pool, bank, ref, name, "he@bank")
    assert await list_vendors(pool, [bank.id]) == []


async def test_prices_name_only_who_the_bank_has_admitted(pool: Any, bank: Tenant) -> None:
    billing = Billing(pool)
    shop = await create_tenant(pool, "shop", "Shop", parent=bank)
    with pytest.raises(Invalid, match="vendors are a bank's"):
        await ask_vendor(pool, shop, "yqy", "x", "he@bank")
    await ask_vendor(pool, bank, "yqy", "x", "he@bank")
    with pytest.raises(EnsceneError) as caught:
        await billing.propose(shop.id, SOON, body(vendor_ref="yqy"), "a")
    assert (caught.value.code, caught.value.param) == (
        "vendor.not_admitted", "items[0].shares.vendor_ref",
    )  # fmt: skip
    assert await billing.plans(shop.id) == []
    await decide_vendor(pool, bank.id, "yqy", "lin@bank", approve=True)
    made = await billing.propose(shop.id, SOON, body(vendor_ref="yqy"), "a")
    assert made.body.vendors == {"yqy": "items[0].shares"}
    other = await create_tenant(pool, "other", "Other")
    with pytest.raises(Invalid):
        await billing.propose(other.id, SOON, body(vendor_ref="yqy"), "a")
    plain = msgspec.to_builtins((await billing.propose(other.id, SOON, body(), "a")).body)
    assert "vendor_ref" not in plain["items"][0]["shares"]
    await billing.close()


async def billed(pool: Any, billing: Billing, tenant: Tenant, *bodies: PlanBody) -> date:
    """Prices of last month, whose day has passed since: approved then, invoiced now."""
    first = (TODAY.replace(day=1) - timedelta(days=1)).replace(day=1)
    for each in bodies:
        plan = await billing.propose(tenant.id, SOON, each, "a")
        await billing.decide(tenant.id, plan.version, approve=True, who="b")
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant.id])
            await connection.execute(
                "update billing_plan set starts = $2 where tenant = $1", tenant.id, first
            )
    await billing.issue(tenant, first)
    return first


async def test_a_statement_is_what_the_invoices_and_the_ledger_say(pool: Any, bank: Tenant) -> None:
    billing = Billing(pool)
    for ref in ("yqy", "other"):
        await admitted(pool, bank, ref)
    shop = await create_tenant(pool, "shop", "街角店 · Shop", parent=bank)
    park = await create_tenant(pool, "park", "Park", parent=bank)
    month = await billed(pool, billing, shop, body(vendor_ref="yqy"))
    await billed(pool, billing, park, body(vendor_ref="other"))
    tenants = await list_below(pool, bank.id)

    vendor = await read_vendor(pool, bank.id, "yqy")
    found = await read_statement(pool, vendor, tenants, month)
    (line,) = found.lines
    assert (line.tenant, line.item, line.amount, line.share) == (
        "shop", "云代账 · Bookkeeping", 10000, 3000,
    )  # fmt: skip
    (total,) = found.totals
    assert (total.currency, total.billed, total.share, total.paid) == ("CNY", 10000, 3000, 0)
    assert found.agrees
    await billing.pay(shop, month, "c")
    (total,) = (await read_statement(pool, vendor, tenants, month)).totals
    assert total.paid == 3000
    assert (await read_statement(pool, vendor, [park], month)).lines == []

    text = statement_csv(found).decode("utf-8-sig").splitlines()
    assert text[1].startswith("shop,,云代账 · Bookkeeping,")
    assert "100.00,30.00,CNY,issued" in text[1]
    for language in ("zh", "en"):
        assert statement_pdf(found, language).startswith(b"%PDF-")
    await billing.close()


async def test_a_share_that_the_ledger_did_not_move_is_told(pool: Any, bank: Tenant) -> None:
    billing = Billing(pool)
    await admitted(pool, bank)
    month = await billed(pool, billing, bank, body(vendor_ref="yqy"))
    vendor = await read_vendor(pool, bank.id, "yqy")
    assert (await read_statement(pool, vendor, [bank], month)).agrees
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.id])
        await connection.execute(
            "update billing_line set shares = jsonb_set(shares, '{vendor}', '3001') "
            "where tenant = $1 and detail ? 'vendor'",
            bank.id,
        )
    assert not (await read_statement(pool, vendor, [bank], month)).agrees
    await billing.close()
