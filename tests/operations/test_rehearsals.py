"""Rehearsals in the background: few at once, only of wishes that pass, each with its progress."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from enscene.kernel.errors import Conflict, Invalid, Unavailable
from enscene.operations import (
    Rehearsals,
    Templates,
    Wish,
    begin_launch,
    change_wish,
    read_launch,
    rehearsals,
    save_wish,
    submit_launch,
)
from enscene.tenants import Tenant, create_tenant

PACKS = Path(__file__).parents[2] / "packs"
ZONE = "Asia/Shanghai"


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates._load(PACKS)


@pytest.fixture
async def tenant(pool: Any) -> Tenant:
    return await create_tenant(pool, "bank", "Bank", sandbox=True)


async def _begun(pool: Any, tenant: Tenant, templates: Templates, ref: str) -> Any:
    launch = await begin_launch(pool, tenant.id, templates.get("travel"), "ann@bank")
    await save_wish(pool, tenant.id, launch, Wish(ref=ref, name=ref))
    return launch


async def test_no_more_than_a_few_are_played_at_once(
    pool: Any, tenant: Tenant, templates: Templates, monkeypatch: Any
):
    playing, most, gate = 0, 0, asyncio.Event()

    async def wait(*_: Any, **__: Any) -> Any:
        nonlocal playing, most
        playing += 1
        most = max(most, playing)
        await gate.wait()
        playing -= 1
        raise Invalid("nothing was played")

    monkeypatch.setattr(rehearsals, "rehearse_scene", wait)
    stage = Rehearsals(pool)
    ids = [await _begun(pool, tenant, templates, f"s{number}") for number in range(4)]
    admitted = [await stage.check(tenant.id, templates, launch, ZONE) for launch in ids[:3]]
    for launch in admitted:  # all three were admitted before the first began
        stage.begin(tenant.id, launch, templates.get("travel"), ZONE)
        stage.begin(tenant.id, launch, templates.get("travel"), ZONE)
    with pytest.raises(Unavailable):
        await stage.check(tenant.id, templates, ids[3], ZONE)
    assert stage.progress(ids[0]) == (0, 1)
    gate.set()
    await asyncio.gather(*stage._tasks)
    assert most == rehearsals.AT_ONCE_MOST
    assert stage.progress(ids[0]) == "nothing was played"
    assert stage.progress(ids[3]) is None


async def test_only_what_passes_and_can_still_change_is_rehearsed(
    pool: Any, tenant: Tenant, templates: Templates
):
    stage = Rehearsals(pool)
    launch = await _begun(pool, tenant, templates, "trip")
    await change_wish(pool, tenant.id, templates, launch, {"variant": "none_such"})
    with pytest.raises(Invalid) as raised:
        await stage.check(tenant.id, templates, launch, ZONE)
    assert raised.value.param == "variant"
    await change_wish(pool, tenant.id, templates, launch, {"variant": None})
    await submit_launch(pool, tenant.id, templates, launch, "ann@bank", ZONE)
    with pytest.raises(Conflict):
        await stage.check(tenant.id, templates, launch, ZONE)


async def test_what_is_no_origin_never_reaches_a_page(
    pool: Any, tenant: Tenant, templates: Templates
):
    launch = await _begun(pool, tenant, templates, "trip")
    for origin in ("https://a.example 'unsafe-inline'", "javascript:x", "https://a.example\n", "*"):
        with pytest.raises(Invalid) as raised:
            await save_wish(pool, tenant.id, launch, Wish(ref="trip", origins=[origin]))
        assert raised.value.param == "origins[0]"
    assert (await read_launch(pool, tenant.id, launch)).wish.origins == []
