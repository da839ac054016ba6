"""The tree of tenants: levels in order, no cycles, nobody moves, closed from below."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.kernel.errors import Conflict, Invalid, Unauthenticated
from enscene.tenants import (
    LEVELS,
    close_tenant,
    create_tenant,
    find_tenant,
    line_of,
    list_below,
)
from enscene.tenants.tenant import Tenant, place_of
from enscene.tenants.users import create_user, find_session, log_in

PASSWORD = "a-long-password"


async def test_a_line_goes_up_and_a_tree_comes_down_in_order(pool: Any) -> None:
    bank = await create_tenant(pool, "bank", "Bank")
    east = await create_tenant(pool, "east", "East", parent=bank)
    west = await create_tenant(pool, "west", "West", parent=bank)
    school = await create_tenant(pool, "school", "School", parent=east)
    canteen = await create_tenant(pool, "canteen", "Canteen", parent=school)
    direct = await create_tenant(pool, "direct", "Direct", parent=bank, level="tenant")
    assert [each.level_name for each in await line_of(pool, canteen.id)] == list(LEVELS)[::-1]
    below = [each.ref for each in await list_below(pool, bank.id)]
    assert below == ["bank", "east", "school", "canteen", "west", "direct"]
    assert (await find_tenant(pool, "direct")).parent == bank.id
    assert [west.level_name, direct.level_name] == ["branch", "tenant"]


def at(level: int) -> Tenant:
    return Tenant(1, "above", "", 1, "UTC", "CN", "CNY", False, level=level)


@given(st.integers(0, 3), st.sampled_from(LEVELS))
def test_a_child_stands_below_its_parent(level: int, wanted: Any) -> None:
    if LEVELS.index(wanted) > level:
        assert place_of(at(level), wanted) == LEVELS.index(wanted)
    else:
        with pytest.raises(Invalid, match="higher level"):
            place_of(at(level), wanted)


async def test_only_a_bank_has_no_parent_and_nothing_stands_below_the_last(pool: Any) -> None:
    with pytest.raises(Invalid):
        await create_tenant(pool, "alone", "Alone", level="tenant")
    with pytest.raises(Invalid):
        place_of(at(3), None)


async def test_the_database_itself_keeps_the_order(pool: Any) -> None:
    """Whoever writes: no cycle, and no tenant whose parent is not above it."""
    bank = await create_tenant(pool, "bank", "Bank")
    east = await create_tenant(pool, "east", "East", parent=bank)
    for parent, level in ((east.id, 1), (east.id, 0), (bank.id, 1)):
        with pytest.raises((asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError)):
            await pool.execute(
                "update tenant set parent = $2, parent_level = $3 where id = $1",
                bank.id, parent, level,
            )  # fmt: skip


async def test_a_ref_made_elsewhere_is_not_moved_there(pool: Any) -> None:
    bank, other = await create_tenant(pool, "bank", "B"), await create_tenant(pool, "other", "O")
    made = await create_tenant(pool, "east", "East", parent=bank)
    with pytest.raises(Conflict) as error:
        await create_tenant(pool, "east", "East", parent=other)
    assert error.value.code == "tenant.exists"
    assert await find_tenant(pool, "east") == made


async def test_it_is_closed_from_below_and_nobody_stays(pool: Any) -> None:
    bank = await create_tenant(pool, "bank", "Bank")
    east = await create_tenant(pool, "east", "East", parent=bank)
    await create_user(pool, east, "li", name="Li", password=PASSWORD, roles=["auditor"])
    session = await log_in(pool, "li@east", PASSWORD)
    with pytest.raises(Conflict, match="closed after all below"):
        await close_tenant(pool, bank)
    await close_tenant(pool, east)
    assert (await find_tenant(pool, "east")).state == "closed"
    assert await find_session(pool, session.token) is None
    with pytest.raises(Unauthenticated):
        await log_in(pool, "li@east", PASSWORD)
    with pytest.raises(Conflict) as error:
        await create_tenant(pool, "school", "School", parent=await find_tenant(pool, "east"))
    assert error.value.code == "tenant.closed"
    await close_tenant(pool, bank)
