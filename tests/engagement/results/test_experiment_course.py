"""The course of an experiment: what stood at the end of each day is what a plain count then says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.results.test_campaign_experiment import LOTS, MANY, meet, read
from engagement.running.campaigning import moment, rules, run
from enscene.commit import admit
from enscene.engagement.campaigns.store import read_versions
from enscene.engagement.experiments import Plan, Sums, watch_experiment
from enscene.engagement.results import Look, read_course
from enscene.engagement.results.campaign_experiment import Met
from enscene.engagement.results.experiment_course import LOOKS_MOST, course_of, days_of
from trip import open_trip

BEGAN = datetime(2026, 5, 1, 15, tzinfo=UTC)  # an hour before midnight in Shanghai
ZONE = "Asia/Shanghai"
VALUES = {"plan": 8_000, "card": 100}
PLAN = Plan(500.0, 1_000, (0.5, 0.5))
HOURS = st.integers(0, 24 * 90)


def at(hours: int) -> datetime:
    return BEGAN + timedelta(hours=hours)


@given(
    met=st.dictionaries(st.integers(1, 200), HOURS, min_size=1, max_size=200),
    opened=st.lists(
        st.tuples(st.integers(1, 200), st.sampled_from(["plan", "card", "other"]), HOURS),
        max_size=80,
    ),
    days=st.integers(0, 100),
)
def test_each_day_is_what_a_plain_count_says(
    met: dict[int, int], opened: list[tuple[int, str, int]], days: int
) -> None:
    first = {who: at(hours) for who, hours in met.items()}
    customers = {who: who - who % 2 if who - who % 2 in first else who for who in first}
    first = {
        who: min(first[p] for p in first if customers[p] == who) for who in set(customers.values())
    }
    rows = [(who, product, at(hours)) for who, product, hours in opened if who in customers]
    today = date(2026, 5, 1) + timedelta(days=days)
    found = course_of(
        Met(first, customers, rows, True), VALUES, lambda who: None if who % 7 == 0 else who % 3 > 0,
        lambda open_, held: PLAN, ZONE, today,
    )  # fmt: skip
    begins = (min(first.values()) + timedelta(hours=8)).date()
    assert [look.day for look in found] == days_of([begins], today)
    for look in found:
        sides: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
        for who, when in first.items():
            if who % 7 == 0 or (when + timedelta(hours=8)).date() > look.day:
                continue
            own = [row for row in rows if customers[row[0]] == who]
            brought = sum(
                VALUES.get(product, 0) for _, product, then in own
                if then >= when and (then + timedelta(hours=8)).date() <= look.day
            )  # fmt: skip
            sides[who % 3 > 0].append((brought, sum(then < when for _, _, then in own)))
        open_, held = Sums.over(sides[True]), Sums.over(sides[False])
        assert (look.open, look.held) == (open_.count, held.count)
        if min(open_.count, held.count) < 30:
            assert look.word is None
        else:
            wanted = watch_experiment(PLAN, open_, held)
            assert (look.word, look.value, look.low, look.high) == (
                wanted.word, wanted.difference.value, wanted.low, wanted.high,
            )  # fmt: skip


@given(st.integers(0, 2_000))
def test_days_end_today_and_are_never_too_many(days: int) -> None:
    today = date(2026, 5, 1)
    found = days_of([today - timedelta(days=days)], today)
    assert found[-1] == today
    assert 1 <= len(found) <= LOOKS_MOST
    assert found == sorted(set(found))
    assert days >= LOOKS_MOST or len(found) == days + 1


def test_nobody_was_met_or_only_later() -> None:
    assert days_of([], date(2026, 5, 1)) == []
    assert days_of([date(2026, 5, 2)], date(2026, 5, 1)) == []


@pytest.fixture
async def trip(pool: Any) -> Any:
    async with open_trip(pool) as opened:
        await rules(opened)
        await run(opened, **moment(after=["travel.book_package"]), holdout=300)
        yield opened


async def test_the_last_day_is_where_the_experiment_stands(trip: Any) -> None:
    await meet(trip, lambda n, side: n % 10 < (5 if side else 1))
    standing = (await read(trip)).standing
    assert standing is not None
    async with trip.pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [trip.tenant.id])
        (campaign,) = await read_versions(connection, trip.tenant.id, "winter")
        looks: tuple[Look, ...] = await read_course(
            connection, trip.tenant.id, trip.tenant.ref, campaign, LOTS, ZONE, date(2026, 6, 20)
        )
    last = looks[-1]
    assert (last.day, last.open + last.held) == (date(2026, 6, 20), MANY)
    assert (last.word, last.value, last.low, last.high) == (
        standing.word, standing.difference.value, standing.low, standing.high,
    )  # fmt: skip
    assert [look.value for look in looks[:3]] == [0.0, 0.0, 0.0], (
        "the plans were opened on the fourth day"
    )
