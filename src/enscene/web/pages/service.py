"""States of service: the public page, and where an operator enters and leaves them."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from enscene.kernel.clock import parse_duration
from enscene.kernel.errors import Forbidden
from enscene.tenants import Tenant
from enscene.tenants.figures import Sight
from enscene.tenants.service import Order, enter_state, leave_state, list_states
from enscene.web.console import LANGUAGE_COOKIE, Console, Visit, member, static
from enscene.web.language import LANGUAGES, TAGS, Texts, choose_language
from enscene.web.pages.operator import ROLE, sight_of_visit

HISTORY_MOST = 20
SPANS = ("30m", "1h", "2h", "4h", "8h", "24h")


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""

    async def status(request: Request) -> Response:
        return _status(console, request)

    return [
        Route("/status", status, methods=["GET"]),
        Route("/operator/service", member(console, show, ROLE), methods=["GET"]),
        Route("/operator/service", member(console, enter, ROLE), methods=["POST"]),
        Route("/operator/service/leave", member(console, leave, ROLE), methods=["POST"]),
    ]


def _status(console: Console, request: Request) -> Response:
    """For anybody, from memory; `?bank=` is a bank's ref."""
    service, asked = console.host.service, request.query_params.get("lang")
    cookie = asked if asked in LANGUAGES else request.cookies.get(LANGUAGE_COOKIE)
    language = choose_language(cookie, request.headers.get("accept-language", ""))
    bank = request.query_params.get("bank", "")[:64]
    text = console.environment.get_template("status.html").render(
        t=Texts(language), language=language, tag=TAGS[language], static=static, bank=bank,
        standing=service.of_bank(bank), database=service.database,
        history=service.history(bank)[:HISTORY_MOST],
    )  # fmt: skip
    return HTMLResponse(text)


async def show(visit: Visit) -> Response:
    """What holds, what held, and the form."""
    sight = await sight_of_visit(visit)
    banks = _banks(sight)
    refs = {each.ref for each in banks}
    now = datetime.now(UTC)
    seen = [
        each for each in await list_states(visit.console.pool)
        if each.bank is None or each.bank in refs
    ]  # fmt: skip
    return visit.page(
        "operator_service.html", sight=sight, banks=banks, refs=refs, spans=SPANS,
        open=[each for each in seen if each.holds(now)],
        past=[each for each in seen if not each.holds(now)][:HISTORY_MOST],
    )  # fmt: skip


async def enter(visit: Visit) -> Response:
    """Enter a state for a span from now."""
    bank = await _bank(visit)
    until = datetime.now(UTC) + parse_duration(visit.field("span"), param="span")
    order = Order(visit.field("state"), visit.field("reason"), until)
    await enter_state(visit.console.pool, bank, order, visit.who)
    await visit.console.host.service.step()
    return visit.go("/operator/service")


async def leave(visit: Visit) -> Response:
    """Be normal again."""
    await leave_state(visit.console.pool, await _bank(visit), visit.who)
    await visit.console.host.service.step()
    return visit.go("/operator/service")


async def _bank(visit: Visit) -> Tenant | None:
    sight = await sight_of_visit(visit)
    ref = visit.field("bank")
    if ref:
        return next((each for each in _banks(sight) if each.ref == ref), None) or sight.find("")
    if not sight.whole:
        raise Forbidden("this is for the operator", code="operator.only")
    return None


def _banks(sight: Sight) -> list[Tenant]:
    return [each for each in sight.tenants if each.parent is None]
