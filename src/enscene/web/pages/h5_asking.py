"""Ask on a customer's page in one's own words."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.asking import PERSON, Answer, Led, ask, ask_for_person, services_of
from enscene.kernel.errors import Invalid, Unauthenticated
from enscene.operations import store as operations_store
from enscene.scenes.language.model import Page
from enscene.scenes.runtime import Actor, Call, RunningScene
from enscene.scenes.runtime.roster import Member
from enscene.web.console import Console, read_form
from enscene.web.h5_asking import Asked
from enscene.web.h5_token import H5Session
from enscene.web.language import Texts
from enscene.web.pages.h5 import APP, H5, grant_of, language_of

SCOPE = "asking"


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    pages = H5(console)

    async def asked(request: Request) -> Response:
        """Where what was typed leads; one of the others that were named, if it was chosen."""

        async def act(session: H5Session, scene: RunningScene, page: Page) -> Asked:
            form = dict(await read_form(request))
            member = await _member(scene, session, page)
            said = form.get("say", "")
            chosen = form.get("to", "")
            if chosen in services_of(scene.pack, member):
                found = Answer(chosen, Led(chosen, 1.0, ""), ())
            else:
                found = await ask(scene, member, said)
            told = await _answer_of(console, session, scene, page, found)
            return Asked(said.strip(), found, told)

        return await pages.answer(request, act)

    async def person(request: Request) -> Response:
        """Have somebody call back."""

        async def act(session: H5Session, scene: RunningScene, page: Page) -> str:
            console.host.service.admit_write(session.tenant)
            form = dict(await read_form(request))
            member = await _member(scene, session, page)
            async with operations_store.writing(console.pool, session.tenant) as connection:
                await ask_for_person(connection, scene, member, form.get("say", ""))
            return "+" + Texts(language_of(request))("asking.called")

        return await pages.answer(request, act)

    base = "/h5/{tenant}/{scene}/{page}/asking"
    return [
        Route(base, asked, methods=["POST"]),
        Route(f"{base}/person", person, methods=["POST"]),
    ]


async def _member(scene: RunningScene, session: H5Session, page: Page) -> Member:
    found = await scene.roster.find(session.party)
    if found is None or page.who not in found.roles:
        raise Unauthenticated("this page is for others", code="h5.expired")
    if scene.pack.parties[page.who].is_a != "person":
        raise Invalid("this page is for others", code="h5.no_page")
    return found


async def _answer_of(
    console: Console, session: H5Session, scene: RunningScene, page: Page, found: Answer
) -> dict[str, object]:
    """What a question that needs nothing more is answered with, at once."""
    if found.to == PERSON:
        return {}
    model = scene.action(found.to).model
    if not model.query or model.on is not None or any(not f.optional for f in model.input.values()):
        return {}
    grant = await grant_of(console.pool, session, found.to)
    actor = Actor(party=session.party, role=page.who, app=APP, grant=grant)
    reply = await console.host.query(Call(session.tenant, scene.ref, found.to, actor, b"{}", None))
    told: dict[str, object] = msgspec.json.decode(reply.body)
    return told
