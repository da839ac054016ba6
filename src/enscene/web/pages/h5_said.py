"""Answer what a campaign says on the page of a scene."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.answer_offer import Answer, answer_offer
from enscene.engagement.open_offers import OpenOffer, find_open_offers
from enscene.kernel.errors import NotFound, Refused
from enscene.operations import store as operations_store
from enscene.scenes.language.model import Page
from enscene.scenes.runtime import RunningScene
from enscene.web.console import Console, read_form
from enscene.web.h5_said import way_of
from enscene.web.h5_token import H5Session
from enscene.web.language import Texts
from enscene.web.pages.h5 import H5, language_of

_ANSWERS: dict[str, Answer] = {
    "taken": "taken", "refused": "refused", "opted_out": "opted_out",
}  # fmt: skip


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    pages = H5(console)

    async def answer(request: Request) -> Response:
        """Take it, refuse it, or want no more of this kind, as the person of the token."""

        async def act(session: H5Session, scene: RunningScene, page: Page) -> str:
            console.host.service.admit_write(session.tenant)
            form = dict(await read_form(request))
            said = _ANSWERS.get(request.path_params["answer"])
            offer = await _offer(console, session, scene, page, form.get("offer", ""))
            if said is None or (
                said == "taken" and way_of(scene.pack, offer.product, page.who) != "mark"
            ):
                raise NotFound("there is no such button", code="h5.no_page")
            await answer_offer(console.pool, session.tenant, offer.id, session.party, said)
            return "+" + Texts(language_of(request))(told_as(said, offer))

        return await pages.answer(request, act)

    path = "/h5/{tenant}/{scene}/{page}/offers/{answer}"
    return [Route(path, answer, methods=["POST"])]


def told_as(said: Answer, offer: OpenOffer) -> str:
    """The key of what is said of an answer: a benefit is theirs, for a product the bank gets in
    touch."""
    if said != "taken":
        return f"said.done_{said}"
    return "said.done_benefit" if offer.benefit or not offer.product else "said.done_taken"


async def _offer(
    console: Console, session: H5Session, scene: RunningScene, page: Page, wanted: str
) -> OpenOffer:
    """The offer of the form, if it is this person's and open. Raises: NotFound, Refused."""
    member = await scene.roster.find(session.party)
    if member is None or page.who not in member.roles:
        raise NotFound("there is no such page", code="h5.no_page")
    async with operations_store.reading(console.pool, session.tenant) as connection:
        clock = await operations_store.read_clock(connection, session.tenant)
        found = await find_open_offers(
            connection, session.tenant, [member.id], clock["now"], scene.id
        )
    for offer in found:
        if str(offer.id) == wanted:
            return offer
    raise Refused("the offer is over", code="offer.over")
