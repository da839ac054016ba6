"""How the reactor finds its things. Plans are made once and kept, perhaps before there are any
statistics, so the right index has to win by itself at every size."""

from __future__ import annotations

import re
from typing import Any

import asyncpg
import pytest

from enscene.commit import admit
from enscene.scenes.reactions.timers import _DUE, _FIRST_DUE
from enscene.scenes.reactions.triggers import _BOUND
from enscene.shelf.contracts.store import _READ, _READ_HELD, _UPDATE
from enscene.storage import Database

THINGS = """
insert into thing (tenant, scene, type, key, state, terms, fields, money, bind, due, timer, seq, born)
select 1, 1, 'policy', 'P' || n, 'in_force', 1, '{"flight": "2013-01-01/UA/1545"}', '{}',
       'F' || n, now() + interval '1 year', 'end_cover', n, n
  from generate_series(1, $1::int) n"""
CONTRACTS = """
insert into contract (tenant, id, scene, product, customer, currency, about, seq, opened_at)
select 1, gen_random_uuid(), 1, 'cover', n, 'CNY', 'P' || n, n, now()
  from generate_series(1, $1::int) n"""
EXPECTED = {
    "bound": (_BOUND, "thing_bind"),
    "due": (_DUE, "thing_due"),
    "first due": (_FIRST_DUE, "thing_due"),
    "contract": (_READ, "contract_pkey"),
    "contracts of a customer": (_READ_HELD, "contract_customer"),
    "contract written": (_UPDATE, "contract_pkey"),
}


@pytest.fixture
async def admin(database: Database) -> Any:
    """Without row-level security, and nobody gathers statistics meanwhile."""
    assert database.url_admin is not None
    connection = await asyncpg.connect(database.url_admin)
    for table in ("thing", "contract"):
        await connection.execute(f"alter table {table} set (autovacuum_enabled = false)")
    yield connection
    await connection.close()


@pytest.mark.parametrize("size", [0, 300, 60_000])
async def test_what_is_asked_for_is_found_by_its_index_without_statistics(
    pool: asyncpg.Pool[Any], admin: asyncpg.Connection[Any], size: int
) -> None:
    if size:
        await admin.execute("set session_replication_role = replica")  # no parents are needed
        await admin.execute(THINGS, size)
        await admin.execute(CONTRACTS, size)
    for name, (statement, index) in EXPECTED.items():
        plan = await explain(pool, statement)
        scans = re.findall(r"using (\w+) on (?:thing|contract)\b", plan)
        assert scans == [index], f"{name}:\n{plan}"
        first = re.search(r"Nested Loop.*?->\s+(\w+ Scan)", plan, re.DOTALL)
        assert first is None or first[1] == "Function Scan", f"{name}:\n{plan}"


async def explain(pool: asyncpg.Pool[Any], statement: str) -> str:
    """The plan that would be kept for any parameters."""
    asked = max(int(number) for number in re.findall(r"\$(\d+)", statement))
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [1], by_key=True)
        await connection.execute(f"prepare asked as {statement}")
        nulls = ", ".join(["null"] * asked)
        rows = await connection.fetch(f"explain execute asked({nulls})")
        await connection.execute("deallocate asked")
    return "\n".join(row[0] for row in rows)
