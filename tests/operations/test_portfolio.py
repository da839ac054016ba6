"""Hundreds of tenants are found, filtered, sorted and summed; each stands on one page."""

from __future__ import annotations

from typing import Any

from enscene.commit import admit
from enscene.operations.business import Chosen, choose, read_portfolio
from enscene.operations.business.portfolio import PAGE
from enscene.tenants import Tenant, create_tenant, list_tenants

MANY = 600
PACKS = ("smart_park", "smart_canteen", "")


async def many(pool: Any) -> list[Tenant]:
    """600 parks and canteens below a bank, every seventh on the free plan, of three regions."""
    bank = await create_tenant(pool, "bank", "Bank")
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "insert into tenant (id, ref, name, shard, zone, region, currency, level, parent, "
            "parent_level, plan) select $1 + n, 'p' || n, '园区' || n || ' · Park ' || n, 1, "
            "'Asia/Shanghai', 'CN', 'CNY', 2, $1, 0, case when n % 7 = 0 then 'free' else 'joint' "
            "end from generate_series(1, $2::int) n",
            bank.id, MANY,
        )  # fmt: skip
        await admit(connection, range(bank.id, bank.id + MANY + 1))
        await connection.execute(
            "insert into scene (tenant, ref, name, pack, state, profile) select $1 + n, 's', 's', "
            "($3::text[])[n % 3 + 1], case when n % 2 = 0 then 'live' else 'draft' end, "
            "jsonb_build_object('region', 'R' || n % 3) from generate_series(1, $2::int) n "
            "where n % 3 < 2",
            bank.id, MANY, list(PACKS),
        )  # fmt: skip
        await connection.execute(
            "insert into tenant_call_day (tenant, day, calls, errors) select $1 + n, "
            "(clock_timestamp() at time zone 'Asia/Shanghai')::date, n, n / 2 "
            "from generate_series(1, 10) n",
            bank.id,
        )  # fmt: skip
    return [each for each in await list_tenants(pool) if each.id != bank.id]


async def test_hundreds_of_tenants(pool: Any) -> None:
    tenants = await many(pool)
    entries = await read_portfolio(pool, tenants)
    assert len(entries) == MANY
    whole = choose(entries, Chosen())
    assert (whole.count, whole.pages, len(whole.entries)) == (MANY, 12, PAGE)
    pages = [choose(entries, Chosen(page=page)) for page in range(1, 13)]
    assert len({each.tenant.id for page in pages for each in page.entries}) == MANY
    assert choose(entries, Chosen(page=99)).page == 12

    assert [each.tenant.ref for each in choose(entries, Chosen(find="PARK 600")).entries] == [
        "p600"
    ]
    assert choose(entries, Chosen(find="园区59", level="tenant")).count == 11
    assert choose(entries, Chosen(plan="free")).count == 85
    assert choose(entries, Chosen(pack="smart_park")).count == 200
    assert choose(entries, Chosen(pack="smart_park", region="R1")).count == 0
    assert choose(entries, Chosen(region="R1")).count == 200
    assert choose(entries, Chosen(region="CN", state="closed")).count == 0
    assert choose(entries, Chosen(level="bank")).count == 0

    assert choose(entries, Chosen(trouble="errors")).count == 9
    assert choose(entries, Chosen(trouble="any")).count == 9
    by_calls = choose(entries, Chosen(sort="calls")).entries
    assert [each.figures.calls for each in by_calls[:3]] == [10, 9, 8]
    assert choose(entries, Chosen(sort="newest")).entries[0].tenant.ref == "p600"
    assert choose(entries, Chosen(sort="nonsense")).entries == whole.entries

    kinds = {each.pack: each for each in whole.kinds}
    assert set(kinds) == {"smart_park", "smart_canteen"}
    park = kinds["smart_park"]
    assert (park.tenants, park.live, park.calls, park.troubles) == (200, 100, 3 + 6 + 9, 3)


async def test_nobody_in_sight_is_an_empty_portfolio(pool: Any) -> None:
    found = choose(await read_portfolio(pool, []), Chosen())
    assert (found.count, found.page, found.pages, found.kinds) == (0, 1, 1, [])
