"""What campaigns say in the mobile bank: of every scene and of none, to take, to refuse, or to want
no more of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.customers.identity import read_parties_of
from enscene.engagement.answer_offer import Answer, answer_offer
from enscene.engagement.applications import Wish, begin_application, check_lending
from enscene.engagement.open_offers import OpenOffer, find_open_offers
from enscene.kernel.errors import EnsceneError, NotFound, Refused
from enscene.operations import store as operations_store
from enscene.scenes.runtime import RunningScene
from enscene.scenes.runtime.roster import Member
from enscene.shelf import standard_shelf
from enscene.web.around_me import read_around
from enscene.web.bank_visit import CHANNEL, BankVisit, customer
from enscene.web.console import Console
from enscene.web.h5_said import Way, way_of, worth_of
from enscene.web.pages.h5_said import told_as
from enscene.web.render import called

_ANSWERS: dict[str, Answer] = {"refused": "refused", "opted_out": "opted_out"}


@dataclass(frozen=True, slots=True)
class OfferCard:
    """An offer in words. `way` says how it is taken."""

    offer: OpenOffer
    title: str
    reason: str
    product: str
    scene: str
    worth: str
    way: Way


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    path = "/bank/{tenant}/offers"
    return [
        Route(path, customer(console, show), methods=["GET"]),
        Route(f"{path}/{{offer}}/{{answer}}", customer(console, answer), methods=["POST"]),
    ]


async def read_offers(visit: BankVisit) -> list[OpenOffer]:
    """What is open for whoever has logged in, as any party that is the same customer."""
    async with visit.reading() as connection:
        clock = await operations_store.read_clock(connection, visit.tenant.id)
        parties = await read_parties_of(connection, visit.tenant.id, visit.customer)
        return await find_open_offers(connection, visit.tenant.id, parties, clock["now"])


async def show(visit: BankVisit) -> Response:
    """For you: looking at them is noted, once for each."""
    return await _page(visit)


async def _page(visit: BankVisit, status: int = 200) -> Response:
    cards = await _cards(visit, await read_offers(visit))
    around = await read_around(visit)
    response = await visit.page("bank_offers.html", status, cards=cards, around=around)
    for card in cards:
        if card.offer.state == "offered":
            await answer_offer(
                visit.console.pool, visit.tenant.id, card.offer.id, card.offer.customer, "seen"
            )
    return response


async def _cards(visit: BankVisit, offers: Sequence[OpenOffer]) -> list[OfferCard]:
    cards: dict[str, OfferCard] = {}
    for offer in offers:
        if offer.key in cards:
            continue
        scene, name = await _scene(visit, offer), visit.t("said.by_bank")
        if scene is not None:
            name = called(scene.name, visit.language)
        product = standard_shelf().products.get(offer.product or "")
        member = None if scene is None else await scene.roster.find(offer.customer)
        cards[offer.key] = OfferCard(
            offer, offer.title.get(visit.language, ""), offer.reason.get(visit.language, ""),
            "" if product is None else product.texts[visit.language].name, name, worth_of(offer),
            _way(scene, member, offer),
        )  # fmt: skip
    return list(cards.values())


async def _scene(visit: BankVisit, offer: OpenOffer) -> RunningScene | None:
    if not offer.scene:
        return None
    try:
        return await visit.console.host.catalogue.scene_by_id(visit.tenant.id, offer.scene)
    except NotFound:
        return None


def _way(scene: RunningScene | None, member: Member | None, offer: OpenOffer) -> Way:
    if scene is None or member is None:
        return "mark"
    ways = {way_of(scene.pack, offer.product, role) for role in member.roles}
    return "tap" if "tap" in ways else "apply" if "apply" in ways else "mark"


async def answer(visit: BankVisit) -> Response:
    """Press a button of an offer; what was not done is said on the page."""
    try:
        offer = await _own(visit)
        said: Answer = "taken"
        if visit.path("answer") == "take":
            scene = await _scene(visit, offer)
            member = None if scene is None else await scene.roster.find(offer.customer)
            way = _way(scene, member, offer)
            if way == "apply" and scene is not None and member is not None:
                return visit.go(f"/applications/{await _begin(visit, scene, member, offer)}")
            if way == "tap":
                raise NotFound("there is no such button", code="h5.no_page")
        elif (found := _ANSWERS.get(visit.path("answer"))) is not None:
            said = found
        else:
            raise NotFound("there is no such button", code="h5.no_page")
        await answer_offer(visit.console.pool, visit.tenant.id, offer.id, offer.customer, said)
    except NotFound:
        raise
    except EnsceneError as error:
        visit.tell(error)
        return await _page(visit, 422)
    visit.said = visit.t(told_as(said, offer))
    return await _page(visit)


async def _own(visit: BankVisit) -> OpenOffer:
    for offer in await read_offers(visit):
        if str(offer.id) == visit.path("offer"):
            return offer
    raise Refused("the offer is over", code="offer.over")


async def _begin(visit: BankVisit, scene: RunningScene, member: Member, offer: OpenOffer) -> Any:
    """The application for what is offered, of the scene where it was: its reference."""
    wish = Wish(product=offer.product or "", offer=offer.id)
    await check_lending(visit.console.pool, visit.console.host, scene, member, wish)
    async with visit.writing() as connection:
        begun = await begin_application(connection, scene, member, wish, CHANNEL, member.ref)
    return begun.ref
