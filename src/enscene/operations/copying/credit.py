"""What is credited of a copy: by month from kept figures, once, as a statement for incentives. No money
moves on the ledger by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from enscene.kernel.clock import local_day
from enscene.kernel.rounds import Rounds
from enscene.operations import store as operations_store
from enscene.operations.copying import store
from enscene.operations.copying.bank import Family
from enscene.operations.copying.copies import Copy, copy_of, list_copies
from enscene.operations.copying.months import after, months_between
from enscene.operations.copying.shares import BASES, split, value_of
from enscene.operations.indicators import read_values
from enscene.operations.scene_account import read_whole_months
from enscene.tenants.service import ServiceWatch

PAUSE_S = 60.0


@dataclass(frozen=True, slots=True)
class Credited:
    """What a tenant is credited of a month of a copy, in minor units; `value` is what the copy came
    to, `points` its share of that in basis points."""

    copy: UUID
    month: date
    currency: str
    value: int
    tenant: int
    points: int
    minor: int


async def credit_copies(pool: operations_store.Pool, tenant: int) -> int:
    """Keep every month of the tenant's copies that is over, computed and not kept yet, from the month
    of going live on. How many were kept."""
    kept = 0
    async with operations_store.writing(pool, tenant) as connection:
        zone = (await operations_store.read_clock(connection, tenant))["zone"]
        whole = set(await read_whole_months(connection, tenant))
        done = await store.read_kept_months(connection, tenant)
        helping: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
        for row in await store.read_helpers(connection):
            helping[row["copy"]].append((row["helper"], row["points"]))
        for row in await store.read_copies(connection):
            copy = copy_of(row, tuple(helping[row["id"]]))
            if copy.live_at is None:
                continue
            first = local_day(copy.live_at, zone).replace(day=1)
            for month in months_between(first, after(first, copy.months - 1)):
                if month in whole and (copy.id, month) not in done:
                    kept += await _keep(connection, copy, month)
    return kept


async def _keep(connection: operations_store.Connection, copy: Copy, month: date) -> bool:
    assert copy.scene is not None, "what is live has a scene"
    names = sorted({name for name, _ in BASES[copy.basis]})
    values = await read_values(connection, copy.tenant, names, "month", month, month, copy.scene)
    is_new = False
    for currency in sorted({copy.currency} | {each.currency for each in values}):
        value = value_of(copy.basis, currency, values)
        if not await store.keep_month(connection, copy.tenant, copy.id, month, currency, value):
            continue
        is_new = True
        points = {**dict(copy.helpers), copy.origin_tenant: copy.points}
        parts = split(value, copy.points, copy.helpers, copy.origin_tenant)
        await store.insert_credits(
            connection, copy.tenant,
            [(copy.id, month, currency, who, points[who], minor) for who, minor in parts.items()],
        )  # fmt: skip
    return is_new


async def read_credits(
    pool: operations_store.Pool, family: Family, copies: Collection[UUID]
) -> tuple[Credited, ...]:
    """Of copies that concern the tenant; months in order. Its own copies and those of its own scenes
    are told whole, of others what it is credited itself."""
    known = {each.id: each for each in await list_copies(pool, family) if each.id in set(copies)}
    async with store.reading_all(pool, list(family.tenants)) as connection:
        rows = await store.read_credits(connection, list(known))
    own = family.own
    return tuple(
        Credited(*row)
        for row in rows
        if own in (known[row["copy"]].tenant, known[row["copy"]].origin_tenant, row["credited"])
    )


async def read_credited_by_scene(
    connection: operations_store.Connection, tenant: int, first: date, last: date, currency: str
) -> dict[tuple[int, date], dict[str, int]]:
    """What branches are credited of the tenant's own copies, by scene of the copy and month: minor
    units by reference of the branch."""
    found: dict[tuple[int, date], dict[str, int]] = defaultdict(dict)
    for row in await store.read_credited_by_scene(connection, tenant, first, last, currency):
        found[row["scene"], row["month"]][row["ref"]] = row["minor"]
    return found


class CreditWorker(Rounds):
    """One in a process: keeps what copies came to when a month is over and computed."""

    fault = "copies.retry"
    broken_pause_s = 60.0

    def __init__(self, pool: operations_store.Pool, service: ServiceWatch) -> None:
        self._pool = pool
        self._service = service

    async def _round(self) -> float:
        if self._service.whole.is_normal:  # what is not essential waits
            async with self._pool.acquire() as connection:
                everybody = await store.read_tenants(connection)
            async with store.reading_all(self._pool, everybody) as connection:
                due = await store.read_tenants_due(connection)
            for tenant in due:
                await credit_copies(self._pool, tenant)
        return PAUSE_S
