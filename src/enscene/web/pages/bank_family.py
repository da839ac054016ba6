"""The family in the mobile bank: who may see what the customer holds, and what others show."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from enscene.customers import find_parties
from enscene.engagement import say_consent, store
from enscene.kernel.errors import EnsceneError, Invalid, NotFound
from enscene.shelf.contracts.store import HOUSEHOLD
from enscene.web.bank_visit import BankVisit, customer
from enscene.web.console import Console
from enscene.web.my_scenes import ContractCard, card_of

NO_CUSTOMERS = ("bank", "device")


@dataclass(frozen=True, slots=True)
class Shown:
    """Somebody who shows the customer what they hold; it cannot be touched."""

    name: str
    cards: list[ContractCard]


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    path = "/bank/{tenant}/family"
    return [
        Route(path, customer(console, show), methods=["GET"]),
        Route(path, customer(console, share), methods=["POST"]),
    ]


async def show(visit: BankVisit) -> Response:
    """Both directions; nothing without the consent of whose products they are."""
    return await _page(visit)


async def _page(visit: BankVisit, status: int = 200) -> Response:
    async with visit.reading() as connection:
        family = await store.read_household(
            connection, visit.tenant.id, visit.customer, visit.party, HOUSEHOLD
        )
    held = await visit.console.host.contracts.of_household(
        visit.tenant.id, visit.customer, visit.party
    )
    return await visit.page(
        "bank_family.html", status,
        viewers=[(row["ref"], row["name"] or row["ref"]) for row in family if not row["shows"]],
        shown=[
            Shown(
                row["name"] or row["ref"],
                [card_of(each, visit.t) for each in held
                 if each.customer == row["ref"] and each.state == "open"],
            )
            for row in family
            if row["shows"]
        ],
        typed=visit.form.get("viewer", "") if status != 200 else "",
    )  # fmt: skip


async def share(visit: BankVisit) -> Response:
    """Let somebody see what one holds, or no longer."""
    viewer = visit.form.get("viewer", "").strip()[:64]
    try:
        async with visit.writing() as connection:
            found = (await find_parties(connection, visit.tenant.id, {viewer})).get(viewer)
            if found is None or found[1] in NO_CUSTOMERS:
                raise NotFound("there is no such customer", code="bank.no_customer", param="viewer")
            if viewer == visit.party:
                raise Invalid("that is yourself", code="bank.yourself", param="viewer")
            await say_consent(
                connection, visit.tenant.id, 0, visit.party, f"{HOUSEHOLD}{viewer}",
                granted=visit.form.get("granted") == "1",
            )  # fmt: skip
    except EnsceneError as error:
        visit.tell(error)
        return await _page(visit, 422)
    return visit.go("/family")
