"""The account of a scene by month, and of all scenes of the bank beside its ledger."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.experiments.compare_groups import LEAST
from enscene.kernel.clock import local_day, parse_day
from enscene.kernel.errors import EnsceneError, NotFound
from enscene.operations import list_scenes
from enscene.operations.indicators.classes import CLASSES
from enscene.operations.scene_account import (
    BY_NAME,
    DAILY,
    KINDS,
    LINES,
    PARTS,
    SUSTAINED,
    Line,
    SceneAccount,
    ask_outlay,
    decide_outlay,
    list_outlays,
    parse_month,
    read_account,
    read_accounts,
    read_bound,
    read_earnings,
    read_line_days,
    read_participants,
    read_span,
    read_whole,
)
from enscene.web.account_picture import draw_days
from enscene.web.console import STAFF, Console, Visit, member
from enscene.web.pages.scene import open_view
from enscene.web.problems import status_of

AT = "/scene-account"


def routes(console: Console) -> list[Route]:
    """The routes of these pages: what scenes bring is for staff."""
    return [
        Route(AT, member(console, show_all, *STAFF), methods=["GET"]),
        Route(f"{AT}/{{ref}}", member(console, show, *STAFF), methods=["GET"]),
        Route(f"{AT}/{{ref}}/outlays", member(console, ask, "scene_team"), methods=["POST"]),
        Route(
            f"{AT}/{{ref}}/outlays/{{outlay}}/{{verdict}}",
            member(console, decide, "approver"),
            methods=["POST"],
        ),
    ]


async def _month(visit: Visit) -> tuple[date, date | None, bool]:
    """The month that is asked for, or else the last with computed days, or this one; the last computed
    day of it; whether any day is computed at all. Raises: Invalid (`month`)."""
    pool, tenant = visit.console.pool, visit.tenant
    asked = visit.ask("month")
    clock = await visit.read_clock()
    month = parse_month(asked) if asked else local_day(clock["now"], clock["zone"]).replace(day=1)
    day, _, last = await read_span(pool, tenant, month)
    if not asked and day is None and last is not None:
        month, day = last.replace(day=1), last
    return month, day, last is not None


def _beside(month: date) -> tuple[date, date]:
    """The months before and after."""
    one = timedelta(days=1)
    return (month - one).replace(day=1), (month + 32 * one).replace(day=1)


async def ask(visit: Visit) -> Response:
    """Enter an investment or a running cost; nothing is lost of what was typed when it cannot be."""
    view = await open_view(visit)
    try:
        await ask_outlay(
            visit.console.pool, visit.tenant, view.card.id, visit.field("kind"),
            parse_day(visit.field("day"), param="day"), visit.field("amount"), view.pack.currency,
            visit.field("note"), visit.who,
        )  # fmt: skip
    except EnsceneError as error:
        return await _page(visit, error)
    return visit.go(f"{AT}/{view.card.ref}#payback")


async def decide(visit: Visit) -> Response:
    """Somebody else approves or refuses it."""
    view = await open_view(visit)
    verdict = visit.path("verdict")
    try:
        number = UUID(visit.path("outlay"))
    except ValueError:
        raise NotFound("there is no such entry", code="account.not_found") from None
    if verdict not in ("approve", "refuse"):
        raise NotFound("there is no such page", code="account.not_found")
    await decide_outlay(
        visit.console.pool, visit.tenant, view.card.id, number, visit.who,
        approve=verdict == "approve",
    )  # fmt: skip
    return visit.go(f"{AT}/{view.card.ref}#payback")


async def show(visit: Visit) -> Response:
    """One scene: result, lines by part, the days of the line that is looked at, leading figures,
    payback. Raises: NotFound, Invalid."""
    return await _page(visit)


async def _page(visit: Visit, error: EnsceneError | None = None) -> Response:
    view = await open_view(visit)
    month, _, any_day = await _month(visit)
    pool, tenant = visit.console.pool, visit.tenant
    account = await read_account(pool, tenant, view.card.id, month)
    line = BY_NAME.get(visit.ask("line")) or _first_line(account)
    days = await read_line_days(pool, tenant, view.card.id, month, line)
    before, after = _beside(month)
    earnings = await read_earnings(pool, tenant, view.card.id)
    names = ("kind", "day", "amount", "note")
    return view.page(
        "scene_account.html", "account", 200 if error is None else status_of(error),
        earnings=earnings.get(view.card.id, ()), sustained=SUSTAINED, kinds=KINDS,
        outlays=await list_outlays(pool, tenant, view.card.id),
        typed={name: visit.field(name) if error else "" for name in names},
        said=visit.t.problem(error.code, error.facts, error.detail) if error else "",
        bound=await read_bound(pool, tenant, view.card.id, month), least=LEAST,
        participants=await read_participants(pool, tenant, view.card.id, month),
        account=account, month=month, before=before, after=after,
        parts=PARTS, line=line, daily=DAILY, any_day=any_day,
        days=[(currency, found, draw_days(found)) for currency, found in days.items()],
    )  # fmt: skip


def _first_line(account: SceneAccount) -> Line:
    """The first that has something to show."""
    amounts = (each for sheet in account.sheets for each in sheet.amounts)
    return next((each.line for each in amounts if each.minor), LINES[0])


async def show_all(visit: Visit) -> Response:
    """All scenes: the result of each, and every class of account over all of them beside the ledger.
    Raises: Invalid."""
    month, day, any_day = await _month(visit)
    pool, tenant = visit.console.pool, visit.tenant
    zone = (await visit.read_clock())["zone"]
    accounts = await read_accounts(pool, tenant, month)
    whole = await read_whole(pool, tenant, day, zone) if day is not None else ()
    cards = {card.id: card for card in await list_scenes(pool, tenant)}
    before, after = _beside(month)
    currencies = sorted({sheet.currency for each in accounts.values() for sheet in each.sheets})
    rows = {
        currency: [
            (number, cards.get(number), sheet)
            for number, each in accounts.items() for sheet in each.sheets
            if sheet.currency == currency
        ]
        for currency in currencies
    }  # fmt: skip
    earnings = await read_earnings(pool, tenant)
    told = [
        each for found in earnings.values() for each in found if any(m.net for m in each.months)
    ]
    return visit.page(
        "scene_accounts.html", earning=len(told), sustained=SUSTAINED,
        in_a_row=sum(each.is_sustained for each in told), month=month, before=before, after=after, day=day, any_day=any_day,
        rows=rows, whole=whole, cards=cards, classes=CLASSES,
        lines=[BY_NAME[n] for n in ("deposits", "loans", "fees", "interest", "collected")],
    )  # fmt: skip
