"""Suspend a partner, let it go on, and let it leave in good order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.kernel.ids import new_uuid
from enscene.partners import store
from enscene.partners.decide_admission import check_why
from enscene.partners.find_partner import get_partner, read_partner
from enscene.partners.go_live import check_faults
from enscene.partners.governance import Record, list_records, newest
from enscene.partners.inventory import faults_of, read_assets
from enscene.partners.move import enter
from enscene.partners.partner import Partner, Stage, check_step
from enscene.partners.renewal import check_renewal
from enscene.tenants.apps import get_app, resume_app, suspend_app

LEAVING = ("data_return", "switch_test", "exit_plan")
"""What has to be there before a partner that was live may leave: the first is written down then, the
others are records: a plan, and the last switch test passed."""


async def suspend(pool: store.Pool, tenant: int, partner: UUID, who: str, why: str) -> Partner:
    """Refuse whatever its applications ask from now on; twice is once. Raises: Invalid, Conflict."""
    check_why(why)
    known = await get_partner(pool, tenant, partner)
    if known.stage == "suspended":
        return known
    check_step(known, "suspended")
    await set_apps(pool, known, on=False)  # rather closed too early than open too long
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.stage != "suspended":
            await enter(connection, known, "suspended", who, why.strip())
        return await read_partner(connection, tenant, partner)


async def resume(pool: store.Pool, tenant: int, partner: UUID, who: str, why: str) -> Partner:
    """Let it go on where it was. Raises: Invalid, Conflict, Refused("partner.open_risk")."""
    check_why(why)
    assets = await read_assets(pool, tenant, partner)
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.stage != "suspended":
            raise Conflict(
                "it is not suspended",
                code="partner.stage",
                facts={"stage": known.stage, "wanted": "resumed"},
            )
        check_faults(faults_of(assets))
        check_renewal(known, datetime.now(UTC).date())
        stages = await store.read_stages(connection, tenant, partner)
        before: Stage = next(
            row["stage"] for row in reversed(stages) if row["stage"] != "suspended"
        )
        await enter(connection, known, before, who, why.strip())
        found = await read_partner(connection, tenant, partner)
    await set_apps(pool, found, on=True)
    return found


async def note_leaving(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    what: Literal["data_return"],
    note: str,
    who: str,
) -> Partner:
    """Write down that data were given back, in the form of the exit plan."""
    check_why(note)
    if what != "data_return":
        raise Invalid("there is no such step", code="partner.field", param="what")
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.stage == "left":
            raise Conflict("it has left", code="partner.stage", facts={"stage": "left"})
        at = await connection.fetchval("select clock_timestamp()::text")
        steps = {**known.leaving, what: {"note": note.strip(), "who": who, "at": at}}
        await store.update(connection, tenant, partner, {"leaving": steps})
        return await read_partner(connection, tenant, partner)


async def leave(pool: store.Pool, tenant: int, partner: UUID, who: str, why: str) -> Partner:
    """The end: its applications stay closed, its access key opens nothing any more.

    Raises: Invalid, Conflict, Refused("partner.not_returned") as long as data were not given back
    or the switch was not tried, for a partner that was live.
    """
    check_why(why)
    known = await get_partner(pool, tenant, partner)
    records = await list_records(pool, tenant, partner)
    check_leaving(known, records)
    check_step(known, "left")
    await set_apps(pool, known, on=False)
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        check_leaving(known, records)
        await enter(connection, known, "left", who, why.strip())
        await store.update(
            connection, tenant, partner,
            {"access": new_uuid().bytes, "hook": None, "hook_before": None},
        )  # fmt: skip
        return await read_partner(connection, tenant, partner)


@control("partner_leaving")
def check_leaving(known: Partner, records: Sequence[Record]) -> None:
    """Raises: Refused("partner.not_returned")."""
    counted = newest(records)
    tests = [each for each in counted if each.kind == "switch_test"]
    there = {*known.leaving} & {"data_return"} | {e.kind for e in counted if e.kind == "exit_plan"}
    if tests and not any(each.failed for each in tests):
        there.add("switch_test")
    missing = [step for step in LEAVING if step not in there]
    if known.live_app is not None and missing:
        raise Refused(
            f"not done yet: {', '.join(missing)}",
            code="partner.not_returned",
            facts={"missing": missing},
        )


async def set_apps(pool: store.Pool, known: Partner, *, on: bool) -> None:
    """Open or close its applications, in the sandbox and at the bank."""
    for tenant, key in ((known.sandbox, known.sandbox_app), (known.tenant, known.live_app)):
        if tenant is not None and key is not None:
            app = await get_app(pool, tenant, key)
            await (resume_app if on else suspend_app)(pool, app)
