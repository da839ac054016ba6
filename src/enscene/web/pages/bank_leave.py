"""Leave a scene with one key: every product of it closed, every permission withdrawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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


@dataclass(frozen=True, slots=True)
class Sums:
    """In one currency, in words: what all of it takes, what comes back first, what is on the
    customer's account, and what is missing ("" where nothing is)."""

    takes: str
    brings: str
    has: str
    short: str


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


async def _closings(visit: BankVisit, shelf: SceneShelf) -> list[tuple[str, Held]]:
    """The open products by name, with what closing each would move."""
    closing = visit.console.host.contracts.closing
    return [
        (card.name, await closing(visit.tenant.id, card.held.id))
        for card in shelf.contracts
        if card.held.state == "open"
    ]


async def _sums(visit: BankVisit, found: Sequence[tuple[str, Held]]) -> list[Sums]:
    """Of every currency in which something is to be paid."""
    takes: Counter[str] = Counter()
    brings: Counter[str] = Counter()
    for _, held in found:
        if not held.closing.blocked:
            takes[held.currency] += held.closing.pays
            if held.told:  # what a scene gives back goes to the scene's own account
                brings[held.currency] += held.closing.gets
    sums = []
    for currency, minor in takes.items():
        if not minor:
            continue
        has = await visit.console.host.contracts.balance(visit.tenant.id, visit.customer, currency)
        back = brings[currency]
        short = max(0, minor - has - back)
        sums.append(Sums(
            money(minor, currency), money(back, currency) if back else "",
            money(has, currency), money(short, currency) if short else "",
        ))  # fmt: skip
    return sums


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


async def _page(
    visit: BankVisit, shelf: SceneShelf, status: int = 200, remains: Sequence[str] = ()
) -> Response:
    """`remains` are names of what could have been closed, and was not."""
    found = await _closings(visit, shelf)
    permissions = [title for _, title, on in shelf.permissions if on]
    return await visit.page(
        "bank_leave.html",
        status,
        shelf=shelf,
        lines=[_line(visit, name, held) for name, held in found],
        sums=await _sums(visit, found),
        remains=remains,
        permissions=permissions,
        key=new_secret(),
    )


async def leave(visit: BankVisit) -> Response:
    """Close and withdraw, once for the form; nothing where money is missing. What cannot be closed
    is said, and stays. Where something that could be closed was not, the permissions stay too."""
    shelf = await _shelf(visit)
    found = await _closings(visit, shelf)
    if any(sums.short for sums in await _sums(visit, found)):
        return await _page(visit, shelf, 422)
    key = visit.form.get("key", "")[:40]
    failed: EnsceneError | None = None
    remains: list[str] = []
    # What brings money comes before what takes it.
    for name, held in sorted(found, key=lambda each: each[1].closing.pays > 0):
        error = await _close(visit, held, key)
        if error is not None:
            failed = error
            if not held.closing.blocked:
                remains.append(name)
    scene = await visit.console.host.catalogue.scene(visit.tenant.id, shelf.ref)
    for purse, title, _ in (await _shelf(visit)).purses:
        # What closing the products has brought back is there by now, too.
        if purse.way_out is not None:
            try:
                await empty_purse(
                    visit.console.host, scene, visit.party, purse, f"leave:{key}:{purse.account}"
                )
            except EnsceneError as error:
                failed = error
                remains.append(title)
    if not remains:
        await _withdraw(visit, shelf, scene.id)
    if failed is not None:
        visit.tell(failed)
        return await _page(visit, await _shelf(visit), 422, remains)
    return visit.go("")


async def _close(visit: BankVisit, held: Held, key: str) -> EnsceneError | None:
    """Close one product; why it was not."""
    once = Once.of("bank", f"leave/{held.id}", key, request=str(held.id).encode())
    try:
        answer = await visit.console.host.contracts.close(
            visit.tenant.id, held.id, once=once, actor=f"customer:{visit.party}",
            customer=visit.customer,
        )  # fmt: skip
    except EnsceneError as error:
        return error
    if answer.refused:
        told = msgspec.json.decode(answer.body)
        return Refused(str(told.get("detail", "")), code=str(told.get("code", "")))
    return None


async def _withdraw(visit: BankVisit, shelf: SceneShelf, scene: int) -> None:
    async with visit.writing() as connection:
        for item, _, on in shelf.permissions:
            if on:
                await say_consent(
                    connection, visit.tenant.id, scene, visit.party, item, granted=False
                )
