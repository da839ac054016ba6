"""Money of outside scenes: customers pay, partners give back, months of traffic are posted. Each is
one unit of the write path, with the state of its order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from enscene.commit import (
    Appends,
    Cell,
    NotRead,
    Once,
    Refusal,
    Report,
    Script,
    Stamp,
    Unit,
    View,
    Writer,
)
from enscene.kernel.errors import Refused
from enscene.ledger import AccountOrder, InsufficientFunds, Ledger, open_accounts
from enscene.partners import store
from enscene.partners.bring_in import store as sql
from enscene.partners.bring_in.order import Order, order_not_found, pay
from enscene.shelf.contracts.books import CURRENT
from enscene.tenants import get_tenant

COST, INCOME = "brought_in.cost", "brought_in.income"
_KIND = "brought_in_order"
_encode = msgspec.json.Encoder().encode
Key = tuple[int, UUID]
Change = Callable[[Order], Order]

_LOAD = f"""
select tenant, {sql.ORDER} from brought_in_order
 where (tenant, id) in (select * from unnest($1::int[], $2::uuid[])) for update"""
_PUT = """
update brought_in_order o set state = u.state, paid = u.paid, refunded = u.refunded,
       changed_at = u.at
  from unnest($1::int[], $2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[])
       as u(tenant, id, state, paid, refunded, at)
 where o.tenant = u.tenant and o.id = u.id returning o.id"""
_STEPS = """
insert into brought_in_step (tenant, of, at, said, state, who, paid, refunded)
select * from unnest($1::int[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[],
                     $7::bigint[], $8::bigint[])"""
_MONTHS = """
insert into brought_in_month (seq, at, tenant, partner, month, direction, version, kind, quantity,
                              price, amount, payer, currency)
select * from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::uuid[], $5::date[], $6::text[],
                     $7::int[], $8::text[], $9::bigint[], $10::bigint[], $11::bigint[],
                     $12::text[], $13::text[])"""


class Sheet:
    """The orders of one batch, locked until it is written: it is always judged under the lock."""

    def __init__(self) -> None:
        self._orders: dict[Key, Order] = {}
        self._journal: list[tuple[Key, Order]] = []
        self._steps: list[tuple[Key, Order, str, str]] = []
        self._asked: set[Key] = set()

    def change(self, key: Key, change: Change, said: str, who: str) -> tuple[Order, Order]:
        """The order before and after. Raises what the change raises, NotFound."""
        before = self._orders.get(key)
        if before is None:
            if key not in self._asked:
                raise NotRead(key)
            raise order_not_found()
        after = change(before)
        self._journal.append((key, before))
        self._orders[key] = after
        self._steps.append((key, after, said, who))
        return before, after

    def absent(self, keys: Collection[Key]) -> Collection[Key]:
        return keys

    async def load(self, connection: asyncpg.Connection[Any], keys: Collection[Key]) -> None:
        self._asked.update(keys)
        tenants, ids = zip(*keys, strict=True)
        for row in await connection.fetch(_LOAD, list(tenants), list(ids)):
            values = dict(row)
            tenant = values.pop("tenant")
            self._orders[tenant, row["id"]] = Order(**values)

    def mark(self) -> int:
        return len(self._journal)

    def rollback(self, mark: int) -> None:
        for key, before in reversed(self._journal[mark:]):
            self._orders[key] = before
        del self._journal[mark:], self._steps[mark:]

    def write(self, stamp: Stamp, script: Script) -> None:
        changed = list(dict.fromkeys(key for key, _ in self._journal))
        if not changed:
            return
        rows = [
            (tenant, number, order.state, order.paid, order.refunded, stamp.time(tenant))
            for (tenant, number), order in ((key, self._orders[key]) for key in changed)
        ]
        script.add(_PUT, *map(list, zip(*rows, strict=True)), rows=len(rows))
        steps = [
            (tenant, number, stamp.time(tenant), said, order.state, who, order.paid, order.refunded)
            for (tenant, number), order, said, who in self._steps
        ]
        script.add(_STEPS, *map(list, zip(*steps, strict=True)))

    def publish(self) -> None:
        """Nothing is remembered."""

    def forget(self) -> None:
        """Nothing is remembered."""


class Orders:
    """The kind of orders."""

    name = _KIND

    def open(self, *, fresh: bool) -> Sheet:
        return Sheet()


class _Unit:
    timed = True
    lines: Sequence[Unit] = ()
    once: Once | None = None
    action = ""

    def __init__(self, tenant: int, subject: str, actor: str, accounts: Sequence[int]) -> None:
        self.tenant = tenant
        self._subject, self._actor = subject, actor
        self._accounts = accounts
        self._told: dict[str, Any] = {}

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        return [("ledger", (self.tenant, each)) for each in self._accounts]

    def move(self, view: View, dr: int, cr: int, minor: int, flow: str) -> None:
        book = view.works["ledger"]
        accounts = [book.account(self.tenant, self._accounts[place]) for place in (dr, cr)]
        book.post(view.index, *accounts, minor, flow)

    def report(self, seq: int, at: datetime) -> Report:
        told = _encode(self._told).decode()
        return Report(0, self.action, self._subject, self._actor, told, told)


class MoveMoney(_Unit):
    """Let an order change, and the difference of what is paid and given back move. Accounts are the
    customer's and what is owed to the partner."""

    def __init__(
        self,
        tenant: int,
        order: Order,
        accounts: Sequence[int],
        change: Change,
        said: str,
        who: str,
    ) -> None:
        super().__init__(tenant, f"brought_in:{order.reference}", who, accounts)
        self.action = f"brought_in.{said}"
        self._key = (tenant, order.id)
        self._change, self._said, self._who = change, said, who

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        return [*super().cells(now, exact=exact), (_KIND, self._key)]

    def plan(self, view: View) -> None:
        before, after = view.works[_KIND].change(self._key, self._change, self._said, self._who)
        if after.paid > before.paid:
            self.move(view, 0, 1, after.paid - before.paid, "brought_in.pay")
        if after.refunded > before.refunded:
            self.move(view, 1, 0, after.refunded - before.refunded, "brought_in.refund")
        self._told = {"state": after.state, "paid": after.paid, "refunded": after.refunded}


@dataclass(frozen=True, slots=True)
class Month:
    """What a month of traffic in one direction costs; amounts in minor units."""

    partner: UUID
    month: date
    direction: str
    version: int
    kind: str
    quantity: int
    price: int
    amount: int
    payer: str
    currency: str


class PostMonth(_Unit):
    """Posts a month, once. Accounts are cost, income, and what is owed to the partner for it."""

    action = "brought_in.month"

    def __init__(self, tenant: int, month: Month, accounts: Sequence[int]) -> None:
        super().__init__(tenant, f"brought_in:{month.month:%Y-%m}", "clock:clock", accounts)
        self.once = Once.of(
            "brought_in", "month", str(month.partner), f"{month.month:%Y-%m}", month.direction,
            request=b"",
        )  # fmt: skip
        self._month = month

    def plan(self, view: View) -> None:
        each = self._month
        if each.amount:
            dr, cr = (0, 2) if each.payer == "bank" else (2, 1)
            self.move(view, dr, cr, each.amount, f"brought_in.traffic_{each.direction}")
        view.works["brought_in_month"].add(
            view.index, self.tenant, each.partner, each.month, each.direction, each.version,
            each.kind, each.quantity, each.price, each.amount, each.payer, each.currency,
        )  # fmt: skip
        self._told = {"month": f"{each.month:%Y-%m}", "amount": each.amount}


class Cashier:
    """One in a process, with a write path of its own as billing has."""

    def __init__(self, pool: store.Pool) -> None:
        self._pool = pool
        self._writers: dict[int, Writer] = {}

    async def close(self) -> None:
        """Take nothing more, and wait for what was taken."""
        for writer in self._writers.values():
            await writer.close()

    async def pay(self, tenant: int, order: UUID, customer: int) -> Order:
        """The customer pays from the account at the bank; twice is once.

        Raises: NotFound, for another's too, Refused("brought_in.not_payable",
        "brought_in.no_funds", "brought_in.not_live").
        """
        known = await self._read(tenant, order, customer)
        if known.cashier and known.paid:
            return known
        async with store.admitted(self._pool, tenant, readonly=True) as connection:
            check_live(
                await connection.fetchval(
                    "select stage from partner where tenant = $1 and id = $2", tenant, known.partner
                )
            )
        try:
            await self.change(tenant, known, pay, "paid", "cashier")
        except Refused as error:
            known = await self._read(tenant, order, customer)
            if known.paid:  # the same customer was first, in another window
                return known
            if error.code == InsufficientFunds.code:
                raise Refused("the account has not enough", code="brought_in.no_funds") from None
            raise
        return await self._read(tenant, order, customer)

    async def change(self, tenant: int, order: Order, change: Change, said: str, who: str) -> None:
        """Let the order change and its money move. Raises what stands against it."""
        async with store.admitted(self._pool, tenant) as connection:
            accounts = await open_accounts(
                connection, tenant, [
                    AccountOrder(0, CURRENT, order.customer, order.currency),
                    AccountOrder(0, due_name(order.partner), 0, order.currency),
                ], mostly_open=True,
            )  # fmt: skip
        await self._submit(tenant, MoveMoney(tenant, order, accounts, change, said, who))

    async def post_month(self, tenant: int, month: Month) -> None:
        """Post what a month costs; again changes nothing."""
        async with store.admitted(self._pool, tenant) as connection:
            accounts = await open_accounts(
                connection, tenant, [
                    AccountOrder(0, name, 0, month.currency, floor=None)
                    for name in (COST, INCOME, traffic_name(month.partner))
                ], mostly_open=True,
            )  # fmt: skip
        await self._submit(tenant, PostMonth(tenant, month, accounts))

    async def _submit(self, tenant: int, unit: Any) -> None:
        shard = (await get_tenant(self._pool, tenant)).shard
        writer = self._writers.get(shard)
        if writer is None:
            kinds = (Ledger(), Orders(), Appends("brought_in_month", _MONTHS))
            writer = self._writers[shard] = Writer(self._pool, shard, kinds)
        answer = await writer.submit(unit)
        if answer.refused:
            told = msgspec.json.decode(answer.body, type=Refusal)
            raise Refused(told.detail, code=told.code, param=told.param, facts=told.facts)

    async def _read(self, tenant: int, order: UUID, customer: int) -> Order:
        async with store.admitted(self._pool, tenant, readonly=True) as connection:
            found = await sql.read_order(connection, tenant, order)
        if found is None or found.customer != customer:
            raise order_not_found()
        return found


def check_live(stage: str | None) -> None:
    """Raises: Refused("brought_in.not_live")."""
    if stage != "live":
        raise Refused("its partner is not live", code="brought_in.not_live", facts={"stage": stage})


def due_name(partner: UUID) -> str:
    """The account of what customers have paid for the partner at the cashier."""
    return f"brought_in.due.{partner.hex}"


def traffic_name(partner: UUID) -> str:
    """The account of what the bank owes the partner for traffic; below nothing, the other way."""
    return f"brought_in.traffic.{partner.hex}"
