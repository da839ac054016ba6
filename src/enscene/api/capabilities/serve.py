"""`POST /v1/capabilities/{name}`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec

from enscene.api import store
from enscene.api.actions import Running, key_of
from enscene.api.auth import Access, Caller
from enscene.api.capabilities import told
from enscene.api.capabilities.known import check_known, loans_of, read_known
from enscene.api.capabilities.look import (
    Sight,
    covers,
    day_field,
    field_of,
    look,
    persons,
    states_of,
    things,
)
from enscene.api.capabilities.orders import (
    CashOrder,
    Order,
    RepurchaseOrder,
    RiskOrder,
    SalesOrder,
)
from enscene.api.http import JSON, Request, Response, not_found, wrong_method
from enscene.api.sight import levels_of
from enscene.api.structs import convert
from enscene.capabilities import (
    Assessment,
    Consented,
    Due,
    Read,
    Repurchase,
    Sale,
    ServeCapability,
    assess,
    cash_flow,
    daily,
    forecast,
    repurchase,
)
from enscene.capabilities import Counter as ReadingCounter
from enscene.capabilities import store as figures
from enscene.commit import Once
from enscene.customers import find_parties
from enscene.kernel.errors import Forbidden, NotFound
from enscene.scenes.language.model import Thing
from enscene.scenes.runtime import SceneHost

SCOPE = "capabilities:run"
PURPOSE = "credit"
"""What a person must have said yes to before it is assessed."""
APART_MOST = 2
"""Computations over many rows that go on at once, beside the loop that payments need."""
_REPLAYED = (JSON, (b"idempotency-replayed", b"true"))


@dataclass(frozen=True, slots=True)
class Found:
    """An answer, and by whose consent it was given."""

    answer: dict[str, Any]
    consented: Consented | None = None
    read: Read | None = None


class CapabilitiesDoor:
    """Computes, and commits the answer with its reading."""

    def __init__(self, host: SceneHost, pool: store.Pool, access: Access, running: Running) -> None:
        self._host = host
        self._pool = pool
        self._access = access
        self._running = running
        self._counter = ReadingCounter(pool)
        self._apart = asyncio.Semaphore(APART_MOST)
        work: dict[str, tuple[type[Order], Callable[[Sight, Caller, Any], Awaitable[Found]]]] = {
            "sales-forecast": (SalesOrder, self._sales),
            "cash-flow": (CashOrder, self._cash),
            "repurchase": (RepurchaseOrder, self._repurchase),
            "risk": (RiskOrder, self._risk),
        }
        self._work = work

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return len(path) == 3 and path[1] == "capabilities"

    async def close(self) -> None:
        """Wait for what was begun."""
        await self._counter.close()

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Answer."""
        name = request.path[2]
        if name not in self._work:
            raise not_found()
        if request.method != "POST":
            raise wrong_method("POST")
        caller.require_platform(SCOPE)
        caller.require_level("A2")
        key, body = key_of(request), await request.json_body()
        kind, work = self._work[name]
        order = convert(body, kind)
        operation = f"capabilities/{name}"
        scope = (caller.tenant, caller.app.name, operation, key)
        done = await self._running.enter(scope)
        try:
            sight = await look(self._access, self._host, self._pool, request, caller, order.scene)
            party = sight.viewer.member.ref
            found = await work(sight, caller, order)
            once = Once.of(caller.app.name, operation, key, request=party.encode() + b"\n" + body)
            text = msgspec.json.encode(found.answer).decode()
            unit = ServeCapability(
                caller.tenant, once, name.replace("-", "_"), caller.app.name, sight.scene.id,
                party, text, found.consented, found.read,
            )  # fmt: skip
            reply = await self._counter.serve(sight.shard, unit)
        finally:
            self._running.leave(scope, done)
        return Response(reply.body.encode(), 200, _REPLAYED if reply.replayed else (JSON,))

    async def _sales(self, sight: Sight, caller: Caller, order: SalesOrder) -> Found:
        _, amount, of = things(sight, order)
        async with figures.reading(self._pool, caller.tenant) as connection:
            rows = await figures.read_sales(connection, of, amount, sight.since)
        found = forecast(daily(rows, sight.today), order.days)
        return Found(told.told_sales(found, sight.today, sight.currency))

    async def _repurchase(self, sight: Sight, caller: Caller, order: RepurchaseOrder) -> Found:
        model, amount, of = things(sight, order)
        customer = field_of(model, order.customer, "party", "customer", roles=persons(sight))
        async with figures.reading(self._pool, caller.tenant) as connection:
            rows = await figures.read_purchases(connection, of, amount, sight.since, customer)
        async with self._apart:
            found = await asyncio.to_thread(_customers, rows, sight.today)
        answer = told.told_repurchase(found, order.limit, sight.currency)
        read = _read(caller, "serve", model, (amount, customer), Counter(r[0] for r in rows))
        return Found(answer | {"complete": len(rows) < figures.ROWS_MOST}, read=read)

    async def _cash(self, sight: Sight, caller: Caller, order: CashOrder) -> Found:
        scene, member = sight.scene, sight.viewer.member
        owner = member
        if order.party is not None and order.party != member.ref:
            other = await scene.roster.find(order.party)
            # Nobody looks into a person's purse here, and nobody but the bank into a firm's.
            if other is None or other.kind == "person" or not sight.viewer.sees_all:
                raise _no_account()
            owner = other
        asked, today = check_known(sight, order.known), sight.today
        async with figures.reading(self._pool, caller.tenant) as connection:
            account = await figures.read_account(
                connection, caller.tenant, scene.id, order.account, owner.id
            )
            if account is None:
                raise _no_account()
            number, currency, opening = account
            flows = await figures.read_flows(
                connection, caller.tenant, number, sight.since, scene.zone, order.except_flows
            )
            items = await read_known(connection, asked)
        contracts = self._host.contracts
        items += await loans_of(contracts, caller.tenant, owner.id, currency, today)
        first = min((day for day, *_ in flows), default=None)
        came = daily(((day, into) for day, into, _ in flows), today, first)
        went = daily(((day, out) for day, _, out in flows), today, first)
        found = cash_flow(opening, came, went, items, today, order.days)
        return Found(told.told_cash(found, max(len(came), len(went)), currency))

    async def _risk(self, sight: Sight, caller: Caller, order: RiskOrder) -> Found:
        model, amount, of = things(sight, order)
        customer = field_of(model, order.customer, "party", "customer", roles=persons(sight))
        paid = states_of(model, order.paid, "paid")
        due = day_field(model, order.due, "due")
        used = [name for name in (amount, customer, due) if name is not None]
        async with figures.reading(self._pool, caller.tenant) as connection:
            parties = await find_parties(connection, caller.tenant, [order.party])
            if order.party not in parties:
                raise NotFound("there is no such party", code="party.not_found", param="party")
            consent = None
            if parties[order.party][1] == "person" and order.party != sight.viewer.member.ref:
                consent = await self._consent(connection, sight, caller, order, used)
            rows = await figures.read_dues(connection, of, amount, sight.since, customer, paid, due)
        async with self._apart:
            found, records = await asyncio.to_thread(_assessed, rows, order, sight.today)
        answer = told.told_risk(found, order.party, sight.currency)
        answer |= {"complete": len(rows) < figures.ROWS_MOST}
        consented = None
        if consent is not None:
            consented = Consented(
                caller.app.id, consent, order.party, PURPOSE, tuple(sorted(used)), records,
                tuple(levels_of(model, sorted(used)).values()),
            )  # fmt: skip
        # Who is assessed is compared with all who owe the same firm.
        others = Counter(row[0] for row in rows if row[0] != order.party)
        return Found(answer, consented, _read(caller, "credit", model, tuple(used), others))

    async def _consent(
        self, connection: Any, sight: Sight, caller: Caller, order: RiskOrder, used: list[str]
    ) -> int:
        """The number of a consent that covers it. Raises: Forbidden("capability.no_consent"),
        Forbidden("consent.not_covered")."""
        rows = await figures.read_consents(
            connection, caller.tenant, caller.app.id, order.party, sight.scene.ref, PURPOSE
        )
        if not rows:
            raise Forbidden(
                "nobody is assessed without a consent to that",
                code="capability.no_consent",
                param="party",
                hint="ask the customer for a consent with the purpose credit",
                facts={"purpose": PURPOSE},
            )
        for row in rows:
            if covers(row["fields"] or {}, order.thing, used):
                number: int = row["id"]
                return number
        raise Forbidden(
            "the consent does not cover this data",
            code="consent.not_covered",
            param="party",
            facts={"thing": order.thing, "fields": used},
        )


def _read(
    caller: Caller, purpose: str, model: Thing, used: Sequence[str], records: Mapping[str, int]
) -> Read:
    levels = levels_of(model, sorted(used))
    return Read(caller.app.id, purpose, tuple(levels), tuple(levels.values()), records)


def _customers(rows: Sequence[Any], today: date) -> Repurchase:
    return repurchase((Sale(*row) for row in rows), today)


def _assessed(rows: Sequence[Any], order: RiskOrder, today: date) -> tuple[Assessment, int]:
    """The assessment, and how many bills it stands on."""
    own, others = list[Due](), list[Due]()
    for who, born, paid, minor, day in rows:
        due = born + timedelta(days=order.within) if day is None else date.fromisoformat(day)
        (own if who == order.party else others).append(Due(due, paid, minor))
    return assess(own, others, today), len(own)


def _no_account() -> NotFound:
    return NotFound("there is no such account", code="ledger.account_not_found", param="account")
