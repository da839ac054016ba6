"""SQL of kept cycles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import asyncpg
import msgspec

from enscene.engagement.loops.cycle import Cycle

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"
POLICY_TAKEN = "policy.taken"
"""What was learnt of a campaign serves from here on in the log. It is of no customer and of no scene."""

_COLUMNS = """
campaign, number, id, began, ends, owner, steps::text, difference::text, comparison::text, verdict,
version_before, version_after, closed_at"""
_LIST = f"""
select {_COLUMNS} from loop_cycle where tenant = $1 and ($2::text is null or campaign = $2)
 order by campaign, number desc limit $3"""
_ONE = f"select {_COLUMNS} from loop_cycle where tenant = $1 and campaign = $2 and number = $3"
_LAST = f"""
select distinct on (campaign) {_COLUMNS} from loop_cycle
 where tenant = $1 and closed_at is not null order by campaign, number desc"""
_OPEN = """
insert into loop_cycle (tenant, campaign, number, id, began, ends, owner, steps, version_before)
values ($1, $2, $3, $4, $5, $6, $7, $8::text::jsonb, $9) on conflict do nothing"""
_HOLD = """
select number from loop_cycle
 where tenant = $1 and campaign = $2 and number = $3 and closed_at is null for update skip locked"""
_CLOSE = """
update loop_cycle set ends = $4, steps = $5::text::jsonb, difference = $6::text::jsonb,
       comparison = $7::text::jsonb, verdict = $8, version_after = $9, closed_at = $10
 where tenant = $1 and campaign = $2 and number = $3 and closed_at is null"""
_TAKEN = """
update loop_cycle
   set version_before = $4, version_after = $5,
       steps = coalesce((
         select jsonb_agg(case when s.step ->> 'step' = 'optimise'
                               then s.step || jsonb_build_object('version_before', $4::int,
                                                                 'version_after', $5::int)
                               else s.step end order by s.place)
           from jsonb_array_elements(steps) with ordinality as s(step, place)), '[]')
 where tenant = $1 and campaign = $2 and number = $3"""


@dataclass(frozen=True, slots=True)
class KeptCycle:
    """A cycle of a campaign with its steps so far. Once it is closed: `difference` against the
    customers whom the lot held out, `comparison` of the policy that was learnt with the one that
    served, and whether it was `taken`. Versions are how many offers of the campaign a policy has
    learnt from; `version_after` is not known before the engine has read that it was taken."""

    cycle: Cycle
    began: datetime
    ends: datetime
    owner: str
    difference: Mapping[str, Any] | None
    comparison: Mapping[str, Any] | None
    verdict: Literal["taken", "kept"] | None
    version_before: int
    version_after: int | None
    closed_at: datetime | None


async def read_cycles(
    connection: Connection, tenant: int, campaign: str | None, limit: int
) -> list[KeptCycle]:
    """Of one campaign or of all, by campaign, the newest first."""
    return [_kept(row) for row in await connection.fetch(_LIST, tenant, campaign, limit)]


async def read_last_closed(connection: Connection, tenant: int) -> dict[str, KeptCycle]:
    """Of each campaign the newest cycle that is over, by ref."""
    rows = await connection.fetch(_LAST, tenant)
    return {row["campaign"]: _kept(row) for row in rows}


async def read_cycle(
    connection: Connection, tenant: int, campaign: str, number: int
) -> KeptCycle | None:
    row = await connection.fetchrow(_ONE, tenant, campaign, number)
    return None if row is None else _kept(row)


async def open_cycle(
    connection: Connection, tenant: int, cycle: Cycle, began: datetime, ends: datetime, owner: str,
    version: int,
) -> bool:  # fmt: skip
    """False where another process was first."""
    done = await connection.execute(
        _OPEN, tenant, cycle.campaign, cycle.number, cycle.id, began, ends, owner,
        _steps_of(cycle), version,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def hold_cycle(connection: Connection, tenant: int, campaign: str, number: int) -> bool:
    """Whether it is open and nobody else is closing it; held until the transaction ends."""
    return await connection.fetchval(_HOLD, tenant, campaign, number) is not None


async def close_cycle(
    connection: Connection, tenant: int, cycle: Cycle, ends: datetime, now: datetime,
    difference: Mapping[str, Any], comparison: Mapping[str, Any], version_after: int | None,
) -> None:  # fmt: skip
    """Within the transaction that holds it."""
    await connection.execute(
        _CLOSE, tenant, cycle.campaign, cycle.number, ends, _steps_of(cycle), _text(difference),
        _text(comparison), comparison["verdict"], version_after, now,
    )  # fmt: skip


async def note_taken(
    connection: Connection, tenant: int, campaign: str, number: int, before: int, after: int
) -> None:
    """The engine has come to where the policy was taken."""
    await connection.execute(_TAKEN, tenant, campaign, number, before, after)


def _steps_of(cycle: Cycle) -> str:
    return _text(cycle.to_json()["steps"])


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _kept(row: asyncpg.Record) -> KeptCycle:
    cycle = Cycle(UUID(str(row["id"])), row["number"], row["campaign"])
    cycle.read(msgspec.json.decode(row["steps"]))
    difference, comparison = (
        None if row[name] is None else msgspec.json.decode(row[name])
        for name in ("difference", "comparison")
    )
    return KeptCycle(
        cycle, row["began"], row["ends"], row["owner"], difference, comparison, row["verdict"],
        row["version_before"], row["version_after"], row["closed_at"],
    )  # fmt: skip
