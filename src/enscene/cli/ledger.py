"""Prove the ledger from its rows."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import asdict
from typing import Any

from enscene.cli._home import home_folder
from enscene.commit import admit
from enscene.ledger import Verdict, verify_ledger
from enscene.shelf import standard_shelf
from enscene.shelf.contracts import verify_contracts
from enscene.storage import open_database, open_pool
from enscene.tenants import list_tenants

NAME = "ledger"
CONTRACTS_AGREE = "contracts, their histories and the books of their products agree"
HELP = "核验账本 · prove the ledger from its rows: ledger verify"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is done and for whom."""
    parser.add_argument("what", choices=("verify",))
    parser.add_argument("--tenant", help="只核验一个租户 · one tenant alone, by its ref")
    parser.add_argument("--json", action="store_true", help="JSON")


def run(arguments: argparse.Namespace) -> int:
    """Verify every tenant; 1 when a rule does not hold anywhere."""
    with open_database(home_folder()) as opened:
        verdicts = asyncio.run(_verify(opened.database.url_app, arguments.tenant))
    if arguments.json:
        found = {ref: {**asdict(v), "verified": v.verified} for ref, v in verdicts.items()}
        print(json.dumps(found, ensure_ascii=False, default=str))
    else:
        for ref, verdict in verdicts.items():
            _tell(ref, verdict)
        if not verdicts:
            print("还没有账本 · there is no ledger yet: ./enscene up")
    return 0 if all(verdict.verified for verdict in verdicts.values()) else 1


async def _verify(url: str, only: str | None) -> dict[str, Verdict]:
    pool: Any = await open_pool(url, size_max=2, application_name="enscene ledger")
    try:
        verdicts = {}
        for tenant in await list_tenants(pool):
            if only in (None, tenant.ref):
                verdicts[tenant.ref] = await _verify_tenant(pool, tenant.id)
        return verdicts
    finally:
        await pool.close()


async def _verify_tenant(pool: Any, tenant: int) -> Verdict:
    """The ledger, and that contracts and their histories say what the books say."""
    async with pool.acquire() as connection:
        verdict = await verify_ledger(connection, tenant)
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant], all_rows=True)
        faults = await verify_contracts(connection, tenant, standard_shelf().products)
    if faults:
        verdict.faults[CONTRACTS_AGREE] = [{"book": fault} for fault in faults]
    return verdict


def _tell(ref: str, verdict: Verdict) -> None:
    mark = "✓" if verdict.verified else "✗"
    print(
        f"{mark} {ref}  {verdict.accounts:,} 个账户 accounts · {verdict.transfers:,} 笔 transfers"
        f" · 合计 sum {verdict.sum_minor}"
    )
    for rule, rows in verdict.faults.items():
        print(f"    {rule}: {len(rows)}")
        for row in rows[:5]:
            print(f"        {', '.join(f'{name} {value}' for name, value in row.items())}")
