"""Watch the calls of live partners by the rules: what is unusual becomes a joint incident, and
what is worse is blocked until its time is over or a person lifts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from enscene.kernel.clock import format_time
from enscene.kernel.errors import NotFound
from enscene.kernel.ids import new_uuid
from enscene.partners import store as partners_sql
from enscene.partners.find_partner import read_partner
from enscene.partners.incidents.incident import check_words
from enscene.partners.incidents.open_incident import add_incident
from enscene.partners.monitor import store
from enscene.partners.monitor.rules import (
    BASE_DAYS,
    SHARES,
    Finding,
    Group,
    Hour,
    Rule,
    Watch,
    judge_jump,
    judge_share,
    read_watch,
)

WATCH = "watch"
LISTED = 100


@dataclass(frozen=True, slots=True)
class Block:
    """`evidence` is what was measured, against what, and some of the calls. `lasts`: it is so
    now."""

    id: UUID
    partner: UUID
    app: int
    rule: str
    evidence: Mapping[str, Any]
    at: datetime
    until: datetime
    lifted_at: datetime | None
    lifted_by: str | None
    why: str | None
    lasts: bool


async def watch_calls(
    pool: partners_sql.Pool, tenant: int, watch: Watch | None = None
) -> list[Finding]:
    """Judge every live partner by every rule; what is new. However often it is asked, a rule has
    one incident a day for a partner, and one block at a time."""
    watch = watch or read_watch()
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        live = await store.read_live(connection, tenant)
        hours = await _hours(connection, tenant)
    found = []
    for row in live:
        for rule in watch.rules:
            async with partners_sql.admitted(pool, tenant) as connection:
                finding = await _judge(connection, tenant, row["live_app"], rule, hours)
                if finding is not None and await _act(
                    connection, tenant, row["id"], row["live_app"], finding
                ):
                    found.append(finding)
    return found


async def lift_block(
    pool: partners_sql.Pool, tenant: int, block: UUID, *, who: str, why: str
) -> None:
    """Let the application in again before its time. Raises: NotFound, Invalid."""
    why = check_words(why, "why", 4, 500)
    async with partners_sql.admitted(pool, tenant) as connection:
        if not await store.lift(connection, tenant, block, who, why):
            raise NotFound("there is no such block, or it is over", code="block.not_found")


async def list_blocks(pool: partners_sql.Pool, tenant: int) -> list[Block]:
    """Newest first."""
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        return [Block(*row) for row in await store.list_blocks(connection, tenant, LISTED)]


async def _judge(
    connection: partners_sql.Connection,
    tenant: int,
    app: int,
    rule: Rule,
    hours: Mapping[int, Hour],
) -> Finding | None:
    if rule.measure not in SHARES:
        return judge_jump(rule, hours.get(app, Hour()))
    within = timedelta(minutes=rule.minutes)
    rows = await store.read_groups(connection, tenant, app, within, rule.id)
    return judge_share(rule, [Group(row["status"], row["code"], row["calls"]) for row in rows])


async def _act(
    connection: partners_sql.Connection, tenant: int, partner: UUID, app: int, finding: Finding
) -> bool:
    """Whether something is new by it."""
    rule = finding.rule
    known = await read_partner(connection, tenant, partner, lock=True)  # one at a time
    blocked = rule.action == "block" and not await store.is_blocked(
        connection, tenant, app, rule.id
    )
    if blocked:
        evidence = await _evidence(connection, tenant, app, finding)
        await store.insert_block(
            connection, tenant, new_uuid(), partner, app, rule.id, evidence, rule.block_minutes
        )
    # Of the bank where our own rule has blocked it: a person has to look, and can lift it.
    incident = await add_incident(
        connection, tenant, known.id, title=f"{rule.zh} · {rule.en}", severity=rule.severity,
        text=_words(finding), responsible="bank" if rule.action == "block" else "partner",
        side="watch", who=WATCH, key=f"watch {rule.id} {datetime.now(UTC):%Y%m%d}",  # no partner can send a blank
    )  # fmt: skip
    return blocked or incident is not None


async def _evidence(
    connection: partners_sql.Connection, tenant: int, app: int, finding: Finding
) -> dict[str, Any]:
    rule = finding.rule
    within = timedelta(minutes=rule.minutes)
    rows = await store.read_examples(connection, tenant, app, within, rule.codes, rule.statuses)
    return {
        "measure": rule.measure, "measured": finding.measured, "threshold": rule.threshold,
        "calls": finding.calls, "minutes": rule.minutes, **finding.facts,
        "examples": [{**dict(row), "at": format_time(row["at"])} for row in rows],
    }  # fmt: skip


def _words(finding: Finding) -> str:
    rule, facts = finding.rule, finding.facts
    if rule.measure in SHARES:
        codes = ", ".join(f"{name} {n}" for name, n in dict(facts["codes"]).items())  # type: ignore[call-overload]
        return (
            f"近 {rule.minutes} 分钟 {finding.calls} 次调用中占 {finding.measured} %"
            f"（界限 {rule.threshold} %）：{codes} · {finding.measured} % of {finding.calls} calls "
            f"in {rule.minutes} minutes, limit {rule.threshold} %"
        )[:1_000]
    return (
        f"{facts['what']}：本小时 {facts['now']}，平时 {facts['usual']}（{facts['days']} 天均值，"
        f"界限 {rule.threshold} 倍） · {facts['what']}: {facts['now']} this hour, usually "
        f"{facts['usual']} over {facts['days']} days, limit {rule.threshold} times"
    )


async def _hours(connection: partners_sql.Connection, tenant: int) -> dict[int, Hour]:
    """The present hour of every application, against the same hour of the days before."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    begin = now - timedelta(days=BASE_DAYS)
    rows = await store.read_hours(connection, tenant, begin, now + timedelta(hours=1))
    known: dict[int, set[Any]] = {}
    sums: dict[tuple[int, bool], tuple[int, dict[str, int]]] = {}
    for row in rows:
        app = row["app"]
        if row["hour"] < now:
            known.setdefault(app, set()).add((now - row["hour"]).days)
        if row["hour"].hour != now.hour:
            continue
        calls, moved = sums.get((app, row["hour"] == now), (0, {}))
        for currency, minor in row["moved"].items():
            moved[currency] = moved.get(currency, 0) + minor
        sums[app, row["hour"] == now] = (calls + row["calls"], moved)
    found = {}
    for app in {app for app, _ in sums}:
        calls, moved = sums.get((app, True), (0, {}))
        before, moved_before = sums.get((app, False), (0, {}))
        days = len(known.get(app, ()))
        span = max(1, days)
        usual = {currency: minor / span for currency, minor in moved_before.items()}
        found[app] = Hour(calls, moved, before / span, usual, days)
    return found
