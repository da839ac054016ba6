"""Apply for an offered product inside the page of a scene."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import NotFound
from enscene.scenes.language.model import Page
from enscene.scenes.runtime import RunningScene
from enscene.web.console import Console, read_form
from enscene.web.h5_apply import ApplySteps
from enscene.web.h5_token import H5Session
from enscene.web.language import Texts
from enscene.web.pages.h5 import H5, grant_of, language_of


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    pages = H5(console)
    steps = ApplySteps(console.pool, console.host)

    async def apply(request: Request) -> Response:
        """One step of an application, as the person of the token."""

        async def act(session: H5Session, scene: RunningScene, page: Page) -> str:
            member = await scene.roster.find(session.party)
            if member is None or page.who not in member.roles:
                raise NotFound("there is no such page", code="h5.no_page")
            form = dict(await read_form(request))
            t = Texts(language_of(request))
            name = request.path_params["step"]
            if name == "begin":
                grant = await grant_of(console.pool, session, "applications.write")
                return await steps.begin(scene, member, form, t, grant)
            return await steps.step(name, scene, member, form, t)

        return await pages.answer(request, act)

    path = "/h5/{tenant}/{scene}/{page}/apply/{step}"
    return [Route(path, apply, methods=["POST"])]
