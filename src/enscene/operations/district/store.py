"""SQL of a district: its places, offers, and what happened at each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from enscene.engagement.circles.feed import PAYS
from enscene.operations.district.layout import Layout
from enscene.operations.store import OF_THE_DAY, Connection, Row

_PLACES = """
select t.key, t.state, t.fields, p.name as owner_name
  from thing t left join party p on p.tenant = t.tenant and p.ref = t.fields ->> $5
 where t.tenant = $1 and t.scene = $2 and t.type = $3 and t.state = any($4::text[])
   and ($6::text is null or t.fields ->> 'category' = $6)
 order by t.born desc, t.key limit $7"""
_OFFERS = """
select t.fields ->> $5 as place, t.key, t.fields from thing t
 where t.tenant = $1 and t.scene = $2 and t.type = $3 and t.state = any($4::text[])
   and (t.fields ->> 'left')::int > 0
   and t.fields ->> 'starts' <= $6 and t.fields ->> 'until' >= $6
   and t.fields ->> $5 = any($7::text[])
 order by t.born desc, t.key limit $8"""
_TITLES = """
select key, fields ->> 'title' as title from thing
 where tenant = $1 and scene = $2 and type = $3 and key = any($4::text[])"""
_ABOUT = f"""
select seq, action, facts -> 'thing' -> 'fields' ->> $4 as place, facts
  from event where tenant = $1 and scene = $2 and {OF_THE_DAY}
   and facts -> 'thing' -> 'fields' ->> $4 = any($5::text[])"""
_ACTS = f"""
with about as ({_ABOUT} and action = any($6::text[])),
told as (
  select action, place, (
    select coalesce(sum((m ->> 'minor')::bigint), 0) from jsonb_array_elements(facts -> 'moved') m
     where m ->> 'how' = any($7::text[]) and m ->> 'flow' = any($8::text[])) as paid
    from about)
select place, action, count(*)::int as times, count(*) filter (where paid > 0)::int as orders,
       coalesce(sum(paid), 0)::bigint as minor
  from told group by 1, 2 order by 1, 2"""
_FEES = f"""
with about as ({_ABOUT})
select a.place, sum(t.amount * ((c.role = 'income')::int - (d.role = 'income')::int))::bigint as minor
  from about a
  join transfer t on t.tenant = $1 and t.seq = a.seq and t.scene = $2 and t.kind in (0, 2)
  join account d on d.tenant = t.tenant and d.id = t.dr
  join account c on c.tenant = t.tenant and c.id = t.cr
 group by 1"""


async def read_places(
    connection: Connection, tenant: int, scene: int, layout: Layout, category: str | None, most: int
) -> list[Row]:
    """Places that stand, the newest first."""
    place = layout.place
    rows: list[Row] = await connection.fetch(
        _PLACES, tenant, scene, place.name, layout.open_states(place), layout.owner, category, most
    )
    return rows


async def read_offers(
    connection: Connection, tenant: int, scene: int, layout: Layout, places: list[str], today: str,
    most: int,
) -> list[Row]:  # fmt: skip
    """What may be had today at these places, the newest first."""
    found: list[Row] = []
    for offer in layout.offers:
        found += await connection.fetch(
            _OFFERS, tenant, scene, offer.name, layout.open_states(offer), layout.place.key, today,
            places, most,
        )  # fmt: skip
    return found


async def read_acts(
    connection: Connection, tenant: int, scene: int, layout: Layout, places: list[str],
    since: datetime,
) -> list[Row]:  # fmt: skip
    """What was done at each place since then: how often, how many were paid there with a card, and
    what that came to."""
    names = [each.name for each in layout.acts]
    rows: list[Row] = await connection.fetch(
        _ACTS, tenant, scene, since, layout.place.key, places, names, list(PAYS), list(layout.pays)
    )
    return rows


async def read_fees(
    connection: Connection, tenant: int, scene: int, layout: Layout, places: list[str],
    since: datetime,
) -> dict[str, Any]:  # fmt: skip
    """What the bank earned at each place, less what it gave back, in minor units."""
    rows = await connection.fetch(_FEES, tenant, scene, since, layout.place.key, places)
    return {row["place"]: row["minor"] for row in rows}


async def read_titles(
    connection: Connection, tenant: int, scene: int, layout: Layout, places: list[str]
) -> dict[str, str]:
    """What these places are called."""
    rows = await connection.fetch(_TITLES, tenant, scene, layout.place.name, places)
    return {row["key"]: row["title"] for row in rows}
