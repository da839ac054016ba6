"""What the public says: judged by words, counted by day, and told when it is too much."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from enscene.kernel.errors import Invalid
from enscene.kernel.ids import public_id
from enscene.partners.incidents import list_incidents
from enscene.partners.opinions import (
    LINES_MOST,
    judge_day,
    judge_text,
    list_opinions,
    read_trend,
    take_opinions,
    watch_opinions,
)

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("退款难，客服失联，投诉无门", "bad"), ("点餐方便，很满意", "good"), ("今天上线新版本", "neutral"),
        ("不方便", "bad"), ("没有泄露", "good"), ("投诉后处理很满意", "neutral"),
        ("This is a SCAM", "bad"), ("download the app", "neutral"), ("not reliable", "bad"),
        ("easy and fast, but one outage", "good"), ("诈骗", "bad"),
    ],
)  # fmt: skip
def test_an_item_is_judged_by_its_words(text, found) -> None:
    assert judge_text(text) == found


@pytest.mark.parametrize(
    ("bad", "items", "rules"),
    [
        (19, 100, []), (20, 100, ["bad_count"]), (9, 9, []), (5, 10, ["bad_share"]), (4, 10, []),
        (20, 20, ["bad_count", "bad_share"]), (0, 0, []),
    ],
)  # fmt: skip
def test_a_day_breaks_a_rule_at_its_threshold(bad, items, rules) -> None:
    assert [finding.rule.id for finding in judge_day(bad, items)] == rules


def line(owner, number: int = 0, **more) -> dict:
    told = {
        "partner": public_id("ptn", owner), "source": "forum",
        "url": f"https://forum.example/{number}",
        "time": (NOW - timedelta(minutes=1)).isoformat(), "text": "投诉：乱扣费",
    }  # fmt: skip
    return told | more


def feed(*lines) -> bytes:
    return "\n".join(json.dumps(each, ensure_ascii=False) for each in lines).encode() + b"\n"


async def test_a_feed_is_taken_once_and_a_bad_day_is_one_incident(banks) -> None:
    partner = await banks.partner(banks.one)
    place = (banks.pool, banks.one.id)
    body = feed(*(line(partner, n) for n in range(19)))
    assert await take_opinions(*place, body, "maker@bank") == (19, 19)
    assert await take_opinions(*place, body, "maker@bank") == (19, 0)
    assert {each.severity for each in await list_incidents(*place, partner)} == {"middle"}
    assert await take_opinions(*place, feed(line(partner, 19)), "maker@bank") == (1, 1)
    incidents = await list_incidents(*place, partner)
    assert sorted(each.severity for each in incidents) == ["high", "middle"]
    assert {each.responsible for each in incidents} == {"bank"}
    assert await watch_opinions(*place) == []
    days = await read_trend(*place, partner)
    assert (len(days), sum(day.items for day in days)) == (30, 20)
    assert days[-1].counts.get("bad", 0) + days[-2].counts.get("bad", 0) == 20
    assert (await list_opinions(*place, partner))[0].sentiment == "bad"


async def test_a_bad_line_is_named_and_nothing_is_kept(banks) -> None:
    partner, foreign = await banks.partner(banks.one), await banks.partner(banks.two)
    good = line(partner)
    bad = [
        line(foreign), line(partner, partner="x"), line(partner, url="javascript:alert(1)"),
        line(partner, text=""), line(partner, text="a\u0000b"), line(partner, time="yesterday"),
        line(partner, time="2020-01-01T00:00:00Z"), line(partner, time="2999-01-01T00:00:00Z"),
        line(partner, more=1), line(partner, source="\u202e"),
        line(partner, time="2026-11-23T10:00:00"),
    ]  # fmt: skip
    for each in bad:
        with pytest.raises(Invalid) as told:
            await take_opinions(banks.pool, banks.one.id, feed(good, each), "maker@bank")
        assert told.value.param == "lines.2", each
    for body in (b"", b"\n", b"[" * 100_000, b"\xff", feed(*[good] * (LINES_MOST + 1))):
        with pytest.raises(Invalid):
            await take_opinions(banks.pool, banks.one.id, body, "maker@bank")
    assert await list_opinions(banks.pool, banks.one.id, partner) == []
