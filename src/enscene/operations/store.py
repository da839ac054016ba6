"""SQL of requests, and of what the catalogue and a scene's page show, each in one tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enscene.commit import admit

Pool: TypeAlias = "asyncpg.Pool[Any]"
Connection: TypeAlias = "asyncpg.Connection[Any]"
Row: TypeAlias = "asyncpg.Record"
Source: TypeAlias = "Pool | Connection"
"""A pool, from which a transaction is begun; or a connection whose own transaction goes on."""

LAUNCH = """id, kind, scene, pack, digest, wish, rehearsal, state, version, chosen_by, chosen_at,
 submitted_by, submitted_at, decided_by, decided_at, note, live_at"""


def _first(tenant: str, scene: str, since: str) -> str:
    """The number from which on the events of a scene are of `since` or later.

    A scene's time never goes back, so that it is found by halving, with one look into the index
    `event_scene` each: the log needs no index by time, which every payment would have to write.
    """
    return f"""(
  with recursive edge (low, high) as (
    select 0::bigint, coalesce((
      select seq + 1 from event where tenant = {tenant} and scene = {scene}
       order by seq desc limit 1), 0)
    union all
    select case when p.at < {since} then p.seq + 1 else e.low end,
           case when p.at < {since} then e.high else e.middle end
      from (select low, high, (low + high) / 2 as middle from edge where low < high) e
      left join lateral (
        select seq, at from event
         where tenant = {tenant} and scene = {scene} and seq >= e.middle and seq < e.high
         order by seq limit 1) p on true)
  select high from edge where low >= high)"""


_FIRST = _first("$1", "$2", "$3")
# Both ends, so that a plan made for any day knows how small a part of the table it is.
_LAST = "(select seq from event where tenant = $1 and scene = $2 order by seq desc limit 1)"
OF_THE_DAY = f"seq between {_FIRST} and {_LAST}"
"""The events of scene $2 of tenant $1 from the moment $3 on."""
_SCENES = f"""
select s.id, s.ref, s.name, s.pack, s.state, s.terms, s.profile, s.created_at, s.live_at,
       (select count(*) from enrolment e where e.tenant = s.tenant and e.scene = s.id)::int as people,
       d.acts, d.transfers, d.minor
  from scene s
  cross join lateral (select {_first("s.tenant", "s.id", "$2")} as first, (
    select seq from event where tenant = s.tenant and scene = s.id
     order by seq desc limit 1) as last offset 0) f
  left join lateral (
    select (select count(*) from event e
             where e.tenant = s.tenant and e.scene = s.id and e.seq between f.first and f.last)::int as acts,
           count(*)::int as transfers, coalesce(sum(t.amount), 0)::bigint as minor
      from transfer t
     where t.tenant = s.tenant and t.seq between f.first and f.last and t.scene = s.id and t.kind in (0, 2)) d on true
 where s.tenant = $1 and ($3::text is null or s.ref = $3)
 order by s.created_at desc, s.id desc"""
_CLOCK = """
select greatest(clock_timestamp(), s.at)
         + make_interval(secs => coalesce((s.clocks ->> t.id::text)::bigint, 0) / 1e6) as now,
       t.zone, t.shard, t.sandbox, t.brand, t.name, t.ref, t.currency
  from tenant t join shard s on s.id = t.shard where t.id = $1"""
_VOLUMES = f"""
select t.flow, d.name as source, c.name as target, count(*)::int as moves,
       sum(t.amount)::bigint as minor
  from transfer t
  join account d on d.tenant = t.tenant and d.id = t.dr
  join account c on c.tenant = t.tenant and c.id = t.cr
 where t.tenant = $1 and t.scene = $2 and t.{OF_THE_DAY} and t.kind in (0, 2)
 group by 1, 2, 3 order by 5 desc"""
_ACCOUNTS = """
select name, kind, role, currency, count(*)::int as accounts, sum(posted)::bigint as posted,
       sum(held)::bigint as held
  from account where tenant = $1 and scene = $2 and id > 0 group by 1, 2, 3, 4 order by 1"""
_OWNERS = """
select a.id, a.name, a.posted, a.held, a.floor, a.currency, p.ref, p.name as owner
  from account a join party p on p.tenant = a.tenant and p.id = a.owner
 where a.tenant = $1 and a.scene = $2 and a.name = $3 and a.id > 0
   and ($4::text is null or p.ref = $4)
 order by abs(a.posted) desc, p.ref limit $5"""
_STATES = """
select type, state, count(*)::int as things from thing
 where tenant = $1 and scene = $2 group by 1, 2 order by 1, 3 desc"""
_THINGS = """
select key, state, fields, terms, born, seq from thing
 where tenant = $1 and scene = $2 and type = $3 and ($4::text is null or state = $4)
   and ($5::text is null or fields @> jsonb_build_object($6::text, $5::text))
   and born > 0
 order by born desc, key desc limit $7"""
_THING = """
select key, state, fields, terms, born, seq, due, timer from thing
 where tenant = $1 and scene = $2 and type = $3 and key = $4"""
_EVENTS = """
select seq, at, action, subject, actor, facts from event
 where tenant = $1 and scene = $2 and seq < $3 and ($4::text is null or subject = $4)
 order by seq desc limit $5"""
_NEW_EVENTS = """
select seq, at, action, subject, actor, facts from event
 where tenant = $1 and scene = $2 and seq > $3 order by seq limit $4"""
_EVENTS_OF_DAYS = """
select seq, at, action, subject, actor, facts from event
 where tenant = $1 and scene = $2 and at >= $3::timestamptz and at < $4::timestamptz
 order by seq limit $5"""
_TOTALS = f"""
select count(*) filter (where action not like 'scene.%' and action <> 'roster.changed')::int as acts,
       count(distinct actor) filter (where action not like 'scene.%' and action <> 'roster.changed')::int as actors,
       coalesce((select max(seq) from event where tenant = $1 and scene = $2), 0)::bigint as seq
  from event where tenant = $1 and scene = $2 and {OF_THE_DAY}"""
_MONEY = f"""
select count(*)::int as transfers, coalesce(sum(amount), 0)::bigint as minor
  from transfer where tenant = $1 and scene = $2 and {OF_THE_DAY} and kind in (0, 2)"""
_NEW_ACTS = """
select count(*) filter (where action not like 'scene.%' and action <> 'roster.changed')::int as acts,
       coalesce(max(seq), $3)::bigint as seq
  from event where tenant = $1 and scene = $2 and seq > $3"""
_NEW_MONEY = """
select count(*)::int as transfers, coalesce(sum(amount), 0)::bigint as minor
  from transfer where tenant = $1 and seq > $3 and scene = $2 and kind in (0, 2)"""
_BY_ACTION = f"""
select action, count(*)::int as times from event
 where tenant = $1 and scene = $2 and {OF_THE_DAY} group by 1 order by 2 desc, 1"""
_RATINGS = """
select at, actor, subject, r ->> 'stars' as stars, r ->> 'comment' as comment
  from event e, jsonb_array_elements(e.facts -> 'ratings') r
 where e.tenant = $1 and e.scene = $2 and e.facts ? 'ratings' order by e.seq desc limit $3"""
_RATING_SUM = """
select (r ->> 'stars')::int as stars, count(*)::int as times
  from event e, jsonb_array_elements(e.facts -> 'ratings') r
 where e.tenant = $1 and e.scene = $2 and e.facts ? 'ratings' group by 1 order by 1 desc"""
_DEMAND = """
select o.fields ->> 'day' as day, o.fields ->> 'serving' as serving,
       coalesce(d.fields ->> 'title', k.key) as dish, count(*)::int as portions
  from thing o
  cross join lateral jsonb_array_elements_text(o.fields -> 'dishes') as k(key)
  left join thing d on d.tenant = o.tenant and d.scene = o.scene and d.type = $4 and d.key = k.key
 where o.tenant = $1 and o.scene = $2 and o.type = $3 and not o.state = any($5::text[])
 group by 1, 2, 3 order by 1, 2, 3"""
_PARTIES = """
select p.ref, p.name, e.role, b.ref as bound_to, e.since, e.active
  from enrolment e join party p on p.tenant = e.tenant and p.id = e.party
  left join party b on b.tenant = e.tenant and b.id = e.bound_to
 where e.tenant = $1 and e.scene = $2 and ($3::text is null or e.role = $3)
 order by e.role, p.ref limit $4"""
_ROLES = """
select role, count(*)::int as parties from enrolment
 where tenant = $1 and scene = $2 group by 1 order by 1"""
_TERMS = """
select number, digest, variant, options, parts, added, products, created_at, created_by
  from terms where tenant = $1 and scene = $2 order by number desc"""
_TERMS_SINCE = """
select s.ref, s.name, t.number, t.created_at, t.digest, t.variant, t.options, t.parts, t.added,
       t.products, b.digest as was_digest, b.variant as was_variant, b.options as was_options,
       b.parts as was_parts, b.added as was_added, b.products as was_products
  from scene s
  join terms t on t.tenant = s.tenant and t.scene = s.id and t.number <= s.terms
  join terms b on b.tenant = t.tenant and b.scene = t.scene and b.number = t.number - 1
 where s.tenant = $1 and s.ref = any($2::text[]) and s.state in ('pilot', 'live', 'suspended')
   and t.created_at > now() - make_interval(days => $3)
 order by t.created_at desc, t.number desc limit 50"""
_USES = """
select s.ref, s.name, s.pack, s.state, k.added
  from scene s join terms k on k.tenant = s.tenant and k.scene = s.id and k.number = s.terms
 where s.tenant = $1 order by s.ref"""
_CONTRACTS = """
select id, product, amount, currency, about, state, opened_at, ended_at from contract
 where tenant = $1 and scene = $2 and customer = $3
 order by ended_at is not null, opened_at desc limit 20"""
# Those of the pack's own moments: what campaigns said is read with its delivery.
_DECISIONS = """
select id, moment, product, rights, state, at, seq from decision
 where tenant = $1 and scene = $2 and customer = $3 and product is not null
   and position('/' in moment) = 0
 order by at desc limit 5"""
_PARTY = """
select ref, kind, name from party where tenant = $1 and id = $2"""
_NAMES = """
select id, ref, name from party
 where tenant = $1 and (id = any($2::bigint[]) or ref = any($3::text[]))"""
_CONTRACT = """
select product from contract where tenant = $1 and id = $2"""
_CONSENTS = """
select item, granted from consent where tenant = $1 and scene = $2 and party = $3"""
_NOTICES = """
select e.at, n ->> 'text' as text
  from event e, jsonb_array_elements(e.facts -> 'notices') n
 where e.tenant = $1 and e.scene = $2 and e.facts ? 'notices' and n ->> 'who' = $3
 order by e.seq desc limit 10"""
_CASES = """
select id, reason, thing_type, thing_key, opened_at from work_case
 where tenant = $1 and scene = $2 and state = 'open' order by opened_at desc limit 50"""
_REMAINS = """
select name, count(*)::int as accounts, sum(posted)::bigint as minor, sum(held)::bigint as held,
       sum(abs(posted))::bigint as "left"
  from account where tenant = $1 and scene = $2 and id > 0 and floor is not null
   and (posted <> 0 or held <> 0) group by 1 order by 1"""
_MY_SCENES = """
select s.id, s.ref, s.name, s.pack, s.state, e.role
  from enrolment e
  join party p on p.tenant = e.tenant and p.id = e.party
  join scene s on s.tenant = e.tenant and s.id = e.scene
 where e.tenant = $1 and p.ref = $2 and e.active and s.state <> 'retired'
 order by s.name, e.role"""
_BALANCES_OF = """
select a.name, a.posted - a.held as available
  from account a join party p on p.tenant = a.tenant and p.id = a.owner
 where a.tenant = $1 and a.scene = $2 and p.ref = $3 and a.name = any($4::text[]) and a.id > 0
 order by a.name"""
_COUNTER = """
select value from counter
 where tenant = $1 and scene = $2 and name = $3 and owner = $4 and span = $5"""
_UNIT_LEGS = """
select t.n, t.flow, t.kind, t.amount, t.currency, d.name as source, dp.ref as source_owner,
       c.name as target, cp.ref as target_owner, t.dr_balance, t.cr_balance
  from transfer t
  join account d on d.tenant = t.tenant and d.id = t.dr
  join account c on c.tenant = t.tenant and c.id = t.cr
  left join party dp on dp.tenant = d.tenant and dp.id = d.owner
  left join party cp on cp.tenant = c.tenant and cp.id = c.owner
 where t.tenant = $1 and t.scene = $2 and t.seq = $3 order by t.n"""


@asynccontextmanager
async def reading(source: Source, tenant: int) -> AsyncIterator[Connection]:
    """A read-only transaction that sees one tenant; within a caller's own, that one."""
    if not isinstance(source, asyncpg.Pool):
        yield source
        return
    async with source.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        yield connection


@asynccontextmanager
async def writing(source: Source, tenant: int) -> AsyncIterator[Connection]:
    """A transaction that sees one tenant; within a caller's own, that one, which the caller
    ends: what was done here is done when that commits."""
    if not isinstance(source, asyncpg.Pool):
        yield source
        return
    async with source.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        yield connection


async def read_clock(connection: Connection, tenant: int) -> Row:
    """The tenant's own time, zone, shard, brand, name."""
    row = await connection.fetchrow(_CLOCK, tenant)
    assert row is not None, "the tenant of a session exists"
    return row


async def read_launch(
    connection: Connection, tenant: int, launch: UUID, *, lock: bool = False
) -> Row | None:
    more = " for update" if lock else ""
    return await connection.fetchrow(
        f"select {LAUNCH} from launch where tenant = $1 and id = $2{more}", tenant, launch
    )


async def list_launches(
    connection: Connection,
    tenant: int,
    states: Sequence[str],
    scene: str | None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 200,
) -> list[Row]:
    """Newest first; `before` is when the last one of an earlier page was chosen, and its id."""
    rows: list[Row] = await connection.fetch(
        f"""
select {LAUNCH} from launch
 where tenant = $1 and ($2::text[] = '{{}}' or state = any($2)) and ($3::text is null or scene = $3)
   and ($4::timestamptz is null or (chosen_at, id) < ($4, $5::uuid))
 order by chosen_at desc, id desc limit $6""",
        tenant,
        list(states),
        scene,
        *(before or (None, None)),
        limit,
    )
    return rows


async def read_state_before(connection: Connection, tenant: int, scene: int) -> str | None:
    """What the scene was before it was suspended last."""
    before: str | None = await connection.fetchval(
        "select facts ->> 'before' from event where tenant = $1 and scene = $2 "
        "and action = 'scene.suspended' order by seq desc limit 1",
        tenant,
        scene,
    )
    return before


async def insert_launch(
    connection: Connection,
    tenant: int,
    launch: UUID,
    kind: str,
    scene: str | None,
    pack: str,
    wish: Any,
    who: str,
) -> None:
    await connection.execute(
        "insert into launch (tenant, id, kind, scene, pack, wish, chosen_by) "
        "values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        launch,
        kind,
        scene,
        pack,
        wish,
        who,
    )


async def update_launch(
    connection: Connection, tenant: int, launch: UUID, before: Sequence[str], **values: Any
) -> bool:
    """Set columns of a request that is in one of the states `before`; False if it is not."""
    names = list(values)
    assert all(name.isidentifier() for name in names), names
    sets = ", ".join(f"{name} = ${number + 4}" for number, name in enumerate(names))
    status = await connection.execute(
        f"update launch set {sets}, version = version + 1 "
        "where tenant = $1 and id = $2 and state = any($3::text[])",
        tenant,
        launch,
        list(before),
        *values.values(),
    )
    return bool(status == "UPDATE 1")


async def mark_live(connection: Connection, tenant: int, scene: str) -> None:
    """The scene's first opening ends the time that its launch took."""
    await connection.execute(
        "update launch set live_at = clock_timestamp() where tenant = $1 and scene = $2 "
        "and kind = 'new' and state = 'approved' and live_at is null",
        tenant,
        scene,
    )


async def update_profile(connection: Connection, tenant: int, scene: str, profile: Any) -> None:
    await connection.execute(
        "update scene set profile = profile || $3 where tenant = $1 and ref = $2",
        tenant,
        scene,
        profile,
    )


async def list_scenes(
    connection: Connection, tenant: int, since: datetime, ref: str | None
) -> list[Row]:
    rows: list[Row] = await connection.fetch(_SCENES, tenant, since, ref)
    return rows


QUERIES = {
    "volumes": _VOLUMES,
    "accounts": _ACCOUNTS,
    "owners": _OWNERS,
    "states": _STATES,
    "things": _THINGS,
    "thing": _THING,
    "events": _EVENTS,
    "terms_since": _TERMS_SINCE,
    "first_event": f"select {_FIRST} as seq",
    "events_of_days": _EVENTS_OF_DAYS,
    "new_events": _NEW_EVENTS,
    "by_action": _BY_ACTION,
    "ratings": _RATINGS,
    "rating_sum": _RATING_SUM,
    "demand": _DEMAND,
    "party": _PARTY,
    "names": _NAMES,
    "contract": _CONTRACT,
    "parties": _PARTIES,
    "roles": _ROLES,
    "terms": _TERMS,
    "uses": _USES,
    "contracts": _CONTRACTS,
    "decisions": _DECISIONS,
    "consents": _CONSENTS,
    "notices": _NOTICES,
    "cases": _CASES,
    "remains": _REMAINS,
    "unit_legs": _UNIT_LEGS,
    "counter": _COUNTER,
    "my_scenes": _MY_SCENES,
    "balances_of": _BALANCES_OF,
}


async def read(connection: Connection, query: str, *arguments: Any) -> list[Row]:
    """The rows of one of `QUERIES`; arguments begin with the tenant."""
    rows: list[Row] = await connection.fetch(QUERIES[query], *arguments)
    return rows


async def count_cases(connection: Connection, tenant: int, scene: int) -> int:
    """Open cases of a scene."""
    cases: int = await connection.fetchval(
        "select count(*)::int from work_case where tenant = $1 and scene = $2 and state = 'open'",
        tenant,
        scene,
    )
    return cases


async def read_thing(
    connection: Connection, tenant: int, scene: int, kind: str, key: str
) -> Row | None:
    return await connection.fetchrow(_THING, tenant, scene, kind, key)


async def read_news(connection: Connection, tenant: int, scene: int, after: int) -> dict[str, int]:
    """Acts, transfers and their sum since a number, and the last number: by indexes alone."""
    acts = await connection.fetchrow(_NEW_ACTS, tenant, scene, after)
    money = await connection.fetchrow(_NEW_MONEY, tenant, scene, after)
    assert acts is not None, "an aggregate has a row"
    assert money is not None, "an aggregate has a row"
    return {**dict(acts), **dict(money)}


async def read_totals(
    connection: Connection, tenant: int, scene: int, since: datetime
) -> dict[str, int]:
    """Acts, actors, transfers and their sum since a moment, and the last number."""
    acts = await connection.fetchrow(_TOTALS, tenant, scene, since)
    money = await connection.fetchrow(_MONEY, tenant, scene, since)
    assert acts is not None, "an aggregate has a row"
    assert money is not None, "an aggregate has a row"
    return {**dict(acts), **dict(money)}
