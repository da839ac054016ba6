"""Things of one batch, as they are written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from enscene.commit import Script, Stamp, admit
from enscene.scenes.things import ThingExists, Things

KEY = (1, 1, "meal", "T1")
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_a_thing_changed_in_its_first_batch_was_born_by_the_unit_that_created_it(
    connection: Any,
) -> None:
    await admit(connection, [1])
    vault = Things().open(fresh=False)
    thing = vault.create(0, KEY, "paid", 1, '{"price": 1200}')
    vault.change(3, thing).state = "refunded"
    script = Script()
    vault.write(Stamp(1, 100, AT, {}), script)
    assert await script.run(connection)
    row = await connection.fetchrow("select born, seq, state, version from thing")
    assert tuple(row) == (101, 104, "refunded", 2)


async def test_a_rolled_back_change_leaves_the_thing_as_it_was(connection: Any) -> None:
    await admit(connection, [1])
    vault = Things().open(fresh=False)
    thing = vault.create(0, KEY, "paid", 1, '{"price": 1200}')
    mark = vault.mark()
    vault.change(1, thing).state = "refunded"
    vault.rollback(mark)
    script = Script()
    vault.write(Stamp(1, 100, AT, {}), script)
    assert await script.run(connection)
    row = await connection.fetchrow("select seq, state, version from thing")
    assert tuple(row) == (101, "paid", 1)


async def test_a_key_is_given_once_in_a_batch() -> None:
    vault = Things().open(fresh=False)
    vault.create(0, KEY, "paid", 1, "{}")
    with pytest.raises(ThingExists):
        vault.create(1, KEY, "paid", 1, "{}")
