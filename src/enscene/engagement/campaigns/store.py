"""SQL of campaigns and of the rules of contact."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import asyncpg
import msgspec

from enscene.engagement.campaigns.campaign import Campaign, CampaignBody, Kept
from enscene.engagement.campaigns.contact_rules import DEFAULT_RULES, ContactRules

Connection: TypeAlias = "asyncpg.Connection[Any]"
Pool: TypeAlias = "asyncpg.Pool[Any]"
RULES = ""
"""Under this ref stand the rules of contact: no campaign is called so."""

_KEPT = "version, state, made_by, made_at, decided_by, decided_at, stopped_by, stopped_at"
_LIST = f"""
select tenant, ref, body::text, {_KEPT} from campaign
 where tenant = $1 and ref <> '' order by ref, version desc"""
_OF = f"""
select tenant, ref, body::text, {_KEPT} from campaign
 where tenant = $1 and ref = $2 order by version desc"""
_INSERT = f"""
insert into campaign (tenant, ref, version, body, made_by)
values ($1, $2, (select coalesce(max(version), 0) + 1 from campaign where tenant = $1 and ref = $2),
        $3::text::jsonb, $4)
on conflict (tenant, ref) where state = 'proposed' do nothing
returning tenant, ref, body::text, {_KEPT}"""
_DECIDE = f"""
update campaign set state = $4, decided_by = $5, decided_at = clock_timestamp()
 where tenant = $1 and ref = $2 and version = $3 and state = 'proposed'
returning tenant, ref, body::text, {_KEPT}"""
_STOP = f"""
update campaign set state = 'stopped', stopped_by = $4, stopped_at = $5
 where tenant = $1 and ref = $2 and version = $3 and state = 'approved'
returning tenant, ref, body::text, {_KEPT}"""


async def lock_campaign(connection: Connection, tenant: int, ref: str) -> None:
    """One after the other: two at once would take the same version."""
    await connection.execute(
        "select pg_advisory_xact_lock(7302, hashtext($1::text || ':' || $2))", str(tenant), ref
    )


async def list_campaigns(connection: Connection, tenant: int) -> list[Campaign]:
    """All versions of all campaigns, by ref, the newest version of each first."""
    return [_campaign(row) for row in await connection.fetch(_LIST, tenant)]


async def read_versions(connection: Connection, tenant: int, ref: str) -> list[Campaign]:
    """All versions of one campaign, the newest first."""
    return [_campaign(row) for row in await connection.fetch(_OF, tenant, ref)]


async def read_version(connection: Connection, tenant: int, ref: str, version: int) -> Campaign:
    """One version that there is."""
    found = await read_versions(connection, tenant, ref)
    return next(each for each in found if each.kept.version == version)


async def was_funded(connection: Connection, tenant: int, ref: str) -> bool:
    """Whether an earlier version has got money of the pool."""
    name = f"benefits.left@{ref}"
    found: bool = await connection.fetchval(
        "select exists (select from account where tenant = $1 and scene = 0 and owner = 0 "
        "and name = $2 and id > 0)", tenant, name,
    )  # fmt: skip
    return found


async def read_rules(connection: Connection, tenant: int) -> ContactRules:
    """The rules of contact that hold."""
    for row in await connection.fetch(_OF, tenant, RULES):
        if row["state"] == "approved":
            return msgspec.json.decode(row["body"], type=ContactRules)
    return DEFAULT_RULES


async def read_rule_versions(
    connection: Connection, tenant: int
) -> list[tuple[ContactRules, Kept]]:
    """All that were proposed, the newest first."""
    rows = await connection.fetch(_OF, tenant, RULES)
    return [(msgspec.json.decode(row["body"], type=ContactRules), _kept(row)) for row in rows]


async def read_kept(connection: Connection, tenant: int, ref: str) -> list[Kept]:
    """What became of each version, the newest first; of the rules of contact too."""
    return [_kept(row) for row in await connection.fetch(_OF, tenant, ref)]


async def insert_version(
    connection: Connection, tenant: int, ref: str, body: msgspec.Struct, who: str
) -> Any:
    """The row of a new version; None while another one waits for a decision."""
    text = msgspec.json.encode(body).decode()
    return await connection.fetchrow(_INSERT, tenant, ref, text, who)


async def decide_version(
    connection: Connection, tenant: int, ref: str, version: int, state: str, who: str
) -> Any:
    return await connection.fetchrow(_DECIDE, tenant, ref, version, state, who)


async def stop_version(
    connection: Connection, tenant: int, ref: str, version: int, who: str, at: datetime
) -> Any:
    """`at` is the tenant's own time, by which everything that follows is counted."""
    return await connection.fetchrow(_STOP, tenant, ref, version, who, at)


def campaign_of(row: Any) -> Campaign:
    """A campaign of a row that was written."""
    return _campaign(row)


def kept_of(row: Any) -> Kept:
    """What became of a version, of a row that was written."""
    return _kept(row)


def _campaign(row: Any) -> Campaign:
    body = msgspec.json.decode(row["body"], type=CampaignBody)
    return Campaign(row["tenant"], row["ref"], body, _kept(row))


def _kept(row: Any) -> Kept:
    return Kept(
        row["version"], row["state"], row["made_by"], row["made_at"], row["decided_by"],
        row["decided_at"], row["stopped_by"], row["stopped_at"],
    )  # fmt: skip
