"""A finished month is reckoned once; what changes later is taken back and counted anew."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.operations.copying import family_of
from enscene.operations.incentives import (
    Run,
    Unit,
    WantedMeasure,
    WantedShare,
    ask_rule,
    decide_rule,
    decide_run,
    list_runs,
    make_run,
    read_credited,
    read_run,
)
from enscene.operations.incentives.runs import Counted, Place, _differences
from operations.incentives.conftest import Town, after

NORTH, TECH, BRANCH = (
    Unit("branch", "north"),
    Unit("department", "technology"),
    Unit("department", "branch"),
)


async def agreed(town: Town, **given: Any) -> None:
    await ask_rule(town.pool, town.tenant, town.family, town.order(**given), "ann")
    await decide_rule(town.pool, town.tenant, town.order(**given).ref, "bob", approve=True)


def month(town: Town, number: int) -> str:
    return f"{town.months[number]:%Y-%m}"


def cohort(town: Town, number: int) -> str:
    return f"{after(town.months[number], -3):%Y-%m}"


async def paid(town: Town) -> dict[Unit, int]:
    """Over all runs that count."""
    found: dict[Unit, int] = defaultdict(int)
    for run in await list_runs(town.pool, town.tenant):
        if run.state != "refused":
            whole = await read_run(town.pool, town.tenant, f"{run.month:%Y-%m}")
            for (_, unit), minor in whole.totals().items():
                found[unit] += minor
    return dict(found)


async def released(town: Town, number: int) -> Run:
    await make_run(town.pool, town.tenant, month(town, number), "ann")
    await decide_run(town.pool, town.tenant, month(town, number), "bob", release=True)
    return await read_run(town.pool, town.tenant, month(town, number))


async def test_a_month_is_split_to_the_minor_unit(town: Town) -> None:
    await agreed(town)
    first = town.months[0]
    await town.figures(
        first, ("users.active", 7, "", 120), ("users.active", 8, "", 50),
        ("users.cohort", 7, cohort(town, 0), 30), ("users.cohort", 8, cohort(town, 0), 10),
        ("users.cohort", 7, f"{first:%Y-%m}", 999),
    )  # fmt: skip
    run = await make_run(town.pool, town.tenant, month(town, 0), "ann")
    target, stayed = run.sums
    assert (target.value, target.minor) == (120, 30_000)
    assert {line.unit: line.minor for line in target.lines} == {
        NORTH: 15_000, TECH: 9_999, BRANCH: 5_001,
    }  # fmt: skip
    # 40 who came back three months later, five cents each: 200 = 100 + 66.66 + 33.34.
    assert (stayed.value, stayed.minor) == (40, 200)
    assert {line.unit: line.minor for line in stayed.lines} == {NORTH: 100, TECH: 67, BRANCH: 33}
    assert run.totals() == {
        ("CNY", BRANCH): 5_034, ("CNY", NORTH): 15_100, ("CNY", TECH): 10_066,
    }  # fmt: skip


async def test_it_is_made_once_and_released_by_another(town: Town) -> None:
    await agreed(town)
    with pytest.raises(Conflict) as early:
        await make_run(town.pool, town.tenant, month(town, 0), "ann")
    assert early.value.code == "incentive.not_computed"
    await town.figures(town.months[0], ("users.active", 7, "", 120))
    made = await asyncio.gather(
        *(make_run(town.pool, town.tenant, month(town, 0), f"app:{n}") for n in range(6))
    )
    assert len({each.id for each in made}) == 1
    who = made[0].made_by
    assert await make_run(town.pool, town.tenant, month(town, 0), "zoe") == made[0]
    with pytest.raises(Forbidden):
        await decide_run(town.pool, town.tenant, month(town, 0), who, release=True)
    tries = await asyncio.gather(
        *(decide_run(town.pool, town.tenant, month(town, 0), f"boss{n}", release=n % 2 == 0)
          for n in range(6)), return_exceptions=True,
    )  # fmt: skip
    assert [each for each in tries if each is None] == [None]
    assert {each.code for each in tries if isinstance(each, Conflict)} == {"incentive.decided"}
    assert len(await list_runs(town.pool, town.tenant)) == 1


async def test_a_correction_takes_back_and_counts_anew_and_nets_exactly(town: Town) -> None:
    await agreed(town)
    await town.figures(town.months[0], ("users.active", 7, "", 120))
    first = await released(town, 0)
    # A night is computed anew: there were fewer than the target.
    await town.figures(town.months[0], ("users.active", 7, "", 90))
    await town.figures(
        town.months[1], ("users.active", 7, "", 130), ("users.cohort", 7, cohort(town, 1), 7)
    )
    assert await read_run(town.pool, town.tenant, month(town, 0)) == first
    second = await released(town, 1)
    back, anew, *own = second.sums
    assert (back.month, back.sign, back.value, back.minor) == (town.months[0], -1, 120, -30_000)
    assert {(line.unit, -line.minor) for line in back.lines} == {
        (line.unit, line.minor) for line in first.sums[0].lines
    }
    assert (anew.month, anew.sign, anew.value, anew.minor) == (town.months[0], 1, 90, 0)
    assert [(each.month, each.value, each.minor) for each in own] == [
        (town.months[1], 130, 30_000), (town.months[1], 7, 35),
    ]  # fmt: skip
    assert sum((await paid(town)).values()) == 30_035
    # Nothing has changed: the next run tells of its own month alone.
    await town.figures(town.months[2])
    third = await released(town, 2)
    assert {each.month for each in third.sums} == {town.months[2]}


async def test_a_refused_run_counts_nothing_and_is_made_again(town: Town) -> None:
    await agreed(town)
    await town.figures(town.months[0], ("users.active", 7, "", 120))
    await make_run(town.pool, town.tenant, month(town, 0), "ann")
    await town.figures(town.months[1], ("users.active", 7, "", 120))
    with pytest.raises(Conflict) as waits:
        await make_run(town.pool, town.tenant, month(town, 1), "ann")
    assert waits.value.code == "incentive.undecided"
    await decide_run(town.pool, town.tenant, month(town, 0), "bob", release=False)
    assert await paid(town) == {}
    # Either it is made again, or the next month brings it.
    both = await released(town, 1)
    assert [(each.month, each.sign, each.minor) for each in both.sums if each.minor] == [
        (town.months[0], 1, 30_000), (town.months[1], 1, 30_000),
    ]  # fmt: skip
    with pytest.raises(Conflict) as later:
        await make_run(town.pool, town.tenant, month(town, 0), "ann")
    assert later.value.code == "incentive.later_run"


async def test_all_together_pay_no_more_than_the_ceiling(town: Town) -> None:
    await agreed(town, ceiling="200.00", measures=[
        WantedMeasure("users.active", ["mall"], "300.00", "100"),
        WantedMeasure("account:fees", ["mall", "hall"], "1.00", "100.00", "10.00"),
    ])  # fmt: skip
    await town.figures(
        town.months[0], ("users.active", 7, "", 100), ("account.moved", 7, "fees", 90_000),
        ("account.moved", 8, "fees", 20_000), ("account.moved", 8, "interest", 77_777),
    )  # fmt: skip
    run = await make_run(town.pool, town.tenant, month(town, 0), "ann")
    # 300.00, and 1.00 for each 10.00 above 100.00 of the fees of both, 1,100.00: 100.00.
    assert [(each.value, each.minor) for each in run.sums] == [(100, 15_000), (110_000, 5_000)]


async def test_the_share_of_copies_follows_what_is_credited_of_them(town: Town) -> None:
    shares = [WantedShare("copies", "", 4_000), WantedShare("branch", "bank", 6_000)]
    await agreed(town, shares=shares)
    for number in (0, 1):
        await town.figures(town.months[number], ("users.active", 7, "", 100))
    async with town.pool.acquire() as connection, connection.transaction():
        await admit(connection, [town.tenant])
        await connection.execute(
            "insert into scene_copy (tenant, id, launch, offer, origin_tenant, origin_scene, "
            "origin_name, original, left_open, pack, currency, basis, months, points, scene, begun_by, "
            "begun_at, approved_by, approved_at) values ($1, $2, $2, $2, $3, 1, 'o', '{}', '{}', "
            "'smart_canteen', 'CNY', 'account.income', 12, 1000, 7, 'a', now(), 'b', now())",
            town.tenant, "00000000-0000-0000-0000-000000000001", town.north,
        )  # fmt: skip
        for number, minor in ((0, 75), (1, 0)):
            await connection.execute(
                "insert into copy_month (tenant, copy, month, currency, value) "
                "values ($1, $2, $3, 'CNY', 1000)",
                town.tenant, "00000000-0000-0000-0000-000000000001", town.months[number],
            )  # fmt: skip
            await connection.execute(
                "insert into copy_credit (tenant, copy, month, currency, credited, points, minor) "
                "values ($1, $2, $3, 'CNY', $4, 1000, $5)",
                town.tenant, "00000000-0000-0000-0000-000000000001", town.months[number],
                town.north, minor,
            )  # fmt: skip
    assert (await released(town, 0)).totals() == {
        ("CNY", Unit("branch", "bank")): 18_000, ("CNY", NORTH): 12_000,
    }  # fmt: skip
    # Of the second month nothing is credited: that share stays with the bank.
    assert (await released(town, 1)).totals() == {
        ("CNY", Unit("branch", "bank")): 18_000, ("CNY", Unit("unassigned", "")): 12_000,
    }  # fmt: skip


async def test_a_branch_sees_what_it_gets_when_it_is_released(town: Town) -> None:
    await agreed(town)
    await town.figures(town.months[0], ("users.active", 7, "", 120))
    await make_run(town.pool, town.tenant, month(town, 0), "ann")
    family = await family_of(town.pool, town.north)
    assert await read_credited(town.pool, family) == ()
    await decide_run(town.pool, town.tenant, month(town, 0), "bob", release=True)
    (got,) = await read_credited(town.pool, family)
    assert (got.tenant, got.figure, got.value, got.whole, got.minor) == (
        town.tenant, "users.active", 120, 30_000, 15_000,
    )  # fmt: skip
    assert await read_credited(town.pool, town.family) == ()
    with pytest.raises(NotFound):
        await read_run(town.pool, town.north, month(town, 0))


async def test_a_month_without_rules_has_no_run(town: Town) -> None:
    await town.figures(town.months[0])
    with pytest.raises(Conflict) as nothing:
        await make_run(town.pool, town.tenant, month(town, 0), "ann")
    assert nothing.value.code == "incentive.nothing"
    with pytest.raises(Invalid):
        await make_run(town.pool, town.tenant, "2026-13", "ann")
    with pytest.raises(NotFound):
        await decide_run(town.pool, town.tenant, month(town, 0), "ann", release=True)


RULE = UUID(int=1)
units = st.sampled_from([NORTH, TECH, BRANCH])
states = st.dictionaries(
    st.builds(lambda measure, month: (RULE, measure, date(2026, month, 1)),
              st.integers(0, 2), st.integers(1, 3)),
    st.tuples(st.integers(-5, 5), st.dictionaries(units, st.integers(1, 10**12))),
)  # fmt: skip


@given(st.lists(states, min_size=1, max_size=6))
def test_whatever_is_corrected_the_runs_together_net_to_what_the_figures_say_last(
    history: list[dict[Place, Counted]],
) -> None:
    counted: dict[Place, Counted] = {}
    net: dict[tuple[Place, Unit], int] = defaultdict(int)
    for now in history:
        for *place, sign, value, parts in _differences(counted, now):
            where = (place[0], place[1], place[2])
            for unit, minor in parts.items():
                assert minor * sign > 0
                net[where, unit] += minor
            if sign < 0:
                assert counted[where] == (value, {unit: -minor for unit, minor in parts.items()})
        counted |= now
        assert _differences(counted, now) == []
        for place, (_, parts) in counted.items():
            for unit in (NORTH, TECH, BRANCH):
                assert net[place, unit] == parts.get(unit, 0)
