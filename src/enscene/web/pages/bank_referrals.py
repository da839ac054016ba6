"""Referrals in the mobile bank: one's own codes, and the page to which a code leads."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.referrals import (
    CONSENT,
    DAYS,
    MOST,
    Code,
    Invitation,
    claim,
    find_invitation,
    give_code,
    read_code,
)
from enscene.kernel.errors import EnsceneError, NotFound
from enscene.operations import store as operations_store
from enscene.scenes.runtime import RunningScene
from enscene.web.bank_visit import BankVisit, customer
from enscene.web.console import Console

_STATES = ("pilot", "live")


@dataclass(frozen=True, slots=True)
class Mine:
    """A scene that the customer uses, with the code if there is one."""

    ref: str
    name: str
    code: Code | None


def routes(console: Console) -> list[Route]:
    """The routes of these pages."""
    mine, invited = "/bank/{tenant}/referrals", "/bank/{tenant}/invited/{code}"
    return [
        Route(mine, customer(console, show), methods=["GET"]),
        Route(mine, customer(console, give), methods=["POST"]),
        Route(invited, customer(console, asked), methods=["GET"]),
        Route(invited, customer(console, come), methods=["POST"]),
    ]


async def show(visit: BankVisit) -> Response:
    """The scenes that one may ask others into, with what came of it."""
    return await _page(visit)


async def _page(visit: BankVisit, status: int = 200) -> Response:
    tenant, found = visit.tenant.id, []
    async with visit.reading() as connection:
        rows = await operations_store.read(connection, "my_scenes", tenant, visit.party)
        for row in {row["id"]: row for row in rows if row["state"] in _STATES}.values():
            code = await read_code(connection, tenant, row["id"], visit.customer)
            found.append(Mine(row["ref"], row["name"], code))
    address = f"{visit.request.url.scheme}://{visit.request.url.netloc}{visit.base}/invited/"
    return await visit.page(
        "bank_referrals.html", status, mine=found, most=MOST, days=DAYS, address=address
    )


async def give(visit: BankVisit) -> Response:
    """Make one's code in a scene that one takes part in."""
    try:
        scene = await _own(visit, visit.form.get("scene", "")[:64])
        async with visit.writing() as connection:
            await give_code(connection, visit.tenant.id, scene.id, visit.customer)
    except EnsceneError as error:
        visit.tell(error)
        return await _page(visit, 422)
    return visit.go("/referrals")


async def _own(visit: BankVisit, ref: str) -> RunningScene:
    """Raises: NotFound."""
    scene = await visit.console.host.scene(visit.tenant.id, ref)
    member = await scene.roster.find(visit.party)
    if member is None or not any(
        CONSENT in scene.pack.parties[role].consent for role in member.roles
    ):
        raise NotFound("there is no such scene", code="scene.not_found", param="scene")
    return scene


async def asked(visit: BankVisit) -> Response:
    """What somebody is asked into; nothing is kept by looking. Raises: NotFound."""
    return await _asked(visit)


async def _asked(visit: BankVisit, status: int = 200, *, came: bool = False) -> Response:
    async with visit.reading() as connection:
        found: Invitation = await find_invitation(connection, visit.tenant.id, visit.path("code"))
    return await visit.page(
        "bank_invited.html", status, found=found, came=came, days=DAYS, code=visit.path("code")
    )


async def come(visit: BankVisit) -> Response:
    """Keep that one came by it. Raises: NotFound."""
    try:
        async with visit.writing() as connection:
            await claim(connection, visit.tenant.id, visit.customer, visit.path("code"))
    except NotFound:
        raise
    except EnsceneError as error:
        visit.tell(error)
        return await _asked(visit, 422)
    return await _asked(visit, came=True)
