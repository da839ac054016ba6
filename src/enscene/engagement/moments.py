"""Decide at moments that come after an action: rules alone, every decision with its eight rights and
its reasons. Those that wait for a pattern are the engine's (`running`).

Reads the log after the fact, so service always comes first and nothing is offered for what did
not happen. A decision is keyed by its event: handling a page twice decides once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid5

import asyncpg

from enscene.commit import admit
from enscene.customers import is_granted
from enscene.engagement import store
from enscene.engagement.contact_log import (
    hold_customer,
    log_contacts,
    read_contacts,
    read_decided_rules,
)
from enscene.engagement.decisions import ContactPolicy
from enscene.engagement.look_at import Looked, look_at, reads_customer
from enscene.engagement.pack_choice import Choice, channel_for, policy_of_packs, rights_of
from enscene.kernel.clock import micros_of, moment_of
from enscene.kernel.expressions import ExpressionError
from enscene.scenes.language.model import Moment
from enscene.scenes.reactions import Event, event_roots
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.scenes.runtime.roster import Member
from enscene.tenants.apps.store import read_grant

_SPACE = UUID("5d7c8f6e-31f5-4f0c-9a4d-6a1d5f0b7c11")
CONSENT = "recommendations"
ACROSS = "holdings"
"""What a customer allows for their products of other scenes to be looked at."""


async def _still_granted(connection: store.Connection, event: Event) -> bool:
    grant = event.facts.get("grant")
    return grant is None or await read_grant(connection, event.tenant, grant) is not None


def subjects_of(facts: Mapping[str, Any]) -> list[str]:
    """What an event is about: the key of its thing, and the texts of its input."""
    texts = [value for value in facts.get("input", {}).values() if isinstance(value, str)]
    thing = facts.get("thing")
    return [*texts, thing["key"]] if thing else texts


class Moments:
    """Handles pages of the log."""

    def __init__(self, pool: asyncpg.Pool[Any], host: SceneHost) -> None:
        self._pool = pool
        self._host = host
        self.failures = 0

    async def handle(self, events: Sequence[Event]) -> None:
        """Decide for every event that is somebody's moment."""
        found: list[tuple[Event, RunningScene, list[Moment]]] = []
        for event in events:
            if not event.scene or event.action.startswith(("scene.", "roster.")):
                continue
            scene = await self._host.catalogue.scene_by_id(event.tenant, event.scene)
            moments = [m for m in scene.pack.moments.values() if m.after == event.action]
            if moments or event.facts.get("contracts"):
                found.append((event, scene, moments))
        if not found:
            return
        looked = await look_at(
            self._pool, [(event, scene, m) for event, scene, held in found for m in held]
        )
        policies = await self._policies(found)
        said: dict[int, list[UUID]] = {}
        for event, scene, moments in found:
            holding = [m for m in moments if self._may_hold(scene, event, m, looked)]
            opened = event.facts.get("contracts")
            if not holding and not opened:
                continue
            async with self._pool.acquire() as connection, connection.transaction():
                await admit(connection, [event.tenant])
                if opened:
                    await self._take(connection, scene, event, opened)
                policy = policies.get(event.tenant)
                for moment in holding:
                    await self._decide(connection, scene, event, moment, looked, policy)
                    if policy is not None:
                        said.setdefault(event.tenant, []).append(_key(event, moment))
        for tenant, decisions in said.items():
            async with self._pool.acquire() as connection, connection.transaction():
                await admit(connection, [tenant])
                await log_contacts(connection, tenant, decisions)

    async def _policies(
        self, found: Sequence[tuple[Event, RunningScene, list[Moment]]]
    ) -> dict[int, ContactPolicy]:
        """The rules of contact of those tenants who have decided on some."""
        zones = {scene.tenant: scene.zone for _, scene, held in found if held}
        if not zones:
            return {}
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, zones)
            rules = await read_decided_rules(connection, zones)
        return {tenant: policy_of_packs(rules[tenant], zones[tenant]) for tenant in rules}

    def _may_hold(self, scene: RunningScene, event: Event, moment: Moment, looked: Looked) -> bool:
        """Whether its condition holds, as far as it asks for nothing of the customer: most do not,
        and cost no transaction."""
        if moment.condition is None or reads_customer(moment):
            return True
        roots = event_roots(scene, event) | looked.get((event.seq, moment.name), {})
        return self._holds(moment, roots)

    def _holds(self, moment: Moment, roots: Mapping[str, Any]) -> bool:
        assert moment.condition is not None
        compiled = moment.condition.compiled
        assert compiled is not None
        try:
            return bool(compiled.function(*(roots.get(name) for name in compiled.roots)))
        except ExpressionError:
            self.failures += 1  # an expression that errs never fires: it counts, and shows
            return False

    async def _take(
        self,
        connection: store.Connection,
        scene: RunningScene,
        event: Event,
        opened: list[str],
    ) -> None:
        """Of the open offers of a product the newest that is about the same thing was taken."""
        names = {p.shelf: p.name for p in scene.pack.products.values() if p.shelf in opened}
        for ref in event.facts.get("parties", {}).values():
            member = await scene.roster.find(ref)
            if member is None or member.kind != "person":
                continue
            contracts = await store.read_opened(connection, event.tenant, member.id, event.seq)
            # An offer of a campaign has the name of the shelf.
            called = list({*names.values(), *names})
            offers = await store.read_open_offers(
                connection, event.tenant, event.scene, member.id, called, event.seq
            )
            for shelf, about in contracts:
                for offer in offers:
                    fits = not about or about in subjects_of(offer["facts"])
                    if fits and offer["product"] in (names.get(shelf), shelf):
                        await store.take_offer(connection, event.tenant, offer["id"])
                        break

    async def _decide(
        self, connection: store.Connection, scene: RunningScene, event: Event, moment: Moment,
        looked: Looked, policy: ContactPolicy | None,
    ) -> None:  # fmt: skip
        ref = event.facts.get("parties", {}).get(moment.who)
        customer = None if ref is None else await scene.roster.find(ref)
        if customer is None:
            return
        held: list[tuple[str, str]] = []
        one = [customer.id]
        if policy is None:
            await store.share_party(connection, scene.tenant, customer.id)
        else:
            one = await hold_customer(connection, scene.tenant, customer.id)
        if reads_customer(moment):
            roots = event_roots(scene, event)
            held = await self._holdings(connection, scene, customer)
            roots.setdefault("customer", SimpleNamespace(
                products=tuple(product for product, _ in held),
                scenes=tuple(dict.fromkeys(ref for _, ref in held)),
            ))  # fmt: skip
            if not self._holds(moment, roots | looked.get((event.seq, moment.name), {})):
                return
        choice = await self._choose(connection, scene, event, moment, customer)
        if policy is not None and choice.product is not None:
            contacts = await read_contacts(connection, scene.tenant, one)
            choice.within(channel_for(moment, contacts, policy, micros_of(event.at)))
        record = self._record(scene, event, moment, customer, choice, counts=policy is not None)
        elsewhere = [{"product": p, "scene": ref} for p, ref in held if ref != scene.ref]
        if elsewhere:
            # What is sold here because of what is held from there is there's merit too.
            record[8]["because_of"] = elsewhere
        await store.insert_decision(connection, record)

    async def _holdings(
        self, connection: store.Connection, scene: RunningScene, customer: Member
    ) -> list[tuple[str, str]]:
        said = await store.read_consents(connection, scene.tenant, scene.id, customer.id)
        only = None if is_granted(said, ACROSS) else scene.id
        return await store.read_holdings(connection, scene.tenant, customer.id, only)

    async def _choose(
        self,
        connection: store.Connection,
        scene: RunningScene,
        event: Event,
        moment: Moment,
        customer: Member,
    ) -> Choice:
        choice = Choice()
        where = (scene.tenant, scene.id)
        said = await store.read_consents(connection, *where, customer.id)
        # What an application has brought about is no reason to speak once its consent is gone.
        if not is_granted(said, CONSENT) or not await _still_granted(connection, event):
            choice.suppressed = dict.fromkeys(moment.offer, "consent")
            return choice
        has = await store.open_products(
            connection, scene.tenant, customer.id, subjects_of(event.facts)
        )
        for product in moment.offer:
            if scene.pack.products[product].shelf in has:
                choice.suppressed[product] = "has_it"
            else:
                choice.eligible.append(product)
        if choice.eligible and moment.times is not None and moment.within is not None:
            since = event.at - moment.within
            given = await store.count_offers(connection, *where, moment.name, customer.id, since)
            if given >= moment.times:
                choice.none("at_most")
                return choice
        choice.first()
        return choice

    def _record(
        self,
        scene: RunningScene,
        event: Event,
        moment: Moment,
        customer: Member,
        choice: Choice,
        *,
        counts: bool,
    ) -> tuple[Any, ...]:
        again = None if choice.again_us is None else moment_of(choice.again_us)
        rights = rights_of(
            scene, moment, customer.ref, event.at, choice, again=again, counts=counts
        )
        if "contact" in rights:
            rights["unlogged"] = True
        return (
            event.tenant, _key(event, moment), event.scene, moment.name, customer.id, event.seq,
            event.at, choice.product, rights, "offered" if choice.product else "none",
        )  # fmt: skip


def _key(event: Event, moment: Moment) -> UUID:
    """The same decision, however often its event is read."""
    return uuid5(_SPACE, f"{event.shard}:{event.seq}:{moment.name}")
