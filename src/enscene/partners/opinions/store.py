"""SQL of opinions; each within one admitted tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from enscene.partners.store import Connection, Row

_PUT = """
insert into partner_opinion (tenant, partner, digest, source, url, at, text, sentiment, rules, taken_by)
select $1, p, d, s, u, a, t, m, $2, $3
  from unnest($4::uuid[], $5::bytea[], $6::text[], $7::text[], $8::timestamptz[], $9::text[],
              $10::text[]) as o(p, d, s, u, a, t, m)
    on conflict do nothing returning partner"""
_LIST = """
select source, url, at, text, sentiment from partner_opinion
 where tenant = $1 and partner = $2 order by at desc, digest limit $3"""
_DAYS = """
select partner, (at at time zone $3)::date as day, sentiment, count(*)::int as items
  from partner_opinion
 where tenant = $1 and ($2::uuid is null or partner = $2)
   and (at at time zone $3)::date between $4 and $5
 group by partner, day, sentiment"""


async def put(
    connection: Connection, tenant: int, rules: str, who: str, rows: Sequence[tuple[Any, ...]]
) -> int:
    """How many were not there."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return len(await connection.fetch(_PUT, tenant, rules, who, *columns))


async def list_opinions(
    connection: Connection, tenant: int, partner: UUID, limit: int
) -> list[Row]:
    rows: list[Row] = await connection.fetch(_LIST, tenant, partner, limit)
    return rows


async def count_days(
    connection: Connection, tenant: int, partner: UUID | None, zone: str, first: date, last: date
) -> list[Row]:
    rows: list[Row] = await connection.fetch(_DAYS, tenant, partner, zone, first, last)
    return rows
