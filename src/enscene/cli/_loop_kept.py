"""What a running bank keeps of what it said: read from its tables, as plain rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg

from enscene.commit import admit
from enscene.storage import connect
from enscene.storage.cluster import Cluster

Connection: TypeAlias = "asyncpg.Connection[Any]"


@dataclass(frozen=True, slots=True)
class Delivered:
    """One that reached its customer: when, of which scene (0: none), `campaign/offer`, through which
    channel; when it was answered, if it was. `of_pack`: a moment of a pack's own, no campaign's."""

    at: datetime
    customer: int
    scene: int
    key: str
    channel: str
    benefit: str | None = None
    answered: datetime | None = None
    of_pack: bool = False


@dataclass(frozen=True, slots=True)
class ConsentSaid:
    """A customer allowed recommendations in a scene (0: in all of them), or no longer does."""

    at: datetime
    customer: int
    scene: int
    granted: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """All of one tenant. `rules` and `campaigns` (by ref) are the bodies that were approved, the last
    of each; `changed` are those of which more than one version was, so that one alone may not be
    asked about all. `held_back`: how often each reason kept an offer back."""

    tenant: str
    zone: str
    rules: Mapping[str, Any]
    campaigns: Mapping[str, Mapping[str, Any]]
    delivered: tuple[Delivered, ...]
    consents: tuple[ConsentSaid, ...] = ()
    changed: tuple[str, ...] = ()
    held_back: Mapping[str, int] | None = None


_TENANT = "select id, zone from tenant where ref = $1"
_APPROVED = """
select ref, body from campaign where tenant = $1 and state in ('approved', 'stopped')
 order by ref, version"""
# A delivery that says it was sent was, whatever its decision says; a decision without a delivery
# stood on a page, unless it says that it did not.
_DELIVERED = """
select coalesce(w.sent_at, d.at) as at, coalesce(i.customer, d.customer) as customer, d.scene,
       coalesce(d.rights ->> 'offer', d.rights ->> 'contact', d.moment) as key,
       coalesce(w.channel, d.rights ->> 'channel', 'h5') as channel,
       d.rights ->> 'benefit' as benefit,
       (select min(e.at) from event e
         where e.tenant = d.tenant and e.action = 'offer.answered'
           and e.facts -> 'offer' ->> 'id' = d.id::text
           and e.facts -> 'offer' ->> 'outcome' <> 'seen') as answered,
       position('/' in d.moment) = 0 as of_pack
  from decision d
  left join delivery w on w.tenant = d.tenant and w.id = d.id
  left join identity i on i.tenant = d.tenant and i.party = d.customer
 where d.tenant = $1 and (position('/' in d.moment) > 0 or d.rights ? 'contact')
   and (w.state = 'sent' or (w.id is null and not d.rights ? 'stopped'
        and (d.state in ('offered', 'seen', 'taken')
             or (d.state = 'dismissed' and d.rights ? 'contact'))))
 order by 1, d.id"""
_CONSENTS = """
select e.at, coalesce(i.customer, p.id), (e.facts -> 'consent' ->> 'scene')::int,
       (e.facts -> 'consent' ->> 'granted')::boolean
  from event e
  join party p on p.tenant = e.tenant and p.ref = e.facts -> 'parties' ->> 'customer'
  left join identity i on i.tenant = p.tenant and i.party = p.id
 where e.tenant = $1 and e.action = 'consent.said'
   and e.facts -> 'consent' ->> 'item' = 'recommendations'
 order by e.shard, e.seq"""
_HELD_BACK = """
select why, count(*) from decision d, jsonb_each_text(d.rights -> 'suppressed') as s(offer, why)
 where d.tenant = $1 and jsonb_typeof(d.rights -> 'suppressed') = 'object' group by 1 order by 1"""


async def read_kept(home: Path, tenant: str) -> Kept:
    """From the database of a running bank in this folder. Raises: StorageFault."""
    # Its own server, also where ENSCENE_DATABASE_URL names another bank's.
    cluster = Cluster(home)
    try:
        connection = await connect(cluster.start().url_app)
        try:
            async with connection.transaction(readonly=True):
                return await read_rows(connection, tenant)
        finally:
            await connection.close()
    finally:
        cluster.release()


async def read_rows(connection: Connection, tenant: str) -> Kept:
    """Within the caller's transaction; the tenant has approved rules of contact."""
    known = await connection.fetchrow(_TENANT, tenant)
    assert known is not None, tenant
    number: int = known["id"]
    await admit(connection, [number], all_rows=True)
    versions: dict[str, list[Any]] = {}
    for row in await connection.fetch(_APPROVED, number):
        versions.setdefault(row["ref"], []).append(row["body"])
    assert "" in versions, "rules of contact were approved"
    delivered = [Delivered(**dict(row)) for row in await connection.fetch(_DELIVERED, number)]
    consents = [ConsentSaid(*row) for row in await connection.fetch(_CONSENTS, number)]
    bodies = {ref: found[-1] for ref, found in versions.items()}
    return Kept(
        tenant, known["zone"], bodies.pop(""), bodies, tuple(delivered),
        tuple(consents), tuple(ref for ref, found in versions.items() if len(found) > 1),
        {row[0]: row[1] for row in await connection.fetch(_HELD_BACK, number)},
    )  # fmt: skip
