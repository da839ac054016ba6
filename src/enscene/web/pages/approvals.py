"""What waits for a second person."""

from __future__ import annotations

from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.benefits import list_pool_orders
from enscene.operations import approve_launch, list_launches, list_scenes, return_launch
from enscene.operations import store as operations_store
from enscene.operations.baselines import count_waiting as count_baselines
from enscene.operations.board import store as board_store
from enscene.operations.copying import family_of, list_offers
from enscene.operations.incentives import count_waiting
from enscene.operations.move_scene import PILOTED_BY
from enscene.shelf.pricing.set_price import list_set_prices
from enscene.web.console import Console, Visit, member
from enscene.web.pages.board import pages_of
from enscene.web.pages.launch import launch_id
from enscene.work import list_exports

OTHERS = ("plans", "gates", "criteria", "outlays", "campaigns", "rules")
"""What waits for a second person and is decided on pages of its own."""


def routes(console: Console) -> list[Route]:
    """The routes of this page."""

    async def show(visit: Visit) -> Response:
        launches = await list_launches(console.pool, visit.tenant)
        async with operations_store.reading(console.pool, visit.tenant) as connection:
            todo = await board_store.read_todo(connection, [visit.tenant])
            exports = await list_exports(connection, visit.tenant)
            orders = await list_pool_orders(connection, visit.tenant)
        offers = await list_offers(console.pool, await family_of(console.pool, visit.tenant))
        return visit.page(
            "approvals.html",
            waiting=[launch for launch in launches if launch.state == "submitted"],
            pilots=[
                card
                for card in await list_scenes(console.pool, visit.tenant)
                if card.state == "pilot" and card.profile.get(PILOTED_BY)
            ],
            decided=[launch for launch in launches if launch.decided_at is not None][:50],
            prices=len(await list_set_prices(console.pool, visit.tenant, state="asked")),
            pool_orders=sum(each.state == "proposed" for each in orders),
            exports=sum(each.state == "asked" for each in exports),
            copies=sum(each.state == "asked" for each in offers),
            baselines=await count_baselines(console.pool, visit.tenant),
            incentives=await count_waiting(console.pool, visit.tenant),
            others=[(row, pages_of(visit, row["what"], row["at"]))
                    for row in todo if row["what"] in OTHERS],
            packs=(await console.templates()).packs,
            clock=await visit.read_clock(),
        )  # fmt: skip

    async def approve(visit: Visit) -> Response:
        templates = await console.templates()
        ref = await approve_launch(
            console.pool, visit.tenant, templates, launch_id(visit), visit.who
        )
        return visit.go(f"/scenes/{ref}")

    async def give_back(visit: Visit) -> Response:
        await return_launch(
            console.pool, visit.tenant, launch_id(visit), visit.who, visit.field("note")
        )
        return visit.go("/approvals")

    return [
        Route("/approvals", member(console, show), methods=["GET"]),
        Route("/launches/{launch}/approve", member(console, approve, "approver"), methods=["POST"]),
        Route(
            "/launches/{launch}/return", member(console, give_back, "approver"), methods=["POST"]
        ),
    ]
