"""SQL of what staff did, from the tables of work and the log, and of what their customers did then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from enscene.operations.store import Connection, Row

# What the index of such events is of, word for word.
_OUTSIDE = "e.action like 'outside.%' and e.action = any(array['outside.staff_called', 'outside.staff_visited', 'outside.staff_replied'])"
_TOLD = "e.facts -> 'outside' -> 'data'"
# Tasks that are to be followed up: after an offer, and of a product.
_FOLLOWS = "(kind = 'follow_up' or reason like 'offer:%')"
_NAME = "split_part(staff, '@', 1)"
# Who was handed a task answers for the time from then on, not for that of others.
_SINCE = f"""greatest(made_at, (select max(h.at) from staff_task_hand h
  where h.tenant = $1 and h.task = staff_task.id and h.giver is not null
    and split_part(h.taker, '@', 1) = {_NAME} and h.at <= replied_at))"""
_TASKS = f"""
select {_NAME} as staff, count(replied_at)::int as contacts,
       array_agg(extract(epoch from replied_at - {_SINCE})::float8)
         filter (where replied_at is not null) as waits,
       count(*) filter (where {_FOLLOWS})::int as follow_ups,
       count(*) filter (where {_FOLLOWS} and state = 'done')::int as followed
  from staff_task
 where tenant = $1 and staff is not null and made_at >= $2 and made_at < $3 group by 1"""
_OF_OUTSIDE = f"""
select {_TOLD} ->> 'staff' as staff, count(*)::int as contacts,
       array_agg(({_TOLD} ->> 'reply_s')::float8) filter (where {_TOLD} ? 'reply_s') as waits,
       count(*) filter (where {_TOLD} ->> 'follow_up' in ('promised', 'done'))::int as follow_ups,
       count(*) filter (where {_TOLD} ->> 'follow_up' = 'done')::int as followed
  from event e where e.tenant = $1 and {_OUTSIDE} and e.at >= $2 and e.at < $3 group by 1"""
_HANDS = """
select split_part(who, '@', 1) as staff, sum(handed_on)::int as handed_on,
       sum(handed_in)::int as handed_in
  from (select giver as who, 1 as handed_on, 0 as handed_in from staff_task_hand
         where tenant = $1 and giver is not null and at >= $2 and at < $3
        union all
        select taker, 0, 1 from staff_task_hand
         where tenant = $1 and giver is not null and at >= $2 and at < $3) h
 group by 1"""
_OUTCOMES = f"""
with served as (
  select staff, customer, min(since) as since from (
    select {_NAME} as staff, customer, replied_at as since from staff_task
     where tenant = $1 and staff is not null and customer > 0 and made_at >= $2 and made_at < $3
       and replied_at is not null
    union all
    select {_TOLD} ->> 'staff', p.id, e.at from event e
      join party p on p.tenant = e.tenant and 'party:' || p.ref = e.subject
     where e.tenant = $1 and {_OUTSIDE} and e.at >= $2 and e.at < $3) s
   group by 1, 2)
select s.staff, s.customer, d.offers, d.taken, c.opened, c.kept
  from served s
  cross join lateral (
    select count(*) filter (where state <> 'none')::int as offers,
           count(*) filter (where state = 'taken')::int as taken
      from decision where tenant = $1 and customer = s.customer and at >= s.since and at < $3) d
  cross join lateral (
    select count(*)::int as opened, count(*) filter (where state = 'open')::int as kept
      from contract
     where tenant = $1 and customer = s.customer and opened_at >= s.since and opened_at < $3) c"""
_ACTIVE = """
select distinct a.owner from account a
 where a.tenant = $1 and a.owner = any($2::bigint[]) and a.id > 0 and (
   exists (select from transfer t where t.tenant = $1 and t.dr = a.id and t.kind in (0, 2)
              and t.at >= $3 and t.at < $4)
   or exists (select from transfer t where t.tenant = $1 and t.cr = a.id and t.kind in (0, 2)
                 and t.at >= $3 and t.at < $4))"""
_SERVED = f"""
select t.follow_ups + o.follow_ups as follow_ups, t.followed + o.followed as followed,
       coalesce(t.waits, '{{}}') || coalesce(o.waits, '{{}}') as waits, h.hands, d.offers, d.taken,
       c.opened, c.kept, a.active_at
  from (select count(*) filter (where {_FOLLOWS})::int as follow_ups,
               count(*) filter (where {_FOLLOWS} and state = 'done')::int as followed,
               array_agg(extract(epoch from replied_at - made_at)::float8)
                 filter (where replied_at is not null) as waits
          from staff_task where tenant = $1 and customer = any($2::bigint[])) t
 cross join (
   select count(*) filter (where {_TOLD} ->> 'follow_up' in ('promised', 'done'))::int as follow_ups,
          count(*) filter (where {_TOLD} ->> 'follow_up' = 'done')::int as followed,
          array_agg(({_TOLD} ->> 'reply_s')::float8) filter (where {_TOLD} ? 'reply_s') as waits
     from event e where e.tenant = $1 and {_OUTSIDE} and e.subject = any($3::text[])) o
 cross join (
   select count(*)::int as hands from staff_task_hand h
     join staff_task t on t.tenant = h.tenant and t.id = h.task
    where h.tenant = $1 and h.giver is not null and t.customer = any($2::bigint[])) h
 cross join (
   select count(*) filter (where state <> 'none')::int as offers,
          count(*) filter (where state = 'taken')::int as taken
     from decision where tenant = $1 and customer = any($2::bigint[])) d
 cross join (
   select count(*)::int as opened, count(*) filter (where state = 'open')::int as kept
     from contract where tenant = $1 and customer = any($2::bigint[])) c
 cross join (
   select max(at) as active_at from account a cross join lateral (
     (select at from transfer t where t.tenant = $1 and t.dr = a.id and t.kind in (0, 2)
       order by seq desc limit 1)
     union all
     (select at from transfer t where t.tenant = $1 and t.cr = a.id and t.kind in (0, 2)
       order by seq desc limit 1)) m
    where a.tenant = $1 and a.owner = any($2::bigint[]) and a.id > 0) a"""


async def read_tasks(
    connection: Connection, tenant: int, begin: datetime, end: datetime
) -> list[Row]:
    """staff, contacts, waits in seconds, follow_ups, followed: of tasks made in the time."""
    found: list[Row] = await connection.fetch(_TASKS, tenant, begin, end)
    return found


async def read_outside(
    connection: Connection, tenant: int, begin: datetime, end: datetime
) -> list[Row]:
    """The same of contacts that other systems have told of."""
    found: list[Row] = await connection.fetch(_OF_OUTSIDE, tenant, begin, end)
    return found


async def read_hands(
    connection: Connection, tenant: int, begin: datetime, end: datetime
) -> list[Row]:
    """staff, handed_on, handed_in."""
    found: list[Row] = await connection.fetch(_HANDS, tenant, begin, end)
    return found


async def read_outcomes(
    connection: Connection, tenant: int, begin: datetime, end: datetime
) -> list[Row]:
    """staff, customer, offers, taken, opened, kept: from the first contact to the end."""
    found: list[Row] = await connection.fetch(_OUTCOMES, tenant, begin, end)
    return found


async def read_active(
    connection: Connection, tenant: int, customers: Sequence[int], begin: datetime, end: datetime
) -> set[int]:
    """Those on whose accounts money moved in the time."""
    rows = await connection.fetch(_ACTIVE, tenant, list(customers), begin, end)
    return {row[0] for row in rows}


async def read_served(
    connection: Connection, tenant: int, parties: Sequence[int], refs: Sequence[str]
) -> Row:
    """All of one customer, without limit of time."""
    return await connection.fetchrow(
        _SERVED, tenant, list(parties), [f"party:{ref}" for ref in refs]
    )
