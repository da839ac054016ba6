"""Leave a scene with one key: every product of it closed, every permission withdrawn."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from enscene.commit import Once
from enscene.engagement import say_consent
from enscene.kernel.errors import EnsceneError, NotFound, Refused
from enscene.shelf.contracts import Held
from enscene.web.bank_visit import BankVisit, customer
from enscene.web.console import Console, new_secret
from enscene.web.interest_saved import saving_of
from enscene.web.my_scenes import SceneShelf, read_my_scenes
from enscene.web.pages.bank import CURRENCY
from enscene.web.render import money
from enscene.web.scene_purse import empty_purse


@dataclass(frozen=True, slots=True)
class Leaving:
    """What leaving does to one product."""

    name: str
    pays: str
    saves: str
    gets: str
    blocked: str


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    path = "/bank/{tenant}/scenes/{scene}/leave"
    return [
        Route(path, customer(console, preview), methods=["GET"]),
        Route(path, customer(console, leave), methods=["POST"]),
    ]


async def _shelf(visit: BankVisit) -> SceneShelf:
    """What the customer has in the scene of the path. Raises: NotFound."""
    mine = await read_my_scenes(
        visit.console, visit.tenant.id, visit.party, visit.customer, visit.t, CURRENCY
    )
    found = next((scene for scene in mine.scenes if scene.ref == visit.path("scene")), None)
    if found is None:
        raise NotFound("there is no such scene", code="scene.not_found")
    return found


def _open(shelf: SceneShelf) -> list[Held]:
    return [card.held for card in shelf.contracts if card.held.state == "open"]


def _saved(held: Held) -> str:
    """The interest that closing it today saves, or ""."""
    saving = saving_of(held)
    return money(saving.saved, held.currency) if saving and saving.saved > 0 else ""


async def preview(visit: BankVisit) -> Response:
    """What leaving would mean, before it is done."""
    return await _page(visit, await _shelf(visit))


def _line(visit: BankVisit, name: str, held: Held) -> Leaving:
    closing = held.closing
    return Leaving(
        name,
        money(closing.pays, held.currency) if closing.pays else "",
        _saved(held),
        money(closing.gets, held.currency) if closing.gets else "",
        visit.t.problem(closing.blocked, {}, closing.blocked) if closing.blocked else "",
    )


async def _page(visit: BankVisit, shelf: SceneShelf, status: int = 200) -> Response:
    lines = [
        _line(
            visit,
            card.name,
            await visit.console.host.contracts.closing(visit.tenant.id, card.held.id),
        )
        for card in shelf.contracts
        if card.held.state == "open"
    ]
    permissions = [title for _, title, on in shelf.permissions if on]
    return await visit.page(
        "bank_leave.html",
        status,
        shelf=shelf,
        lines=lines,
        permissions=permissions,
        key=new_secret(),
    )


async def leave(visit: BankVisit) -> Response:
    """Close and withdraw. What cannot be closed is said, and stays; the rest is done, and done
    once for the form."""
    shelf = await _shelf(visit)
    key = visit.form.get("key", "")[:40]
    failed: EnsceneError | None = None
    for held in _open(shelf):
        once = Once.of("bank", f"leave/{held.id}", key, request=str(held.id).encode())
        try:
            answer = await visit.console.host.contracts.close(
                visit.tenant.id, held.id, once=once, actor=f"customer:{visit.party}",
                customer=visit.customer,
            )  # fmt: skip
        except EnsceneError as error:
            failed = error
            continue
        if answer.refused:
            told = msgspec.json.decode(answer.body)
            failed = Refused(str(told.get("detail", "")), code=str(told.get("code", "")))
    scene = await visit.console.host.catalogue.scene(visit.tenant.id, shelf.ref)
    for purse, _, _ in (await _shelf(visit)).purses:
        # What closing the products has brought back is there by now, too.
        if purse.way_out is not None:
            try:
                await empty_purse(
                    visit.console.host, scene, visit.party, purse, f"leave:{key}:{purse.account}"
                )
            except EnsceneError as error:
                failed = error
    async with visit.writing() as connection:
        for item, _, on in shelf.permissions:
            if on:
                await say_consent(
                    connection, visit.tenant.id, scene.id, visit.party, item, granted=False
                )
    if failed is not None:
        visit.tell(failed)
        return await _page(visit, await _shelf(visit), 422)
    return visit.go("")
