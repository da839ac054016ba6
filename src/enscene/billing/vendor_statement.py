"""What a vendor has earned in a month: what tenants were billed for its service, and its share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from enscene.billing import store, vendor_store
from enscene.billing.pdf import Paper, chinese_font
from enscene.billing.vendors import Vendor
from enscene.kernel.money import format_money
from enscene.kernel.spreadsheet import write_csv
from enscene.tenants import Tenant

HEAD = ("tenant", "payer", "item", "first", "last", "adjustment", "amount", "share", "currency",
        "state")  # fmt: skip
TEXTS = {
    "zh": {"title": "服务商对账单", "vendor": "服务商", "month": "账期", "billed": "租户付费", "share": "服务商分成",
           "paid": "其中已收", "tenant": "租户", "item": "项目", "amount": "金额", "made": "生成时间",
           "agrees": "已与账本核对一致", "differs": "与账本不一致，请联系银行", "states": {"issued": "待支付", "paid": "已支付"}},
    "en": {"title": "Vendor's statement", "vendor": "Vendor", "month": "Month", "billed": "Billed to tenants",
           "share": "Vendor's share", "paid": "of which paid", "tenant": "Tenant", "item": "Item", "amount": "Amount",
           "made": "Made at", "agrees": "The ledger says the same", "differs": "The ledger says something else: ask the bank",
           "states": {"issued": "to be paid", "paid": "paid"}},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Earned:
    """A line of a tenant's invoice; amounts in minor units, `until` exclusive."""

    tenant: str
    name: str
    payer: str
    item: str
    first: date
    until: date
    adjusts: bool
    amount: int
    share: int
    currency: str
    paid: bool

    @property
    def last(self) -> date:
        """The last day that it is for."""
        return self.until - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Total:
    """Of one currency: what tenants were billed, the vendor's share, and how much of it is paid."""

    currency: str
    billed: int
    share: int
    paid: int


@dataclass(frozen=True, slots=True)
class Statement:
    """`agrees`: for each invoice with a line of the vendor, the ledger has moved to vendors what its
    lines say."""

    vendor: Vendor
    month: date
    lines: Sequence[Earned]
    totals: Sequence[Total]
    agrees: bool

    @property
    def id(self) -> str:
        """`2026-11`."""
        return f"{self.month:%Y-%m}"


async def read_statement(
    pool: Any, vendor: Vendor, tenants: Sequence[Tenant], month: date
) -> Statement:
    """Of the invoices of that month, of these tenants; a month that is not closed has none."""
    ids = [tenant.id for tenant in tenants]
    async with store.reading(pool, ids) as connection:
        rows = await vendor_store.read_earned(connection, ids, month, vendor.ref)
        found = sorted({row["tenant"] for row in rows})
        ledger = await vendor_store.read_ledger(connection, found, month) if rows else {}
    lines = [
        Earned(
            row["ref"], row["name"], row["payer"], row["late_title"] or row["title"] or row["item"],
            row["first"], row["until"], row["adjusts"], row["amount"], row["share"],
            row["currency"], row["state"] == "paid",
        )
        for row in rows
    ]  # fmt: skip
    held = {(row["tenant"], row["payer"]) for row in rows}
    agrees = all(ledger[each][0] == ledger[each][1] for each in held)
    return Statement(vendor, month, lines, _totals(lines), agrees)


def _totals(lines: Sequence[Earned]) -> list[Total]:
    totals = []
    for currency in sorted({each.currency for each in lines}):
        some = [each for each in lines if each.currency == currency]
        totals.append(
            Total(
                currency, sum(each.amount for each in some), sum(each.share for each in some),
                sum(each.share for each in some if each.paid),
            )
        )  # fmt: skip
    return totals


def statement_csv(statement: Statement) -> bytes:
    """One row a line; amounts as texts with their currency."""
    return write_csv(
        HEAD,
        [
            (each.tenant, each.payer, each.item, f"{each.first}", f"{each.last}",
             "yes" if each.adjusts else "no", format_money(each.amount, each.currency),
             format_money(each.share, each.currency), each.currency,
             "paid" if each.paid else "issued")
            for each in statement.lines
        ],
    )  # fmt: skip


def statement_pdf(statement: Statement, language: str) -> bytes:
    """The statement on paper; in English where the machine has no font with Chinese."""
    font = chinese_font()
    texts: dict[str, Any] = TEXTS["zh" if language == "zh" and font is not None else "en"]
    paper = Paper(font)
    paper.set_title(f"{texts['title']} {statement.id}")
    paper.add_page()
    paper.write_line(f"{texts['title']} {statement.id}", 20)
    vendor = statement.vendor
    paper.write_line(f"{texts['vendor']}: {vendor.name} ({vendor.ref})", 10)
    paper.write_line(f"{texts['made']}: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC", 10)
    for total in statement.totals:
        for name, minor in (("billed", total.billed), ("share", total.share), ("paid", total.paid)):
            money = format_money(minor, total.currency)
            paper.write_line(f"{texts[name]}: {total.currency} {money}", 12)
    paper.write_line(texts["agrees" if statement.agrees else "differs"], 9)
    paper.ln(4)
    rows = [
        (
            each.name, each.item, f"{each.first} – {each.last}",
            format_money(each.amount, each.currency), format_money(each.share, each.currency),
        )
        for each in statement.lines
    ]  # fmt: skip
    head = (texts["tenant"], texts["item"], texts["month"], texts["amount"], texts["share"])
    paper.write_rows(head, rows, (45, 50, 42, 26, 27))
    return bytes(paper.output())
