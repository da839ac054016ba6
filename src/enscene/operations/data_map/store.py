"""SQL of the data map: who takes part, what was granted and what was served, in one tenant."""

from __future__ import annotations

from typing import Any

from enscene.operations.store import Connection, Row, reading

__all__ = ["Connection", "Row", "read", "reading"]

_SCENES = """
select id, ref, name from scene
 where tenant = $1 and state in ('pilot', 'live', 'suspended') order by ref"""
_PEOPLE = """
select e.scene, count(distinct e.party)::int as people
  from enrolment e join party p on p.tenant = e.tenant and p.id = e.party
 where e.tenant = $1 and e.active and p.kind = 'person' and e.scene = any($2::int[]) group by 1"""
# A bank's own application reads for a partner under the partner's name, in the partner's roles.
_ROLES = """
select a.name, e.scene, array_agg(distinct e.role) as roles
  from app a join party p on p.tenant = a.tenant and p.ref = a.party
  join enrolment e on e.tenant = p.tenant and e.party = p.id and e.active
 where a.tenant = $1 and a.status = 'active' and e.scene = any($2::int[]) group by 1, 2"""
_GRANTS = """
select g.scene, a.name, coalesce(g.purpose, 'serve') as purpose, g.fields,
       'things.read' = any(g.actions) as things, 'accounts.read' = any(g.actions) as accounts,
       count(*)::int as consents
  from app_grant g join app a on a.tenant = g.tenant and a.id = g.app
 where g.tenant = $1 and a.status = 'active' and g.revoked_at is null
   and (g.expires_at is null or g.expires_at > clock_timestamp())
 group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3"""
# Of a thing its fields count one by one; a balance or a log was served as it is.
_SERVED = """
select r.scene, r.what, f.field, a.name, r.purpose, count(*)::int as times,
       sum(r.records)::bigint as records, max(r.at) as last
  from receipt r join app a on a.tenant = r.tenant and a.id = r.app
  cross join lateral unnest(
    case when r.what like 'things.%' then r.fields else array[''] end) as f(field)
 where r.tenant = $1 and r.at > clock_timestamp() - make_interval(days => $2)
 group by 1, 2, 3, 4, 5 order by 6 desc, 4"""
# Who has let anybody see a field: those who let all be seen (field '*') are not counted again.
_COVERED = """
with grants as (
  select scene, party, fields from app_grant
   where tenant = $1 and revoked_at is null and 'things.read' = any(actions)
     and (expires_at is null or expires_at > clock_timestamp())),
whole as (select distinct scene, party from grants where fields is null)
select scene, '*' as thing, '*' as field, count(*)::int as people from whole group by 1
union all
select g.scene, t.thing, f.field, count(distinct g.party)::int
  from grants g
  cross join lateral jsonb_each(g.fields -> 'things') as t(thing, names)
  cross join lateral jsonb_array_elements_text(t.names) as f(field)
 where not exists (select from whole w where w.scene = g.scene and w.party = g.party)
 group by 1, 2, 3"""
_AGREED = """
select c.scene, count(*)::int as consents from consent c
 where c.tenant = $1 and c.item = $2 and c.granted and c.scene = any($3::int[]) group by 1"""
# Of each two scenes, the persons who take part in both.
_SHARED_PEOPLE = """
with here as (
  select distinct e.scene, e.party
    from enrolment e join party p on p.tenant = e.tenant and p.id = e.party
   where e.tenant = $1 and e.active and p.kind = 'person' and e.scene = any($2::int[]))
select a.scene as one, b.scene as other, count(*)::int as people
  from here a join here b on b.party = a.party and b.scene > a.scene
 group by 1, 2 order by 3 desc, 1, 2"""
_PEOPLE_BY_SCENES = """
select scenes, count(*)::int as people from (
  select e.party, count(distinct e.scene)::int as scenes
    from enrolment e join party p on p.tenant = e.tenant and p.id = e.party
   where e.tenant = $1 and e.active and p.kind = 'person' and e.scene = any($2::int[])
   group by 1) k group by 1 order by 1"""
_CLAUSES = """
select distinct unnest(fields) as field from partner_clause
 where tenant = $1 and ended_on is null"""

_BROUGHT = """
select p.ref, p.name, e.role,
       (select count(distinct l.from_party)::int from link l
          join party q on q.tenant = l.tenant and q.id = l.from_party and q.kind = 'person'
         where l.tenant = e.tenant and l.scene = e.scene and l.to_party = e.party) as customers,
       array(select distinct s.name from enrolment o
               join scene s on s.tenant = o.tenant and s.id = o.scene
              where o.tenant = e.tenant and o.party = e.party and o.active and o.scene <> e.scene
                and s.state in ('pilot', 'live', 'suspended') order by 1) as scenes,
       array(select a.title from app a
              where a.tenant = e.tenant and a.party = p.ref and a.status = 'active'
              order by a.id) as apps,
       (select count(*)::int from enrolment b
         where b.tenant = e.tenant and b.scene = e.scene and b.bound_to = e.party
           and b.active) as devices
  from enrolment e join party p on p.tenant = e.tenant and p.id = e.party
 where e.tenant = $1 and e.scene = $2 and e.active and e.role = any($3::text[])
 order by customers desc, e.role, p.ref limit $4"""

# The terms that each scene that runs today had at the end of a month (now, of this one), in real time.
_TERMS_BY_MONTH = """
select m.month::date as month, s.ref, t.number
  from generate_series(date_trunc('month', now()) - make_interval(months => $2 - 1),
                       date_trunc('month', now()), interval '1 month') m(month)
  join scene s on s.tenant = $1 and s.state in ('pilot', 'live', 'suspended')
  cross join lateral (
    select number from terms
     where tenant = s.tenant and scene = s.id and created_at < m.month + interval '1 month'
     order by number desc limit 1) t
 order by 1, 2"""
_DELIVERED = """
select date_trunc('month', day)::date as month, count(*)::int as scenes,
       percentile_disc(0.5) within group (order by value) as median_s, max(value) as longest_s,
       (count(*) filter (where value <= $2))::int as in_time
  from indicator_value
 where tenant = $1 and indicator = 'scenes.to_live' and grain = 'day' group by 1 order by 1 desc
 limit 12"""

QUERIES = {
    "scenes": _SCENES,
    "people": _PEOPLE,
    "roles": _ROLES,
    "grants": _GRANTS,
    "served": _SERVED,
    "covered": _COVERED,
    "agreed": _AGREED,
    "shared_people": _SHARED_PEOPLE,
    "people_by_scenes": _PEOPLE_BY_SCENES,
    "clauses": _CLAUSES,
    "brought": _BROUGHT,
    "terms_by_month": _TERMS_BY_MONTH,
    "delivered": _DELIVERED,
}


async def read(connection: Connection, query: str, *arguments: Any) -> list[Row]:
    """The rows of one of `QUERIES`; arguments begin with the tenant."""
    rows: list[Row] = await connection.fetch(QUERIES[query], *arguments)
    return rows
