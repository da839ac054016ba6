"""What has been said to customers, over all campaigns, lines and packs: as the table of decisions has
it now, and in the log, for whoever decides by the log alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from enscene.customers.identity import read_parties_of
from enscene.customers.log_said import log_of_customer
from enscene.customers.store import lock
from enscene.engagement.campaigns.contact_rules import ContactRules
from enscene.engagement.decisions import Contact, Contacts, Outcome
from enscene.kernel.clock import format_time, micros_of

Connection: TypeAlias = "asyncpg.Connection[Any]"
OFFER_MADE = "offer.made"
"""A moment of a pack said something. It stands in no scene, so that no partner reads it there: what
delivery writes into the log of a scene is called so too."""
MOST = 400
_OUTCOMES = {"seen": Outcome.SEEN, "taken": Outcome.TAKEN, "dismissed": Outcome.REFUSED}
_COUNTS = """
d.state <> 'none' and (position('/' in d.moment) > 0 or d.rights ? 'contact')
and not d.rights ? 'stopped'
and not exists (select from delivery w where w.tenant = d.tenant and w.id = d.id and w.news)"""
_RULES = """
select distinct on (tenant) tenant, body::text from campaign
 where tenant = any($1::int[]) and ref = '' and state = 'approved' order by tenant, version desc"""
_LOCK = """
select from party where tenant = $1 and id = any($2::bigint[]) order by id for no key update"""
_CONTACTS = f"""
select d.at, coalesce(d.rights ->> 'offer', d.rights ->> 'contact') as key,
       d.rights ->> 'channel' as channel, d.state, d.rights ->> 'benefit' as benefit
  from decision d where d.tenant = $1 and d.customer = any($2::bigint[]) and {_COUNTS}
 order by d.at desc limit {MOST}"""
# However long ago: a benefit is given once, and a channel stays refused.
_EVER = f"""
select distinct true as refused, rights ->> 'channel' as name from decision
 where tenant = $1 and customer = any($2::bigint[]) and rights ->> 'answer' = 'opted_out'
union all
select distinct false, d.rights ->> 'benefit' from decision d
 where d.tenant = $1 and d.customer = any($2::bigint[]) and d.rights ->> 'benefit' is not null
   and {_COUNTS}"""
_OF_MANY = f"""
select coalesce(i.customer, d.customer), d.at, d.rights ->> 'channel'
  from decision d left join identity i on i.tenant = d.tenant and i.party = d.customer
 where d.tenant = $1 and d.at > $3 and {_COUNTS} and d.customer = any(array(
         select party from identity where tenant = $1 and customer = any($2::bigint[])
         union select unnest($2::bigint[])))
 order by d.at"""
# Once: whoever writes it into the log takes the mark away in the same transaction.
_UNLOGGED = """
update decision d set rights = d.rights - 'unlogged' from party p
 where d.tenant = $1 and d.id = any($2::uuid[]) and d.rights ? 'unlogged'
   and p.tenant = d.tenant and p.id = d.customer
returning d.id, d.at, d.rights ->> 'contact', d.rights ->> 'channel', p.ref"""


async def read_decided_rules(
    connection: Connection, tenants: Collection[int]
) -> dict[int, ContactRules]:
    """The rules of contact of those tenants who have decided on some."""
    rows = await connection.fetch(_RULES, list(tenants))
    return {row[0]: msgspec.json.decode(row[1], type=ContactRules) for row in rows}


async def hold_customer(connection: Connection, tenant: int, party: int) -> list[int]:
    """Let nobody else speak to the customer until this transaction has ended; all their parties."""
    parties = await read_parties_of(connection, tenant, party)
    await connection.execute(_LOCK, tenant, parties)
    return parties


async def read_contacts(connection: Connection, tenant: int, parties: Sequence[int]) -> Contacts:
    """All that has been said to a customer, the benefits that they were given, and the channels that
    they want no more."""
    contacts = Contacts()
    for row in await connection.fetch(_CONTACTS, tenant, list(parties)):
        campaign, _, offer = row["key"].partition("/")
        contacts.add(
            Contact(
                micros_of(row["at"]), campaign, offer, row["benefit"], row["channel"] or "h5",
                _OUTCOMES.get(row["state"], Outcome.NONE),
            )
        )  # fmt: skip
    for refused, name in await connection.fetch(_EVER, tenant, list(parties)):
        (contacts.refused if refused else contacts.benefits).add(name)
    return contacts


async def read_contacts_of_many(
    connection: Connection, tenant: int, customers: Collection[int], since: datetime
) -> list[tuple[int, datetime, str]]:
    """(customer, when, channel) of what has been said since then."""
    rows = await connection.fetch(_OF_MANY, tenant, list(customers), since)
    return [(row[0], row[1], row[2]) for row in rows]


async def log_contacts(connection: Connection, tenant: int, decisions: Sequence[UUID]) -> None:
    """Write into the log what moments of packs said, each once. The caller's transaction holds no
    customer: whoever takes both takes the shard first."""
    stamp = await lock(connection, tenant)
    rows = await connection.fetch(_UNLOGGED, tenant, decisions)
    for place, row in enumerate(sorted(rows, key=lambda each: (each[1], each[0]))):
        if place:
            stamp = await lock(connection, tenant)
        facts: Mapping[str, Any] = {
            "offer": {
                "id": str(row[0]), "key": row[2], "channel": row[3], "at": format_time(row[1]),
            },
            "parties": {"customer": row[4]},
        }  # fmt: skip
        await log_of_customer(connection, stamp, tenant, OFFER_MADE, row[4], facts)
