"""Tenants from the command line."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from enscene.cli import tenant as command
from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.storage import Database
from enscene.tenants import create_tenant, find_tenant
from enscene.tenants.quotas import set_quota
from enscene.tenants.users import log_in


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


async def do(database: Database, *words: str) -> Any:
    return await command._do(database.url_app, parsed(*words))


async def test_a_tree_is_made_listed_limited_and_closed(pool: Any, database: Database) -> None:
    await do(database, "add", "bank", "--name", "Bank")
    await do(database, "add", "east", "--parent", "bank", "--plan", "free")
    listed = await do(database, "list")
    assert [(each["ref"], each["level"], each["plan"]) for each in listed] == [
        ("bank", "bank", "joint"), ("east", "branch", "free"),
    ]  # fmt: skip
    told = await do(database, "limit", "east", "users=9", "apps=none")
    assert told["line"] == ["bank", "east"]
    assert told["quotas"]["users"] == {"most": 9, "used": 0}
    assert told["quotas"]["apps"]["most"] is None
    assert told["quotas"]["calls_day"]["most"] == 1000
    with pytest.raises(Conflict):
        await do(database, "close", "bank")
    assert (await do(database, "close", "east"))["state"] == "closed"


async def test_a_turnkey_tenant_has_a_scene_and_pages_at_once(
    pool: Any, database: Database
) -> None:
    bank = await create_tenant(pool, "bank", "Bank")
    order = ("add", "school", "--parent", "bank", "--plan", "turnkey", "--manager", "周洁")
    with pytest.raises(Invalid, match="--pack"):
        await do(database, *order)
    told = await do(database, *order, "--pack", "smart_canteen")
    assert told["scene"] == "smart_canteen"
    assert "wallet" in told["pages"]
    session = await log_in(pool, told["login"], told["password"])
    assert session.user.tenant_ref == "school"
    shown = await do(database, "show", "school")
    assert shown["quotas"]["scenes"] == {"most": 5, "used": 1}
    assert [step["kind"] for step in shown["steps"]].count("project") == 5
    assert shown["packs"][0].startswith("smart_canteen ")
    # Who could not get its scene is not made at all.
    await set_quota(pool, bank.id, "scenes", 1, "test")
    with pytest.raises(Exception, match="1 of 1 scenes"):
        await do(database, "add", "other", "--parent", "bank", "--plan", "turnkey", "--manager",
                 "周洁", "--pack", "smart_canteen")  # fmt: skip
    with pytest.raises(NotFound):
        await find_tenant(pool, "other")


@pytest.mark.parametrize("limit", ["scenes", "scenes=", "scenes=-1", "scenes=x", "rooms=1"])
async def test_a_limit_that_is_none_is_refused(pool: Any, database: Database, limit: str) -> None:
    await create_tenant(pool, "bank", "Bank")
    with pytest.raises(Invalid):
        await do(database, "limit", "bank", limit)
