"""The door to contracts: open one, act on it, close it, look at it; close days."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import msgspec

from enscene.commit import Answer, Cell, Once, Report, View, Writer, admit, offsets_of
from enscene.kernel.clock import format_time, local_day
from enscene.kernel.errors import Conflict, NotFound, Refused
from enscene.kernel.ids import new_uuid
from enscene.shelf.contracts import store
from enscene.shelf.contracts.books import Books
from enscene.shelf.contracts.close_day import Closed, close_days
from enscene.shelf.contracts.opening import Opening
from enscene.shelf.contracts.unit import (
    OPEN_CLAIM,
    ActOnContract,
    OpenContract,
    Waits,
    WakeContracts,
)
from enscene.shelf.customer_facts import read_customer_facts
from enscene.shelf.lives import Closing, Life, load_life
from enscene.shelf.load_shelf import standard_shelf
from enscene.shelf.product import Product
from enscene.tenants import Tenant, get_tenant

WriterOf = Callable[[int], Writer]


class Ties(Protocol):
    """What a contract whose money its scene keeps is tied to there."""

    async def waits_for(self, tenant: int, contract: store.Row) -> Waits | None:
        """What it waits for before it can be closed, if for anything."""
        ...

    async def end(self, tenant: int, contract: store.Row, key: str) -> bool:
        """End it in the scene, once for the key; whether there was anything to end."""
        ...

    async def gives_back(self, tenant: int, contract: store.Row) -> int:
        """What ending it in the scene would bring the customer now, minor units."""
        ...


class _Untied:
    """Without scenes nothing is tied to anything."""

    async def waits_for(self, tenant: int, contract: store.Row) -> Waits | None:
        return None

    async def end(self, tenant: int, contract: store.Row, key: str) -> bool:
        return False

    async def gives_back(self, tenant: int, contract: store.Row) -> int:
        return 0


PLAIN = Closing(loses=(("service_ends", 0),))
"""What ending a contract means whose money its scene keeps."""
WHO_PAYS_IN = "sandbox.paid_in"


@dataclass(frozen=True, slots=True)
class Held:
    """A contract as people see it. Sums are minor units; `told` is how its life stands today."""

    id: UUID
    product: str
    kind: str
    state: str
    scene: str | None
    scene_name: str | None
    customer: str | None
    customer_id: int
    amount: int | None
    currency: str
    about: str
    opened_at: datetime
    ended_at: datetime | None
    terms: dict[str, Any]
    facts: dict[str, Any]
    told: dict[str, Any]
    closing: Closing


class Contracts:
    """One in a process; it shares the write path with whatever else writes."""

    def __init__(
        self,
        pool: asyncpg.Pool[Any],
        writer_of: WriterOf,
        products: Mapping[str, Product] | None = None,
        books: Books | None = None,
    ) -> None:
        self._pool = pool
        self._writer_of = writer_of
        self.products = standard_shelf().products if products is None else products
        self.books = books or Books(pool)
        self._tenants: dict[int, Tenant] = {}
        self.ties: Ties = _Untied()

    # -- doing -----------------------------------------------------------------------------

    async def open(
        self,
        tenant: int,
        opening: Opening,
        *,
        once: Once | None,
        actor: str,
        pay: int | None = None,
    ) -> Answer:
        """Open a contract, once for its key; what it moves goes through the customer's own
        account, or `pay`. The answer names the contract and what happened.

        Raises: Refused is an answer; Unavailable, Conflict (the key).
        """
        home, product = await self._tenant(tenant), opening.product
        books = await self.books.of(tenant, product.id, product.kind, opening.currency)
        if pay is None:
            pay = await self.books.current(tenant, opening.customer, opening.currency)
        other = None
        bought = opening.rules.get("bought_currency")
        if bought:
            other = (
                await self.books.of(tenant, product.id, product.kind, bought),
                await self.books.current(tenant, opening.customer, bought),
            )
        unit = OpenContract(
            tenant, home.zone, opening, books, pay, once=once, actor=actor, other=other
        )
        return await self._writer_of(home.shard).submit(unit)

    async def act(
        self,
        tenant: int,
        contract_id: UUID,
        verb: str,
        arguments: Mapping[str, Any],
        *,
        once: Once | None,
        actor: str,
        customer: int | None = None,
        pay: int | None = None,
    ) -> Answer:
        """Do one of the verbs of its life: repay, draw, take_out, claim… or `close`.

        Raises: NotFound, Conflict, Invalid.
        """
        home = await self._tenant(tenant)
        row = await self._row(tenant, contract_id)
        product, currency = row["product"], row["currency"]
        books = await self.books.of(tenant, product, self._kind(product), currency)
        if pay is None:
            pay = await self.books.current(tenant, row["customer"], currency)
        waits, ended = None, False
        mine = customer in (None, row["customer"])
        if verb == "close" and row["life_text"] is None and row["state"] == "open" and mine:
            waits = await self.ties.waits_for(tenant, row)
            if waits is None or not waits.now:
                # First in the scene, where money may come back. Whoever comes back after a failure
                # finds it ended there, and closes the contract.
                name = f"{contract_id}:{once.digest if once else new_uuid()}"
                ended = await self.ties.end(tenant, row, name)
        unit = ActOnContract(
            tenant, home.zone, contract_id, books, pay, verb, arguments,
            once=once, actor=actor, customer=customer, parties=row["parties"] or {},
            waits_for=waits,
        )  # fmt: skip
        try:
            return await self._writer_of(home.shard).submit(unit)
        except Conflict as error:
            if ended and error.code == "contract.not_open":
                # What follows the scene was faster: it is closed as was asked.
                return await self._closed_meanwhile(tenant, contract_id)
            raise

    async def close(
        self,
        tenant: int,
        contract_id: UUID,
        *,
        once: Once | None,
        actor: str,
        customer: int | None = None,
    ) -> Answer:
        """End it with one key: what `Held.closing` showed happens. Raises as `act`."""
        return await self.act(
            tenant, contract_id, "close", {}, once=once, actor=actor, customer=customer
        )

    async def pay_in(
        self, tenant: int, customer: int, amount: int, currency: str, *, once: Once | None = None
    ) -> Answer:
        """Put money on a customer's own account, from the rest of the bank."""
        home = await self._tenant(tenant)
        core = await self.books.core(tenant, currency)
        own = await self.books.current(tenant, customer, currency)
        unit = _PayIn(tenant, customer, core, own, amount, once)
        return await self._writer_of(home.shard).submit(unit)

    async def settle(
        self, tenant: int, customer: int, amount: int, currency: str, *, out: bool, key: str
    ) -> Answer:
        """Move money between a customer's own account and the rest of the bank, once for the
        key. Raises: as `pay_in`; too little there is a refusal."""
        home = await self._tenant(tenant)
        core = await self.books.core(tenant, currency)
        own = await self.books.current(tenant, customer, currency)
        pair = (own, core) if out else (core, own)
        once = Once.of("core", "settle", key, request=str(amount).encode())
        unit = _PayIn(tenant, customer, *pair, amount, once, "settled")
        return await self._writer_of(home.shard).submit(unit)

    async def debit_due(self, tenant: int, contracts: Sequence[UUID]) -> None:
        """Debit what is due on these now, as far as the customers' own accounts go."""
        today = await self.today(tenant)
        home = await self._tenant(tenant)
        for contract in contracts:
            row = await self._row(tenant, contract)
            product = row["product"]
            books = await self.books.of(tenant, product, self._kind(product), row["currency"])
            pay = await self.books.current(tenant, row["customer"], row["currency"])
            unit = WakeContracts(tenant, today, [(contract, books, pay)], asked=True)
            await self._writer_of(home.shard).submit(unit)

    async def close_days(self, tenant: int, **options: Any) -> Closed:
        """Close the tenant's day, and all that were missed."""
        home, day = await self._tenant(tenant), await self.today(tenant)
        writer = self._writer_of(home.shard)
        return await close_days(
            self._pool, writer, self.books, self.products, tenant, day, **options
        )

    # -- looking ---------------------------------------------------------------------------

    async def of_customer(self, tenant: int, customer: int) -> list[Held]:
        """Everything that a customer has or had, of every scene, the newest first."""
        today = await self.today(tenant)
        async with self._reading(tenant) as connection:
            rows = await store.read_of_customer(connection, tenant, customer)
        return [await self._as_held(tenant, row, today) for row in rows]

    async def of_household(self, tenant: int, customer: int, ref: str) -> list[Held]:
        """What a customer has, and what those have who let them see it."""
        async with self._reading(tenant) as connection:
            others = await store.read_household(connection, tenant, ref)
        found = await self.of_customer(tenant, customer)
        for other in others:
            if other != customer:
                found += await self.of_customer(tenant, other)
        return found

    async def one(self, tenant: int, contract_id: UUID) -> Held:
        """One contract, as it stands today. Raises: NotFound."""
        row = await self._row(tenant, contract_id)
        return await self._as_held(tenant, row, await self.today(tenant))

    async def entries(self, tenant: int, contract_id: UUID) -> list[store.Row]:
        """Its history, the newest first: n, seq, day, what, sums, about."""
        async with self._reading(tenant) as connection:
            return await store.read_entries(connection, tenant, contract_id)

    async def balance(self, tenant: int, customer: int, currency: str) -> int:
        """What stands on a customer's own account, minor units."""
        account = await self.books.current(tenant, customer, currency)
        async with self._reading(tenant) as connection:
            return await store.read_balance(connection, tenant, account)

    async def facts_of(self, tenant: int, customer: int, scene: int = 0) -> dict[str, Any]:
        """What is known of a customer, as rules of eligibility ask for it; and `owed`, what is
        lent to them over all scenes, minor units."""
        facts = await read_customer_facts(self._pool, tenant, customer, scene)
        async with self._reading(tenant) as connection:
            return facts | {"owed": await store.read_owed(connection, tenant, customer)}

    async def next_day(self, tenant: int) -> date | None:
        """The first day on which something happens to a contract by itself."""
        async with self._reading(tenant) as connection:
            return await store.read_next_day(connection, tenant)

    async def zone(self, tenant: int) -> str:
        """The zone of the tenant's days."""
        return (await self._tenant(tenant)).zone

    async def today(self, tenant: int) -> date:
        """The tenant's day."""
        return local_day(await self.now(tenant), await self.zone(tenant))

    async def now(self, tenant: int) -> datetime:
        """The tenant's time."""
        home = await self._tenant(tenant)
        async with self._pool.acquire() as connection:
            row = await connection.fetchrow(
                "select clock_timestamp(), clocks::text from shard where id = $1", home.shard
            )
        now: datetime = row[0] + offsets_of(row[1]).get(tenant, timedelta(0))
        return now

    # -- inside ----------------------------------------------------------------------------

    async def _closed_meanwhile(self, tenant: int, contract_id: UUID) -> Answer:
        """The answer to who closes what has just been closed by what they did."""
        held, entries = await self.one(tenant, contract_id), await self.entries(tenant, contract_id)
        told = {
            "seq": entries[0]["seq"], "at": format_time(held.ended_at or held.opened_at),
            "contract": str(contract_id), "product": held.product, "state": held.state,
            "steps": [{"day": entries[0]["day"].isoformat(), "what": entries[0]["what"]}],
        }  # fmt: skip
        return Answer(msgspec.json.encode(told).decode())

    @asynccontextmanager
    async def _reading(self, tenant: int) -> AsyncIterator[store.Connection]:
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant], by_key=True)
            yield connection

    async def _tenant(self, tenant: int) -> Tenant:
        known = self._tenants.get(tenant)
        if known is None:
            known = self._tenants[tenant] = await get_tenant(self._pool, tenant)
        return known

    async def _row(self, tenant: int, contract_id: UUID) -> store.Row:
        async with self._reading(tenant) as connection:
            row = await store.read_one(connection, tenant, contract_id)
        if row is None:
            raise NotFound("there is no such contract", code="contract.not_found")
        return row

    def _kind(self, product: str) -> str:
        known = self.products.get(product)
        return "" if known is None else known.kind

    async def _as_held(self, tenant: int, row: store.Row, today: date) -> Held:
        held = self._held(row, today)
        if held.state == "open" and held.closing is PLAIN:
            waits = await self.ties.waits_for(tenant, row)
            if waits is not None and waits.now:
                return replace(held, closing=replace(PLAIN, blocked=OPEN_CLAIM))
        return held

    async def closing(self, tenant: int, contract_id: UUID) -> Held:
        """One contract, with what closing it now would move in its scene as well. Raises: NotFound."""
        row = await self._row(tenant, contract_id)
        held = await self._as_held(tenant, row, await self.today(tenant))
        if held.state == "open" and held.closing is PLAIN:
            try:
                minor = await self.ties.gives_back(tenant, row)
            except (Conflict, Refused) as error:
                return replace(held, closing=replace(PLAIN, blocked=error.code))
            return replace(held, closing=replace(PLAIN, gets=max(0, minor), pays=max(0, -minor)))
        return held

    def _held(self, row: store.Row, today: date) -> Held:
        life: Life | None = None if row["life_text"] is None else load_life(row["life_text"])
        open_now = row["state"] == "open"
        if life is not None and open_now:
            life.close(today)
        return Held(
            id=row["id"], product=row["product"], kind=self._kind(row["product"]),
            state=row["state"], scene=row["scene_ref"], scene_name=row["scene_name"],
            customer=row["customer_ref"], customer_id=row["customer"], amount=row["amount"],
            currency=row["currency"], about=row["about"], opened_at=row["opened_at"],
            ended_at=row["ended_at"], terms=row["terms"],
            facts=row["facts"], told=life.told() if life else {},
            closing=life.closing() if life and open_now else PLAIN,
        )  # fmt: skip


class _PayIn:
    """Money between the rest of the bank and a customer's own account."""

    timed = False
    lines = ()

    def __init__(
        self,
        tenant: int,
        customer: int,
        dr: int,
        cr: int,
        amount: int,
        once: Once | None,
        flow: str = "paid_in",
    ) -> None:
        self.tenant = tenant
        self.once = once
        self._flow = flow
        self._accounts = dr, cr
        self._customer = customer
        self._amount = amount

    def cells(self, now: datetime, *, exact: bool) -> list[Cell]:
        return [("ledger", (self.tenant, account)) for account in self._accounts]

    def plan(self, view: View) -> None:
        book = view.works["ledger"]
        dr, cr = (book.account(self.tenant, account) for account in self._accounts)
        book.post(view.index, dr, cr, self._amount, self._flow)

    def report(self, seq: int, at: datetime) -> Report:
        facts = {"customer": self._customer, f"{self._flow}_minor": self._amount}
        body = msgspec.json.encode(facts).decode()
        return Report(0, WHO_PAYS_IN, f"customer:{self._customer}", "bank:core", body, body)
