"""Write what a core system is to pay and to collect, as ISO 20022 files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from enscene.commit import admit
from enscene.kernel.ids import new_uuid
from enscene.shelf.contracts import Contracts
from enscene.shelf.lives import load_life
from enscene.shelf.lives.lending import Lending
from enscene.shelf.providers import store
from enscene.shelf.providers.messages import Holder, Order, credit_transfers, direct_debits

Kept = tuple[str, str, str, int, UUID | None, int, str, str]
"""What is kept of an order: id, way, product, customer, contract, amount, currency, message."""


@dataclass(slots=True)
class Sent:
    """What was written. `without_account` are customers of whom no account is known."""

    files: list[Path] = field(default_factory=list)
    out: int = 0
    collected: int = 0
    without_account: set[str] = field(default_factory=set)


async def send_orders(pool: Any, contracts: Contracts, tenant: int, folder: Path) -> Sent:
    """One file for payments and one for debits, of each product and currency that has any.

    What contracts paid into customers' own accounts goes out once, as far as it is still there;
    what is due is asked for when nothing is being asked for already. Files end in `.part` until
    all of them are kept: after a crash those are to be thrown away, and the same is sent again.
    """
    sent, today = Sent(), await contracts.today(tenant)
    at = datetime.now(UTC)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        for row in await store.read_bindings(connection, tenant, "iso20022"):
            product, bank = (
                row["product"],
                Holder(row["settings"]["name"], row["settings"]["account"]),
            )
            paid = await store.read_paid_out(connection, tenant, row["sent_seq"], product)
            out = [
                one for one in _paid(paid, sent) if await _leave(contracts, tenant, one)
            ]  # what leaves here stands on the core bank's side from now on
            due = _due(await store.read_due(connection, tenant, product), today, sent)
            kept: list[Kept] = []
            for way, orders in (("out", out), ("in", due)):
                kept += _write(folder, way, product, at, bank, orders, sent)
            await store.keep_orders(connection, tenant, kept)
            if paid:
                await store.mark_sent(connection, tenant, product, paid[-1]["seq"])
    for path in sent.files:
        path.rename(path.with_suffix(""))
    sent.files = [path.with_suffix("") for path in sent.files]
    return sent


Found = tuple[Order, int, UUID | None]
"""The order, the customer, the contract."""


async def _leave(contracts: Contracts, tenant: int, one: Found) -> bool:
    """Take it from the customer's own account; False where it was used otherwise meanwhile."""
    order, customer, _ = one
    answer = await contracts.settle(
        tenant, customer, order.amount, order.currency, out=True, key=f"{order.id}:out"
    )
    return not answer.refused


def _holder(row: store.Row, sent: Sent) -> Holder | None:
    account = (row["profile"] or {}).get("account", "")
    if not account:
        sent.without_account.add(row["ref"])
        return None
    return Holder(row["name"] or row["ref"], account)


def _paid(rows: Iterable[store.Row], sent: Sent) -> list[Found]:
    found: list[Found] = []
    for row in rows:
        holder = _holder(row, sent)
        if holder is not None:
            order = Order(f"{row['seq']}-{row['n']}", row["amount"], row["currency"], holder,
                          row["flow"])  # fmt: skip
            found.append((order, row["customer"], None))
    return found


def _due(rows: Iterable[store.Row], today: Any, sent: Sent) -> list[Found]:
    found: list[Found] = []
    for row in rows:
        life = load_life(row["life"])
        assert isinstance(life, Lending)
        life.close(today)
        due = life.due()
        holder = _holder(row, sent) if due else None
        if due and holder is not None:
            mandate = row["id"].hex
            order = Order(
                f"{mandate[-20:]}-{today:%Y%m%d}", due, row["currency"], holder, "due",
                mandate, row["opened_at"].date(),
            )  # fmt: skip
            found.append((order, row["customer"], row["id"]))
    return found


def _write(
    folder: Path,
    way: str,
    product: str,
    at: datetime,
    bank: Holder,
    orders: Iterable[Found],
    sent: Sent,
) -> list[Kept]:
    """The files of one way, one a currency; what is kept of their orders."""
    by_currency: dict[str, list[Found]] = defaultdict(list)
    for one in orders:
        by_currency[one[0].currency].append(one)
    kept: list[Kept] = []
    for currency, found in sorted(by_currency.items()):
        message = f"ES-{new_uuid().hex[:28]}"
        write = credit_transfers if way == "out" else direct_debits
        text = write(message, at, bank, [order for order, _, _ in found])
        kind = "pain.001" if way == "out" else "pain.008"
        path = folder / f"{kind}-{product}-{currency}-{message}.xml.part"
        path.write_bytes(text)
        sent.files.append(path)
        if way == "out":
            sent.out += len(found)
        else:
            sent.collected += len(found)
        kept += [
            (order.id, way, product, customer, contract, order.amount, order.currency, message)
            for order, customer, contract in found
        ]
    return kept
