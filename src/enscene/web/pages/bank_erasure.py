"""A customer asks to be forgotten: what stands against it and the way out, a code, and how far it
has come. In a live bank the bank's own app asks through the API, with its statement."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from enscene.customers.erasure import (
    ask_erasure,
    find_erasure,
    make_erasure_code,
    what_stands,
)
from enscene.engagement.applications import insert_message, read_clock
from enscene.kernel.errors import EnsceneError, NotFound
from enscene.kernel.ids import new_uuid
from enscene.web.bank_visit import BankVisit, customer
from enscene.web.console import Console

ZH = (
    "您正在请求删除您在本行的个人信息，删除后无法恢复。验证码 {code}，5 分钟内有效，"
    "切勿告诉任何人，包括银行人员。"
)
EN = (
    "You are asking the bank to erase who you are. It cannot be undone. Code {code}, good for 5 "
    "minutes. Tell nobody, not even the bank."
)


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    base = "/bank/{tenant}/erasure"
    return [
        Route(base, customer(console, show), methods=["GET"]),
        Route(f"{base}/{{step}}", customer(console, act), methods=["POST"]),
    ]


async def show(visit: BankVisit) -> Response:
    """What would go, what stands against it, what was asked for."""
    return await _page(visit)


async def act(visit: BankVisit) -> Response:
    """Send a code, or ask with it; what was not done is said on the page."""
    step = visit.path("step")
    try:
        if step == "code":
            await _send(visit)
            return await _page(visit)
        if step != "ask":
            raise NotFound("there is no such button", code="h5.no_page")
        await ask_erasure(
            visit.console.pool, visit.tenant.id, visit.customer, asked_in="bank_page",
            factor=visit.form.get("code", ""),
        )  # fmt: skip
    except NotFound:
        raise
    except EnsceneError as error:
        visit.tell(error)
        return await _page(visit, 422)
    return visit.go("/erasure")


async def _send(visit: BankVisit) -> None:
    tenant = visit.tenant.id
    async with visit.writing() as connection:
        code = await make_erasure_code(connection, tenant, visit.customer, visit.party)
        clock = await read_clock(connection, tenant)
        await insert_message(
            connection, tenant, new_uuid(), visit.customer, None, "code", ZH.format(code=code),
            EN.format(code=code), clock["now"],
        )  # fmt: skip
    visit.said = visit.t("consent.code_sent")


async def _page(visit: BankVisit, status: int = 200) -> Response:
    async with visit.reading() as connection:
        asked = await find_erasure(connection, visit.tenant.id, visit.customer)
        stands = await what_stands(connection, visit.tenant.id, visit.customer, visit.party)
    told = list({tuple(each.told().items()): each.told() for each in stands}.values())
    return await visit.page("bank_erasure.html", status, asked=asked, stands=told)
