"""Take what a partner tells of its orders: each state once, old news without effect."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from enscene.kernel.clock import local_day
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid, uuid_of
from enscene.kernel.money import parse_money
from enscene.partners import store
from enscene.partners.bring_in import store as sql
from enscene.partners.bring_in.cashier import Cashier
from enscene.partners.bring_in.entry import Entry, entry_id, entry_not_found, origin_of
from enscene.partners.bring_in.order import Order, State, order_not_found, take_report
from enscene.partners.bring_in.visits import PERSON, VISIT, partner_of_app
from enscene.partners.incidents.incident import check_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is told of an order: `number` is the partner's own, amounts are texts, `refunded` is
    what was given back in all. With `cashier` the customer pays it at the bank."""

    number: str
    entry: str
    person: str
    visit: str | None
    title: str
    currency: str
    amount: str
    cashier: bool
    state: State
    refunded: str | None
    return_to: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """The order as it is now, and whether the report changed it."""

    order: Order
    applied: bool


async def report_order(
    pool: store.Pool, cashier: Cashier, tenant: int, app: int, level: str, report: Report
) -> Told:
    """Take a report of the live application of a partner. The same again, and what is older than
    what is known, change nothing; an order's own things never change.

    Raises: NotFound (entry, person, visit, partner), Invalid by `param`, Conflict
    ("brought_in.other_order" and those of `take_report`), Forbidden("auth.level") for one to be
    paid at the cashier by an application that may not move funds, Refused where the money is not
    there to give back.
    """
    async with store.admitted(pool, tenant) as connection:
        partner = await partner_of_app(connection, tenant, app)
        fresh = await _read(connection, tenant, partner, report)
        check_cashier(cashier=fresh.cashier, level=level)
        known = await sql.find_order(connection, tenant, partner, report.number, lock=True)
        now = (await sql.read_now(connection, tenant))["now"]
        if known is None:
            # Two first reports at once: the second waits here, and finds the order.
            await connection.fetchval(
                "select pg_advisory_xact_lock(hashtextextended($1, $2))",
                f"{partner}:{report.number}", tenant,
            )  # fmt: skip
            known = await sql.find_order(connection, tenant, partner, report.number, lock=True)
        before = known
        if before is None:
            before = fresh
        else:
            _check_same(before, fresh)
        refunded = _refund_of(report)
        after = take_report(before, report.state, refunded)
        if known is None:
            await sql.insert_order(connection, tenant, after)
            await sql.add_step(connection, tenant, after, now, report.state)
            return Told(after, applied=True)
        moves = before.cashier and after.refunded != before.refunded
        if after == before:
            return Told(before, applied=False)
        if not moves:
            await sql.put_order(connection, tenant, after, now)
            await sql.add_step(connection, tenant, after, now, report.state)
    if moves:  # with the money, and judged anew with it
        await cashier.change(
            tenant, before, lambda order: take_report(order, report.state, refunded), "refunded",
            "partner",
        )  # fmt: skip
    return Told(await find_own(pool, tenant, partner, report.number), applied=True)


@control("brought_in_cashier")
def check_cashier(*, cashier: bool, level: str) -> None:
    """Funds are for applications of level A2. Raises: Forbidden("auth.level")."""
    if cashier and level != "A2":
        raise Forbidden(
            "orders that are paid at the bank need an application of level A2",
            code="auth.level",
            facts={"level": "A2"},
        )


async def find_own(pool: store.Pool, tenant: int, partner: UUID, number: str) -> Order:
    """A partner's own order by its own number. Raises: NotFound."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        found = await sql.find_order(connection, tenant, partner, number)
    if found is None:
        raise order_not_found()
    return found


async def _read(connection: store.Connection, tenant: int, partner: UUID, report: Report) -> Order:
    entry = await sql.read_entry(connection, tenant, entry_id(report.entry))
    # Orders of an entry that was closed meanwhile still come to their end.
    if entry is None or entry.partner != partner or entry.state not in ("open", "closed"):
        raise entry_not_found()
    customer = await sql.find_person(connection, tenant, partner, _uuid(report.person, PERSON))
    if customer is None:
        raise NotFound("nobody of that name came", code="brought_in.no_person", param="person")
    visit = None
    if report.visit is not None:
        visit = _uuid(report.visit, VISIT)
        row = await sql.find_visit_of(connection, tenant, visit)
        if row is None or tuple(row) != (partner, entry.id, customer):
            raise NotFound("there was no such visit", code="brought_in.no_visit", param="visit")
    now = await sql.read_now(connection, tenant)
    if report.currency != now["currency"]:
        raise Invalid(
            f"amounts are in {now['currency']}", code="brought_in.currency", param="currency"
        )
    amount = parse_money(report.amount, report.currency, param="amount")
    if amount <= 0:
        raise Invalid("an amount is more than nothing", code="invalid.too_small", param="amount")
    return Order(
        id=new_uuid(), entry=entry.id, partner=partner, customer=customer, visit=visit,
        number=report.number, title=check_words(report.title, "title", 1, 80),
        currency=report.currency, amount=amount, cashier=report.cashier,
        return_to=_back(report.return_to, entry, sandbox=now["sandbox"]), state="placed", paid=0,
        refunded=0, at=now["now"], day=local_day(now["now"], now["zone"]), changed_at=now["now"],
    )  # fmt: skip


def _back(url: str | None, entry: Entry, *, sandbox: bool) -> str | None:
    if url is not None and origin_of(url, sandbox=sandbox, param="return_to") != entry.origin:
        raise Invalid(
            "a customer goes back to where the entry is",
            code="brought_in.foreign_return",
            param="return_to",
            facts={"origin": entry.origin},
        )
    return url


def _uuid(text: str, prefix: str) -> UUID:
    param = "person" if prefix == PERSON else "visit"
    try:
        if text.startswith(f"{prefix}_"):
            return uuid_of(text)
    except Invalid:
        pass
    code = "brought_in.no_person" if prefix == PERSON else "brought_in.no_visit"
    raise NotFound("there is nothing of that name", code=code, param=param)


def _refund_of(report: Report) -> int | None:
    if report.refunded is None:
        return None
    return parse_money(report.refunded, report.currency, param="refunded")


def _check_same(known: Order, fresh: Order) -> None:
    for name in ("entry", "customer", "currency", "amount", "cashier", "title"):
        if getattr(known, name) != getattr(fresh, name):
            raise Conflict(
                "this number was told with something else",
                code="brought_in.other_order",
                param={"customer": "person", "cashier": "pay"}.get(name, name),
                hint="another order has another number",
            )
