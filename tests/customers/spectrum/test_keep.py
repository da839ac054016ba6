"""What is kept of customers' preferences, in a database: sums by scene, bands, and what is cleared."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from enscene.commit import admit
from enscene.customers.spectrum import (
    Evidence,
    Formula,
    Piece,
    Preference,
    Subject,
    Where,
    clear_spectrum,
    keep_pieces,
    lock_spectrum,
    read_spectrum,
    settle_falls,
    source_of,
    store,
)
from enscene.tenants import create_tenant

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FORMULA = Formula()
EAT = "eating"


@dataclass
class Book:
    """What a tenant keeps, and nobody else in it."""

    pool: Any
    tenant: int

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Any]:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            await lock_spectrum(connection, self.tenant)
            yield connection

    async def keep(self, pieces: Sequence[Piece]) -> None:
        async with self.writing() as connection:
            await keep_pieces(connection, self.tenant, pieces)

    async def fall(self, now: datetime) -> int:
        async with self.writing() as connection:
            return await settle_falls(connection, self.tenant, now)

    async def clear(self, customer: int, **of: int) -> None:
        async with self.writing() as connection:
            await clear_spectrum(connection, self.tenant, customer, **of)

    async def read(self, customer: int, now: datetime) -> list[Preference]:
        async with self.writing() as connection:
            return await read_spectrum(connection, self.tenant, customer, now)

    async def one(self, customer: int, now: datetime, topic: str = EAT) -> Preference:
        (found,) = [each for each in await self.read(customer, now) if each.topic == topic]
        return found

    async def rows(self) -> dict[str, int]:
        tables = ("spectrum_tone", "spectrum_standing", "spectrum_change")
        async with self.writing() as connection:
            return {t: await connection.fetchval(f"select count(*) from {t}") for t in tables}


@pytest.fixture
async def book(pool: Any) -> Book:
    return Book(pool, (await create_tenant(pool, "bank", "Bank", sandbox=True)).id)


def piece(
    customer: int, days: float, strength: float = 1, n: int = 0, *, scene: int = 1,
    consent: int = 0, topic: str = EAT, value: str = "", most: int | None = None,
) -> Piece:  # fmt: skip
    at = NOW + timedelta(days=days)
    evidence = Evidence(at, strength, source_of(scene, "pay", n))
    return Piece(
        Subject(customer, topic, value), Where(scene, consent), FORMULA, evidence, most
    )  # fmt: skip


async def test_in_whatever_order_and_pages_it_comes_it_is_the_same(book: Book) -> None:
    chance = Random(7)
    told = [
        piece(0, chance.random() * 90, chance.choice([-2, -1, 1, 2, 5]), n, scene=n % 3)
        for n in range(40)
    ]
    for customer in range(1, 9):
        chance.shuffle(told)
        place = 0
        while place < len(told):
            page = told[place : (place := place + chance.randrange(1, 15))]
            await book.keep(
                [replace(p, subject=p.subject._replace(customer=customer)) for p in page]
            )
    later = NOW + timedelta(days=120)
    first, *others = [await book.one(customer, later) for customer in range(1, 9)]
    assert (first.pieces, first.scenes, len(first.evidence)) == (40, (0, 1, 2), 5)
    for other in others:
        assert other.speaks_for == pytest.approx(first.speaks_for)
        assert other.speaks_against == pytest.approx(first.speaks_against)
        assert [e.strength for e in other.evidence] == [e.strength for e in first.evidence]
        assert (other.first, other.last, other.pieces) == (first.first, first.last, first.pieces)


async def test_scenes_add_up_and_each_can_be_taken_away(book: Book) -> None:
    async with book.writing() as connection:
        now = (await store.read_times(connection, tenant=book.tenant))[book.tenant]
    today = (now - NOW) / timedelta(days=1)
    await book.keep([piece(1, today, 3, 1, scene=1), piece(1, today, 3, 2, scene=2)])
    whole = await book.one(1, now)
    assert (whole.preference, whole.pieces, whole.scenes) == (67, 2, (1, 2))
    await book.clear(1, scene=2)
    left = await book.one(1, now)
    assert (left.preference, left.pieces, left.scenes) == (50, 1, (1,))
    assert {each.scene for each in left.evidence} == {1}
    assert (left.band, left.changes) == ("clear", ())
    await book.clear(1, scene=1)
    assert await book.read(1, NOW) == []
    assert await book.rows() == dict.fromkeys(
        ("spectrum_tone", "spectrum_standing", "spectrum_change"), 0
    )


async def test_what_an_application_did_goes_with_its_consent(book: Book) -> None:
    await book.keep([piece(1, 0, 3, 1), piece(1, 0, 3, 2, consent=7)])
    await book.clear(1, consent=7)
    assert (await book.one(1, NOW)).pieces == 1


async def test_a_band_is_entered_with_the_event_and_left_at_the_reckoned_moment(
    book: Book,
) -> None:
    await book.keep([piece(1, 0, 1, 1), piece(1, 1, 1, 2), piece(1, 2, 4, 3)])
    found = await book.one(1, NOW + timedelta(days=2))
    assert [(c.before, c.after, (c.at - NOW).days, c.source) for c in found.changes] == [
        ("clear", "strong", 2, "1:pay:3"),
        ("some", "clear", 1, "1:pay:2"),
        ("none", "some", 0, "1:pay:1"),
    ]
    falls_at = found.falls_at
    assert falls_at is not None
    assert await book.fall(falls_at - timedelta(seconds=1)) == 0
    assert await book.fall(falls_at) == 1
    fallen = await book.one(1, falls_at)
    assert (fallen.changes[0].at, fallen.changes[0].source) == (falls_at, "")
    assert fallen.since == falls_at
    # A clock that leaps over all the rest dates each fall as it was.
    far = NOW + timedelta(days=3_000)
    await book.fall(far)
    gone = await book.one(1, far)
    assert (gone.band, gone.falls_at, gone.preference) == ("none", None, 0)
    moments = [change.at for change in gone.changes]
    assert moments == sorted(moments, reverse=True)
    assert moments[0] < far - timedelta(days=1_000)


async def test_what_fades_unseen_is_dated_before_what_comes_next(book: Book) -> None:
    await book.keep([piece(1, 0, 3, 1)])
    await book.keep([piece(1, 400, 3, 2)])
    changes = (await book.one(1, NOW + timedelta(days=400))).changes
    assert [(c.before, c.after) for c in changes] == [
        ("none", "clear"), ("some", "none"), ("clear", "some"), ("none", "clear"),
    ]  # fmt: skip
    assert [change.at for change in changes] == sorted((c.at for c in changes), reverse=True)


async def test_what_comes_late_changes_nothing_before_what_is_known(book: Book) -> None:
    await book.keep([piece(1, 30, 1, 2)])
    await book.keep([piece(1, 0, 4, 1)])
    (late, early) = (await book.one(1, NOW + timedelta(days=30))).changes
    assert (early.at, late.at) == (NOW + timedelta(days=30),) * 2
    assert (late.after, late.preference) == ("clear", 50)


async def test_of_each_text_the_strongest_are_kept(book: Book) -> None:
    dishes = [
        piece(1, n, 1 + n % 2, n, topic="p.dish", value=f"dish {n}", most=3) for n in range(8)
    ]
    await book.keep(dishes)
    kept = await book.read(1, NOW + timedelta(days=8))
    assert {each.value for each in kept} == {"dish 3", "dish 5", "dish 7"}
    assert await book.rows() == {
        "spectrum_tone": 3, "spectrum_standing": 3, "spectrum_change": 3,
    }  # fmt: skip


async def test_however_many_there_are_it_is_as_many_statements(book: Book) -> None:
    async def statements(customers: int) -> int:
        said: list[Any] = []
        async with book.writing() as connection:
            connection.add_query_logger(said.append)
            await keep_pieces(connection, book.tenant, [piece(c, 0) for c in range(customers)])
            connection.remove_query_logger(said.append)
        return len(said)

    await statements(1)  # the driver asks for types once
    assert await statements(200) == await statements(2) == 5


async def test_nobody_else_is_touched(book: Book) -> None:
    await book.keep([piece(1, 0), piece(2, 0)])
    await book.clear(1)
    assert await book.read(1, NOW) == []
    assert (await book.one(2, NOW)).pieces == 1
    async with book.writing() as connection:
        assert await store.read_tones_of(connection, book.tenant, 2)
