"""The four measures come from what happened; what is open in the installation shows at once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from enscene.commit import admit
from enscene.operations.business import overall_of, read_measures, read_standing
from enscene.operations.business.measures import Standing
from enscene.storage import Database, connect
from enscene.tenants import Tenant, create_tenant

TODAY = date(2026, 11, 23)


async def sql(pool: Any, tenant: Tenant, statement: str, *values: Any) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant.id])
        await connection.execute(statement, tenant.id, *values)


async def launch(
    pool: Any, tenant: Tenant, hours: float, version: int, *, live: bool = True
) -> None:
    await sql(
        pool, tenant,
        "insert into launch (tenant, id, kind, pack, wish, state, version, chosen_by, chosen_at, live_at) "
        "select $1, gen_random_uuid(), 'new', 'p', '{}', 'approved', $3, 'li', created_at, "
        "case when $4 then created_at + make_interval(mins => $2) end from tenant where id = $1",
        int(hours * 60), version, live,
    )  # fmt: skip


async def wish(pool: Any, tenant: Tenant, number: int, state: str, *, coded: bool) -> None:
    await sql(
        pool, tenant,
        "insert into ticket (tenant, id, number, kind, title, state, opened_by, opened_at, answer_due, "
        "due, release) values ($1, gen_random_uuid(), $2, 'wish', 'w', $3, 'li', now(), now(), now(), "
        "case when $4 then gen_random_uuid() end)",
        number, state, coded,
    )  # fmt: skip


async def proof(
    pool: Any, tenant: Tenant, made: date, *faults: str, day: date | None = None
) -> None:
    """One of the tenant's day, made on a day of the world."""
    await sql(
        pool, tenant,
        "insert into billing_proof (tenant, day, readings, invoices, lines, faults, at) "
        "values ($1, $2, 0, 0, 0, $3, $4::date + interval '12 hours')",
        day or made, list(faults), made,
    )  # fmt: skip


def standing(*leaks: str) -> Standing:
    return Standing(TODAY, 1, 1, (), leaks)


async def test_a_new_tenant_has_nothing_that_could_be_measured(pool: Any) -> None:
    tenant = await create_tenant(pool, "bank", "Bank")
    (found,) = await read_measures(pool, [tenant])
    assert (found.open_days, found.acts, found.custom, found.proved) == (None, None, None, None)
    assert (found.fast, found.simple, found.customisable, found.secure(standing())) == (None,) * 4
    assert overall_of([found], standing()).secure is None
    assert overall_of([found], standing("event")).secure is False


async def test_the_first_launch_that_went_live_counts_and_all_in_the_median(pool: Any) -> None:
    tenant = await create_tenant(pool, "bank", "Bank")
    for hours, version in ((48, 9), (60, 31), (200, 11)):
        await launch(pool, tenant, hours, version)
    await launch(pool, tenant, 1, 500, live=False)
    (found,) = await read_measures(pool, [tenant])
    assert found.open_days == 2
    assert (found.launch_hours, found.acts, found.launches) == (60, 10, 3)
    assert (found.fast, found.simple) == (True, True)


async def test_limits_are_limits(pool: Any) -> None:
    tenant = await create_tenant(pool, "bank", "Bank")
    await launch(pool, tenant, 7 * 24 + 1, 22)
    (found,) = await read_measures(pool, [tenant])
    assert (found.fast, found.simple) == (False, False)


async def test_wishes_met_by_a_release_are_code(pool: Any) -> None:
    tenant = await create_tenant(pool, "bank", "Bank")
    states = [
        ("solved", False),
        ("closed", False),
        ("closed", False),
        ("solved", True),
        ("open", False),
    ]
    for number, (state, coded) in enumerate(states):
        await wish(pool, tenant, number, state, coded=coded)
    (found,) = await read_measures(pool, [tenant])
    assert (found.configured, found.coded, found.waiting, found.custom) == (3, 1, 1, 75)
    assert found.customisable is False


async def test_a_proof_counts_while_it_is_fresh_and_finds_nothing(pool: Any) -> None:
    good, bad, old = [await create_tenant(pool, ref, ref) for ref in ("good", "bad", "old")]
    await proof(pool, good, TODAY - timedelta(days=9), "it was")
    await proof(pool, good, TODAY - timedelta(days=2))
    await proof(pool, bad, TODAY, "a line is not its readings")
    await proof(pool, old, TODAY - timedelta(days=3))
    found = await read_measures(pool, [good, bad, old])
    assert [each.secure(standing()) for each in found] == [True, False, False]
    assert [each.secure(standing("event")) for each in found] == [False] * 3
    sandbox = await create_tenant(pool, "sandbox", "Sandbox", sandbox=True)
    await proof(pool, sandbox, TODAY, day=date(2020, 3, 1))
    (simulated,) = await read_measures(pool, [sandbox])
    assert (simulated.proved, simulated.secure(standing())) == (TODAY, True)
    overall = overall_of(found, standing())
    assert (overall.tenants, overall.asked, overall.proved, overall.secure) == (3, 3, 1, False)


async def test_overall_is_the_median_of_tenants(pool: Any) -> None:
    tenants = [await create_tenant(pool, ref, ref) for ref in ("one", "two", "three")]
    for tenant, hours in zip(tenants, (24, 48, 240), strict=True):
        await launch(pool, tenant, hours, 11)
    assert overall_of(await read_measures(pool, tenants), standing()).open_days == 2


async def test_an_open_table_shows_at_once(pool: Any, database: Database) -> None:
    tenant = await create_tenant(pool, "bank", "Bank")
    await proof(pool, tenant, datetime.now(UTC).date())
    found = await read_standing(pool, TODAY)
    assert found.tight
    assert found.tables > 50
    assert found.controls > 10
    owner = await connect(database.url_owner)
    await owner.execute("create policy anybody on billing_proof using (true)")
    assert (await read_standing(pool, TODAY)).leaks == ("billing_proof",)
    await owner.execute("alter table billing_proof disable row level security")
    assert (await read_standing(pool, TODAY)).bare == ("billing_proof",)
    await owner.close()
