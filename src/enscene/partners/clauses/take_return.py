"""Take what a partner returns: the agreed fields and no other, each record once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, Invalid, Refused
from enscene.partners import store
from enscene.partners.clauses import store as clauses_sql
from enscene.partners.clauses.clause import Clause, Period, clause_not_found
from enscene.partners.clauses.confirm_clause import check_due
from enscene.partners.clauses.find_clauses import read_clause, today_of
from enscene.partners.clauses.watch_clauses import clear_alarm
from enscene.partners.incidents.incident import is_plain

RECORDS_AT_ONCE, RECORDS_MOST, VALUE_MOST = 1_000, 1_000_000, 200
NUMBER_MOST = 2**53
Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Given:
    """A record: `key` is the partner's own name of it within the period."""

    key: str
    fields: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of it: `fresh` records, those that were `filled_in` further, and those that were
    there already, `same`; and how the period stands now."""

    clause: Clause
    today: date
    period: Period
    fresh: int
    filled_in: int
    same: int


async def take_return(
    pool: store.Pool,
    tenant: int,
    app: int,
    clause: UUID,
    due: date,
    records: Sequence[Given],
    today: date | None = None,
) -> Taken:
    """Take records of one period, all of them or none. A record that is there may be filled in
    where it was empty; whoever sends it with another value is told so, and nothing is changed.

    Raises: NotFound, Invalid("return.field", "return.value", "clause.period") by `param`,
    Conflict("return.other", "clause.ended"), Forbidden("clause.not_own"),
    Refused("return.too_many").
    """
    day = today or await today_of(pool, tenant)
    async with store.admitted(pool, tenant) as connection:
        row = await clauses_sql.partner_of_app(connection, tenant, app)
        if row is None:
            raise clause_not_found()
        known = await read_clause(connection, tenant, row["id"], clause, lock=True)
        if known.kind != "return":
            raise Forbidden("nothing is returned by this clause", code="clause.not_own")
        check_due(known, due, day)
        check_fields(known, records)
        given = [_clean(each, number) for number, each in enumerate(records)]
        before = await clauses_sql.lock_period(connection, tenant, clause, due)
        there = await clauses_sql.read_records(
            connection, tenant, clause, due, [each.key for each in records]
        )
        changed, filled, fresh = _merge(given, there)
        arrived = before["arrived"] + fresh
        if arrived > RECORDS_MOST:
            raise Refused(f"at most {RECORDS_MOST} records", code="return.too_many")
        counts = Counter(before["filled"]) + filled
        await clauses_sql.put_records(connection, tenant, clause, due, changed)
        await clauses_sql.put_period(
            connection, tenant, clause, due, arrived, dict(counts), known.enough(arrived, counts)
        )
        await clear_alarm(connection, tenant, known, day)
        period = Period(*await clauses_sql.lock_period(connection, tenant, clause, due))
    touched = len(changed)
    return Taken(known, day, period, fresh, touched - fresh, len(given) - touched)


@control("clause_fields")
def check_fields(known: Clause, records: Sequence[Given]) -> None:
    """Raises: Invalid("return.field") for a field that was not agreed."""
    for number, record in enumerate(records):
        for name in record.fields:
            if name not in known.fields:
                raise Invalid(
                    "this field was not agreed, and nothing of it is kept",
                    code="return.field",
                    param=f"records.{number}.fields.{name[:60]}",
                    facts={"fields": list(known.fields)},
                )


def _clean(record: Given, number: int) -> Given:
    """Without fields that are empty."""
    found: dict[str, Value] = {}
    for name, value in record.fields.items():
        if isinstance(value, str):
            value = value.strip()
            fits = len(value) <= VALUE_MOST and is_plain(value)
        else:
            fits = value is None or isinstance(value, bool) or abs(value) < NUMBER_MOST
        if not fits:
            raise Invalid(
                f"a value is text of at most {VALUE_MOST} characters, a whole number, or yes or no",
                code="return.value",
                param=f"records.{number}.fields.{name[:60]}",
            )
        if value is not None and value != "":
            found[name] = value
    return Given(record.key, found)


def _merge(
    given: Sequence[Given], there: Mapping[str, Mapping[str, Value]]
) -> tuple[dict[str, dict[str, Value]], Counter[str], int]:
    """The records that change, as they then are; how many values are new in each field; and how
    many records are new. Raises: Conflict("return.other")."""
    changed: dict[str, dict[str, Value]] = {}
    filled: Counter[str] = Counter()
    fresh = 0
    for number, record in enumerate(given):
        known = changed.get(record.key, there.get(record.key))
        if known is None:
            fresh += 1
            changed[record.key] = dict(record.fields)
            filled.update(record.fields.keys())
            continue
        more = {name: value for name, value in record.fields.items() if name not in known}
        if any(_differ(known[name], record.fields[name]) for name in record.fields.keys() - more):
            raise Conflict(
                "this record was returned with other values",
                code="return.other",
                param=f"records.{number}",
            )
        if more:
            changed[record.key] = {**known, **more}
            filled.update(more.keys())
    return changed, filled, fresh


def _differ(one: Value, other: Value) -> bool:
    # JSON's true is no 1.
    return isinstance(one, bool) != isinstance(other, bool) or one != other
