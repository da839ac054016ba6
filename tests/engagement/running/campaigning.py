"""A travel scene whose bank runs campaigns, for tests."""

from __future__ import annotations

from typing import Any

import msgspec

from engagement.campaigns.sample import body_of, sample
from enscene.commit import admit
from enscene.engagement.campaigns import (
    ContactRules,
    decide_campaign,
    propose_campaign,
    propose_rules,
    stop_campaign,
)
from trip import Trip

CALM: dict[str, Any] = {"caps": [], "quiet": None, "fatigue": None, "holdout": 0}


async def rules(trip: Trip, **change: Any) -> None:
    """Rules of contact that hold from now on; nothing is bound where nothing is said."""
    made = msgspec.convert({**CALM, **change}, ContactRules)
    kept = await propose_rules(trip.pool, trip.tenant.id, made, "lin@bank")
    await decide_campaign(trip.pool, trip.tenant.id, "", kept.version, approve=True, who="mei@bank")


async def run(trip: Trip, ref: str = "winter", **change: Any) -> int:
    """A campaign that runs from now on; its version."""
    body = body_of(sample(**{"holdout": 0, **change}))
    done = await propose_campaign(trip.pool, trip.host, trip.tenant.id, ref, body, "lin@bank")
    version = done.kept.version
    await decide_campaign(trip.pool, trip.tenant.id, ref, version, approve=True, who="mei@bank")
    return version


async def stop(trip: Trip, version: int, ref: str = "winter") -> None:
    await stop_campaign(trip.pool, trip.tenant.id, ref, version, "lin@bank")


async def made(trip: Trip) -> list[Any]:
    """The decisions of campaigns, in order, after everything has reacted."""
    await trip.reactor.settle(trip.tenant.id)
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        return await connection.fetch(
            "select d.id, p.ref, d.moment, d.product, d.state, d.seq, d.at, d.rights from decision d "
            "join party p on p.tenant = d.tenant and p.id = d.customer "
            "where d.moment like '%/%' order by d.at, d.seq, p.ref, d.id"
        )


def moment(**pattern: Any) -> dict[str, Any]:
    """The only moment of a campaign, which offers the plan."""
    offer = sample()["offers"]["plan"]
    return {"moments": {"m": {"offer": ["plan"], **pattern}}, "offers": {"plan": offer},
            "budget": "0"}  # fmt: skip
