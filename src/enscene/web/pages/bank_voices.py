"""Tell us, in the mobile bank: what a customer says, and what the bank answered."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import EnsceneError, Invalid
from enscene.operations.planning import rules_in_force
from enscene.operations.voices import SAID, Asked, Words, list_voices, tell_voice
from enscene.web.bank_visit import BankVisit, customer
from enscene.web.console import Console
from enscene.web.my_scenes import read_my_scenes
from enscene.web.pages.bank import CURRENCY

FIELDS = ("kind", "scene", "says")
SHOWN = 50


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    path = "/bank/{tenant}/voices"
    return [
        Route(path, customer(console, show), methods=["GET"]),
        Route(path, customer(console, tell), methods=["POST"]),
    ]


async def _scenes(visit: BankVisit) -> list[tuple[str, str]]:
    mine = await read_my_scenes(
        visit.console, visit.tenant.id, visit.party, visit.customer, visit.t, CURRENCY
    )
    return [(each.ref, each.name) for each in mine.scenes]


async def show(visit: BankVisit) -> Response:
    """What was told before, with its answers, and a form."""
    return await _page(visit)


async def _page(visit: BankVisit, status: int = 200) -> Response:
    pool, tenant = visit.console.pool, visit.tenant.id
    return await visit.page(
        "bank_voices.html", status,
        told=await list_voices(pool, tenant, Asked(customer=visit.party), SHOWN),
        kinds=SAID, scenes=await _scenes(visit),
        days=(await rules_in_force(pool, tenant)).rules.answer_days,
        typed={name: visit.form.get(name, "") if status != 200 else "" for name in FIELDS},
    )  # fmt: skip


async def tell(visit: BankVisit) -> Response:
    """Tell something, of the bank or of a scene that one is in."""
    kind, scene, says = (visit.form.get(name, "") for name in FIELDS)
    try:
        if scene and scene not in dict(await _scenes(visit)):
            raise Invalid("one of your scenes", code="voice.scene", param="scene")
        words = Words(kind, says, "customer", scene or None, customer=visit.party)
        await tell_voice(visit.console.pool, visit.tenant.id, words, visit.party)
    except EnsceneError as error:
        visit.tell(error)
        return await _page(visit, 422)
    return visit.go("/voices")
