"""SQL of what is counted of applications."""

from __future__ import annotations

from enscene.engagement.applications.store import Connection, Row

_STATES = """
select state, count(*)::int from application
 where tenant = $1 and ($2::int is null or scene = $2) group by 1 order by 1"""
# Dropped: the last step of an application that has come to nothing, or waits no more.
_STEPS = """
select t.step, count(distinct t.application)::int,
       count(*) filter (where a.state in ('given_up', 'expired') and t.n = (
         select max(n) from application_step l
          where l.tenant = t.tenant and l.application = t.application
            and l.step not in ('given_up', 'expired')))::int
  from application_step t
  join application a on a.tenant = t.tenant and a.id = t.application
 where t.tenant = $1 and ($2::int is null or a.scene = $2) group by 1 order by 1"""
_CHANNELS = """
select began_in, ended_in, count(*)::int from application
 where tenant = $1 and ($2::int is null or scene = $2) and state = 'done' group by 1, 2 order by 1, 2"""
_MEASURES = """
select count(*) filter (where reasons @> '[{"code": "before_service"}]')::int as before_service,
       coalesce(sum(asked_twice), 0)::int as asked_twice,
       (percentile_cont(0.5) within group (
          order by extract(epoch from answered_at - begun_at)))::float8 as first_answer_s,
       (select percentile_disc(0.5) within group (order by took_us) from credit_decision
         where tenant = $1) as decision_p50_us,
       (select percentile_disc(0.99) within group (order by took_us) from credit_decision
         where tenant = $1) as decision_p99_us
  from application where tenant = $1 and ($2::int is null or scene = $2)"""


async def count_states(connection: Connection, tenant: int, scene: int | None) -> list[Row]:
    rows: list[Row] = await connection.fetch(_STATES, tenant, scene)
    return rows


async def count_steps(connection: Connection, tenant: int, scene: int | None) -> list[Row]:
    """step, applications that took it, applications that took it last and came to nothing."""
    rows: list[Row] = await connection.fetch(_STEPS, tenant, scene)
    return rows


async def count_channels(connection: Connection, tenant: int, scene: int | None) -> list[Row]:
    """began in, ended in, how many contracts were opened so."""
    rows: list[Row] = await connection.fetch(_CHANNELS, tenant, scene)
    return rows


async def read_measures(connection: Connection, tenant: int, scene: int | None) -> Row:
    row = await connection.fetchrow(_MEASURES, tenant, scene)
    assert row is not None, "an aggregate has a row"
    return row
