"""The customer's own preferences in the mobile bank: what they rest on, and the switch that clears."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement import say_consent
from enscene.engagement.spectrum import CONSENT
from enscene.kernel.errors import NotFound
from enscene.operations import store as operations_store
from enscene.web.bank_visit import BankVisit, customer
from enscene.web.console import Console
from enscene.web.my_scenes import permissions_of
from enscene.web.spectrum_view import view_spectrum


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    path = "/bank/{tenant}/spectrum"
    return [
        Route(path, customer(console, show), methods=["GET"]),
        Route(path, customer(console, switch), methods=["POST"]),
    ]


async def show(visit: BankVisit) -> Response:
    """The same that the bank sees, and a switch for each scene."""
    asked = await permissions_of(
        visit.console, visit.tenant.id, visit.party, visit.customer, CONSENT
    )
    async with visit.reading() as connection:
        clock = await operations_store.read_clock(connection, visit.tenant.id)
        view = await view_spectrum(
            visit.console, connection, visit.tenant.id, visit.customer, clock["now"], visit.t
        )
    return await visit.page("bank_spectrum.html", view=view, scenes=asked)


async def switch(visit: BankVisit) -> Response:
    """Let a scene tell, or no longer: then what it told is gone. Raises: NotFound."""
    ref = visit.form.get("scene", "")[:64]
    asked = await permissions_of(
        visit.console, visit.tenant.id, visit.party, visit.customer, CONSENT
    )
    if ref not in {each for each, _, _ in asked}:
        raise NotFound("there is no such permission", code="h5.no_consent")
    scene = await visit.console.host.catalogue.read(visit.tenant.id, ref)
    async with visit.writing() as connection:
        await say_consent(
            connection, visit.tenant.id, scene.id, visit.party, CONSENT,
            granted=visit.form.get("granted") == "1",
        )  # fmt: skip
    return visit.go("/spectrum#switches")
