"""Whoever begins a scene on a renamed copy of a template is told of the scenes that run on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from enscene.operations import (
    Templates,
    Wanted,
    Wish,
    approve_launch,
    begin_launch,
    find_likely,
    save_wish,
    submit_launch,
)
from enscene.tenants import create_tenant
from scenes.language.edited import PACKS, load, renamed


async def test_a_copy_of_the_canteen_is_a_likely_duplicate(pool: Any, tmp_path: Path) -> None:
    tenant = await create_tenant(pool, "bank", "Bank", sandbox=True)
    copy = load(renamed("smart_canteen", tmp_path / "food_hall")[0])
    known = {name: load(PACKS / name) for name in ("smart_canteen", "travel")}
    templates = Templates({**known, "food_hall": copy}, {})
    launch = await begin_launch(pool, tenant.id, known["smart_canteen"], "ann@bank")
    await save_wish(pool, tenant.id, launch, Wish(ref="north", name="North"))
    await submit_launch(pool, tenant.id, templates, launch, "ann@bank", "Asia/Shanghai")
    await approve_launch(pool, tenant.id, templates, launch, "bob@bank")
    wanted = Wanted("food_hall", Wish(ref="hall", name="Hall"))
    (likeness,) = await find_likely(pool, tenant.id, templates, wanted)
    assert likeness.ref == "north"
    assert "structure" in likeness.same
    wanted = Wanted("travel", Wish(ref="trip", name="Trip"))
    assert await find_likely(pool, tenant.id, templates, wanted) == []
