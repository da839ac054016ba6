"""SQL of authorization requests, their codes and factors, consents and receipts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from enscene.tenants.apps.store import insert_grant as insert_consent
from enscene.tenants.store import Connection, Pool, admitted

Row: TypeAlias = "asyncpg.Record"

__all__ = ["Connection", "Pool", "Row", "admitted", "insert_consent"]

_REQUEST = """r.id, r.app, a.name, a.title, r.asked, r.jkt, r.until, r.ends_at, r.opened_at,
       r.answered_at, r.party"""
_READ_REQUEST = f"""
select {_REQUEST} from authorization_request r join app a on a.tenant = r.tenant and a.id = r.app
 where r.tenant = $1 and r.id = $2"""
_OPEN_REQUEST = f"""
update authorization_request r set opened_at = coalesce(r.opened_at, clock_timestamp())
  from app a
 where r.tenant = $1 and r.digest = $2 and a.tenant = r.tenant and a.id = r.app
returning {_REQUEST}"""
# The row's lock puts two tries in order: the second finds the family of the first.
_USE_CODE = """
with found as (
  select * from authorization_code where tenant = $1 and digest = $2 for update),
used as (
  update authorization_code c set used_at = clock_timestamp(), family = $3
    from found where c.tenant = $1 and c.digest = $2 and found.used_at is null)
select f.app, f.grant_id, f.party, f.until, f.family as earlier, r.asked, r.jkt
  from found f join authorization_request r on r.tenant = $1 and r.id = f.request"""
_STATE_FACTOR = """
insert into stated_factor (tenant, app, digest, request, party, methods, at, until, used_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, case when $9 then clock_timestamp() end)
on conflict do nothing returning true"""
_USE_STATED = """
update stated_factor s set used_at = clock_timestamp() from bank_visit v
 where v.tenant = $1 and v.id = $2 and s.tenant = v.tenant and s.app = v.app
   and s.digest = v.factor and s.request = $3 and s.party = $4
   and s.used_at is null and s.until > clock_timestamp() returning true"""
_CONSENTS = """
select g.id, a.name, a.title, g.party, g.scene, g.actions, g.fields, g.purpose, g.granted_at,
       g.expires_at, g.revoked_at,
       (select count(*) from receipt r where r.tenant = g.tenant and r.grant_id = g.id)::int
  from app_grant g join app a on a.tenant = g.tenant and a.id = g.app
 where g.tenant = $1 and ($2::text is null or g.party = $2) and ($3::bigint is null or g.app = $3)
   and ($4::bigint is null or g.id = $4) and ($5::bigint is null or g.id < $5)
 order by g.id desc limit $6"""
_END_CONSENT = """
update app_grant g set revoked_at = clock_timestamp() from app a
 where g.tenant = $1 and g.id = $2 and g.party = $3 and g.revoked_at is null
   and a.tenant = g.tenant and a.id = g.app
returning a.name, g.scene, g.purpose"""
_RECEIPT = """
insert into receipt (tenant, app, grant_id, party, scene, purpose, what, fields, level, records,
                     levels)
select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 from app_grant g
 where g.tenant = $1 and g.id = $3 and g.revoked_at is null
   and (g.expires_at is null or g.expires_at > clock_timestamp())
returning id"""
_RECEIPTS = """
select r.id, a.name, a.title, r.grant_id, r.party, coalesce(s.ref, ''), r.purpose, r.what,
       r.fields, r.level, r.records, r.at,
       case when r.levels = '{}' then array_fill(r.level, array[cardinality(r.fields)])
            else r.levels end, r.plan, r.currency, r.prices
  from receipt r join app a on a.tenant = r.tenant and a.id = r.app
  left join scene s on s.tenant = r.tenant and s.id = r.scene
 where r.tenant = $1 and ($2::text is null or r.party = $2)
   and ($3::bigint is null or r.grant_id = $3) and ($4::bigint is null or r.app = $4)
   and ($5::bigint is null or r.id < $5)
 order by r.id desc limit $6"""


async def scene_number(connection: Connection, tenant: int, ref: str) -> int | None:
    found: int | None = await connection.fetchval(
        "select id from scene where tenant = $1 and ref = $2", tenant, ref
    )
    return found


async def insert_request(connection: Connection, tenant: int, *values: Any) -> None:
    """id, digest, app, asked, jkt, until, ends_at."""
    await connection.execute(
        "insert into authorization_request (tenant, id, digest, app, asked, jkt, until, ends_at) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        *values,
    )


async def drop_old_requests(connection: Connection, tenant: int, before: datetime) -> None:
    """Delete requests that are long over, with their codes and factors."""
    gone = await connection.fetch(
        "delete from authorization_request where tenant = $1 and ends_at < $2 returning id",
        tenant,
        before,
    )
    if gone:
        ids = [row[0] for row in gone]
        for table in ("authorization_code", "consent_factor"):
            await connection.execute(
                f"delete from {table} where tenant = $1 and request = any($2::uuid[])", tenant, ids
            )


async def open_request(connection: Connection, tenant: int, digest: bytes) -> Row | None:
    return await connection.fetchrow(_OPEN_REQUEST, tenant, digest)


async def read_request(
    connection: Connection, tenant: int, request: UUID, *, lock: bool = False
) -> Row | None:
    statement = f"{_READ_REQUEST} for update of r" if lock else _READ_REQUEST
    return await connection.fetchrow(statement, tenant, request)


async def answer_request(connection: Connection, tenant: int, request: UUID) -> None:
    await connection.execute(
        "update authorization_request set answered_at = clock_timestamp() "
        "where tenant = $1 and id = $2",
        tenant,
        request,
    )


async def insert_code(connection: Connection, tenant: int, *values: Any) -> None:
    """digest, request, app, grant, party, until."""
    await connection.execute(
        "insert into authorization_code (tenant, digest, request, app, grant_id, party, until) "
        "values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        *values,
    )


async def use_code(connection: Connection, tenant: int, digest: bytes, family: UUID) -> Row | None:
    return await connection.fetchrow(_USE_CODE, tenant, digest, family)


async def insert_factor(connection: Connection, tenant: int, *values: Any) -> None:
    """id, request, customer, signs, code, made_at, until."""
    await connection.execute(
        "insert into consent_factor (tenant, id, request, customer, signs, code, made_at, until) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant,
        *values,
    )


async def count_factors(connection: Connection, tenant: int, customer: int, since: datetime) -> int:
    count: int = await connection.fetchval(
        "select count(*) from consent_factor where tenant = $1 and customer = $2 and made_at > $3",
        tenant,
        customer,
        since,
    )
    return count


async def read_factor(
    connection: Connection, tenant: int, request: UUID, customer: int
) -> Row | None:
    """The newest code of a request for the customer, locked."""
    return await connection.fetchrow(
        "select id, signs, code, tries, until, used_at from consent_factor "
        "where tenant = $1 and request = $2 and customer = $3 "
        "order by made_at desc limit 1 for update",
        tenant,
        request,
        customer,
    )


async def try_factor(connection: Connection, tenant: int, factor: UUID) -> None:
    await connection.execute(
        "update consent_factor set tries = tries + 1 where tenant = $1 and id = $2", tenant, factor
    )


async def use_factor(connection: Connection, tenant: int, factor: UUID) -> None:
    await connection.execute(
        "update consent_factor set used_at = clock_timestamp() where tenant = $1 and id = $2",
        tenant,
        factor,
    )


async def name_customer(connection: Connection, tenant: int, request: UUID, party: str) -> None:
    """Whose the request is from now on."""
    await connection.execute(
        "update authorization_request set party = $3 where tenant = $1 and id = $2",
        tenant,
        request,
        party,
    )


async def state_factor(connection: Connection, tenant: int, *values: Any) -> bool:
    """app, digest, request, party, methods, at, until, is used. False: it was stated before."""
    return await connection.fetchval(_STATE_FACTOR, tenant, *values) is not None


async def use_stated(
    connection: Connection, tenant: int, visit: UUID, request: UUID, party: str
) -> bool:
    """Use up what came with a visit. False: there is nothing, or it is over."""
    return await connection.fetchval(_USE_STATED, tenant, visit, request, party) is not None


async def has_stated(
    connection: Connection, tenant: int, visit: UUID, request: UUID, party: str
) -> bool:
    """Whether something came with a visit that may be used now."""
    found: bool = await connection.fetchval(
        "select exists (select from stated_factor s join bank_visit v on v.tenant = s.tenant "
        "and v.app = s.app and v.factor = s.digest where v.tenant = $1 and v.id = $2 "
        "and s.request = $3 and s.party = $4 and s.used_at is null "
        "and s.until > clock_timestamp())",
        tenant,
        visit,
        request,
        party,
    )
    return found


async def note_grant(connection: Connection, tenant: int, request: UUID, grant: int) -> None:
    """What came of the factor that was stated for a request."""
    await connection.execute(
        "update stated_factor set grant_id = $3 "
        "where tenant = $1 and request = $2 and used_at is not null",
        tenant,
        request,
        grant,
    )


async def insert_visit(connection: Connection, tenant: int, *values: Any) -> None:
    """id, digest, app, party, customer, request, factor, until."""
    await connection.execute(
        "insert into bank_visit (tenant, id, digest, app, party, customer, request, factor, until) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant,
        *values,
    )


async def read_visit(connection: Connection, tenant: int, digest: bytes) -> Row | None:
    """id, party, customer, request, until, entered_at; locked."""
    return await connection.fetchrow(
        "select id, party, customer, request, until, entered_at from bank_visit "
        "where tenant = $1 and digest = $2 for update",
        tenant,
        digest,
    )


async def enter_visit(connection: Connection, tenant: int, visit: UUID) -> None:
    await connection.execute(
        "update bank_visit set entered_at = clock_timestamp() where tenant = $1 and id = $2",
        tenant,
        visit,
    )


async def drop_old_visits(connection: Connection, tenant: int, before: datetime) -> None:
    """Delete visits that are long over."""
    await connection.execute(
        "delete from bank_visit where tenant = $1 and until < $2", tenant, before
    )


async def read_consents(connection: Connection, tenant: int, *asked: Any) -> list[Row]:
    """party, app, id, before, limit; None for any."""
    rows: list[Row] = await connection.fetch(_CONSENTS, tenant, *asked)
    return rows


async def end_consent(connection: Connection, tenant: int, consent: int, party: str) -> Row | None:
    """End it; the application's name, the scene and the purpose."""
    return await connection.fetchrow(_END_CONSENT, tenant, consent, party)


async def lock_grant(connection: Connection, tenant: int, consent: int, party: str) -> bool:
    """Whether it is in force, and nobody else ends it or begins something under it."""
    found = await connection.fetchval(
        "select true from app_grant where tenant = $1 and id = $2 and party = $3 "
        "and revoked_at is null for update",
        tenant,
        consent,
        party,
    )
    return found is not None


async def cancel_deliveries(connection: Connection, tenant: int, consent: int) -> None:
    """What waits to be told under the consent is told no more."""
    await connection.execute(
        "update webhook_delivery set state = 'cancelled', error = 'consent' "
        "where tenant = $1 and grant_id = $2 and state = 'pending'",
        tenant,
        consent,
    )


async def end_families(connection: Connection, tenant: int, consent: int) -> None:
    """End every token that was given for the consent."""
    await connection.execute(
        "update token_family set revoked_at = clock_timestamp() "
        "where tenant = $1 and grant_id = $2 and revoked_at is null",
        tenant,
        consent,
    )


async def insert_receipt(connection: Connection, tenant: int, *values: Any) -> bool:
    """app, consent, party, scene, purpose, what, fields, level, records, levels. False: the consent is
    not in force."""
    return await connection.fetchval(_RECEIPT, tenant, *values) is not None


async def read_receipts(connection: Connection, tenant: int, *asked: Any) -> Sequence[Row]:
    """party, consent, app, before, limit; None for any."""
    rows: list[Row] = await connection.fetch(_RECEIPTS, tenant, *asked)
    return rows


async def insert_forbidden(connection: Connection, tenant: int, *values: Any) -> None:
    """app, scene, party, purpose, limit, fields."""
    await connection.execute(
        "insert into forbidden_use (tenant, app, scene, party, purpose, limit_id, fields) "
        "values ($1, $2, $3, $4, $5, $6, $7)",
        tenant,
        *values,
    )


async def read_forbidden(connection: Connection, tenant: int, *asked: Any) -> Sequence[Row]:
    """party, app, before, limit; None for any."""
    rows: list[Row] = await connection.fetch(
        "select f.id, a.name, f.scene, f.party, f.purpose, f.limit_id, f.fields, f.at "
        "from forbidden_use f join app a on a.tenant = f.tenant and a.id = f.app "
        "where f.tenant = $1 and ($2::text is null or f.party = $2) "
        "and ($3::bigint is null or f.app = $3) and ($4::bigint is null or f.id < $4) "
        "order by f.id desc limit $5",
        tenant,
        *asked,
    )
    return rows
