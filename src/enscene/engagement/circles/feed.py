"""Read from the log where people pay. Every payment counts once: how far a tenant's log has been
counted is written in the transaction that counts it. Of a person nothing counts without the
permission `position` of the scene, and nothing that was paid while there was none. Of a firm what it
was paid counts: its shops are no secret.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.customers import is_granted
from enscene.customers.circles import Paid, Tally, count_payments, lock_circles
from enscene.customers.circles import store as circles
from enscene.customers.circles.cell import EAST_MOST, NORTH_MOST
from enscene.kernel.clock import zone_of
from enscene.scenes.reactions import Event
from enscene.scenes.runtime import RunningScene, SceneHost

CONSENT = "position"
"""The permission of a scene without which no place of a person is kept."""
NORTH, EAST = "lat_e5", "lon_e5"
"""Fields of a thing that say where it is, in hundred-thousandths of a degree."""
FROM_CARDS, TO_SHOPS = ("card", "stored_value"), ("settlement",)
PAYS = ("move", "capture")
STANDS_THERE = ("device", "merchant")
"""Who rings it up where the payer stands; whoever pays by themselves may be anywhere."""


@dataclass(frozen=True, slots=True)
class _Told:
    seq: int
    party: int
    scene: int
    person: bool
    paid: Paid


class FeedCircles:
    """Handles pages of the log."""

    def __init__(self, pool: asyncpg.Pool[Any], host: SceneHost) -> None:
        self._pool = pool
        self._host = host

    async def handle(self, events: Sequence[Event]) -> None:
        """Count what a page tells, tenant by tenant, each at once."""
        told: dict[int, list[_Told]] = defaultdict(list)
        reach: dict[int, int] = {}
        for event in events:
            reach[event.tenant] = event.seq
            if event.scene and _place(event) is not None and event.facts.get("moved"):
                told[event.tenant] += await self._told(event)
        for tenant, payments in told.items():
            if payments:
                await self._keep(tenant, payments, reach[tenant])

    async def _told(self, event: Event) -> list[_Told]:
        # What an application does under a consent says nothing of where the customer is.
        if event.facts.get("grant") is not None:
            return []
        scene = await self._host.catalogue.scene_by_id(event.tenant, event.scene)
        place, local = _place(event), event.at.astimezone(zone_of(scene.zone))
        assert place is not None
        actor = scene.pack.parties.get(event.actor.partition(":")[0])
        there = actor is not None and actor.is_a in STANDS_THERE
        found = []
        for payer, shop, minor in _payments(scene, event):
            paid = Paid(*place, local.date(), local.hour, local.isoweekday(), minor, there)
            for role, is_person in ((payer, True), (shop, False)):
                ref = event.facts.get("parties", {}).get(role)
                member = None if ref is None else await scene.roster.find(ref)
                if member is not None and (member.kind == "person") is is_person:
                    found.append(_Told(event.seq, member.id, event.scene, is_person, paid))
        return found

    async def _keep(self, tenant: int, told: Sequence[_Told], reach: int) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await lock_circles(connection, tenant)
            counted = await circles.move_cursor(connection, tenant, reach)
            fresh = [each for each in told if each.seq > counted]
            pairs = {(each.party, each.scene) for each in fresh if each.person}
            said = await circles.read_said(connection, tenant, pairs, CONSENT) if pairs else {}

            def counts(each: _Told) -> bool:
                if not each.person:
                    return True
                granted, closed, since = said[each.party, each.scene]
                answer = {} if granted is None else {CONSENT: granted}
                return is_granted(answer, CONSENT) and not closed and each.seq > since

            await circles.add_cells(connection, tenant, _sums(filter(counts, fresh)))


def _sums(told: Iterable[_Told]) -> dict[circles.Key, Tally]:
    of: dict[tuple[int, int], list[Paid]] = defaultdict(list)
    for each in told:
        of[each.party, each.scene].append(each.paid)
    return {
        (party, scene, cell, day): tally
        for (party, scene), payments in of.items()
        for (cell, day), tally in count_payments(payments).items()
    }


def _place(event: Event) -> tuple[int, int] | None:
    """North and east of the thing that the event is about, where it has a place."""
    fields = (event.facts.get("thing") or {}).get("fields", {})
    north, east = fields.get(NORTH), fields.get(EAST)
    if type(north) is not int or type(east) is not int:
        return None
    fits = -NORTH_MOST <= north <= NORTH_MOST and -EAST_MOST <= east <= EAST_MOST
    return (north, east) if fits else None


def _payments(scene: RunningScene, event: Event) -> Iterable[tuple[str, str, int]]:
    """Roles of who paid and who was paid, and the amount: flows from a card to a merchant's takings."""
    for moved in event.facts["moved"]:
        flow = scene.pack.flows.get(moved["flow"])
        if flow is None or moved["how"] not in PAYS or moved["minor"] <= 0:
            continue
        payer = _owner(scene, (leg.account for leg in flow.sources), FROM_CARDS)
        shop = _owner(scene, (leg.account for leg in flow.targets), TO_SHOPS)
        if payer is not None and shop is not None:
            yield payer, shop, moved["minor"]


def _owner(scene: RunningScene, accounts: Iterable[str], uses: tuple[str, ...]) -> str | None:
    for name in accounts:
        account = scene.pack.accounts[name]
        if account.role in uses:
            return account.of
    return None
