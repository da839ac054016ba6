"""Tenants: made once, found by ref."""

from __future__ import annotations

import asyncio

import pytest

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.tenants import create_tenant, find_tenant, get_tenant, list_tenants


async def test_a_tenant_is_found_by_ref_and_by_id(pool):
    made = await create_tenant(pool, "bank", "Bank of the Sandbox", sandbox=True)
    assert await find_tenant(pool, "bank") == made
    assert await get_tenant(pool, made.id) == made
    assert await list_tenants(pool) == [made]
    assert made.zone == "Asia/Shanghai"
    assert made.sandbox


async def test_tenants_made_at_once_have_ids_of_their_own(pool):
    made = await asyncio.gather(*(create_tenant(pool, f"t{n}", "T") for n in range(8)))
    assert sorted(t.id for t in made) == list(range(1, 9))


async def test_a_ref_is_taken_once(pool):
    await create_tenant(pool, "bank", "One")
    with pytest.raises(Conflict, match="exists"):
        await create_tenant(pool, "bank", "Two")


@pytest.mark.parametrize("ref", ["", "a", "Bank", "ba.nk", "ba@nk", "1bank", "b" * 33, "bank\n"])
async def test_a_ref_has_a_form(pool, ref):
    with pytest.raises(Invalid) as error:
        await create_tenant(pool, ref, "Bank")
    assert error.value.code == "tenant.bad_ref"


async def test_an_unknown_tenant_is_not_found(pool):
    with pytest.raises(NotFound):
        await find_tenant(pool, "nobody")
    with pytest.raises(NotFound):
        await get_tenant(pool, 99)
