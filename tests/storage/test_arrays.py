"""Array literals arrive in PostgreSQL as the values that they were made of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enscene.storage import Database, connect
from enscene.storage.arrays import column, flags, moments, numbers, texts, words

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
FIRST = datetime.fromisoformat("0001-01-02")
MOMENTS = st.datetimes(FIRST, FIRST + timedelta(days=3_652_000), timezones=st.just(UTC))


class Server:
    def __init__(self, runner: asyncio.Runner, connection: Any) -> None:
        self._runner = runner
        self._connection = connection

    def back(self, literal: str, of: str) -> list[Any]:
        return self.ask(f"select $1::text::{of}[]", literal)

    def ask(self, query: str, *values: Any) -> list[Any]:
        found: list[Any] = self._runner.run(self._connection.fetchval(query, *values))
        return found


@pytest.fixture(scope="module")
def server(shared_database: Database) -> Iterator[Server]:
    with asyncio.Runner() as runner:
        connection = runner.run(connect(shared_database.url_app))
        yield Server(runner, connection)
        runner.run(connection.close())


many = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@many
@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
def test_numbers(server: Server, values: list[int | None]) -> None:
    assert server.back(numbers(values), "bigint") == values
    assert numbers(iter(values)) == numbers(values)


@many
@given(st.lists(st.none() | TEXTS | st.sampled_from(["NULL", "", '"', "\\", "{}", ",", " a "])))
def test_texts(server: Server, values: list[str | None]) -> None:
    assert server.back(texts(values), "text") == values


@many
@given(st.lists(st.uuids()))
def test_words(server: Server, values: list[UUID]) -> None:
    assert server.back(words([value.hex for value in values]), "uuid") == values


@many
@given(st.lists(st.booleans()))
def test_flags(server: Server, values: list[bool]) -> None:
    assert server.back(flags(values), "boolean") == values


@many
@given(st.lists(st.none() | MOMENTS))
def test_moments(server: Server, values: list[datetime | None]) -> None:
    assert server.back(moments(values), "timestamptz") == values


def test_moments_that_live_no_longer_than_their_turn(server: Server) -> None:
    """A generator's values may take each other's place in memory."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    made = moments(start + timedelta(days=n) for n in range(50))
    assert server.back(made, "timestamptz") == [start + timedelta(days=n) for n in range(50)]


@many
@given(st.lists(st.none() | st.sampled_from([-1, 0, 2**40]), min_size=1, max_size=4))
def test_a_column_gives_back_what_it_was_made_of(server: Server, values: list[int | None]) -> None:
    array, constant = column(values, numbers)
    rows = [0] * len(values)
    query = """
        select array_agg(coalesce(u.x, $2) order by u.n)
          from unnest($1::text::bigint[], $3::text::int[]) with ordinality as u(x, row, n)"""
    assert server.ask(query, array, constant, numbers(rows)) == values
    assert (array == "{}") == (len(set(values)) == 1)
