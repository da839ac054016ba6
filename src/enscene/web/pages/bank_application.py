"""An application in the mobile bank: handed over from a scene, completed, signed."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.applications import (
    call_in,
    complete_fields,
    confirm_application,
    decide_application,
    give_up_application,
    look_at_handoff,
    note_asked,
    open_handoff,
    read_clock,
    read_talk,
    say,
    send_code,
)
from enscene.kernel.errors import EnsceneError, Forbidden, NotFound
from enscene.web.apply_view import ApplicationView, view_application
from enscene.web.bank_visit import CHANNEL, BankVisit, customer
from enscene.web.console import Console
from enscene.web.render import money


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    base = "/bank/{tenant}"
    one = f"{base}/applications/{{application}}"
    return [
        Route(f"{base}/open/{{token}}", customer(console, arrive), methods=["GET"]),
        Route(f"{base}/open/{{token}}", customer(console, take_over), methods=["POST"]),
        Route(one, customer(console, show), methods=["GET"]),
        Route(f"{one}/{{step}}", customer(console, act), methods=["POST"]),
    ]


async def arrive(visit: BankVisit) -> Response:
    """A link has led here. Looking at it does not use it up: that takes a button, which no
    preview of links presses."""
    token = visit.path("token")
    try:
        found = await look_at_handoff(visit.console.pool, visit.tenant.id, token, visit.customer)
    except Forbidden as error:
        return await _of_another(visit, error)
    view = view_application(found, visit.t)
    return await visit.page("bank_handoff.html", token=token, view=view, what=_what(view, visit))


async def take_over(visit: BankVisit) -> Response:
    """Use the link up and go on with the application."""
    try:
        found = await open_handoff(
            visit.console.pool, visit.tenant.id, visit.path("token"), visit.customer, visit.party
        )
    except Forbidden as error:
        return await _of_another(visit, error)
    return visit.go(f"/applications/{found.ref}")


async def _of_another(visit: BankVisit, error: Forbidden) -> Response:
    """Whoever has logged in as somebody else learns nothing but how to change."""
    if error.code != "handoff.another":
        raise error
    return await visit.page("bank_handoff.html", 403, token=visit.path("token"), view=None)


def _what(view: ApplicationView, visit: BankVisit) -> str:
    """The product and its sum in one line."""
    quote, currency = view.application.quote, view.application.currency
    parts = [view.product]
    if view.application.amount is not None:
        parts[0] += f" {money(view.application.amount, currency)}"
    if len(quote["instalments"]) > 1:
        parts.append(visit.t("apply.times_many", count=len(quote["instalments"])))
    elif view.application.months:
        parts.append(visit.t("apply.months_many", count=view.application.months))
    return " · ".join(parts)


async def show(visit: BankVisit) -> Response:
    """The application with everything that is known."""
    return await _page(visit)


async def _page(visit: BankVisit, status: int = 200) -> Response:
    async with visit.writing() as connection:
        found = await visit.application(connection, lock=True)
        talk = await read_talk(connection, visit.tenant.id, found)
        scene = await visit.console.host.catalogue.scene_by_id(visit.tenant.id, found.scene)
        view = view_application(found, visit.t, talk, scene.pack.texts[visit.language])
        if found.state == "begun":
            await note_asked(connection, visit.tenant.id, found, view.missing)
    typed = _typed(visit) if status != 200 else {}
    return await visit.page("bank_application.html", status, view=view, typed=typed)


async def act(visit: BankVisit) -> Response:
    """Press one of its buttons; what was not done is said on the page."""
    step = _STEPS.get(visit.path("step"))
    if step is None:
        raise NotFound("there is no such button", code="h5.no_page")
    try:
        done = await step(visit)
    except NotFound:
        raise
    except EnsceneError as error:
        visit.tell(error)
        return await _page(visit, 422)
    if done:
        visit.said = done
        return await _page(visit)
    return visit.go(f"/applications/{visit.path('application')}")


def _typed(visit: BankVisit) -> dict[str, str]:
    return {name: visit.form[name] for name in ("born", "income") if visit.form.get(name)}


async def _decide(visit: BankVisit) -> str:
    async with visit.writing() as connection:
        found = await visit.application(connection, lock=True)
        found = await complete_fields(connection, visit.tenant.id, found, _typed(visit))
        scene = await visit.console.host.catalogue.scene_by_id(visit.tenant.id, found.scene)
        member = await scene.roster.find(visit.party)
        if member is None:
            raise NotFound("there is no such application", code="application.not_found")
        await decide_application(connection, scene, member, found, CHANNEL, visit.party)
    return ""


async def _code(visit: BankVisit) -> str:
    async with visit.writing() as connection:
        found = await visit.application(connection, lock=True)
        clock = await read_clock(connection, visit.tenant.id)
        until = await send_code(connection, visit.tenant.id, found, clock)
        minutes = round((until - clock["real"]).total_seconds() / 60)
    return visit.t("apply.code_sent", minutes=minutes)


async def _sign(visit: BankVisit) -> str:
    async with visit.reading() as connection:
        found = await visit.application(connection)
    # Who was served by a manager is finished by one: the signature alone is the customer's.
    channel = "manager" if found.staff is not None else CHANNEL
    await confirm_application(
        visit.console.pool, visit.console.host, visit.tenant.id, found.id,
        customer=visit.customer, code=visit.form.get("code"), channel=channel, actor=visit.party,
    )  # fmt: skip
    return ""


async def _give_up(visit: BankVisit) -> str:
    async with visit.writing() as connection:
        found = await visit.application(connection, lock=True)
        await give_up_application(connection, visit.tenant.id, found, CHANNEL, visit.party)
    return ""


async def _call(visit: BankVisit) -> str:
    async with visit.writing() as connection:
        found = await visit.application(connection, lock=True)
        task = await call_in(
            connection, visit.tenant.id, found,
            kind="call_back" if visit.form.get("kind") == "call_back" else "chat",
            said=visit.form.get("said", ""), insists=visit.form.get("insists") == "true",
            channel=CHANNEL, actor=visit.party,
        )  # fmt: skip
    return visit.t("apply.called_auto" if task.state == "automatic" else "apply.called")


async def _say(visit: BankVisit) -> str:
    async with visit.writing() as connection:
        found = await visit.application(connection, lock=True)
        await say(
            connection, visit.tenant.id, found, "customer", visit.party, visit.form.get("said", "")
        )
    return ""


_STEPS: dict[str, Any] = {
    "decide": _decide,
    "code": _code,
    "sign": _sign,
    "give_up": _give_up,
    "call": _call,
    "say": _say,
}
