"""`./enscene service`: what holds, entered and left from a terminal."""

from __future__ import annotations

import argparse
from typing import Any

import pytest

from enscene.cli.service import _do, add_arguments
from enscene.kernel.errors import Conflict, Invalid
from enscene.storage import Database
from enscene.tenants import create_tenant


async def do(database: Database, *words: str) -> list[Any]:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return await _do(database.url_app, parser.parse_args(words))


async def test_a_state_is_entered_shown_and_left(database: Database, pool: Any) -> None:
    await create_tenant(pool, "bank", "Bank")
    assert await do(database, "show") == []
    await do(database, "essential", "--bank", "bank", "--for", "2h", "--reason", "升级 · upgrade")
    (entry,) = await do(database, "show")
    assert (entry.state, entry.bank, entry.ended_at) == ("essential", "bank", None)
    assert entry.who.endswith("(enscene service)")
    (entry,) = await do(database, "leave", "--bank", "bank")
    assert entry.ended_at is not None


async def test_another_state_ends_the_one_before(database: Database) -> None:
    await do(database, "essential", "--for", "2h", "--reason", "a")
    now, before = await do(database, "readings", "--for", "1h", "--reason", "b")
    assert (now.state, now.ended_at) == ("readings", None)
    assert before.ended_at is not None


async def test_what_is_refused(database: Database) -> None:
    with pytest.raises(Invalid, match="--for"):
        await do(database, "readings", "--reason", "x")
    with pytest.raises(Invalid, match="days"):
        await do(database, "readings", "--until", "2999-01-01T00:00:00Z", "--reason", "x")
    with pytest.raises(Conflict):
        await do(database, "leave")
