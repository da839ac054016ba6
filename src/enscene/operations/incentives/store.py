"""SQL of incentives: rules, and runs that are appended to and never changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from enscene.operations.incentives.reckon import Measure, Unit
from enscene.operations.store import Connection, Row

SumRow: TypeAlias = "tuple[UUID, int, date, int, int, Mapping[Unit, int]]"
"""Rule, measure, month, sign, value, and what each unit gets."""
_RULE = """id, ref, name, says, currency, ceiling, first_month, last_month, state, asked_by, asked_at,
 decided_by, decided_at"""
_RUN = "id, month, state, made_by, made_at, decided_by, decided_at"
_CREDITED = """
select s.tenant, r.month as run_month, s.month, u.name as rule, m.figure, m.months_after, s.sign,
       s.value, s.minor as whole, u.currency, l.minor
  from incentive_line l
  join incentive_run r on r.tenant = l.tenant and r.id = l.run and r.state = 'released'
  join incentive_sum s on s.tenant = l.tenant and s.run = l.run and s.number = l.number
  join incentive_rule u on u.tenant = s.tenant and u.id = s.rule
  join incentive_measure m on m.tenant = s.tenant and m.rule = s.rule and m.number = s.measure
 where l.kind = 'branch' and l.name = $1
 order by r.month desc, s.tenant, s.number"""


async def read_scenes(connection: Connection, tenant: int) -> list[Row]:
    """id, ref, name."""
    found: list[Row] = await connection.fetch(
        "select id, ref, name from scene where tenant = $1 order by ref", tenant
    )
    return found


async def insert_rule(
    connection: Connection, tenant: int, rule: UUID, ref: str, name: str, says: str, currency: str,
    ceiling: int, first: date, last: date, who: str, at: Any, measures: Sequence[Measure],
    shares: Sequence[tuple[Unit, int]],
) -> bool:  # fmt: skip
    """False: there is one of this reference."""
    status = await connection.execute(
        "insert into incentive_rule (tenant, id, ref, name, says, currency, ceiling, first_month, "
        "last_month, asked_by, asked_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
        "on conflict (tenant, ref) where state <> 'refused' do nothing",
        tenant, rule, ref, name, says, currency, ceiling, first, last, who, at,
    )  # fmt: skip
    if status != "INSERT 0 1":
        return False
    await connection.executemany(
        "insert into incentive_measure (tenant, rule, number, figure, scenes, months_after, least, "
        "per, amount) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            (tenant, rule, each.number, each.figure, list(each.scenes), each.months_after,
             each.least, each.per, each.amount)
            for each in measures
        ],
    )  # fmt: skip
    await connection.executemany(
        "insert into incentive_share (tenant, rule, kind, name, points) values ($1, $2, $3, $4, $5)",
        [(tenant, rule, *unit, points) for unit, points in shares],
    )
    return True


async def lock_rule(connection: Connection, tenant: int, ref: str) -> Row | None:
    """The latest of that reference."""
    return await connection.fetchrow(
        f"select {_RULE} from incentive_rule where tenant = $1 and ref = $2 "
        "order by asked_at desc, id desc limit 1 for update", tenant, ref,
    )  # fmt: skip


async def decide_rule(connection: Connection, tenant: int, *values: Any) -> None:
    """id, state, who, at."""
    await connection.execute(
        "update incentive_rule set state = $3, decided_by = $4, decided_at = $5 "
        "where tenant = $1 and id = $2", tenant, *values,
    )  # fmt: skip


async def read_rules(connection: Connection, tenant: int, ref: str | None) -> list[Row]:
    """The latest first."""
    found: list[Row] = await connection.fetch(
        f"select {_RULE} from incentive_rule where tenant = $1 and ($2::text is null or ref = $2) "
        "order by asked_at desc, id desc", tenant, ref,
    )  # fmt: skip
    return found


async def read_parts(connection: Connection, tenant: int) -> tuple[list[Row], list[Row]]:
    """Measures and shares of all rules of a tenant."""
    measures: list[Row] = await connection.fetch(
        "select rule, number, figure, scenes, months_after, least, per, amount "
        "from incentive_measure where tenant = $1 order by rule, number", tenant,
    )  # fmt: skip
    shares: list[Row] = await connection.fetch(
        "select rule, kind, name, points from incentive_share where tenant = $1 "
        "order by rule, points desc, kind, name", tenant,
    )  # fmt: skip
    return measures, shares


async def lock_runs(connection: Connection, tenant: int) -> None:
    """One run of a tenant is made or decided after the other."""
    await connection.execute("select pg_advisory_xact_lock(hashtext('incentive_run'), $1)", tenant)


async def read_runs(connection: Connection, tenant: int) -> list[Row]:
    """The latest month first, of one month the latest try."""
    found: list[Row] = await connection.fetch(
        f"select {_RUN} from incentive_run where tenant = $1 order by month desc, made_at desc, "
        "id desc", tenant,
    )  # fmt: skip
    return found


async def insert_run(
    connection: Connection, tenant: int, run: UUID, month: date, who: str, at: Any,
    sums: Sequence[SumRow],
) -> None:  # fmt: skip
    """A run with all that it came to."""
    await connection.execute(
        "insert into incentive_run (tenant, id, month, made_by, made_at) values ($1, $2, $3, $4, $5)",
        tenant, run, month, who, at,
    )  # fmt: skip
    await connection.executemany(
        "insert into incentive_sum (tenant, run, number, rule, measure, month, sign, value, minor) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            (tenant, run, number, rule, measure, of, sign, value, sum(parts.values()))
            for number, (rule, measure, of, sign, value, parts) in enumerate(sums, 1)
        ],
    )
    await connection.executemany(
        "insert into incentive_line (tenant, run, number, kind, name, minor) "
        "values ($1, $2, $3, $4, $5, $6)",
        [
            (tenant, run, number, *unit, minor)
            for number, each in enumerate(sums, 1)
            for unit, minor in each[5].items()
        ],
    )


async def decide_run(connection: Connection, tenant: int, *values: Any) -> None:
    """id, state, who, at."""
    await connection.execute(
        "update incentive_run set state = $3, decided_by = $4, decided_at = $5 "
        "where tenant = $1 and id = $2", tenant, *values,
    )  # fmt: skip


async def read_sums(connection: Connection, tenant: int, run: UUID | None) -> list[Row]:
    """Of one run, or of all that were not refused in the order in which they were made."""
    found: list[Row] = await connection.fetch(
        "select s.run, s.number, s.rule, s.measure, s.month, s.sign, s.value, s.minor "
        "from incentive_sum s join incentive_run r on r.tenant = s.tenant and r.id = s.run "
        "where s.tenant = $1 and (s.run = $2 or $2::uuid is null and r.state <> 'refused') "
        "order by r.month, r.made_at, s.run, s.number", tenant, run,
    )  # fmt: skip
    return found


async def read_lines(connection: Connection, tenant: int, run: UUID | None) -> list[Row]:
    """run, number, kind, name, minor: of one run, or of all."""
    found: list[Row] = await connection.fetch(
        "select run, number, kind, name, minor from incentive_line "
        "where tenant = $1 and ($2::uuid is null or run = $2) order by run, number, kind, name",
        tenant, run,
    )  # fmt: skip
    return found


async def count_waiting(connection: Connection, tenant: int) -> int:
    found: int = await connection.fetchval(
        "select (select count(*) from incentive_rule where tenant = $1 and state = 'asked') + "
        "(select count(*) from incentive_run where tenant = $1 and state = 'made')", tenant,
    )  # fmt: skip
    return found


async def read_credited(connection: Connection, ref: str) -> list[Row]:
    """What a branch gets by released runs of all admitted tenants."""
    found: list[Row] = await connection.fetch(_CREDITED, ref)
    return found
