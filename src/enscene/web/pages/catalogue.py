"""The catalogue: what can be launched, and what runs."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response
from starlette.routing import Route

from enscene.operations import list_launches, list_scenes
from enscene.scenes.language.report import proofs_text, tier_of
from enscene.web.console import EVERYBODY, STAFF, Console, Visit, member
from enscene.web.money_map import draw_flows
from enscene.web.pages.own import show_own

STATES = ("live", "pilot", "sandbox", "suspended", "draft", "retired")


def routes(console: Console) -> list[Route]:
    """The routes of this page."""

    async def show(visit: Visit) -> Response:
        if visit.session.allows("operator") and not visit.session.allows(*STAFF):
            return visit.go("/operator")
        if visit.session.allows("manager") and not visit.session.allows(*STAFF):
            return visit.go("/workbench")
        if visit.session.allows("admin") and not visit.session.allows(*STAFF):
            return visit.go("/institution/people")
        if not visit.session.allows(*STAFF):
            return await show_own(visit)
        templates = await console.templates()
        cards = await list_scenes(console.pool, visit.tenant)
        wanted, state = visit.ask("q").casefold(), visit.ask("state")
        sector, serves = visit.ask("sector"), visit.ask("serves")
        used = Counter(card.pack for card in cards if card.state != "retired")
        packs = {
            pack.id: pack
            for pack in templates.packs.values()
            if (not sector or pack.sector == sector)
            and (not serves or serves in pack.serves)
            and _found(wanted, pack.id, visit.word(pack, "title"), visit.word(pack, "summary"))
        }
        shown = [
            card
            for card in cards
            if (not state or card.state == state)
            and (not (sector or serves) or card.pack in packs)
            and _found(wanted, card.ref, card.name, card.pack, str(card.profile.get("region", "")))
        ]
        drafts = await list_launches(console.pool, visit.tenant, states=("draft", "returned"))
        clock = await visit.read_clock()
        return visit.page(
            "catalogue.html",
            packs=packs,
            all_packs=templates.packs,
            broken=templates.broken,
            cards=shown,
            used=used,
            tier_of=tier_of,
            states=[(name, sum(card.state == name for card in cards)) for name in STATES],
            sectors=sorted({pack.sector for pack in templates.packs.values()}),
            asked={"q": visit.ask("q"), "state": state, "sector": sector, "serves": serves},
            drafts=[launch for launch in drafts if launch.chosen_by == visit.who],
            clock=clock,
        )

    async def template(visit: Visit) -> Response:
        pack = (await console.templates()).get(visit.path("pack"))
        return visit.page(
            "template.html",
            pack=pack,
            proofs=proofs_text(pack, visit.language).splitlines(),
            map=draw_flows(pack, visit.language),
            tier=tier_of(pack),
        )

    return [
        Route("/", member(console, show, *EVERYBODY), methods=["GET"]),
        Route("/templates/{pack}", member(console, template), methods=["GET"]),
    ]


def _found(wanted: str, *texts: str) -> bool:
    return not wanted or any(wanted in text.casefold() for text in texts)
