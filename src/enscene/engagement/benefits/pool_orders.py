"""Money for the pool of benefits: one proposes to put some in or take some out, another decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from enscene.commit import admit
from enscene.engagement.benefits import store
from enscene.engagement.benefits.accounts import open_pool
from enscene.engagement.benefits.bank import writing
from enscene.engagement.benefits.units import FillByOrder
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.kernel.money import parse_money
from enscene.ledger import AMOUNT_MOST

REASON_MOST = 200
LISTED_MOST = 200

State: TypeAlias = Literal["proposed", "approved", "rejected", "withdrawn"]


@dataclass(frozen=True, slots=True)
class PoolOrder:
    """`amount` in minor units, below nothing where it takes out. `seq` is the unit of the ledger that
    approved it."""

    id: UUID
    currency: str
    amount: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    state: State
    decided_by: str | None
    decided_at: datetime | None
    seq: int | None


@control("pool_by_two")
def check_second_person(proposed_by: str, who: str) -> None:
    """Raises: Forbidden("benefits.four_eyes")."""
    if proposed_by == who:
        raise Forbidden("somebody else has to decide", code="benefits.four_eyes")


@control("pool_own_order")
def check_own(proposed_by: str, who: str) -> None:
    """Raises: Forbidden("benefits.not_yours")."""
    if proposed_by != who:
        raise Forbidden("only who proposed it withdraws it", code="benefits.not_yours")


async def propose_pool_order(
    pool: store.Pool, tenant: int, amount: str, currency: str, reason: str, key: str, who: str
) -> PoolOrder:
    """Ask for money of the bank for the pool, below nothing: for some back. Nothing moves yet. The
    same key of the same person is the same order.

    Raises: Invalid (`amount`, `reason`), Conflict("idempotency.key_reused").
    """
    minor = parse_money(amount, currency, param="amount")
    if not minor or abs(minor) > AMOUNT_MOST:
        raise Invalid("an amount other than nothing", code="benefits.amount", param="amount")
    reason = reason.strip()
    if not (1 <= len(reason) <= REASON_MOST and reason.isprintable()):
        raise Invalid("say what it is for", code="benefits.reason", param="reason")
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        now = (await store.read_now(connection, tenant))["now"]
        row = await store.insert_order(
            connection, tenant, new_uuid(), key, currency, minor, reason, who, now
        )
    made = PoolOrder(*row)
    if (made.currency, made.amount, made.reason) != (currency, minor, reason):
        raise Conflict(
            "this key was used for another order", code="idempotency.key_reused",
            param="Idempotency-Key",
        )  # fmt: skip
    return made


async def decide_pool_order(
    pool: store.Pool, tenant: int, order: UUID, *, approve: bool, who: str
) -> PoolOrder:
    """Approve or reject; approving moves the money in the same unit. Asked again it says the same.

    Raises: NotFound, Forbidden("benefits.four_eyes"), Conflict("benefits.decided", "benefits.pool":
    there is not so much to take out).
    """
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await store.lock_order(connection, tenant, order)
        found = await _order(connection, tenant, order)
        check_second_person(found.proposed_by, who)
        wanted = "approved" if approve else "rejected"
        if (found.state, found.decided_by) == (wanted, who):
            return found
        if found.state != "proposed":
            raise _decided(found)
        now = await store.read_now(connection, tenant)
        if not approve:
            row = await store.close_order(connection, tenant, order, wanted, who, now["now"])
            return PoolOrder(*row)
        bank, common = await _accounts(pool, tenant, found.currency)
        async with writing(pool, now["shard"]) as writer:
            await writer.submit(
                FillByOrder(tenant, bank, common, found.amount, found.currency, order, who)
            )
        return await _order(connection, tenant, order)


async def withdraw_pool_order(pool: store.Pool, tenant: int, order: UUID, who: str) -> PoolOrder:
    """By who proposed it, while nobody has decided.

    Raises: NotFound, Forbidden("benefits.not_yours"), Conflict("benefits.decided").
    """
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await store.lock_order(connection, tenant, order)
        found = await _order(connection, tenant, order)
        check_own(found.proposed_by, who)
        if found.state == "withdrawn":
            return found
        if found.state != "proposed":
            raise _decided(found)
        now = (await store.read_now(connection, tenant))["now"]
        row = await store.close_order(connection, tenant, order, "withdrawn", who, now)
        return PoolOrder(*row)


async def list_pool_orders(
    connection: store.Connection, tenant: int, limit: int = LISTED_MOST
) -> list[PoolOrder]:
    """What waits first, then the newest."""
    return [PoolOrder(*row) for row in await store.list_orders(connection, tenant, limit)]


async def _order(connection: store.Connection, tenant: int, order: UUID) -> PoolOrder:
    row = await store.read_order(connection, tenant, order)
    if row is None:
        raise NotFound("there is no such order", code="benefits.not_found")
    return PoolOrder(*row)


async def _accounts(pool: store.Pool, tenant: int, currency: str) -> tuple[int, int]:
    # In a transaction of its own: the unit works on another connection, and has to see them.
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        return await open_pool(connection, tenant, currency)


def _decided(found: PoolOrder) -> Conflict:
    return Conflict(f"it is {found.state} already", code="benefits.decided")
