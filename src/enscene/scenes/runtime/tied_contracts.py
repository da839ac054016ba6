"""Contracts that a scene opens itself are tied to what they were opened with: a cover to the policy
of the scene, a mandate to its order. What ends the one ends the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from enscene.kernel.errors import Refused
from enscene.scenes.language.model import Action
from enscene.scenes.runtime._catalogue import Catalogue
from enscene.scenes.runtime._resolve import ThingReader
from enscene.scenes.runtime.call import Actor, Call, Reply
from enscene.scenes.runtime.compiled import RunningScene
from enscene.shelf.contracts import Waits

APP = "bank"
SYSTEM = ("clock", "trigger")
Perform = Callable[[Call], Awaitable[Reply]]
Moves = Callable[[Call, int], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class _Tie:
    """The thing that a contract was opened with, as the scene has it now."""

    scene: RunningScene
    kind: str
    key: str
    state: str | None


class TiedContracts:
    """What the packs say of it: `keeps_open` and `ended_by` of a mounted product. A contract is a
    row with `scene`, `product` (of the shelf), `customer_ref` and `opened_with`."""

    def __init__(
        self, catalogue: Catalogue, reader: ThingReader, perform: Perform, moves: Moves
    ) -> None:
        self._catalogue = catalogue
        self._reader = reader
        self._perform = perform
        self._moves = moves

    async def waits_for(self, tenant: int, contract: Any) -> Waits | None:
        """The thing, if there are states of it that keep the contract open."""
        tie = await self._tie(tenant, contract)
        if tie is None:
            return None
        states = frozenset(
            state
            for product in tie.scene.pack.products.values()
            if product.shelf == contract["product"]
            for kind, state in product.keeps_open
            if kind == tie.kind
        )
        if not states:
            return None
        return Waits(("thing", (tenant, tie.scene.id, tie.kind, tie.key)), states, tie.state)

    async def end(self, tenant: int, contract: Any, key: str) -> bool:
        """Do the scene's own action that ends the thing, once for the key; False where there is
        none to do. Raises: Refused, Conflict: then nothing has ended."""
        call = await self._ender(tenant, contract, key)
        if call is None:
            return False
        reply = await self._perform(call)
        if reply.refused:
            told = msgspec.json.decode(reply.body)
            raise Refused(str(told.get("detail", "")), code=str(told.get("code", "scene.refused")))
        return True

    async def gives_back(self, tenant: int, contract: Any) -> int:
        """What the customer would get by it now, minor units; below zero what it would cost."""
        call = await self._ender(tenant, contract, "look")
        return 0 if call is None else await self._moves(call, contract["customer"])

    async def _tie(self, tenant: int, contract: Any) -> _Tie | None:
        thing = contract["opened_with"]
        if not contract["scene"] or not thing:
            return None
        known = await self._catalogue.scene_by_id(tenant, contract["scene"])
        scene = await self._catalogue.read(tenant, known.ref)  # whether it is retired by now
        if thing["type"] not in scene.pack.things:
            return None
        found = await self._reader.find((tenant, scene.id, thing["type"], thing["key"]))
        return _Tie(scene, thing["type"], thing["key"], None if found is None else found.state)

    async def _ender(self, tenant: int, contract: Any, key: str) -> Call | None:
        tie = await self._tie(tenant, contract)
        if tie is None or tie.state is None or tie.scene.state == "retired":
            return None  # a retired scene holds no money and does nothing more
        pack = tie.scene.pack
        for product in pack.products.values():
            if product.shelf != contract["product"]:
                continue
            for name in product.ended_by:
                action = pack.actions[name]
                on = action.on
                if on is None or on.thing != tie.kind or tie.state not in on.states:
                    continue
                actor = await self._actor(tie.scene, action, contract["customer_ref"])
                given = {pack.things[tie.kind].key: tie.key}
                return Call(tenant, tie.scene.ref, name, actor, given, f"close:{key}")
        return None

    async def _actor(self, scene: RunningScene, action: Action, customer: str) -> Actor:
        """The customer in a role that may, else the system where the pack lets it."""
        member = await scene.roster.find(customer)
        role = next((r for r in action.by if member is not None and r in member.roles), None)
        if role is not None:
            return Actor(customer, role, APP)
        return Actor(None, next((r for r in action.by if r in SYSTEM), SYSTEM[0]), APP)
