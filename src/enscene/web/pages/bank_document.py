"""What is signed, to be read in the mobile bank: before it is signed and afterwards."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.applications.read_document import read_document
from enscene.shelf.contracts.read_document import read_document as read_signed
from enscene.web.bank_visit import BankVisit, customer
from enscene.web.console import Console
from enscene.web.pages.bank_contract import held_of


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    base, rest = "/bank/{tenant}", "documents/{name}"
    return [
        Route(f"{base}/applications/{{application}}/{rest}", customer(console, show_to_sign)),
        Route(f"{base}/contracts/{{contract}}/{rest}", customer(console, show_signed)),
    ]


async def show_to_sign(visit: BankVisit) -> Response:
    """With the terms of an application. Raises: NotFound."""
    async with visit.reading() as connection:
        found = await visit.application(connection)
    if found.contract is not None:  # signed since: the contract tells what was agreed
        return visit.go(f"/contracts/{found.contract}/documents/{visit.path('name')}")
    text = read_document(found, visit.path("name"), visit.language)
    back = f"/applications/{found.ref}"
    return await visit.page("bank_document.html", text=text, signed=None, back=back)


async def show_signed(visit: BankVisit) -> Response:
    """With what was agreed, and whether its text is another one since. Raises: NotFound."""
    held = await held_of(visit)
    signed = read_signed(held, visit.path("name"), visit.language)
    back = f"/contracts/{held.id}"
    return await visit.page("bank_document.html", text=signed.text, signed=signed, back=back)
