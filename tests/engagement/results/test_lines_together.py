"""What lines share and who gave way, against a plain count of the same decisions."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from engagement.running.campaigning import rules, run, sample
from enscene.commit import admit
from enscene.engagement.campaigns import Campaign, CampaignBody, find_conflicts, list_campaigns
from enscene.engagement.results import read_together
from trip import Trip, open_trip

SINCE = datetime(2026, 6, 1, tzinfo=UTC)
LINES = {"pay": "payroll", "lend": "credit", "lend_more": "credit", "save": "wealth"}
SHARED = ("another_fits_better", "cap", "fatigue", "same_benefit", "quiet_hours")


@pytest.fixture
async def trip(pool: Any) -> Any:
    async with open_trip(pool) as opened:
        await rules(opened)
        for ref, line in LINES.items():
            await run(opened, ref, line=line)
        yield opened


async def decide(
    trip: Trip, random: Random
) -> list[tuple[int, datetime, str | None, dict[str, str]]]:
    """Chance decisions: (customer, at, ref of what was said, why of others by ref)."""
    made = []
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        parties = [row[0] for row in await connection.fetch(
            "select id from party where tenant = $1 and kind = 'person' order by id limit 4",
            trip.tenant.id,
        )]  # fmt: skip
        await connection.execute(
            "insert into identity (tenant, party, customer) values ($1, $2, $2), ($1, $3, $2)",
            trip.tenant.id, parties[0], parties[1],
        )  # fmt: skip
        for n in range(200):
            party, refs = random.choice(parties), random.sample(sorted(LINES), random.randint(1, 4))
            said = refs[0] if random.random() < 0.6 else None
            at = SINCE + timedelta(hours=random.randint(-100, 300))
            why = {
                ref: random.choice((*SHARED, "consent", "holdout", "budget"))
                for ref in (refs[1:] if said else refs)
            }
            rights = {
                "offer": said and f"{said}/x",
                "suppressed": {f"{r}/x": w for r, w in why.items()},
            }
            await connection.execute(
                "insert into decision values ($1, $2, $3, $4, $5, $6, $7, null, $8, $9)",
                trip.tenant.id, UUID(int=random.getrandbits(128), version=4), trip.scene, "pay/m",
                party, n, at, rights, random.choice(("offered", "taken")) if said else "none",
            )  # fmt: skip
            made.append((parties[0] if party == parties[1] else party, at, said, why))
    return made


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_it_is_what_a_plain_count_says(trip: Trip, seed: int) -> None:
    made = [row for row in await decide(trip, Random(seed)) if row[1] >= SINCE]
    async with trip.pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [trip.tenant.id])
        listed = await list_campaigns(connection, trip.tenant.id)
        found = await read_together(connection, trip.tenant.id, listed, SINCE)
    heard = {(who, LINES[ref]) for who, _, ref, _ in made if ref}
    lines = {
        line: {who for who, name in heard if name == line} for line in sorted(set(LINES.values()))
    }
    assert {each.name: (each.campaigns, each.customers) for each in found.lines} == {
        line: (sum(name == line for name in LINES.values()), len(who))
        for line, who in lines.items()
    }
    assert {each.name: each.said for each in found.lines} == {
        line: sum(bool(ref) and LINES[ref or ""] == line for _, _, ref, _ in made) for line in lines
    }  # fmt: skip
    assert {(each.one, each.other): each.customers for each in found.shared} == {
        (one, other): len(lines[one] & lines[other])
        for one, other in combinations(sorted(lines), 2)
    }
    times = Counter(
        (LINES[ref], LINES[said] if said else None, why)
        for _, _, said, others in made for ref, why in others.items()
        if why in SHARED and (not said or LINES[said] != LINES[ref])
    )  # fmt: skip
    assert {(each.line, each.to, each.why): each.times for each in found.gave_way} == times
    everybody = Counter(who for who, _ in heard)
    assert (found.customers, found.several) == (
        len(everybody), sum(count > 1 for count in everybody.values()),
    )  # fmt: skip


async def test_nobody_has_spoken(trip: Trip) -> None:
    async with trip.pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [trip.tenant.id])
        found = await read_together(connection, trip.tenant.id, [], SINCE)
    assert (found.lines, found.shared, found.gave_way, found.customers) == ((), (), (), 0)


def campaign(ref: str, line: str, **more: Any) -> Campaign:
    body = msgspec.convert({**sample(), "line": line, **more}, CampaignBody)
    return Campaign(1, ref, body, None)  # type: ignore[arg-type]


def test_lines_meet_where_the_same_events_wake_both_on_the_same_days() -> None:
    body = sample()
    first = next(iter(body["moments"]))
    elsewhere = {first: {**body["moments"][first], "after": ["canteen.pay"]}}
    for name in ("count", "sum", "sequence", "absent", "crosses", "enters"):
        elsewhere[first].pop(name, None)
    one = campaign("one", "credit", starts="2026-06-01", ends="2026-06-30")
    assert find_conflicts([one, campaign("two", "credit")]) == (), "one line"
    late = campaign("late", "wealth", starts="2026-07-01", ends="2026-07-31")
    assert find_conflicts([one, late]) == ()
    other = campaign("other", "wealth", starts="2026-06-15", ends="2026-07-31")
    (met,) = find_conflicts([other, one])
    assert (met.one.ref, met.other.ref) == ("one", "other")
    assert (met.first.isoformat(), met.last.isoformat()) == ("2026-06-15", "2026-06-30")
    assert met.events
    assert met.channels
    benefits = {each["benefit"] for each in body["offers"].values() if each.get("benefit")}
    apart = find_conflicts([one, campaign("apart", "wealth", moments=elsewhere)])
    assert [each.benefits for each in apart] == [tuple(sorted(benefits))] * bool(benefits)
