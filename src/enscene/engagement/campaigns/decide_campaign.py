"""Decide on a version by a second person, and stop a campaign at once by any one."""

from __future__ import annotations

from enscene.commit import admit
from enscene.engagement.benefits import approve_and_fund
from enscene.engagement.benefits.store import read_now
from enscene.engagement.campaigns import store
from enscene.engagement.campaigns.campaign import Kept
from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, NotFound
from enscene.kernel.money import parse_money


@control("campaigns_by_two")
def check_second_person(made_by: str, who: str) -> None:
    """Raises: Forbidden("campaign.four_eyes")."""
    if made_by == who:
        raise Forbidden("somebody else has to decide", code="campaign.four_eyes")


async def decide_campaign(
    pool: store.Pool, tenant: int, ref: str, version: int, *, approve: bool, who: str
) -> Kept:
    """Approve or reject a version of a campaign, or of the rules of contact (`store.RULES`).

    A campaign with a budget is given it from the pool of benefits, in the unit that approves it.

    Raises: NotFound, Forbidden("campaign.four_eyes"), Conflict("campaign.decided", "campaign.pool").
    """
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await store.lock_campaign(connection, tenant, ref)
        kept = await _version(connection, tenant, ref, version)
        check_second_person(kept.made_by, who)
        if approve and ref != store.RULES and kept.state == "proposed":
            body = (await store.read_version(connection, tenant, ref, version)).body
            budget = parse_money(body.budget, body.currency)
            if budget or await store.was_funded(connection, tenant, ref):
                await approve_and_fund(pool, tenant, ref, version, budget, body.currency, who)
                return await _version(connection, tenant, ref, version)
        state = "approved" if approve else "rejected"
        row = await store.decide_version(connection, tenant, ref, version, state, who)
        if row is None:
            raise Conflict(f"it is {kept.state} already", code="campaign.decided")
    return store.kept_of(row)


async def stop_campaign(pool: store.Pool, tenant: int, ref: str, version: int, who: str) -> Kept:
    """From now on it says nothing more. What was offered may still be taken.

    Raises: NotFound, Conflict("campaign.decided") where it does not run.
    """
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        await store.lock_campaign(connection, tenant, ref)
        kept = await _version(connection, tenant, ref, version)
        now = (await read_now(connection, tenant))["now"]
        row = await store.stop_version(connection, tenant, ref, version, who, now)
        if row is None:
            raise Conflict(f"it is {kept.state}", code="campaign.decided")
    return store.kept_of(row)


async def _version(connection: store.Connection, tenant: int, ref: str, version: int) -> Kept:
    for kept in await store.read_kept(connection, tenant, ref):
        if kept.version == version:
            return kept
    raise NotFound("there is no such version", code="campaign.not_found")
