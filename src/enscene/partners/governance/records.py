"""Write down what was done on a day: an assessment, a system, a test, a drill, a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from enscene.kernel.clock import parse_day
from enscene.kernel.errors import Conflict, Forbidden, Invalid, Refused
from enscene.kernel.ids import new_uuid
from enscene.partners import store
from enscene.partners.find_partner import read_partner
from enscene.partners.governance import store as records_sql
from enscene.partners.governance.kinds import Field, Kind, Side, read_kinds
from enscene.partners.incidents.handle_incident import end_of_key
from enscene.partners.incidents.incident import check_words

ABOUT_MOST, TEXT_MOST, RECORDS_MOST = 100, 500, 2_000
COUNT_MOST = 10**9
OLDEST = timedelta(days=3_660)
DONE = "met"


@dataclass(frozen=True, slots=True)
class Record:
    """`fields` are those of its kind, days as text. `due_on` is the last good day: until then
    the next one is there, or it is overdue."""

    id: UUID
    partner: UUID
    kind: str
    about: str
    on_day: date
    due_on: date | None
    fields: Mapping[str, Any]
    side: Side
    who: str
    made_at: datetime

    def overdue(self, today: date) -> bool:
        """Whether its next one should be there."""
        return self.due_on is not None and self.due_on < today

    @property
    def failed(self) -> bool:
        """Whether it says that something was tried and did not work."""
        return self.fields.get("result") == "failed"


async def put_record(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    *,
    kind: str,
    about: str,
    on_day: date,
    fields: Mapping[str, Any],
    side: Side,
    who: str,
    due_on: date | None = None,
) -> Record:
    """Write one down; it is never changed, and the same again is the one that is there. Without `due_on` the next is due after the kind's days;
    none is due later than that.

    Raises: Invalid("record.field") with the field as `param`, Forbidden("record.side"),
    Conflict("partner.stage"), Refused("record.too_many"), NotFound.
    """
    known = read_kinds().find(kind)
    if known is None:
        names = ", ".join(each.id for each in read_kinds().kinds)
        raise Invalid(f"a kind is one of {names}", code="record.field", param="kind")
    if side not in known.by:
        raise Forbidden("the bank writes this one down", code="record.side", param="kind")
    about = check_words(about, "about", 2, ABOUT_MOST)
    async with store.admitted(pool, tenant) as connection:
        partner_row = await read_partner(connection, tenant, partner, lock=True)
        if partner_row.stage == "left":
            raise Conflict("it has left", code="partner.stage", facts={"stage": "left"})
        today = await records_sql.read_today(connection, tenant)
        due = _checked_days(known, on_day, due_on, today)
        values = _checked(known, fields, today)
        before = newest([
            record_of(row) for row in await records_sql.list_records(connection, tenant, partner)
        ])  # fmt: skip
        for each in before:
            if (each.kind, each.about, each.on_day, each.due_on, each.fields, each.side) == (
                kind, about, on_day, due, values, side,
            ):  # fmt: skip
                return each
        if await records_sql.count_records(connection, tenant, partner) >= RECORDS_MOST:
            raise Refused(f"at most {RECORDS_MOST} records", code="record.too_many")
        row = await records_sql.insert_record(
            connection, tenant, new_uuid(), partner, kind, about, on_day, due, values, side, who
        )
        found = record_of(row)
        replaced = next((each for each in before if _place(each) == _place(found)), None)
        if replaced is not None and not found.overdue(today):
            await end_of_key(connection, tenant, partner, due_key(replaced), DONE)
        return found


async def list_records(pool: store.Pool, tenant: int, partner: UUID | None = None) -> list[Record]:
    """Those of a partner, or of all: newest first."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await records_sql.list_records(connection, tenant, partner)
    return [record_of(row) for row in rows]


def newest(records: Sequence[Record]) -> list[Record]:
    """The one that counts of each kind and subject, out of records in their order. A drill of
    each sort counts by itself."""
    found: dict[tuple[object, ...], Record] = {}
    for each in records:
        found.setdefault(_place(each), each)
    return list(found.values())


def due_key(record: Record) -> str:
    """The key of the incident for its overdue next one; no partner can send a blank."""
    return f"watch due {record.id.hex}"


def record_of(row: store.Row) -> Record:
    """A record from its row."""
    return Record(*row)


def _place(record: Record) -> tuple[object, ...]:
    return (record.partner, record.kind, record.about, record.fields.get("drill"))


def _checked_days(kind: Kind, on_day: date, due_on: date | None, today: date) -> date:
    if not today - OLDEST <= on_day <= today:
        raise Invalid("a day that is over, of the last years", code="record.field", param="on_day")
    latest = on_day + timedelta(days=kind.renew_days)
    if due_on is None:
        return latest
    if not on_day < due_on <= latest:
        raise Invalid(
            f"the next is due within {kind.renew_days} days",
            code="record.field",
            param="due_on",
            facts={"days": kind.renew_days},
        )
    return due_on


def _checked(kind: Kind, fields: Mapping[str, Any], today: date) -> dict[str, Any]:
    known = {field.id: field for field in kind.fields}
    for name in fields:
        if name not in known:
            raise Invalid(f"there is no field {name[:40]!r}", code="record.field", param="fields")
    values = {}
    for field in kind.fields:
        given = fields.get(field.id)
        if given is None or given == "":
            if not field.optional:
                raise Invalid("this is needed", code="record.field", param=f"fields.{field.id}")
            continue
        values[field.id] = _value(field, given, today)
    return values


def _value(field: Field, given: Any, today: date) -> str | int:
    param = f"fields.{field.id}"
    if field.type == "count":
        if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) <= 10:
            given = int(given)
        if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given <= COUNT_MOST:
            raise Invalid("a whole number is needed", code="record.field", param=param)
        return given
    if not isinstance(given, str):
        raise Invalid("a text is needed", code="record.field", param=param)
    if field.type == "choice":
        if given not in field.choices:
            raise Invalid(f"one of {', '.join(field.choices)}", code="record.field", param=param)
        return given
    if field.type == "day":
        day = parse_day(given, param=param)
        if day > today:
            raise Invalid("not after today", code="record.field", param=param)
        return day.isoformat()
    return check_words(given, param, 2, TEXT_MOST)
