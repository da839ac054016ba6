"""Where what a contract was opened with ends in its scene (a claimed policy, a mandate that was
taken back), the contract ends too. Reads the log after the fact; done twice it ends nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.engagement import store
from enscene.kernel.errors import Conflict
from enscene.scenes.reactions import Event
from enscene.scenes.runtime import RunningScene, SceneHost

ENDED_BY_SCENE = "clock:end_contracts"
"""Who closes such a contract: nobody has given it up."""


class EndContracts:
    """Handles pages of the log."""

    def __init__(self, pool: asyncpg.Pool[Any], host: SceneHost) -> None:
        self._pool = pool
        self._host = host

    async def handle(self, events: Sequence[Event]) -> None:
        """End the contracts of things that have ended."""
        for event in events:
            thing = event.facts.get("thing")
            if not event.scene or thing is None:
                continue
            scene = await self._host.catalogue.scene_by_id(event.tenant, event.scene)
            products = _tied(scene, thing["type"], thing["state"])
            if products:
                await self._end(event, thing, products, _named(scene, event, thing))

    async def _end(
        self, event: Event, thing: dict[str, Any], products: list[str], refs: list[str]
    ) -> None:
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [event.tenant])
            found = await store.read_opened_with(
                connection, event.tenant, event.scene, products, refs, thing["type"], thing["key"]
            )
        for contract in found:
            try:
                await self._host.contracts.close(
                    event.tenant, contract, once=None, actor=ENDED_BY_SCENE
                )
            except Conflict:
                continue  # the customer was first


def _named(scene: RunningScene, event: Event, thing: dict[str, Any]) -> list[str]:
    """The parties of the event, and those that the thing names."""
    fields = scene.pack.things[thing["type"]].fields.values()
    named = [thing["fields"].get(f.name) for f in fields if f.type.name == "party"]
    found = [*event.facts.get("parties", {}).values(), *named]
    return [each for each in found if isinstance(each, str)]


def _tied(scene: RunningScene, kind: str, state: str) -> list[str]:
    """The shelf's products whose contracts end with a thing of this kind in this state."""
    pack = scene.pack
    model = pack.things.get(kind)
    if model is None or state not in model.states or not model.states[state].ends:
        return []
    return [
        product.shelf
        for product in pack.products.values()
        if any((on := pack.actions[name].on) and on.thing == kind for name in product.ended_by)
    ]
