"""The entries of the ledger behind a figure of a scene's account, or of what is of no scene."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from enscene.kernel.errors import Invalid, NotFound
from enscene.operations import SceneCard, list_scenes
from enscene.operations.scene_account import (
    BY_NAME,
    Entry,
    Place,
    parse_entry_day,
    read_day_figure,
    read_entries,
    wanted,
)
from enscene.scenes.language import Pack
from enscene.web.console import STAFF, Console, Visit, member

UNALLOCATED = "0"
"""What stands in the path for no scene; a scene's ref begins with a letter."""
PAGE = 50


def routes(console: Console) -> list[Route]:
    """The route of this page."""
    at = "/scene-account/{ref}/entries"
    return [Route(at, member(console, show, *STAFF), methods=["GET"])]


async def show(visit: Visit) -> Response:
    """A page of the entries of a day. Raises: NotFound, Invalid (`day`, `class`, `line`, `after`)."""
    pool, tenant = visit.console.pool, visit.tenant
    ref = visit.path("ref")
    cards = {card.id: card for card in await list_scenes(pool, tenant)}
    card = next((each for each in cards.values() if each.ref == ref), None)
    if card is None and ref != UNALLOCATED:
        raise NotFound("there is no such scene", code="scene.not_found")
    pack = None
    if card is not None:
        pack = (await visit.console.host.catalogue.read(tenant, ref)).pack
    day = parse_entry_day(visit.ask("day"))
    want = wanted(visit.ask("class"), visit.ask("line"))
    clock = await visit.read_clock()
    currency = visit.ask("currency") or (pack.currency if pack else clock["currency"])
    scene = card.id if card else 0
    found = await read_entries(
        pool, tenant, scene, day, want, currency, clock["zone"], after=_place(visit), limit=PAGE
    )
    one = timedelta(days=1)
    return visit.page(
        "scene_account_entries.html", card=card, day=day, before=day - one, next_day=day + one,
        want=want, currency=currency, zone=clock["zone"], found=found,
        figure=await read_day_figure(pool, tenant, scene, day, want, currency),
        by="line" if visit.ask("line") else "class",
        at_end=visit.ask("line") in BY_NAME and BY_NAME[visit.ask("line")].at_end,
        rows=[_row(visit, each, card, pack, cards) for each in found.entries],
        more=_packed(found.entries[-1].place) if found.more else None, later=bool(visit.ask("after")),
    )  # fmt: skip


def _row(
    visit: Visit, entry: Entry, card: SceneCard | None, pack: Pack | None,
    cards: dict[int, SceneCard],
) -> dict[str, Any]:  # fmt: skip
    """An entry in words, with where its event stands."""
    account, statement = entry.account, None
    own = card is not None and entry.account_scene == card.id
    if card and own and pack is not None and entry.account in pack.accounts:
        account = visit.word(pack, f"accounts.{entry.account}")
        if entry.party:
            statement = f"/scenes/{card.ref}/accounts/{entry.account}/{entry.party}"
    what = entry.what
    if pack is not None and entry.contract is None and entry.what in pack.flows:
        what = visit.word(pack, f"flows.{entry.what}")
    event_at = cards.get(entry.event_scene)
    unit = None
    if event_at is not None and entry.contract is None:
        unit = f"/scenes/{event_at.ref}/units/{entry.seq}"
    return {"entry": entry, "account": account, "what": what, "unit": unit, "statement": statement}


def _packed(place: Place) -> str:
    return "~".join(str(each) for each in place.packed())


def _place(visit: Visit) -> Place | None:
    """Raises: Invalid."""
    asked = visit.ask("after")
    if not asked:
        return None
    try:
        return Place.unpacked(asked.split("~"))
    except ValueError:
        raise Invalid("not a place in this list", code="cursor.bad", param="after") from None
