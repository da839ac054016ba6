"""What the sandbox's simulator is told of the bank: its shelf's files, the prices that it has set
itself, and what it has written down of persons. Facts alone, no rule of the product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

import asyncpg

from enscene.cli._store import profiles_of_persons
from enscene.commit import admit
from enscene.shelf import standard_shelf
from enscene.shelf.choose_products import read_choices
from enscene.shelf.load_shelf import SHELF
from enscene.shelf.pricing.set_price import (
    LIST_MOST,
    PriceOrder,
    SetPrice,
    list_set_prices,
    read_today,
    set_price,
)
from enscene.simulator import Shelf, read_shelf
from enscene.tenants import Tenant

ACTOR = "enscene up"
FEES = {("travel", "instalment"): "0.5%"}
"""What the sandbox bank takes beside the interest: fees are part of what a loan costs a year."""
_WHY = "沙箱价目 · the sandbox's price list"


async def keep_fees(pool: asyncpg.Pool[Any], tenant: Tenant) -> None:
    """Set the sandbox's fees where nobody has set any price of the product."""
    for (scene, product), value in FEES.items():
        if not await list_set_prices(pool, tenant.id, product=product, limit=1):
            order = PriceOrder(product, "fee", value, _WHY, scene=scene)
            await set_price(pool, tenant.id, standard_shelf(), order, ACTOR)


async def shelf_of(pool: asyncpg.Pool[Any], tenant: Tenant) -> Shelf:
    """The shelf as the simulator's model takes it. Products with prices that change, that differ
    by segment, or whose place the bank has chosen, are left to the product."""
    own: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    rows = await list_set_prices(pool, tenant.id, state="in_force")
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant.id])
        today = await read_today(connection, tenant.id)
    unsure = {choice.product for choice in (await read_choices(pool, tenant.id)).rows}
    seen: set[tuple[str, str, str]] = set()
    for row in rows:
        place = (row.scene_ref or "", row.product)
        if (*place, row.name) in seen or not _is_plain(row, today):
            unsure.add(row.product)
        else:
            own[place][row.name] = str(row.value)
        seen.add((*place, row.name))
    if len(rows) == LIST_MOST:
        unsure |= set(standard_shelf().products)
    files = {path.name: path.read_text(encoding="utf-8") for path in SHELF.glob("*.yaml")}
    return read_shelf(files, own=own, unsure=frozenset(unsure))


def _is_plain(row: SetPrice, today: date) -> bool:
    """In force from today on at the latest, for everybody and for good."""
    ends = row.value is None or row.until is not None
    return not ends and not row.segment and row.since <= today


async def profiles_of(pool: asyncpg.Pool[Any], tenant: Tenant) -> Mapping[str, Mapping[str, Any]]:
    """What is known of persons, by reference."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant.id])
        return await profiles_of_persons(connection, tenant.id)
