"""Statements sent together: all of them, or a batch that is lost."""

from __future__ import annotations

from typing import Any

from enscene.commit import Script

ONE = "insert into noted (n) values ($1::int) returning 1"


async def _table(connection: Any) -> None:
    await connection.execute("create temp table noted (n int primary key)")


async def _noted(connection: Any) -> list[int]:
    return [row[0] for row in await connection.fetch("select n from noted order by n")]


async def test_every_statement_gets_its_own_arguments(connection: Any) -> None:
    await _table(connection)
    script = Script()
    script.add(ONE, 11, rows=1)
    script.add(
        "insert into noted (n) select $2::int + $1::int from generate_series(1, $3::int) "
        "where $1::int > 0 returning 1",
        20, 2, 1, rows=1,
    )  # fmt: skip
    for number in range(31, 42):
        script.add(ONE, number, rows=1)
    assert await script.run(connection)
    assert await _noted(connection) == [11, 22, *range(31, 42)]


async def test_a_count_that_differs_says_that_a_condition_did_not_hold(connection: Any) -> None:
    await _table(connection)
    await connection.execute("insert into noted values (1)")
    for rows, holds in ((1, False), (0, True)):
        script = Script()
        script.add("update noted set n = $1 where n = $2 returning 1", 3, 2, rows=rows)
        assert await script.run(connection) is holds


async def test_a_statement_sees_nothing_of_its_neighbours(connection: Any) -> None:
    await _table(connection)
    script = Script()
    script.add(ONE, 5, rows=1)
    script.add("select from noted where n = $1", 5, rows=0)
    assert await script.run(connection)


async def test_nothing_to_do_is_done(connection: Any) -> None:
    assert await Script().run(connection)


async def test_what_is_not_counted_is_done_beside_what_is(connection: Any) -> None:
    await _table(connection)
    script = Script()
    script.add("insert into noted (n) values ($1::int)", 1)
    script.add(ONE, 2, rows=1)
    script.add("insert into noted (n) values ($1::int)", 3)
    assert await script.run(connection)
    assert await _noted(connection) == [1, 2, 3]
    alone = Script()
    alone.add("insert into noted (n) values ($1::int)", 4)
    assert await alone.run(connection)
    assert await _noted(connection) == [1, 2, 3, 4]


async def test_a_statement_reads_what_one_before_it_gives_and_the_caller_is_told(
    connection: Any,
) -> None:
    await _table(connection)
    await connection.execute("insert into noted values (1), (2)")
    told: list[Any] = []
    script = Script()
    script.add("update noted set n = n + $1 returning n", 10, rows=2, name="moved")
    script.add("select max(n) as most from moved", name="highest")
    script.add("insert into noted select most + $1 from highest", 5)
    script.ask("select array_agg(n order by n) from moved", told.append)
    assert await script.run(connection)
    assert await _noted(connection) == [11, 12, 17]
    assert told == [[11, 12]]


async def test_where_a_condition_does_not_hold_nobody_is_told(connection: Any) -> None:
    await _table(connection)
    told: list[Any] = []
    script = Script()
    script.add("update noted set n = 1 returning n", rows=1, name="moved")
    script.ask("select count(*) from moved", told.append)
    assert not await script.run(connection)
    assert told == []
