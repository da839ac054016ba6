"""SQL of decisions, and of what a decision looks at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"

# A plan that was made while the tables were empty is kept: it shall look each one up by its key.
_BALANCES = """
select a.posted, a.held
  from unnest($1::int[], $2::int[], $3::bigint[], $4::text[]) with ordinality
       as u(tenant, scene, owner, name, n)
  left join lateral (
    select posted, held from account a
     where a.tenant = u.tenant and a.scene = u.scene and a.owner = u.owner and a.name = u.name
       and a.id > 0 offset 0) a on true
 order by u.n"""

_COUNTERS = """
select coalesce(c.value, 0)
  from unnest($1::int[], $2::int[], $3::text[], $4::bigint[], $5::text[]) with ordinality
       as u(tenant, scene, name, owner, span, n)
  left join lateral (
    select value from counter c
     where c.tenant = u.tenant and c.scene = u.scene and c.name = u.name and c.owner = u.owner
       and c.span = u.span offset 0) c on true
 order by u.n"""

_OFFERED = """
select count(*) from decision
 where tenant = $1 and scene = $2 and moment = $3 and customer = $4 and product is not null
   and at > $5"""

# What is about one thing, such as the cover of a flight, says nothing of another.
_HAS = """
select distinct product from contract
 where tenant = $1 and customer = $2 and customer > 0 and state = 'open'
   and (about = '' or about = any($3::text[]))"""

_HOLDINGS = """
select c.product, coalesce(s.ref, '') as scene
  from contract c left join scene s on s.tenant = c.tenant and s.id = c.scene
 where c.tenant = $1 and c.customer = $2 and c.customer > 0 and c.state = 'open'
   and ($3::int is null or c.scene = $3)
 order by c.opened_at, c.id"""

# Only offers that were made for what is held elsewhere, and what became of them.
_CROSS_SALES = """
select held->>'scene' as from_scene, held->>'product' as held, s.ref as to_scene, d.product,
       count(*) as offered, count(*) filter (where d.state = 'taken') as taken
  from decision d
  cross join lateral jsonb_array_elements(d.rights->'because_of') as held
  join scene s on s.tenant = d.tenant and s.id = d.scene
 where d.tenant = $1 and d.product is not null and d.rights ? 'because_of'
 group by 1, 2, 3, 4 order by 1, 2, 3, 4"""

# What a contract was opened with says the event of the unit that opened it.
_OPENED_WITH = """
select c.id from contract c
  join party p on p.tenant = c.tenant and p.id = c.customer
  join tenant t on t.id = c.tenant
  join event e on e.shard = t.shard and e.seq = c.seq and e.tenant = c.tenant
 where c.tenant = $1 and c.scene = $2 and c.product = any($3::text[]) and c.state = 'open'
   and c.customer > 0 and p.ref = any($4::text[])
   and e.facts->'thing'->>'type' = $5 and e.facts->'thing'->>'key' = $6"""

_CUSTOMER = "select id, ref, kind, name, profile from party where tenant = $1 and ref = $2"

# Who lets this customer see their contracts (`shows`), and whom this customer lets see its own.
_HOUSEHOLD = """
select p.ref, p.name, true as shows from consent c
  join party p on p.tenant = c.tenant and p.id = c.party
 where c.tenant = $1 and c.scene = 0 and c.item = $4 || $3::text and c.granted
union all
select p.ref, p.name, false from consent c
  join party p on p.tenant = c.tenant and p.ref = substr(c.item, length($4) + 1)
 where c.tenant = $1 and c.scene = 0 and c.party = $2 and starts_with(c.item, $4) and c.granted
 order by 3 desc, 1"""

_CROSS_SALES_OF = """
select d.at, s.ref as scene, d.product, d.state, d.rights->'because_of' as because_of
  from decision d join scene s on s.tenant = d.tenant and s.id = d.scene
 where d.tenant = $1 and d.customer = $2 and d.product is not null and d.rights ? 'because_of'
 order by d.at desc, d.id limit 50"""

_INSERT = """
insert into decision (tenant, id, scene, moment, customer, seq, at, product, rights, state)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing"""

_OPENED = """
select product, about from contract
 where tenant = $1 and customer = $2 and customer > 0 and seq = $3"""

_OPEN_OFFERS = """
select d.id, d.product, coalesce(e.facts, '{}') as facts
  from decision d left join event e on e.tenant = d.tenant and e.seq = d.seq
 where d.tenant = $1 and d.scene = $2 and d.customer = $3 and d.product = any($4::text[])
   and d.state in ('offered', 'seen') and d.seq < $5
 order by d.seq desc limit 50"""


# A decision shares the lock, whoever speaks of a consent takes it alone: no offer is made on the
# strength of what was withdrawn meanwhile.
_DISMISS = """
update decision d set state = 'dismissed' from party p
 where d.tenant = $1 and d.scene = $2 and p.tenant = $1 and p.ref = $3 and d.customer = p.id
   and d.state in ('offered', 'seen') and (not $4::boolean or d.rights ? 'because_of')"""


_DISMISS_UNDER = """
update decision d set state = 'dismissed' from party p, event e
 where d.tenant = $1 and p.tenant = $1 and p.ref = $2 and d.customer = p.id
   and d.state in ('offered', 'seen') and e.tenant = $1 and e.seq = d.seq
   and e.facts ? 'grant' and e.facts ->> 'grant' = $3"""


async def lock_party(connection: Connection, tenant: int, ref: str) -> None:
    """Let nothing be decided about the party until this transaction has ended."""
    await connection.execute(
        "select from party where tenant = $1 and ref = $2 for no key update", tenant, ref
    )


async def share_party(connection: Connection, tenant: int, party: int) -> None:
    """What the party has said stays said until this transaction has ended."""
    await connection.execute(
        "select from party where tenant = $1 and id = $2 for share", tenant, party
    )


async def dismiss_offers(
    connection: Connection, tenant: int, scene: int, ref: str, *, because_of: bool
) -> None:
    """End the party's open offers in a scene: all, or those made because of other products."""
    await connection.execute(_DISMISS, tenant, scene, ref, because_of)


async def dismiss_all_offers(connection: Connection, tenant: int, party: int) -> None:
    """End the party's open offers, of every scene."""
    await connection.execute(
        "update decision set state = 'dismissed' where tenant = $1 and customer = $2 "
        "and state in ('offered', 'seen')",
        tenant,
        party,
    )


async def dismiss_offers_under(connection: Connection, tenant: int, party: str, grant: int) -> None:
    """End the open offers that were made because of what was done under a consent."""
    await connection.execute(_DISMISS_UNDER, tenant, party, str(grant))


async def read_balances(
    connection: Connection, wanted: Sequence[tuple[int, int, int, str]]
) -> list[tuple[int | None, int | None]]:
    """(posted, held) of each (tenant, scene, owner, name), minor units; (None, None) of none."""
    rows = await connection.fetch(_BALANCES, *zip(*wanted, strict=True))
    return [(row[0], row[1]) for row in rows]


async def read_counters(
    connection: Connection, wanted: Sequence[tuple[int, int, str, int, str]]
) -> list[int]:
    """The value of each (tenant, scene, name, owner, window)."""
    return [row[0] for row in await connection.fetch(_COUNTERS, *zip(*wanted, strict=True))]


async def count_offers(
    connection: Connection, tenant: int, scene: int, moment: str, customer: int, since: datetime
) -> int:
    """How often the customer was offered something at this moment since then."""
    count: int = await connection.fetchval(_OFFERED, tenant, scene, moment, customer, since)
    return count


async def open_products(
    connection: Connection, tenant: int, customer: int, subjects: Sequence[str]
) -> set[str]:
    """The shelf's products of which the customer has an open contract: one about nothing in
    particular, or about one of the subjects."""
    rows = await connection.fetch(_HAS, tenant, customer, list(subjects))
    return {row[0] for row in rows}


async def read_holdings(
    connection: Connection, tenant: int, customer: int, scene: int | None
) -> list[tuple[str, str]]:
    """(product, scene) of the customer's open contracts; of one scene alone, when it is named."""
    return [tuple(row) for row in await connection.fetch(_HOLDINGS, tenant, customer, scene)]


async def read_cross_sales(connection: Connection, tenant: int) -> list[asyncpg.Record]:
    """Offers made in one scene for what is held from another: from_scene, held, to_scene,
    product, offered, taken."""
    rows: list[asyncpg.Record] = await connection.fetch(_CROSS_SALES, tenant)
    return rows


async def read_cross_sales_of(
    connection: Connection, tenant: int, customer: int
) -> list[asyncpg.Record]:
    """Offers made to one customer for what is held elsewhere, the newest first: at, scene,
    product, state, because_of."""
    rows: list[asyncpg.Record] = await connection.fetch(_CROSS_SALES_OF, tenant, customer)
    return rows


async def read_customer(connection: Connection, tenant: int, ref: str) -> asyncpg.Record | None:
    """id, ref, kind, name, profile; None where there is nobody."""
    return await connection.fetchrow(_CUSTOMER, tenant, ref)


async def read_household(
    connection: Connection, tenant: int, customer: int, ref: str, item: str
) -> list[asyncpg.Record]:
    """ref, name and whether they show their contracts to the customer, or may see the customer's;
    `item` begins the consents of a household."""
    rows: list[asyncpg.Record] = await connection.fetch(_HOUSEHOLD, tenant, customer, ref, item)
    return rows


async def read_consents(
    connection: Connection, tenant: int, scene: int, party: int
) -> dict[str, bool]:
    """What the party has said, by item."""
    rows = await connection.fetch(
        "select item, granted from consent where tenant = $1 and scene = $2 and party = $3",
        tenant,
        scene,
        party,
    )
    return {row[0]: row[1] for row in rows}


async def insert_decision(connection: Connection, values: tuple[Any, ...]) -> None:
    """Keep a decision; one that is there already stays."""
    await connection.execute(_INSERT, *values)


async def read_opened(
    connection: Connection, tenant: int, customer: int, seq: int
) -> list[tuple[str, str]]:
    """(shelf's product, what it is about) of the contracts that a unit opened for a customer."""
    rows = await connection.fetch(_OPENED, tenant, customer, seq)
    return [(row[0], row[1]) for row in rows]


async def read_open_offers(
    connection: Connection,
    tenant: int,
    scene: int,
    customer: int,
    products: Sequence[str],
    before: int,
) -> list[asyncpg.Record]:
    """Offers that are still open, newest first: id, product, facts of the event they answer."""
    rows: list[asyncpg.Record] = await connection.fetch(
        _OPEN_OFFERS, tenant, scene, customer, list(products), before
    )
    return rows


async def take_offer(connection: Connection, tenant: int, offer: UUID) -> None:
    """The customer has opened what was offered."""
    await connection.execute(
        "update decision set state = 'taken' where tenant = $1 and id = $2", tenant, offer
    )


async def read_contract(
    connection: Connection, tenant: int, contract: UUID
) -> asyncpg.Record | None:
    """A contract of a scene; None for one that no scene has opened."""
    return await connection.fetchrow(
        "select id, scene, customer, product, amount, opened_at from contract "
        "where tenant = $1 and id = $2 and scene <> 0",
        tenant,
        contract,
    )


# Whose debit failed is woken again on the next day: the index of those who are finds them.
_BEHIND = """
select c.id, c.scene, c.customer, c.product, c.amount, c.opened_at, d.first
  from contract c
  cross join lateral (
    select min(due ->> 0) as first
      from jsonb_array_elements(c.life::jsonb -> 'draws') draw,
           jsonb_array_elements(coalesce(draw -> 'loan' -> 'dues', '[]')) due) d
 where c.tenant = $1 and c.wake <= $2 and c.state = 'open' and c.scene <> 0
   and d.first is not null
 order by c.wake, c.id limit $3"""


async def read_behind(
    connection: Connection, tenant: int, day: Any, limit: int
) -> list[asyncpg.Record]:
    """Open contracts with something due that was not paid, and since when (`first`)."""
    rows: list[asyncpg.Record] = await connection.fetch(_BEHIND, tenant, day, limit)
    return rows


_LENT_FOR = """
select c.id, c.scene, c.customer, c.product, c.amount, c.opened_at
  from contract c join party p on p.tenant = c.tenant and p.id = c.customer
 where c.tenant = $1 and c.scene = $2 and p.ref = any($3::text[]) and c.about = $4
   and c.product = any($5::text[]) and c.state = 'open'
   and c.life is not null and c.about <> ''"""


async def read_lent_for(
    connection: Connection,
    tenant: int,
    scene: int,
    refs: Sequence[str],
    about: str,
    products: Sequence[str],
) -> list[asyncpg.Record]:
    """Open loans of one of these parties for a thing of a scene."""
    rows: list[asyncpg.Record] = await connection.fetch(
        _LENT_FOR, tenant, scene, list(refs), about, list(products)
    )
    return rows


# Each contract is looked at on one day of thirty of the tenant's own, and only by its own key.
_UNUSED = """
select c.id, c.scene, c.customer, c.product, c.amount, c.opened_at
  from contract c
 where c.tenant = $1 and c.state = 'open' and c.scene <> 0 and c.product = any($2::text[])
   and c.opened_at < $3
   and ($4::date - (c.opened_at at time zone (select zone from tenant where id = $1))::date)
       % 30 = 0
   and not exists (select from contract_entry e
                    where e.tenant = c.tenant and e.contract = c.id and e.day > $3::date
                      and e.what = any($5::text[]))
 order by c.opened_at, c.id limit $6"""


async def read_unused(
    connection: Connection,
    tenant: int,
    products: Sequence[str],
    since: datetime,
    day: Any,
    uses: Sequence[str],
    limit: int,
) -> list[asyncpg.Record]:
    """Open contracts of these products that nobody has used since then."""
    rows: list[asyncpg.Record] = await connection.fetch(
        _UNUSED, tenant, list(products), since, day, list(uses), limit
    )
    return rows


async def was_followed(
    connection: Connection, tenant: int, contract: str, reason: str, since: datetime
) -> bool:
    """Whether somebody was asked to follow this up since then."""
    return bool(
        await connection.fetchval(
            "select exists (select from staff_task where tenant = $1 and contract = $2 "
            "and reason = $3 and kind = 'follow_up' and made_at > $4)",
            tenant,
            contract,
            reason,
            since,
        )
    )


async def read_opened_with(
    connection: Connection, tenant: int, scene: int, products: Sequence[str],
    refs: Sequence[str], thing: str, key: str,
) -> list[UUID]:  # fmt: skip
    """Open contracts of these parties that were opened with this thing."""
    rows = await connection.fetch(
        _OPENED_WITH, tenant, scene, list(products), list(refs), thing, key
    )
    return [row[0] for row in rows]


_OFFER = """
select d.state, d.at, coalesce(d.rights ->> 'offer', d.rights ->> 'contact', d.product) as key,
       d.rights ->> 'offer' is not null as of_campaign
  from decision d
  join party p on p.tenant = d.tenant and p.id = d.customer
 where d.tenant = $1 and d.id = $2 and p.ref = $3 and d.state <> 'none'"""
_ANSWER = """
update decision
   set state = $3, rights = case when $4 then rights || '{"answer": "opted_out"}' else rights end
 where tenant = $1 and id = $2 and (state = 'offered' or (state = 'seen' and $3 <> 'seen'))
returning 1"""


async def read_offer(
    connection: Connection, tenant: int, offer: UUID, customer: str
) -> asyncpg.Record | None:
    """state, at, key (`campaign/offer`, or the product of a pack's own moment) and of_campaign of a
    customer's."""
    return await connection.fetchrow(_OFFER, tenant, offer, customer)


async def answer_offer(
    connection: Connection, tenant: int, offer: UUID, state: str, *, opted_out: bool
) -> bool:
    """Whether it was open until now."""
    return bool(await connection.fetchval(_ANSWER, tenant, offer, state, opted_out))


_OFFERS_OF = """
select d.id, d.at, coalesce(s.ref, '') as scene, d.moment, d.product, d.state, d.rights,
       w.channel, w.state as way, w.why
  from decision d join party p on p.tenant = d.tenant and p.id = d.customer
  left join scene s on s.tenant = d.tenant and s.id = d.scene
  left join delivery w on w.tenant = d.tenant and w.id = d.id
 where d.tenant = $1 and p.ref = $2 order by d.at desc, d.id limit $3"""


async def list_offers_of(
    connection: Connection, tenant: int, customer: str, limit: int
) -> list[asyncpg.Record]:
    """Decisions about a customer, the newest first, with how they got there."""
    rows: list[asyncpg.Record] = await connection.fetch(_OFFERS_OF, tenant, customer, limit)
    return rows


# What went to a person, or into a partner's own app, is said there.
_SAID = """
select d.id, d.at, p.ref as customer, d.scene, coalesce(s.ref, '') as scene_ref, d.moment, d.product,
       d.state, d.seq, d.rights, w.channel
  from decision d join party p on p.tenant = d.tenant and p.id = d.customer
  join delivery w on w.tenant = d.tenant and w.id = d.id
  left join scene s on s.tenant = d.tenant and s.id = d.scene
 where d.tenant = $1 and d.customer = any($2::bigint[]) and ($3::int is null or d.scene = $3)
   and d.state in ('offered', 'seen') and position('/' in d.moment) > 0 and d.at > $4
   and w.state = 'sent' and w.channel = any($5::text[])
   and (w.news or not exists (
         select from consent c where c.tenant = d.tenant and c.party = d.customer and c.item = $6
            and not c.granted and c.scene in (0, d.scene)))
 order by d.at desc, d.id limit 20"""


async def list_said(
    connection: Connection, tenant: int, parties: Sequence[int], scene: int | None, since: datetime,
    channels: Sequence[str], consent: str,
) -> list[asyncpg.Record]:  # fmt: skip
    """Open decisions of campaigns that have reached these parties since then through one of the
    channels, the newest first; without those of scenes where the consent is refused."""
    rows: list[asyncpg.Record] = await connection.fetch(
        _SAID, tenant, list(parties), scene, since, list(channels), consent
    )
    return rows


_SAID_ONE = """
select d.state, d.product, d.rights, p.ref as customer, p.profile,
       exists (select from consent c where c.tenant = d.tenant and c.party = d.customer
                  and c.item = $3 and not c.granted and c.scene in (0, d.scene)) as refused
  from decision d join party p on p.tenant = d.tenant and p.id = d.customer
 where d.tenant = $1 and d.id = $2"""


async def read_said(
    connection: Connection, tenant: int, offer: UUID, consent: str
) -> asyncpg.Record | None:
    """state, product and rights of a decision; customer (reference) and profile; whether the
    consent is refused by now."""
    return await connection.fetchrow(_SAID_ONE, tenant, offer, consent)
