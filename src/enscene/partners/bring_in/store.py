"""SQL of outside scenes: terms, entries, visits and orders; each within one admitted tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from enscene.partners.bring_in.entry import Entry, Terms
from enscene.partners.bring_in.order import Order
from enscene.partners.store import Connection, Row

_TERMS = (
    "partner, version, number, starts, currency, in_kind, in_minor, in_payer, out_kind, out_minor, "
    "out_payer, out_scenes, share_most, state, made_by, made_at, decided_by, decided_at"
)
_ENTRY = (
    "e.id, e.partner, e.title_zh, e.title_en, e.class, e.url, e.origin, e.shown, e.position, "
    "e.state, e.made_by, e.made_at, e.decided_by, e.decided_at"
)
ORDER = (
    "id, entry, partner, customer, visit, number, title, currency, amount, cashier, return_to, "
    "state, paid, refunded, at, day, changed_at"
)
_INSERT_TERMS = f"""
insert into brought_in_terms (tenant, partner, version, number, starts, currency, in_kind, in_minor,
                              in_payer, out_kind, out_minor, out_payer, out_scenes, share_most,
                              made_by)
select $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
  from brought_in_terms where tenant = $1 and partner = $2 returning {_TERMS}"""
_DECIDE_TERMS = f"""
update brought_in_terms set state = $4, decided_by = $5, decided_at = clock_timestamp()
 where tenant = $1 and partner = $2 and version = $3 and state = 'proposed' returning {_TERMS}"""
_INSERT_ENTRY = """
insert into brought_in_entry as e (tenant, id, partner, title_zh, title_en, class, url, origin,
                                   shown, position, made_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
        (select coalesce(max(position), 0) + 1 from brought_in_entry where tenant = $1), $10)"""
_ENTRIES = f"""
select {_ENTRY} from brought_in_entry e
 where e.tenant = $1 and ($2::uuid is null or e.partner = $2)
 order by e.state in ('refused', 'closed'), e.position, e.made_at"""
# Those that customers see: their partner is live, which a suspended one is not.
_OPEN = f"""
select {_ENTRY}, p.name, p.live_app, p.level
  from brought_in_entry e join partner p on p.tenant = e.tenant and p.id = e.partner
 where e.tenant = $1 and e.state = 'open' and p.stage = 'live' order by e.position, e.id"""
_SHOWN = """
insert into brought_in_shown (tenant, entry, day, slot, shown)
select $1, e, $3, $4, 1 from unnest($2::uuid[]) e order by e
on conflict (tenant, entry, day, slot) do update set shown = brought_in_shown.shown + 1"""
_PERSON = """
insert into brought_in_person (tenant, partner, customer, pseudonym) values ($1, $2, $3, $4)
on conflict (tenant, partner, customer) do update set pseudonym = brought_in_person.pseudonym
returning pseudonym"""
_VISIT = """
insert into brought_in_visit (tenant, id, entry, partner, customer, code, language, at, day,
                              expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp() + $10)"""
_ARRIVE = """
update brought_in_visit set arrived_at = $4
 where tenant = $1 and code = $2 and partner = $3 and arrived_at is null
   and expires_at > clock_timestamp()
returning id, entry, customer, language, at"""
_NOW = """
select t.zone, t.sandbox, t.currency, clock_timestamp()
       + make_interval(secs => coalesce((s.clocks->>t.id::text)::bigint, 0) / 1e6) as now
  from tenant t join shard s on s.id = t.shard where t.id = $1"""
_INSERT_ORDER = f"""
insert into brought_in_order (tenant, {ORDER}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                                                       $12, $13, $14, $15, $16, $17, $18)"""
_PUT_ORDER = """
update brought_in_order set state = $3, paid = $4, refunded = $5, changed_at = $6
 where tenant = $1 and id = $2"""
_STEP = """
insert into brought_in_step (tenant, of, at, said, state, who, paid, refunded)
values ($1, $2, $3, $4, $5, $6, $7, $8)"""


def _entry(row: Row) -> Entry:
    values = dict(zip(Entry.__slots__, list(row)[: len(Entry.__slots__)], strict=True))
    return Entry(**values)


def _terms(row: Row) -> Terms:
    return Terms(**{**dict(row), "out_scenes": tuple(row["out_scenes"])})


def order_of(row: Row) -> Order:
    """An order from its row."""
    return Order(**dict(row))


async def read_now(connection: Connection, tenant: int) -> Row:
    """zone, sandbox, currency, and the tenant's time."""
    row = await connection.fetchrow(_NOW, tenant)
    assert row is not None, "a tenant stays"
    return row


# -- terms ---------------------------------------------------------------------------------


async def insert_terms(connection: Connection, *values: Any) -> Terms:
    row = await connection.fetchrow(_INSERT_TERMS, *values)
    assert row is not None, "an insert returns its row"
    return _terms(row)


async def read_terms(connection: Connection, tenant: int, partner: UUID | None) -> list[Terms]:
    rows = await connection.fetch(
        f"select {_TERMS} from brought_in_terms where tenant = $1 "
        "and ($2::uuid is null or partner = $2) order by partner, version",
        tenant,
        partner,
    )
    return [_terms(row) for row in rows]


async def decide_terms(connection: Connection, *values: Any) -> Terms | None:
    row = await connection.fetchrow(_DECIDE_TERMS, *values)
    return None if row is None else _terms(row)


# -- entries -------------------------------------------------------------------------------


async def insert_entry(connection: Connection, *values: Any) -> None:
    await connection.execute(_INSERT_ENTRY, *values)


async def read_entry(
    connection: Connection, tenant: int, entry: UUID, *, lock: bool = False
) -> Entry | None:
    more = " for update" if lock else ""
    row = await connection.fetchrow(
        f"select {_ENTRY} from brought_in_entry e where e.tenant = $1 and e.id = $2{more}",
        tenant,
        entry,
    )
    return None if row is None else _entry(row)


async def list_entries(
    connection: Connection, tenant: int, partner: UUID | None = None
) -> list[Entry]:
    return [_entry(row) for row in await connection.fetch(_ENTRIES, tenant, partner)]


async def list_open(connection: Connection, tenant: int) -> list[tuple[Entry, str, int, str]]:
    """Open ones of live partners, with the partner's name, application and level."""
    rows = await connection.fetch(_OPEN, tenant)
    return [(_entry(row), row["name"], row["live_app"], row["level"]) for row in rows]


async def decide_entry(
    connection: Connection, tenant: int, entry: UUID, state: str, who: str
) -> None:
    await connection.execute(
        "update brought_in_entry set state = $3, decided_by = $4, decided_at = clock_timestamp() "
        "where tenant = $1 and id = $2",
        tenant,
        entry,
        state,
        who,
    )


async def put_position(connection: Connection, tenant: int, entry: UUID, position: int) -> None:
    await connection.execute(
        "update brought_in_entry set position = $3 where tenant = $1 and id = $2",
        tenant,
        entry,
        position,
    )


# -- visits --------------------------------------------------------------------------------


async def count_shown(
    connection: Connection, tenant: int, entries: Sequence[UUID], day: date, slot: int
) -> None:
    await connection.execute(_SHOWN, tenant, list(entries), day, slot)


async def put_person(
    connection: Connection, tenant: int, partner: UUID, customer: int, pseudonym: UUID
) -> UUID:
    found: UUID = await connection.fetchval(_PERSON, tenant, partner, customer, pseudonym)
    return found


async def find_person(
    connection: Connection, tenant: int, partner: UUID, pseudonym: UUID
) -> int | None:
    found: int | None = await connection.fetchval(
        "select customer from brought_in_person "
        "where tenant = $1 and partner = $2 and pseudonym = $3",
        tenant,
        partner,
        pseudonym,
    )
    return found


async def insert_visit(connection: Connection, *values: Any) -> None:
    await connection.execute(_VISIT, *values)


async def find_visit_of(connection: Connection, tenant: int, visit: UUID) -> Row | None:
    return await connection.fetchrow(
        "select partner, entry, customer from brought_in_visit "
        "where tenant = $1 and id = $2 and arrived_at is not null",
        tenant,
        visit,
    )


async def find_code(connection: Connection, tenant: int, code: bytes) -> Row | None:
    return await connection.fetchrow(
        "select v.partner, v.entry, e.origin from brought_in_visit v "
        "join brought_in_entry e on e.tenant = v.tenant and e.id = v.entry "
        "where v.tenant = $1 and v.code = $2",
        tenant,
        code,
    )


async def arrive(
    connection: Connection, tenant: int, code: bytes, partner: UUID, at: datetime
) -> Row | None:
    return await connection.fetchrow(_ARRIVE, tenant, code, partner, at)


# -- orders --------------------------------------------------------------------------------


async def insert_order(connection: Connection, tenant: int, order: Order) -> None:
    values = [getattr(order, name) for name in Order.__slots__]
    await connection.execute(_INSERT_ORDER, tenant, *values)


async def find_order(
    connection: Connection, tenant: int, partner: UUID, number: str, *, lock: bool = False
) -> Order | None:
    more = " for update" if lock else ""
    row = await connection.fetchrow(
        f"select {ORDER} from brought_in_order "
        f"where tenant = $1 and partner = $2 and number = $3{more}",
        tenant,
        partner,
        number,
    )
    return None if row is None else order_of(row)


async def read_order(connection: Connection, tenant: int, order: UUID) -> Order | None:
    row = await connection.fetchrow(
        f"select {ORDER} from brought_in_order where tenant = $1 and id = $2", tenant, order
    )
    return None if row is None else order_of(row)


async def list_orders(
    connection: Connection,
    tenant: int,
    *,
    partner: UUID | None = None,
    entry: UUID | None = None,
    customer: int | None = None,
    before: UUID | None = None,
    first: date | None = None,
    last: date | None = None,
    limit: int = 50,
) -> list[Order]:
    """The newest first; ids sort by time."""
    rows = await connection.fetch(
        f"select {ORDER} from brought_in_order where tenant = $1 "
        "and ($2::uuid is null or partner = $2) and ($3::uuid is null or entry = $3) "
        "and ($4::bigint is null or customer = $4) and ($5::uuid is null or id < $5) "
        "and ($6::date is null or day >= $6) and ($7::date is null or day <= $7) "
        "order by id desc limit $8",
        tenant, partner, entry, customer, before, first, last, limit,
    )  # fmt: skip
    return [order_of(row) for row in rows]


async def put_order(connection: Connection, tenant: int, order: Order, at: datetime) -> None:
    await connection.execute(
        _PUT_ORDER, tenant, order.id, order.state, order.paid, order.refunded, at
    )


async def add_step(
    connection: Connection, tenant: int, order: Order, at: datetime, said: str
) -> None:
    await connection.execute(
        _STEP, tenant, order.id, at, said, order.state, "partner", order.paid, order.refunded
    )


async def list_steps(connection: Connection, tenant: int, order: UUID) -> list[Row]:
    rows: list[Row] = await connection.fetch(
        "select at, said, state, who, paid, refunded from brought_in_step "
        "where tenant = $1 and of = $2 order by n",
        tenant,
        order,
    )
    return rows
