"""Sums of readings made anew, and the proof that readings, sums, invoices and ledger agree."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from enscene.billing import Billing, prove
from enscene.cli._home import home_folder
from enscene.kernel.clock import format_time
from enscene.kernel.errors import Invalid
from enscene.metering import RollUp, month_of, read_gaps, rebuild
from enscene.storage import open_database, open_pool
from enscene.tenants import Tenant, find_tenant, list_tenants

NAME = "meter"
HELP = "计量计费 · metering: meter prove, meter rebuild, meter invoice MONTH"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is done, for whom and for which month."""
    parser.add_argument("what", choices=("prove", "rebuild", "invoice"))
    parser.add_argument("month", nargs="?", help="账期 2026-11 · the month to invoice")
    parser.add_argument("--tenant", help="只处理一个租户 · one tenant alone, by its ref")
    parser.add_argument("--json", action="store_true", help="JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do it; 1 when something does not agree or an invoice could not be issued."""
    if (arguments.what == "invoice") != (arguments.month is not None):
        raise Invalid("meter invoice 2026-11", param="month")
    with open_database(home_folder()) as opened:
        told, good = asyncio.run(_do(opened.database.url_app, arguments))
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False, default=str))
    else:
        for name, value in told.items():
            print(f"{name}: {value}")
    return 0 if good else 1


async def _do(url: str, arguments: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    pool: Any = await open_pool(url, size_max=4, application_name="enscene meter")
    billing = Billing(pool)
    try:
        tenants = (
            [await find_tenant(pool, arguments.tenant)]
            if arguments.tenant
            else await list_tenants(pool)
        )
        if arguments.what == "rebuild":
            return await _rebuild(pool, tenants), True
        if arguments.what == "invoice":
            counts = await billing.run(month_of(arguments.month), tenants)
            return counts, not counts["failed"]
        return await _prove(pool, billing, tenants)
    finally:
        await billing.close()
        await pool.close()


async def _rebuild(pool: Any, tenants: list[Tenant]) -> dict[str, Any]:
    readings = 0
    for shard in sorted({tenant.shard for tenant in tenants}):
        await RollUp(pool, shard).settle()
        ids = [tenant.id for tenant in tenants if tenant.shard == shard]
        readings += await rebuild(pool, shard, ids)
    return {"tenants": len(tenants), "readings": readings}


async def _prove(pool: Any, billing: Billing, tenants: list[Tenant]) -> tuple[dict[str, Any], bool]:
    """Counts that a killed process took with it are told, and are nobody's fault: what was not
    written down was not billed."""
    for shard in sorted({tenant.shard for tenant in tenants}):
        await RollUp(pool, shard).settle()
    told: dict[str, Any] = {"readings": 0, "invoices": 0, "lines": 0, "faults": {}}
    for tenant in tenants:
        proof = await prove(billing, tenant)
        for name in ("readings", "invoices", "lines"):
            told[name] += getattr(proof, name)
        if not proof.holds:
            told["faults"][tenant.ref] = proof.faults
    told["reads_lost_since"] = [format_time(gap["counted_to"]) for gap in await read_gaps(pool)]
    return told, not told["faults"]
