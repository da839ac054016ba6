"""Calls with a database: counted by hour, reviewed by a person, watched, blocked and lifted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.partners import store
from enscene.partners.apis import read_rules
from enscene.partners.incidents import list_incidents
from enscene.partners.incidents.open_incident import open_incident
from enscene.partners.monitor import (
    by_month,
    count_calls,
    lift_block,
    list_blocks,
    list_calls,
    list_reviews,
    note_first_calls,
    read_first_calls,
    read_health,
    read_usage,
    sign_review,
    watch_calls,
)

ZONE = "Asia/Shanghai"
APP = 71
API = "smart_canteen.top_up"


def noon(days: int = 0) -> datetime:
    """Of a day of the bank, so that an hour before is of the same day."""
    day = datetime.now(UTC) - timedelta(days=days)
    return day.replace(hour=4, minute=10, second=0, microsecond=0)


async def called(banks, calls=1, *, bank=None, app=APP, at=None, status=200, code=None, ms=20,
                 api=API, method="POST"):  # fmt: skip
    tenant = (bank or banks.one).id
    at = at or datetime.now(UTC)
    rows = [
        (tenant, app, at, method, "/v1/canteen/actions/top_up", status, code, f"r-{n}", ms, api)
        for n in range(calls)
    ]
    async with store.admitted(banks.pool, tenant) as connection:
        await store.write_calls(connection, rows)


@pytest.fixture
async def partner(banks):
    number = await banks.partner(banks.one, app=APP)
    async with store.admitted(banks.pool, banks.one.id) as connection:
        await connection.execute(
            "insert into app (tenant, id, name, title, jwks) values ($1, $2, 'partner-x', 'x', '[]')",
            banks.one.id,
            APP,
        )
    return number


async def test_calls_are_counted_by_day_partner_and_interface(banks, partner):
    at = noon(1)
    await called(banks, 8, at=at, ms=10)
    await called(banks, 2, at=at, ms=700, status=422, code="ledger.insufficient_funds")
    await called(banks, 1, at=at, status=503, code="unavailable.database", api="platform.list_apis")
    await called(banks, 5, at=at, app=APP + 1)  # nobody's
    hours = await count_calls(banks.pool, banks.one.id)
    assert hours == [at.replace(minute=0)]
    day = at.date()
    usage = await read_usage(banks.pool, banks.one.id, day, day, ZONE)
    assert (usage.whole.calls, usage.whole.failed, usage.whole.broken) == (11, 3, 1)
    first, second = usage.lines
    assert (first.partner, first.api, first.sum.calls) == (partner, API, 10)
    assert first.sum.codes == {"ledger.insufficient_funds": 2}
    assert (first.sum.percentile_ms(50), first.sum.percentile_ms(99)) == (12, 800)
    assert (second.api, second.sum.failed_percent) == ("platform.list_apis", 100.0)
    # Once more, with a call that came late: an hour is counted, never added to.
    await called(banks, 1, at=at)
    await count_calls(banks.pool, banks.one.id)
    again = await read_usage(banks.pool, banks.one.id, day - timedelta(days=2), day, ZONE)
    assert again.whole.calls == 12
    assert [own.calls for own in again.days.values()] == [0, 0, 12]
    failed = await list_calls(banks.pool, banks.one.id, APP, API, day, ZONE, failed=True)
    assert [row["code"] for row in failed] == ["ledger.insufficient_funds"] * 2
    other = await read_usage(banks.pool, banks.two.id, day, day, ZONE)
    assert (other.whole.calls, other.lines) == (0, ())


async def test_a_day_is_signed_once_when_it_is_over(banks, partner):
    at = noon(1)
    today = datetime.now(UTC).date()
    await called(banks, 3, at=at, status=404)
    await count_calls(banks.pool, banks.one.id)
    place = (banks.pool, banks.one.id)
    assert (await list_reviews(*place, today))[1] == [], "the bank is of today"
    async with store.admitted(*place) as connection:
        await connection.execute(
            "update tenant set created_at = created_at - interval '5 days' where id = $1", place[1]
        )
    _, waiting = await list_reviews(*place, today)
    assert len(waiting) in (4, 5)  # the day of the bank may have begun before that of UTC
    async with store.admitted(*place) as connection:
        await connection.execute(
            "update tenant set created_at = created_at - interval '50 days' where id = $1", place[1]
        )
    _, waiting = await list_reviews(*place, today)
    assert len(waiting) == 14
    await sign_review(*place, at.date(), today, ZONE, who="maker@bank", note="all as usual")
    [signed], waiting = await list_reviews(*place, today)
    assert (signed.who, signed.calls, signed.failed) == ("maker@bank", 3, 3)
    assert at.date() not in waiting
    with pytest.raises(Conflict):
        await sign_review(*place, at.date(), today, ZONE, who="checker@bank", note="mine")
    for day in (today, today + timedelta(days=1), today - timedelta(days=15)):
        with pytest.raises(Invalid):
            await sign_review(*place, day, today, ZONE, who="maker@bank", note="too soon")
    with pytest.raises(Invalid):
        await sign_review(*place, waiting[0], today, ZONE, who="maker@bank", note=" ")
    assert len((await list_reviews(*place, today))[0]) == 1


async def test_the_first_live_call_is_the_first_that_was_answered(banks, partner):
    async with store.admitted(banks.pool, banks.one.id) as connection:
        await store.log_stage(connection, banks.one.id, partner, "applied", "x", "")
        await connection.execute(
            "update partner_stage set at = clock_timestamp() - interval '10 days' "
            "where stage = 'applied'"
        )
    await called(banks, at=datetime.now(UTC) - timedelta(days=5), status=401)
    assert await note_first_calls(banks.pool, banks.one.id) == []
    first = datetime.now(UTC) - timedelta(days=4)
    await called(banks, at=first)
    assert await note_first_calls(banks.pool, banks.one.id) == [partner]
    async with store.admitted(banks.pool, banks.one.id) as connection:
        await store.forget_calls(connection, [banks.one.id], timedelta())
    assert await note_first_calls(banks.pool, banks.one.id) == []
    [found] = await read_first_calls(banks.pool, banks.one.id)
    assert (found.partner, found.at, found.days) == (partner, first, 6.0)
    assert [(days, count) for _, days, count in by_month([found], ZONE)] == [(6.0, 1)]


async def test_bad_signatures_block_and_a_person_lifts(banks, partner):
    place = (banks.pool, banks.one.id)
    await called(banks, 14)
    await called(banks, 5, status=401, code="auth.signature")
    assert await watch_calls(*place) == []
    await called(banks, 1, status=401, code="auth.signature")
    [finding] = await watch_calls(*place)
    assert (finding.rule.id, finding.measured) == ("bad_signatures", 30.0)
    for _ in range(3):
        assert await watch_calls(*place) == []
    [block] = await list_blocks(*place)
    assert (block.partner, block.app, block.lasts) == (partner, APP, True)
    assert block.evidence["codes"] == {"auth.signature": 6}
    assert len(block.evidence["examples"]) == 6
    [incident] = await list_incidents(*place, partner)
    assert (incident.responsible, incident.severity) == ("bank", "high")
    assert "30.0 %" in incident.steps[0].text
    blocked = (await read_rules(*place)).apps[APP].blocked
    assert blocked is not None
    assert blocked.rule == "bad_signatures"
    with pytest.raises(Invalid):
        await lift_block(*place, block.id, who="checker@bank", why="x")
    with pytest.raises(NotFound):
        await lift_block(banks.pool, banks.two.id, block.id, who="other@bank", why="not mine")
    await lift_block(*place, block.id, who="checker@bank", why="their clock was wrong")
    assert (await read_rules(*place)).apps == {}  # nothing is odd about it any more
    assert await watch_calls(*place) == []  # what it was blocked for does not block it again
    [lifted] = await list_blocks(*place)
    assert (lifted.lasts, lifted.lifted_by, lifted.why) == (
        False, "checker@bank", "their clock was wrong",
    )  # fmt: skip
    with pytest.raises(NotFound):
        await lift_block(*place, block.id, who="checker@bank", why="once more")
    await called(banks, 30, status=401, code="auth.proof")
    assert len(await watch_calls(*place)) == 2  # another block, and what is not allowed
    assert len(await list_incidents(*place, partner)) == 2  # one a day of each rule


async def test_nobody_can_hush_an_alarm_beforehand(banks, partner):
    place = (banks.pool, banks.one.id)
    key = f"watch-bad_signatures-{datetime.now(UTC):%Y%m%d}"
    await open_incident(
        *place, partner, title="mine", severity="low", text="nothing", responsible="bank",
        side="partner", who="x", key=key,
    )  # fmt: skip
    await called(banks, 30, status=401, code="auth.signature")
    assert await watch_calls(*place)
    titles = {incident.title for incident in await list_incidents(*place, partner)}
    assert any("bad signatures" in title for title in titles)


async def test_far_more_than_usual_at_this_hour_is_an_incident(banks, partner):
    place = (banks.pool, banks.one.id)
    now = datetime.now(UTC)
    for days in range(1, 6):
        await called(banks, 10, at=now - timedelta(days=days))
    await called(banks, 499)
    await count_calls(*place)
    assert await watch_calls(*place) == []
    await called(banks, 1)
    await count_calls(*place)
    [finding] = await watch_calls(*place)
    assert (finding.rule.id, finding.measured) == ("calls_jump", 50.0)
    [incident] = await list_incidents(*place, partner)
    assert (incident.responsible, incident.closed_at) == ("partner", None)
    assert "calls_jump" not in incident.title
    assert await list_blocks(*place) == []


async def test_one_bank_does_not_judge_by_anothers_calls(banks, partner):
    await called(banks, 100, bank=banks.two, status=401, code="auth.signature")
    assert await watch_calls(banks.pool, banks.one.id) == []
    assert await watch_calls(banks.pool, banks.two.id) == []


async def test_health_is_of_the_last_day_and_tells_faults_from_refusals(banks, partner):
    now = datetime.now(UTC) - timedelta(hours=2)
    await called(banks, 95, at=now)
    await called(banks, 5, at=now, status=503)
    await called(banks, 100, at=now, status=422, api="a.refused")
    await called(banks, 100, at=now, ms=1_500, api="a.slow")
    await count_calls(banks.pool, banks.one.id)
    health = await read_health(banks.pool, banks.one.id)
    assert {api: state for api, (state, _) in health.items()} == {
        API: "failing", "a.refused": "refusing", "a.slow": "slow",
    }  # fmt: skip
