"""Contracts that cannot be closed yet, since what they were opened with waits for a decision."""

from __future__ import annotations

from typing import Any

from enscene.scenes.runtime._catalogue import Catalogue
from enscene.scenes.runtime._resolve import ThingReader
from enscene.shelf.contracts import Waits


class OpenClaims:
    """What the packs say of it: `keeps_open` of a mounted product."""

    def __init__(self, catalogue: Catalogue, reader: ThingReader) -> None:
        self._catalogue = catalogue
        self._reader = reader

    async def waits_for(self, tenant: int, contract: Any) -> Waits | None:
        """The thing that was made, or acted on, by what opened the contract, if there are states
        of it that keep the contract open. `contract` is a row with `scene`, `product` (of the
        shelf) and `opened_with`."""
        thing = contract["opened_with"]
        if not contract["scene"] or not thing:
            return None
        scene = await self._catalogue.scene_by_id(tenant, contract["scene"])
        states = frozenset(
            state
            for product in scene.pack.products.values()
            if product.shelf == contract["product"]
            for kind, state in product.keeps_open
            if kind == thing["type"]
        )
        if not states:
            return None
        key = (tenant, scene.id, thing["type"], thing["key"])
        found = await self._reader.find(key)
        return Waits(("thing", key), states, None if found is None else found.state)
