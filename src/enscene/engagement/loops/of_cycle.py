"""What a campaign's cycle is read from: what was counted, what was tried, and what tasks are due."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from enscene.engagement.decisions import Offer
from enscene.engagement.loops.optimise_policy import Tried
from enscene.engagement.loops.store import Connection
from enscene.engagement.running.campaign_decider import FEATURES

_NOW = """
select t.id, t.ref, t.zone, clock_timestamp() + make_interval(secs =>
         coalesce((s.clocks ->> t.id::text)::bigint, 0) / 1e6) as now
  from tenant t join shard s on s.id = t.shard where t.id = any($1::int[])"""
# Of each campaign the version that was approved last holds, as for the engine.
_HOLDING = """
select distinct on (c.tenant, c.ref) c.tenant, c.ref, c.state, (c.body ->> 'starts')::date as starts,
       (c.body ->> 'ends')::date as ends
  from campaign c
 where c.tenant = any($1::int[]) and c.ref <> '' and c.state in ('approved', 'stopped')
 order by c.tenant, c.ref, c.version desc"""
_TASKS = f"""
select h.tenant, h.ref, o.number
  from ({_HOLDING}) h join ({_NOW}) t on t.id = h.tenant
  cross join lateral (
    select h.state = 'approved' and (t.now at time zone t.zone)::date between h.starts and h.ends) r(runs)
  left join loop_cycle o on o.tenant = h.tenant and o.campaign = h.ref and o.closed_at is null
 where case when o.number is null then r.runs else o.ends <= t.now or not r.runs end
 order by 1, 2"""
_NEXT = f"""
select min(due) from (
  select ends as due from loop_cycle
   where tenant = any($1::int[]) and closed_at is null and campaign <> all($2::text[])
  union all
  select h.starts::timestamp at time zone t.zone
    from ({_HOLDING}) h join ({_NOW}) t on t.id = h.tenant
   where h.state = 'approved' and h.starts::timestamp at time zone t.zone > t.now) d"""
_COUNTS = """
with d as materialized (
  select d.id, d.customer, d.state, coalesce(starts_with(d.rights ->> 'offer', $2 || '/'), false) as own,
         d.rights -> 'suppressed' as suppressed
    from decision d
   where d.tenant = $1 and d.moment like '%/%' and d.at >= $3 and d.at < $4
     and (starts_with(d.rights ->> 'offer', $2 || '/') or exists (
           select from jsonb_object_keys(d.rights -> 'suppressed') s where starts_with(s, $2 || '/')))),
said as materialized (select * from d where own and state <> 'none')
select (select count(*) from d)::int as fired, (select count(distinct customer) from d)::int as met,
       (select count(distinct d.customer) from d cross join lateral jsonb_each_text(d.suppressed) s
         where starts_with(s.key, $2 || '/') and s.value in ('holdout', 'campaign_holdout'))::int as held,
       (select count(*) from said)::int as said,
       (select count(*) from said where state in ('seen', 'taken'))::int as seen,
       (select count(*) from said where state = 'taken')::int as taken,
       (select count(*) from said where state = 'dismissed')::int as refused,
       (select count(*) from said join delivery w on w.tenant = $1 and w.id = said.id
         where w.state = 'sent')::int as sent,
       (select count(*) from said join delivery w on w.tenant = $1 and w.id = said.id
         where w.state in ('stopped', 'failed'))::int as lost,
       (select count(distinct customer) from spectrum_change
         where tenant = $1 and at >= $3 and at < $4)::int as changed"""
_TRIED = """
select coalesce(i.customer, d.customer) as customer, d.at, d.rights ->> 'offer' as offer,
       d.rights ->> 'seed' as seed, d.state = 'taken' as taken,
       jsonb_build_array(d.rights -> 'weighed', d.rights -> 'features')::text as weighed
  from decision d left join identity i on i.tenant = d.tenant and i.party = d.customer
 where d.tenant = $1 and d.moment like '%/%' and d.at >= $3 and d.at < $4 and d.state <> 'none'
   and d.rights -> 'features' <> '{}'
   and exists (select from jsonb_array_elements(d.rights -> 'weighed') w
                where starts_with(w ->> 'offer', $2 || '/') and (w ->> 'propensity')::float > 0)
 order by d.at desc, d.id limit $5"""


class _Weighed(msgspec.Struct):
    offer: str
    propensity: float
    context: float
    net: int
    lever: float


@dataclass(frozen=True, slots=True)
class Counts:
    """Of the days of one cycle: moments that `fired` for `met` customers, of whom the lot `held` some
    out; offers `said`, of which some were `sent` or `lost` on the way, `seen`, `taken` and
    `refused`; customers of whom a preference has `changed`."""

    fired: int
    met: int
    held: int
    said: int
    seen: int
    taken: int
    refused: int
    sent: int
    lost: int
    changed: int

    @property
    def waiting(self) -> int:
        """Said, and nobody has answered yet."""
        return self.said - self.taken - self.refused


async def read_tasks(
    connection: Connection, tenants: Collection[int]
) -> list[tuple[int, str, int | None]]:
    """(tenant, campaign, number of the cycle to be closed or None where one is to be opened)."""
    return [tuple(row) for row in await connection.fetch(_TASKS, list(tenants))]


async def next_due(
    connection: Connection, tenant: int, without: Collection[str] = ()
) -> datetime | None:
    """When a cycle ends or a campaign begins; ends of cycles `without` those of some campaigns."""
    found: datetime | None = await connection.fetchval(_NEXT, [tenant], list(without))
    return found


async def read_now(connection: Connection, tenant: int) -> tuple[str, str, datetime]:
    """The tenant's ref, zone and time."""
    row = await connection.fetchrow(_NOW, [tenant])
    assert row is not None
    return row["ref"], row["zone"], row["now"]


async def read_counts(
    connection: Connection, tenant: int, campaign: str, began: datetime, ends: datetime
) -> Counts:
    """Of the decisions from `began` until before `ends`."""
    row = await connection.fetchrow(_COUNTS, tenant, campaign, began, ends)
    assert row is not None
    return Counts(*row)


async def read_tried(
    connection: Connection, tenant: int, campaign: str, since: datetime, until: datetime,
    priors: Mapping[str, float], most: int,
) -> list[tuple[datetime, Tried]]:  # fmt: skip
    """What was drawn where an offer of the campaign might be, in the order of time; of more than
    `most` the newest. `priors` are those of offers by `campaign/name`."""
    rows = await connection.fetch(_TRIED, tenant, campaign, since, until, most)
    return [(row["at"], _tried(row, priors)) for row in reversed(rows)]


def _tried(row: asyncpg.Record, priors: Mapping[str, float]) -> Tried:
    weighed, features = msgspec.json.decode(
        row["weighed"], type=tuple[list[_Weighed], dict[str, float]]
    )
    # What is never tried has no share where something was drawn.
    drawn = [each for each in weighed if each.propensity > 0]
    return Tried(
        str(row["customer"]), tuple(_offer(each, priors) for each in drawn),
        tuple(each.propensity for each in drawn),
        next(place for place, each in enumerate(drawn) if each.offer == row["offer"]),
        tuple(features.get(name, 0.0) for name in FEATURES), float(row["taken"]),
        int(row["seed"], 16),
    )  # fmt: skip


def _offer(weighed: _Weighed, priors: Mapping[str, float]) -> Offer:
    campaign, _, name = weighed.offer.partition("/")
    more: dict[str, Any] = {"prior": priors[weighed.offer]} if weighed.offer in priors else {}
    return Offer(
        campaign, "", name, value=weighed.net, lever=weighed.lever, context=weighed.context, **more
    )
