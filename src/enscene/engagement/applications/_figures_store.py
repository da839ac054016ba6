"""SQL of what is counted of applications."""

from __future__ import annotations

from collections.abc import Mapping

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


# Direct: taken without an application that names it, by an action of the scene, at once, or by one
# of those that `_APPLIED` counts.
_OFFERS = """
select d.scene, d.product, count(*)::int as offered,
       count(*) filter (where d.state in ('seen', 'taken') or a.offer is not null)::int as seen,
       count(*) filter (where d.state = 'taken' and a.offer is null)::int as direct,
       count(*) filter (where d.state = 'dismissed')::int as dismissed
  from decision d
  left join (select distinct offer from application where tenant = $1 and offer is not null) a
    on a.offer = d.id
 where d.tenant = $1 and d.product is not null and ($2::int is null or d.scene = $2)
 group by 1, 2"""
# A contract takes the newest offer that fits it, also where it was applied for without naming one
# (offer or no offer: another one may have been taken with it). One contract takes one such offer.
_APPLIED = """
select scene, product, sum(least(offers, contracts))::int from (
  select d.scene, d.product, d.customer,
         count(distinct d.id) as offers, count(distinct c.id) as contracts
    from decision d
    join unnest($2::int[], $3::text[], $4::text[]) as m(scene, product, shelf)
      on m.scene = d.scene and m.product = d.product
    join event e on e.tenant = d.tenant and e.scene = d.scene and e.seq = d.seq
    join application a on a.tenant = d.tenant and a.scene = d.scene and a.customer = d.customer
     and a.product = m.shelf and a.contract is not null
    join contract c on c.tenant = d.tenant and c.customer = d.customer
     and c.id::text = a.contract and c.seq > d.seq
   where d.tenant = $1 and d.state = 'taken'
     and not exists (select from application o where o.tenant = d.tenant and o.offer = d.id)
     and (c.about = '' or c.about = e.facts->'thing'->>'key'
          or exists (select from jsonb_each_text(e.facts->'input') said where said.value = c.about))
   group by 1, 2, 3) as taken
 group by 1, 2"""
# Approved: it is, or it was when it was given up, has expired, or what it stood on has changed.
_REACHED = """
with told as (
  select a.scene, a.product, a.offer, a.state,
         a.state in ('given_up', 'expired', 'refused') as over,
         exists (select from application_step t where t.tenant = a.tenant
                    and t.application = a.id and t.step = 'decided') as decided,
         a.state in ('approved', 'confirmed', 'done')
           or a.reasons @> '[{"code": "approved"}]'
           or a.reasons @> '[{"code": "approved_by_person"}]'
           or (a.state = 'refused' and a.ended_at > a.answered_at
               and (a.reasons @> '[{"code": "no_longer_eligible"}]'
                    or a.reasons @> '[{"code": "fact_goes_on"}]'
                    or a.reasons @> '[{"code": "fact_changed"}]'
                    or a.reasons @> '[{"code": "no_money"}]')) as approved,
         exists (select from application_step t where t.tenant = a.tenant
                    and t.application = a.id and t.step = 'confirmed') as signed
    from application a where a.tenant = $1 and ($2::int is null or a.scene = $2))
select scene, product, count(*)::int as begun,
       count(*) filter (where offer is null)::int as unasked,
       count(distinct offer)::int as asked,
       count(*) filter (where decided)::int as decided,
       count(*) filter (where approved)::int as approved,
       count(*) filter (where signed)::int as signed,
       count(*) filter (where state = 'done')::int as done,
       count(*) filter (where over and not decided)::int as stopped_begun,
       count(*) filter (where over and decided and not approved)::int as stopped_decided,
       count(*) filter (where over and approved and not signed)::int as stopped_approved,
       count(*) filter (where over and signed)::int as stopped_signed
  from told group by 1, 2"""


async def count_offers(connection: Connection, tenant: int, scene: int | None) -> list[Row]:
    """scene, product as the pack calls it, offers by how far they came."""
    rows: list[Row] = await connection.fetch(_OFFERS, tenant, scene)
    return rows


async def count_applied(
    connection: Connection, tenant: int, mounted: Mapping[tuple[int, str], str]
) -> dict[tuple[int, str], int]:
    """By scene and product as the pack calls it, offers that were taken by an application which
    did not name them; `mounted` is the product of the shelf by the same."""
    scenes, names = [scene for scene, _ in mounted], [name for _, name in mounted]
    rows = await connection.fetch(_APPLIED, tenant, scenes, names, list(mounted.values()))
    return {(row[0], row[1]): row[2] for row in rows}


async def count_reached(connection: Connection, tenant: int, scene: int | None) -> list[Row]:
    """scene, product of the shelf, applications that reached each step and that ended there."""
    rows: list[Row] = await connection.fetch(_REACHED, tenant, scene)
    return rows


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
