"""Orders of the model as units of the write path, and a shard to send them to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from commit.model import Orders, Step
from enscene.commit import Answer, Once, Report, View, Writer, admit
from enscene.kernel.errors import EnsceneError, Refused
from enscene.ledger import AccountOrder, Ledger, open_accounts
from enscene.risk import Counters
from enscene.scenes.things import Things

SCENE = 1
FLOORS: tuple[int | None, ...] = (None, 0, 0, 0, -500)
"""The floors of the accounts 0, 1, 2…; account 0 is the world outside."""

_ids = count(1)


@dataclass
class Place:
    """A shard with one tenant or more; `accounts` are ids by tenant and number."""

    pool: Any
    shard: int
    tenants: list[int]
    accounts: dict[tuple[int, int], int] = field(default_factory=dict)
    holds: dict[Any, UUID] = field(default_factory=dict)

    def writer(self, **options: Any) -> Writer:
        """The write path of a process of its own: nothing remembered in common with others."""
        return Writer(self.pool, self.shard, self.kinds(), **options)

    def kinds(self) -> list[Any]:
        return [Ledger(), Counters(), Things()]

    def unit(self, *order: Step, **options: Any) -> OrderUnit:
        """One order of the first tenant."""
        return OrderUnit(self, self.tenants[0], (order,), **options)

    async def balance(self, number: int, tenant: int = 0) -> int:
        """What is posted, read from the row."""
        found: int = await self.fetch(
            "select posted from account where tenant = $1 and owner = $2",
            self.tenants[tenant],
            number,
        )
        return found

    async def fetch(self, query: str, *values: Any) -> Any:
        """One value, seen with all tenants of the shard."""
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, self.tenants)
            return await connection.fetchval(query, *values)


async def make_place(pool: Any, tenants: int = 1, floors: Sequence[int | None] = FLOORS) -> Place:
    """A new shard with new tenants and their accounts."""
    place = Place(pool, next(_ids), [])
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("insert into shard (id) values ($1)", place.shard)
        for _ in range(tenants):
            tenant = next(_ids) + 1_000_000
            place.tenants.append(tenant)
            await connection.execute(
                "insert into tenant (id, ref, name, shard) values ($1, $2, $2, $3)",
                tenant,
                f"t{tenant}",
                place.shard,
            )
            await admit(connection, [tenant])
            orders = [
                AccountOrder(SCENE, f"a{number}", number, "CNY", floor=floor)
                for number, floor in enumerate(floors)
            ]
            for number, account in enumerate(await open_accounts(connection, tenant, orders)):
                place.accounts[tenant, number] = account
    return place


class OrderUnit:
    """One order. `tag` tells who made a hold; a hold's id is put into `place.holds` by `told`."""

    timed = False

    def __init__(
        self,
        place: Place,
        tenant: int,
        orders: Orders,
        *,
        tag: Any = None,
        key: str | None = None,
        timed: bool = False,
        body: str | None = None,
    ) -> None:
        self.place = place
        self.tenant = tenant
        self.tag = tag
        self.orders = orders
        self.timed = timed
        self.once = (
            None if key is None else Once.of("test", key, request=(body or repr(orders)).encode())
        )
        self.lines: Sequence[Any] = ()
        if len(orders) > 1:
            self.timed = True
            self.lines = [
                Line(place, tenant, (order,), tag=(tag, line)) for line, order in enumerate(orders)
            ]
        self.results: list[Any] = []

    def cells(self, now: datetime, *, exact: bool) -> Iterable[tuple[str, Any]]:
        for order in self.orders:
            for step in order:
                yield from self._cells_of(step, exact)

    def _cells_of(self, step: Step, exact: bool) -> Iterable[tuple[str, Any]]:
        name, first, *rest = *step, None
        if name in ("post", "sweep", "hold", "hold_and_capture"):
            yield "ledger", (self.tenant, self.place.accounts[self.tenant, first])
            yield "ledger", (self.tenant, self.place.accounts[self.tenant, rest[0]])
        elif name == "look":
            yield "ledger", (self.tenant, self.place.accounts[self.tenant, first])
        elif name in ("capture", "void"):
            for number in range(len(FLOORS)):
                yield "ledger", (self.tenant, self.place.accounts[self.tenant, number])
            yield "ledger", (self.tenant, self.hold_id(first))
        elif name in ("count", "tally"):
            yield "counter", self.counter_key(first)
        elif name in ("change", "see") or (name == "create" and exact):
            yield "thing", self.thing_key(first)

    def hold_id(self, tag: Any) -> UUID:
        return self.place.holds.get(tag) or self.place.holds.setdefault(("unknown", tag), uuid4())

    def counter_key(self, counter: int) -> tuple[int, int, str, int, str]:
        return (self.tenant, SCENE, "c", counter, "all")

    def thing_key(self, thing: int) -> tuple[int, int, str, str]:
        return (self.tenant, SCENE, "thing", f"k{thing}")

    def plan(self, view: View) -> None:
        (order,) = self.orders
        self.results = [self._do(view, step) for step in order]

    def _do(self, view: View, step: Step) -> Any:
        name, *rest = step
        book, tally, vault = (view.works[kind] for kind in ("ledger", "counter", "thing"))
        unit = view.index
        match name:
            case "post" | "sweep" | "hold" | "hold_and_capture":
                dr, cr = (
                    book.account(self.tenant, self.place.accounts[self.tenant, number])
                    for number in rest[:2]
                )
                amount = rest[2]
                if name == "sweep":
                    amount = book.take_up_to(dr, amount)
                    if amount:
                        book.post(unit, dr, cr, amount, "flow")
                    return amount
                if name == "post":
                    book.post(unit, dr, cr, amount, "flow")
                    return None
                hold = book.set_aside(unit, dr, cr, amount, "flow")
                if name == "hold_and_capture":
                    book.capture(unit, hold, rest[3], keep=True)
                return hold.id.hex
            case "capture":
                hold = book.hold_of(self.tenant, self.hold_id(rest[0]))
                return book.capture(unit, hold, rest[1], keep=rest[2])
            case "void":
                return book.let_go(unit, book.hold_of(self.tenant, self.hold_id(rest[0])))
            case "look":
                account = book.account(self.tenant, self.place.accounts[self.tenant, rest[0]])
                book.look(account)
                return [account.posted, account.held]
            case "count":
                if not tally.add(self.counter_key(rest[0]), rest[1], limit=rest[2]):
                    tally.look(self.counter_key(rest[0]))
                    raise Refused("limit", code="limit")
                return None
            case "tally":
                return tally.look(self.counter_key(rest[0]))
            case "create":
                vault.create(unit, self.thing_key(rest[0]), "new", 1, "{}")
                return None
            case "change":
                thing = vault.get(self.thing_key(rest[0]))
                before = thing.state
                vault.change(unit, thing).state = rest[1]
                return before
            case "see":
                found = vault.find(self.thing_key(rest[0]))
                return None if found is None else found.state
            case "refuse":
                raise Refused("no", code="no")
            case "err":
                raise ZeroDivisionError
            case "text":
                return rest[0]
        raise AssertionError(name)

    def report(self, seq: int, at: datetime) -> Report:
        answer = json.dumps({"seq": seq, "results": self.results})
        subject = (
            str(self.orders[0][0][1])
            if self.orders[0][:1] and self.orders[0][0][0] == "text"
            else "s"
        )
        return Report(SCENE, "order", subject, repr(self.tag), "{}", answer)

    def told(self, answer: Answer) -> list[dict[str, Any]]:
        """The answers of its orders; the holds that they made are known from now on."""
        found = json.loads(answer.body)
        lines: list[dict[str, Any]] = found if self.lines else [found]
        for line, (order, said) in enumerate(zip(self.orders, lines, strict=True)):
            for at, (step, result) in enumerate(zip(order, said["results"], strict=True)):
                if step[0] in ("hold", "hold_and_capture"):
                    self.place.holds[self.tag, line, at] = UUID(result)
                    said["results"][at] = None
        return lines


class Line(OrderUnit):
    """One of several that are done together."""


class TimedHold(OrderUnit):
    """Sets 10 of account 1 aside for account 2, until a moment."""

    def __init__(self, place: Place, tenant: int, expires: datetime | None) -> None:
        super().__init__(place, tenant, ((("hold", 1, 2, 10),),))
        self._expires = expires

    def plan(self, view: View) -> None:
        book = view.works["ledger"]
        dr, cr = (
            book.account(self.tenant, self.place.accounts[self.tenant, number]) for number in (1, 2)
        )
        hold = book.set_aside(view.index, dr, cr, 10, "flow", self._expires)
        self.results = [hold.id.hex]


def code_of(error: BaseException) -> str:
    """What the caller of a unit is told."""
    if isinstance(error, ZeroDivisionError):
        return "zero"
    assert isinstance(error, EnsceneError), error
    return error.code
