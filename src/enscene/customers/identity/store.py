"""SQL of keys, ties, and of which parties are one customer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import asyncpg

from enscene.customers.identity.key import Key
from enscene.kernel.ids import new_uuid

Connection: TypeAlias = "asyncpg.Connection[Any]"
State: TypeAlias = Literal["tied", "asked", "refused", "undone"]


@dataclass(frozen=True, slots=True)
class Tie:
    """Two parties that are one customer, or are said to be. `why` is the kind of key they share, or
    `person`: somebody's word, which a second person confirms."""

    id: UUID
    low: int
    high: int
    why: str
    state: State
    note: str
    made_by: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None


_TIE = "id, low, high, why, state, note, made_by, made_at, decided_by, decided_at"
_ADD_KEYS = """
insert into identity_key (tenant, party, kind, digest, tail, said_by)
select $1, u.party, u.kind, u.digest, u.tail, $6
  from unnest($2::bigint[], $3::text[], $4::bytea[], $5::text[]) as u(party, kind, digest, tail)
on conflict do nothing"""
# It begins with what was asked for (`offset 0`), however few the tables are thought to hold.
_HOLDERS = """
select k.party, u.kind, u.digest, p.is_a, p.name
  from (select distinct * from unnest($2::text[], $3::bytea[])) as u(kind, digest)
  cross join lateral (
    select k.party from identity_key k
     where k.digest = u.digest and k.tenant = $1 and k.kind = u.kind offset 0) k
  cross join lateral (
    select p.kind as is_a, p.name from party p where p.tenant = $1 and p.id = k.party offset 0) p"""
_KEYS = """
select party, kind, digest from identity_key
 where tenant = $1 and party = any($2::bigint[]) and kind <> 'phone'"""
# What was undone or refused once is not tied again by a key: somebody has looked at it.
_BETWEEN = """
select low, high, bool_or(state in ('tied', 'asked')) as stands
  from identity_tie where tenant = $1 and (low, high) in (select * from unnest($2::bigint[], $3::bigint[]))
 group by low, high"""
_TIE_UP = f"""
insert into identity_tie (tenant, id, low, high, why, state, note, made_by)
select $1, u.*, $7, $8 from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::text[]) as u
on conflict (tenant, low, high) where state in ('tied', 'asked') do nothing returning {_TIE}"""
_DECIDE = f"""
update identity_tie set state = $3, decided_by = $4, decided_at = clock_timestamp()
 where tenant = $1 and id = $2 and state = 'asked' returning {_TIE}"""
_UNDO = f"""
update identity_tie set state = 'undone', decided_by = $4, decided_at = clock_timestamp(),
       note = $5
 where tenant = $1 and state = 'tied'
   and ((low = any($2::bigint[]) and high = any($3::bigint[]))
     or (high = any($2::bigint[]) and low = any($3::bigint[])))
returning {_TIE}"""
# Everybody whom ties join to these, step by step.
_REACHED = """
with recursive reached(party) as (
  select unnest($2::bigint[])
  union
  select case when t.low = r.party then t.high else t.low end
    from reached r join identity_tie t
      on t.tenant = $1 and t.state = 'tied' and (t.low = r.party or t.high = r.party))
select party from reached"""
_TIES_AMONG = """
select low, high from identity_tie
 where tenant = $1 and state = 'tied' and low = any($2::bigint[])"""
_FORGET = "delete from identity where tenant = $1 and party = any($2::bigint[])"
_KEEP = """
insert into identity (tenant, party, customer) select $1, * from unnest($2::bigint[], $3::bigint[])"""
_CUSTOMERS = """
select u.party, coalesce(i.customer, u.party) from unnest($2::bigint[]) as u(party)
  left join identity i on i.tenant = $1 and i.party = u.party"""
_PARTIES = """
select party from identity where tenant = $1 and customer = $2 order by party"""
# Whoever is one with others has a tie of their own, and so has who was and is parted.
_TIED = """
select u.customer, t.at, p.parties
  from (select unnest($2::bigint[])) as u(customer)
  cross join lateral (
    select array_agg(party order by party) as parties from (
      select u.customer as party
      union
      select o.party from identity i join identity o on o.tenant = $1 and o.customer = i.customer
       where i.tenant = $1 and i.party = u.customer) x) p
  cross join lateral (
    select max(greatest(made_at, decided_at)) as at from identity_tie
     where tenant = $1 and state in ('tied', 'undone')
       and (low = any(p.parties) or high = any(p.parties))) t
 where exists (select from identity_tie where tenant = $1 and low = u.customer)
    or exists (select from identity_tie where tenant = $1 and high = u.customer)"""
_LIST = f"""
select {_TIE} from identity_tie where tenant = $1 and (low = any($2::bigint[]) or high = any($2::bigint[]))
 order by made_at, id"""


async def lock_identity(connection: Connection, tenant: int) -> None:
    """Who ties and who parts do so one after the other: a customer is what all ties together say.
    Until the transaction ends all is looked up by its key, also before there are statistics."""
    await connection.execute(
        "select pg_advisory_xact_lock(7303, $1), set_config('enable_seqscan', 'off', true)", tenant
    )


async def add_keys(
    connection: Connection, tenant: int, keys: Sequence[tuple[int, Key]], who: str
) -> None:
    """Keep keys by party; one that is known stays as it was said first."""
    await connection.execute(
        _ADD_KEYS, tenant, [party for party, _ in keys], [key.kind for _, key in keys],
        [key.digest for _, key in keys], [key.tail for _, key in keys], who,
    )  # fmt: skip


async def read_holders(connection: Connection, tenant: int, keys: Sequence[Key]) -> list[Any]:
    """Everybody who holds one of these keys: party, kind, digest, is_a, name."""
    rows: list[Any] = await connection.fetch(
        _HOLDERS, tenant, [key.kind for key in keys], [key.digest for key in keys]
    )
    return rows


async def read_sole_keys(
    connection: Connection, tenant: int, parties: Collection[int]
) -> list[tuple[int, str, bytes]]:
    """(party, kind, digest) of the keys of which nobody has two."""
    return [tuple(row) for row in await connection.fetch(_KEYS, tenant, list(parties))]


async def read_between(
    connection: Connection, tenant: int, pairs: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], bool]:
    """Whether a tie stands between two, of those between whom there has ever been one."""
    lows, highs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    rows = await connection.fetch(_BETWEEN, tenant, lows, highs)
    return {(row[0], row[1]): row[2] for row in rows}


async def insert_ties(
    connection: Connection, tenant: int, ties: Sequence[tuple[tuple[int, int], str, State]],
    who: str, note: str = "",
) -> list[Tie]:  # fmt: skip
    """Ties (pair, why, state); those between whom one stands already are left out."""
    rows = await connection.fetch(
        _TIE_UP, tenant, [new_uuid() for _ in ties], [pair[0] for pair, _, _ in ties],
        [pair[1] for pair, _, _ in ties], [why for _, why, _ in ties],
        [state for _, _, state in ties], note, who,
    )  # fmt: skip
    return [Tie(*row) for row in rows]


async def read_tie(connection: Connection, tenant: int, tie: UUID) -> Tie | None:
    row = await connection.fetchrow(
        f"select {_TIE} from identity_tie where tenant = $1 and id = $2", tenant, tie
    )
    return None if row is None else Tie(*row)


async def decide(
    connection: Connection, tenant: int, tie: UUID, state: State, who: str
) -> Tie | None:
    row = await connection.fetchrow(_DECIDE, tenant, tie, state, who)
    return None if row is None else Tie(*row)


async def undo_between(
    connection: Connection, tenant: int, these: Collection[int], those: Collection[int], who: str,
    note: str,
) -> list[Tie]:  # fmt: skip
    """Undo every tie between these parties and those."""
    rows = await connection.fetch(_UNDO, tenant, list(these), list(those), who, note)
    return [Tie(*row) for row in rows]


async def read_reached(connection: Connection, tenant: int, parties: Collection[int]) -> set[int]:
    """These parties, and everybody whom ties join to them."""
    return {row[0] for row in await connection.fetch(_REACHED, tenant, list(parties))}


async def read_ties_among(
    connection: Connection, tenant: int, parties: Collection[int]
) -> list[tuple[int, int]]:
    """(low, high) of the ties that stand among parties that were reached."""
    return [tuple(row) for row in await connection.fetch(_TIES_AMONG, tenant, list(parties))]


async def keep_customers(connection: Connection, tenant: int, customers: dict[int, int]) -> None:
    """Which customer each of these parties is; who is a customer alone has no row."""
    await connection.execute(_FORGET, tenant, list(customers))
    several = Counter(customers.values())
    shared = {party: customer for party, customer in customers.items() if several[customer] > 1}
    await connection.execute(_KEEP, tenant, list(shared), list(shared.values()))


async def find_customers(
    connection: Connection, tenant: int, parties: Collection[int]
) -> dict[int, int]:
    """The customer of each party: the least number among the parties that are one."""
    return {row[0]: row[1] for row in await connection.fetch(_CUSTOMERS, tenant, list(parties))}


async def read_parties_of(connection: Connection, tenant: int, party: int) -> list[int]:
    """All parties that are the same customer as this one, itself among them, in order."""
    customer = (await find_customers(connection, tenant, [party]))[party]
    rows = await connection.fetch(_PARTIES, tenant, customer)
    return [row[0] for row in rows] or [party]


async def read_tied(
    connection: Connection, tenant: int, customers: Collection[int]
) -> dict[int, tuple[datetime, list[int]]]:
    """When a tie of a customer last came or went, and all parties that they are; of those alone who
    have or had one."""
    rows = await connection.fetch(_TIED, tenant, list(customers))
    return {row[0]: (row[1], row[2]) for row in rows if row[1] is not None}


async def list_ties(connection: Connection, tenant: int, parties: Collection[int]) -> list[Tie]:
    """Every tie of these parties that there has ever been, in order."""
    return [Tie(*row) for row in await connection.fetch(_LIST, tenant, list(parties))]


async def read_refs(
    connection: Connection, tenant: int, parties: Collection[int]
) -> dict[int, str]:
    """What parties are called, by number."""
    rows = await connection.fetch(
        "select id, ref from party where tenant = $1 and id = any($2::bigint[])", tenant,
        list(parties),
    )  # fmt: skip
    return {row[0]: row[1] for row in rows}


async def read_tails(
    connection: Connection, tenant: int, parties: Collection[int]
) -> list[tuple[int, str, str]]:
    """(party, kind, last digits) of the keys that parties hold."""
    rows = await connection.fetch(
        "select party, kind, tail from identity_key where tenant = $1 and party = any($2::bigint[])"
        " order by party, kind, tail",
        tenant, list(parties),
    )  # fmt: skip
    return [tuple(row) for row in rows]


async def forget_party(connection: Connection, tenant: int, party: int) -> None:
    """Nothing tells any more who a party was; whom it tied together are apart."""
    await connection.execute(
        "delete from identity_key where tenant = $1 and party = $2", tenant, party
    )
    await connection.execute(
        "delete from identity_tie where tenant = $1 and (low = $2 or high = $2)", tenant, party
    )
