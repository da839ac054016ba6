"""The pool of benefits: what the bank has put in, what campaigns hold of it, who has paid for what, and
who asks for more."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.benefits import (
    Line,
    SubsidyLedger,
    decide_pool_order,
    list_pool_orders,
    propose_pool_order,
    read_campaign_accounts,
    read_subsidies,
    withdraw_pool_order,
)
from enscene.engagement.campaigns import list_campaigns
from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.ledger import read_statement
from enscene.operations import store as operations_store
from enscene.web.campaign_words import read_words
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.pages.campaigns import APPROVER, TEAM, ref_in
from enscene.web.problems import status_of

SHOWN = 50
FIELDS = ("amount", "currency", "reason")


@dataclass(frozen=True, slots=True)
class Sums:
    """Of a currency, minor units: put in, free, left to campaigns, promised and paid."""

    currency: str
    put_in: int
    free: int
    left: int
    aside: int
    spent: int


def routes(console: Console) -> list[Route]:
    """The routes of these pages. The team proposes, an approver decides."""
    at = "/campaigns/benefits"
    return [
        Route(at, member(console, show, *STAFF), methods=["GET"]),
        Route(at, member(console, propose, TEAM), methods=["POST"]),
        Route(at + "/orders/{order}/withdraw", member(console, withdraw, TEAM), methods=["POST"]),
        Route(
            at + "/orders/{order}/{verdict}", member(console, decide, APPROVER), methods=["POST"]
        ),
        Route(at + "/{ref}", member(console, entries, *STAFF), methods=["GET"]),
    ]


async def show(visit: Visit) -> Response:
    """The pool, its orders and a form that asks for one."""
    return await _page(visit)


async def propose(visit: Visit) -> Response:
    """Ask for money; nothing of what was typed is lost where it cannot be."""
    amount = visit.field("amount").replace(",", "").replace("，", "").strip()
    try:
        # The key stands in the form: a form that is sent twice is one order.
        key = str(_id(visit.field("key")))
        currency = visit.field("currency").strip()
        if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
            raise Invalid("three large letters", code="benefits.currency", param="currency")
        await propose_pool_order(
            visit.console.pool, visit.tenant, amount, currency, visit.field("reason"), key,
            visit.who,
        )  # fmt: skip
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go("/campaigns/benefits")


async def decide(visit: Visit) -> Response:
    """Approve, which moves the money, or reject; by somebody else than who proposed."""
    verdict = visit.path("verdict")
    if verdict not in ("approve", "reject"):
        raise NotFound("there is no such page", code="benefits.not_found")
    await decide_pool_order(
        visit.console.pool, visit.tenant, _id(visit.path("order")),
        approve=verdict == "approve", who=visit.who,
    )  # fmt: skip
    return visit.go("/campaigns/benefits")


async def withdraw(visit: Visit) -> Response:
    """By who proposed it."""
    await withdraw_pool_order(visit.console.pool, visit.tenant, _id(visit.path("order")), visit.who)
    return visit.go("/campaigns/benefits")


async def entries(visit: Visit) -> Response:
    """The entries of one account of a campaign, `?account=` its number. Raises: NotFound."""
    ref = ref_in(visit.path("ref"))
    clock = await visit.read_clock()
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        accounts = await read_campaign_accounts(connection, visit.tenant, ref)
        chosen = next(
            (each for each in accounts if str(each.id) == visit.ask("account")),
            next((each for each in accounts if each.part == "left"), None),
        )
        if chosen is None:
            raise NotFound("there is no such campaign", code="campaign.not_found")
        before = _place(visit.ask("before"))
        more = {} if before is None else {"before": before}
        found = await read_statement(
            connection, visit.tenant, chosen.id, limit=SHOWN, **more
        )  # fmt: skip
        listed = await list_campaigns(connection, visit.tenant)
    words = await read_words(visit)
    titles = {each.ref: words.title(each.body) for each in reversed(listed)}
    return visit.page(
        "campaign_benefit.html", ref=ref, title=titles.get(ref, ref), accounts=accounts,
        chosen=chosen, entries=found, full=SHOWN, zone=clock["zone"], tab="benefits",
    )  # fmt: skip


def sums_of(ledger: SubsidyLedger) -> list[Sums]:
    """Of each currency."""
    return [
        Sums(
            each.currency, each.filled, each.left,
            *(sum(getattr(line, part) for line in ledger.lines if line.currency == each.currency)
              for part in ("left", "aside", "spent")),
        )
        for each in ledger.pools
    ]  # fmt: skip


def lines_of(ledger: SubsidyLedger) -> list[Line]:
    """Those that hold or have paid something, by campaign."""
    return [each for each in ledger.lines if each.left or each.aside or each.spent]


async def _page(visit: Visit, error: EnsceneError | None = None) -> Response:
    ledger = await read_subsidies(visit.console.pool, visit.tenant)
    clock = await visit.read_clock()
    async with operations_store.reading(visit.console.pool, visit.tenant) as connection:
        orders = await list_pool_orders(connection, visit.tenant, SHOWN)
        listed = await list_campaigns(connection, visit.tenant)
    words = await read_words(visit)
    typed = {name: visit.field(name) if error else "" for name in FIELDS}
    typed["currency"] = typed["currency"] or "CNY"
    return visit.page(
        "campaign_benefits.html", 200 if error is None else status_of(error),
        sums=sums_of(ledger), lines=lines_of(ledger), whole=ledger.sums, tab="benefits",
        titles={each.ref: words.title(each.body) for each in reversed(listed)},
        waiting=[each for each in orders if each.state == "proposed"],
        decided=[each for each in orders if each.state != "proposed"],
        typed=typed, key=str(uuid4()), zone=clock["zone"], at_fault=error.param if error else None,
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        proposes=visit.session.allows(TEAM), decides=visit.session.allows(APPROVER),
    )  # fmt: skip


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("there is no such order", code="benefits.not_found") from None


def _place(text: str) -> tuple[int, int] | None:
    seq, _, n = text.partition("-")
    good = all(each.isascii() and each.isdigit() and len(each) <= 18 for each in (seq, n))
    return (int(seq), min(int(n), 32_767)) if good else None
