"""Voices: whom they go to, by when they are answered, and what is done with them in any order."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from enscene.customers.erasure import store as erasure_store
from enscene.kernel.calendar import add_working_days
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, EnsceneError, Forbidden, Invalid, NotFound
from enscene.operations import store as operations_store
from enscene.operations.planning import USUAL, ask_rules, decide_rules
from enscene.operations.teamwork import choose_standard, fill_party
from enscene.operations.voices import (
    Asked,
    Stars,
    Words,
    answer_voice,
    count_late,
    end_hot_spot,
    hand_voice,
    list_voices,
    propose_for,
    read_figures,
    read_stars,
    read_voice,
    take_voice,
    tell_voice,
    tie_release,
)
from operations.teamwork.conftest import figures, write

IDEA = Words("idea", "a tray for two", scene="mall")


async def today_of(pool: Any, tenant: int) -> date:
    async with operations_store.reading(pool, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
    return local_day(clock["now"], clock["zone"])


async def customer(pool: Any, tenant: int, ref: str = "ann") -> None:
    await write(
        pool, tenant, "insert into party (tenant, id, ref, kind, name) values ($1, 41, $2, 'person', $2)",
        tenant, ref,
    )  # fmt: skip


async def test_it_goes_to_who_commissioned_the_scene_by_the_day_of_the_banks_rules(
    pool: Any, tenant: int
) -> None:
    first = await read_voice(pool, tenant, await tell_voice(pool, tenant, IDEA, "zhou"))
    today = await today_of(pool, tenant)
    assert (first.department, first.owner, first.due_on) == (
        "scene_business", "", add_working_days(today, 3).day,
    )  # fmt: skip
    await choose_standard(pool, tenant, "mall", "cooperate", "ann")
    await fill_party(pool, tenant, "mall", "commissioning", {"who": "cyd"}, "ann")
    other = msgspec.structs.replace(USUAL, answer_days=7, hot_spot_days=2)
    version = await ask_rules(pool, tenant, other, "more time", "ann")
    await decide_rules(pool, tenant, version, "bob", approve=True)
    then = await read_voice(pool, tenant, await tell_voice(pool, tenant, IDEA, "zhou"))
    assert (then.owner, then.due_on) == ("cyd", add_working_days(today, 7).day)
    hot = Words("hot_spot", "rides by drone", "outside", found_at="a forum")
    spot = await read_voice(pool, tenant, await tell_voice(pool, tenant, hot, "zhou"))
    assert (spot.department, spot.due_on) == ("subsidiary", add_working_days(today, 2).day)


@pytest.mark.parametrize(
    ("param", "given"),
    [
        ("kind", {"kind": "question"}), ("kind", {"kind": "hot_spot", "source": "customer", "customer": "ann"}),
        ("says", {"says": " "}), ("says", {"says": "x" * 1001}), ("says", {"says": "a\0b"}),
        ("found_at", {"source": "outside"}), ("found_at", {"found_at": "here"}),
        ("source", {"source": "x"}), ("product", {"product": "none"}),
        ("customer", {"customer": "none"}), ("customer", {"source": "customer"}),
        ("department", {"department": "none"}), ("owner", {"owner": "x" * 81}),
    ],
)  # fmt: skip
async def test_what_is_wrong_leaves_no_trace(
    pool: Any, tenant: int, param: str, given: dict[str, Any]
) -> None:
    await customer(pool, tenant)
    with pytest.raises(Invalid) as bad:
        await tell_voice(pool, tenant, replace(IDEA, **given), "zhou")
    assert bad.value.param == param
    assert await list_voices(pool, tenant, Asked()) == ()


async def test_of_two_who_take_it_at_once_one_has_it(pool: Any, tenant: int) -> None:
    voice = await tell_voice(pool, tenant, IDEA, "zhou")
    done = await asyncio.gather(
        *(take_voice(pool, tenant, voice, f"p{n}") for n in range(8)), return_exceptions=True
    )
    assert sorted(str(getattr(each, "code", "")) for each in done) == ["", *["voice.taken"] * 7]
    taker = (await read_voice(pool, tenant, voice)).taken_by
    assert done[int(str(taker)[1:])] is None
    await take_voice(pool, tenant, voice, str(taker))
    other = "p1" if taker == "p0" else "p0"
    with pytest.raises(Conflict):
        await answer_voice(pool, tenant, voice, "yes", other)
    await hand_voice(pool, tenant, voice, "branch", "eve", "she knows", str(taker))
    await answer_voice(pool, tenant, voice, "from May on", other)
    found = await read_voice(pool, tenant, voice)
    assert [each.what for each in found.steps] == ["told", "taken", "handed", "answered"]
    assert (found.answer, found.taken_by, found.hands, found.overdue) == (
        "from May on", other, 1, False,
    )  # fmt: skip


async def test_nobody_answers_what_they_told(pool: Any, tenant: int) -> None:
    voice = await tell_voice(pool, tenant, IDEA, "zhou")
    with pytest.raises(Forbidden) as own:
        await answer_voice(pool, tenant, voice, "indeed", "zhou")
    assert own.value.code == "voice.own"
    assert (await read_voice(pool, tenant, voice)).state == "new"


async def test_a_change_comes_after_the_voice(pool: Any, tenant: int) -> None:
    await write(pool, tenant, "update scene set terms = 1 where tenant = $1", tenant)
    voice = await tell_voice(pool, tenant, IDEA, "zhou")
    with pytest.raises(Conflict):
        await tie_release(pool, tenant, voice, "2", "bob")
    await answer_voice(pool, tenant, voice, "it comes", "bob")
    await pool.execute(
        "insert into pack_source (digest, pack, version, files) values ('d', 'p', '1', '{}')"
    )
    for number in (1, 2):
        await write(
            pool, tenant, "insert into terms (tenant, scene, number, digest) values ($1, 7, $2, 'd')",
            tenant, number,
        )  # fmt: skip
    for wrong in ("1", "3", "02", "x", "", "rel_x"):
        with pytest.raises(Invalid):
            await tie_release(pool, tenant, voice, wrong, "bob")
    await tie_release(pool, tenant, voice, "2", "bob")
    found = await read_voice(pool, tenant, voice)
    assert (found.state, found.release, found.released_on) == (
        "changed", "2", await today_of(pool, tenant),
    )  # fmt: skip


async def test_satisfaction_stands_beside_what_was_changed(pool: Any, tenant: int) -> None:
    voice = await tell_voice(pool, tenant, IDEA, "zhou")
    await answer_voice(pool, tenant, voice, "it comes", "bob")
    await write(
        pool, tenant, "update voice set state = 'changed', release = '2', released_on = '2026-03-15' "
        "where tenant = $1", tenant,
    )  # fmt: skip
    for month, stars in ((date(2026, 2, 1), 3_500_000), (date(2026, 3, 1), 1_000_000)):
        await figures(pool, tenant, month, satisfaction__stars=stars)
    found = await read_voice(pool, tenant, voice)
    assert await read_stars(pool, tenant, found) == ()
    await figures(pool, tenant, date(2026, 4, 1), satisfaction__stars=4_250_000)
    assert await read_stars(pool, tenant, found) == (Stars("", 3_500_000, 4_250_000),)


async def test_what_is_owed_since_yesterday_is_late_and_figures_say_so(
    pool: Any, tenant: int
) -> None:
    today = await today_of(pool, tenant)
    voices = [await tell_voice(pool, tenant, IDEA, "zhou") for _ in range(4)]
    await tell_voice(pool, tenant, replace(IDEA, scene=None), "zhou")
    for at, voice in enumerate(voices[:3]):
        await answer_voice(pool, tenant, voice, "yes", "bob")
        days = (1, 2, 9)[at]
        await write(
            pool, tenant, "update voice set said_at = $3, due_on = $4, answered_on = $5 "
            "where tenant = $1 and id = $2", tenant, voice, _noon(date(2026, 3, 2)),
            date(2026, 3, 5), date(2026, 3, 2) + timedelta(days),
        )  # fmt: skip
    await write(
        pool, tenant, "update voice set said_at = $3, due_on = $4 where tenant = $1 and id = $2",
        tenant, voices[3], _noon(date(2026, 3, 3)), today - timedelta(1),
    )  # fmt: skip
    assert await count_late(pool, tenant) == 1
    (late,) = await list_voices(pool, tenant, Asked(state="late"))
    assert (late.id, late.overdue) == (voices[3], True)
    (found,) = await read_figures(pool, tenant, date(2026, 3, 1))
    assert (found.scene, found.told, found.answered, found.owed, found.in_time) == (
        "mall",
        4,
        3,
        4,
        2,
    )
    assert (found.share, found.answer_days, found.release_days) == (50, 2, None)
    assert [each.scene for each in await read_figures(pool, tenant, today.replace(day=1))] == [None]


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


async def test_a_customer_has_so_many_open_and_erasure_takes_what_they_wrote(
    pool: Any, tenant: int
) -> None:
    await customer(pool, tenant)
    said = replace(IDEA, source="customer", customer="ann")
    voices = [await tell_voice(pool, tenant, said, "ann") for _ in range(20)]
    with pytest.raises(Conflict) as many:
        await tell_voice(pool, tenant, said, "ann")
    assert many.value.code == "voice.many"
    await answer_voice(pool, tenant, voices[0], "dear ann, yes", "bob")
    await tell_voice(pool, tenant, said, "ann")
    assert len(await list_voices(pool, tenant, Asked(customer="ann"))) == 21
    async with operations_store.writing(pool, tenant) as connection:
        await erasure_store.blank_said(connection, tenant, 41)
    found = await read_voice(pool, tenant, voices[0])
    assert (found.says, found.answer, found.state) == ("", "", "answered")


_ACTS: dict[str, Any] = {
    "take": take_voice,
    "hand": lambda p, t, v, w: hand_voice(p, t, v, "branch", "", "", w),
    "answer": lambda p, t, v, w: answer_voice(p, t, v, "yes", w),
    "propose": lambda p, t, v, w: propose_for(p, t, v, "try", w),
    "act": lambda p, t, v, w: end_hot_spot(p, t, v, "tried", w, acted=True),
    "drop": lambda p, t, v, w: end_hot_spot(p, t, v, "no", w, acted=False),
}
_AFTER = {"take": "taken", "hand": "new", "answer": "answered", "propose": "proposed",
          "act": "acted", "drop": "dropped"}  # fmt: skip


@pytest.mark.parametrize("kind", ["complaint", "hot_spot"])
async def test_in_any_order_only_what_it_offers_can_be_done(
    pool: Any, tenant: int, kind: str
) -> None:
    """Every act is tried in every state that 12 walks come through; `acts` tells which go."""
    chance = random.Random(7)
    seen: set[tuple[str, str]] = set()
    for _ in range(12):
        voice = await tell_voice(pool, tenant, replace(IDEA, kind=kind), "zhou")
        for _ in range(8):
            before = await read_voice(pool, tenant, voice)
            name = chance.choice(list(_ACTS))
            seen.add((before.state, name))
            try:
                await _ACTS[name](pool, tenant, voice, before.taken_by or "bob")
                went = True
            except EnsceneError:
                went = False
            after = await read_voice(pool, tenant, voice)
            again = name == "take" and before.state == "taken"
            assert went == (name in before.acts or again), (before.state, name)
            assert after.state == (_AFTER[name] if went else before.state)
            assert len(after.steps) == len(before.steps) + (went and not again)
            assert (after.answered_on is None) == after.is_open
    assert len({state for state, _ in seen}) >= (5 if kind == "hot_spot" else 3)


async def test_what_is_not_there_is_not_found(pool: Any, tenant: int) -> None:
    for given in ({"scene": "none"}, {"project": "none"}):
        with pytest.raises(NotFound):
            await tell_voice(pool, tenant, replace(IDEA, **given), "zhou")
