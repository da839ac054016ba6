"""SQL of boards: for all tenants in sight at once, and never over the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from enscene.operations.store import Connection, Row

_PLACE = """
with place as (
  select t.id, t.zone,
         greatest(clock_timestamp(), s.at)
           + make_interval(secs => coalesce((s.clocks ->> t.id::text)::bigint, 0) / 1e6) as now
    from tenant t join shard s on s.id = t.shard where t.id = any($1::int[]))"""
_PLACES = f"""{_PLACE}
select p.id, (p.now at time zone p.zone)::date as today, d.first, d.last, d.days
  from place p
  left join lateral (
    select min(day) as first, max(day) as last, count(*)::int as days
      from indicator_day where tenant = p.id) d on true"""
_SCENES = """
select s.tenant, s.id, s.ref, s.name, s.pack, s.state, coalesce(s.profile ->> 'region', '') as region,
       (s.live_at at time zone t.zone)::date as live_on,
       coalesce(nullif(v.content ->> 'owner', ''), p.owner, l.chosen_by, '') as owner
  from scene s join tenant t on t.id = s.tenant
  left join scene_entry e on e.tenant = s.tenant and e.scene = s.id
  left join scene_entry_version v
    on v.tenant = e.tenant and v.entry = e.id and v.version = e.version
  left join project p on p.tenant = s.tenant and p.scene = s.id
  left join lateral (
    select chosen_by from launch where tenant = s.tenant and scene = s.ref
     order by chosen_at limit 1) l on true
 where s.tenant = any($1::int[]) and s.state <> 'draft' order by s.tenant, s.id"""
_VALUES = """
select tenant, indicator, scene, day, key, currency, value from indicator_value
 where tenant = any($1::int[]) and indicator = any($2::text[]) and grain = $3
   and day between $4 and $5"""
_AT_END = """
select v.tenant, v.indicator, v.scene, v.day, v.key, v.currency, v.value
  from unnest($1::int[], $2::date[]) e(tenant, day)
  join indicator_value v on v.tenant = e.tenant and v.day = e.day
 where v.indicator = 'account.balance' and v.grain = 'day'"""
_LAST_USE = """
select v.tenant, v.scene, max(v.day) as day
  from unnest($1::int[], $2::date[], $3::date[]) e(tenant, first, last)
  join indicator_value v on v.tenant = e.tenant and v.day between e.first and e.last
 where v.indicator = 'users.active' and v.grain = 'day' group by 1, 2"""
_TODO = f"""{_PLACE}
select p.id, w.what, w.count, w.since, coalesce(w.at, '{{}}') as at from place p cross join lateral (
  select 'launches' as what, count(*)::int as count, min(submitted_at) as since,
         null::text[] as at
    from launch where tenant = p.id and state = 'submitted'
  union all
  select 'prices', count(*)::int, min(set_at), null
    from price where tenant = p.id and state = 'asked'
  union all
  select 'campaigns', count(*)::int, min(made_at),
         array_agg(distinct ref) filter (where ref <> '')
    from campaign where tenant = p.id and state = 'proposed'
  union all
  select 'pool_orders', count(*)::int, min(proposed_at), null
    from pool_order where tenant = p.id and state = 'proposed'
  union all
  select 'exports', count(*)::int, min(asked_at), null
    from export where tenant = p.id and state = 'asked'
  union all
  select 'outlays', count(*)::int, min(o.asked_at), array_agg(distinct s.ref)
    from scene_outlay o join scene s on s.tenant = o.tenant and s.id = o.scene
   where o.tenant = p.id and o.state = 'asked'
  union all
  select 'baselines', count(*)::int, min(b.asked_at), array_agg(distinct s.ref)
    from baseline b join scene s on s.tenant = b.tenant and s.id = b.scene
   where b.tenant = p.id
     and (b.state = 'asked' or (b.state = 'approved' and b.leaving_by is not null))
  union all
  select 'incentives', count(*)::int, min(at), null
    from (select asked_at as at from incentive_rule where tenant = p.id and state = 'asked'
          union all
          select made_at from incentive_run where tenant = p.id and state = 'made') i
  union all
  select 'plans', count(*)::int, min(planned_at), array_agg(ref order by planned_at)
    from project where tenant = p.id and state = 'planned'
  union all
  select 'gates', count(*)::int, min(g.asked_at), array_agg(distinct r.ref)
    from project_gate g join project r on r.tenant = g.tenant and r.id = g.project
   where g.tenant = p.id and g.state = 'asked'
  union all
  select 'criteria', count(*)::int, min(c.set_at), array_agg(distinct s.ref)
    from pilot_criterion c join scene s on s.tenant = c.tenant and s.id = c.scene
   where c.tenant = p.id and c.approved_by is null
  union all
  select 'copies', count(*)::int, min(asked_at), array_agg(distinct scene_ref)
    from copy_offer where tenant = p.id and state = 'asked'
  union all
  select 'rules', count(*)::int, min(asked_at), null
    from planning_rules where tenant = p.id and state = 'asked'
  union all
  select 'reviews', count(*)::int, min(e.made_at), null
    from scene_entry e
    join scene_entry_version v on v.tenant = e.tenant and v.entry = e.id and v.version = e.version
   where e.tenant = p.id and e.dropped_at is null
     and v.content ->> 'next_review' < (p.now at time zone p.zone)::date::text
  union all
  select 'tasks', count(*)::int, min(made_at), array_agg(distinct coalesce(staff, ''))
    from staff_task where tenant = p.id and state in ('open', 'taken')
     and made_at < p.now - interval '1 day'
  union all
  select 'tickets', count(*)::int, min(due), null
    from ticket where tenant = p.id and state = 'open'
     and clock_timestamp() > case when answered_at is null then answer_due else due end
  union all
  select 'voices', count(*)::int, min(said_at), null
    from voice where tenant = p.id and answered_on is null
     and due_on < (p.now at time zone p.zone)::date
  union all
  select 'voices_open', count(*)::int, min(said_at), null
    from voice where tenant = p.id and answered_on is null
     and due_on >= (p.now at time zone p.zone)::date) w
 where w.count > 0"""
_WITH_PROJECTS = """
select distinct tenant from project where tenant = any($1::int[]) and state = 'under_way'"""
_LOOPS = """
select distinct on (tenant, campaign) tenant, campaign, number, owner, ends,
       difference ->> 'currency' as currency, (difference ->> 'value')::float8 as value,
       (difference ->> 'low')::float8 as low, (difference ->> 'high')::float8 as high,
       coalesce((difference ->> 'uneven')::boolean, false) as uneven, verdict
  from loop_cycle where tenant = any($1::int[]) and closed_at is not null
 order by tenant, campaign, number desc"""


async def read_places(connection: Connection, tenants: Sequence[int]) -> dict[int, Row]:
    """today, the first and the last computed day and how many there are, by tenant."""
    return {row["id"]: row for row in await connection.fetch(_PLACES, tenants)}


async def read_scenes(connection: Connection, tenants: Sequence[int]) -> list[Row]:
    """Scenes that are no drafts, with who answers for each."""
    found: list[Row] = await connection.fetch(_SCENES, tenants)
    return found


async def read_values_of(
    connection: Connection, tenants: Sequence[int], indicators: Sequence[str], grain: str,
    first: date, last: date,
) -> list[Row]:  # fmt: skip
    """tenant, indicator, scene, day, key, currency, value."""
    found: list[Row] = await connection.fetch(_VALUES, tenants, indicators, grain, first, last)
    return found


async def read_at_end(connection: Connection, ends: dict[int, date]) -> list[Row]:
    """Balances by class at the end of each tenant's day; the same columns."""
    found: list[Row] = await connection.fetch(_AT_END, list(ends), list(ends.values()))
    return found


async def read_last_use(
    connection: Connection, spans: dict[int, tuple[date, date]]
) -> dict[tuple[int, int], date]:
    """By tenant and scene, the last day of each tenant's span on which it was used."""
    firsts, lasts = [span[0] for span in spans.values()], [span[1] for span in spans.values()]
    rows = await connection.fetch(_LAST_USE, list(spans), firsts, lasts)
    return {(row["tenant"], row["scene"]): row["day"] for row in rows}


async def read_todo(connection: Connection, tenants: Sequence[int]) -> list[Row]:
    """tenant, what waits, how much of it, since when, and `at`: refs of the scenes, projects or
    campaigns it is of; of tasks whose they are ('': nobody has taken one)."""
    found: list[Row] = await connection.fetch(_TODO, tenants)
    return found


async def read_with_projects(connection: Connection, tenants: Sequence[int]) -> set[int]:
    """Tenants that have a project under way."""
    return {row[0] for row in await connection.fetch(_WITH_PROJECTS, tenants)}


async def read_loops(connection: Connection, tenants: Sequence[int]) -> list[Row]:
    """Of each campaign the last cycle that is over."""
    found: list[Row] = await connection.fetch(_LOOPS, tenants)
    return found
