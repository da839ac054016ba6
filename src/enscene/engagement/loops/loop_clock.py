"""Opens and closes the cycles of campaigns by each tenant's clock, and takes what was learnt where the
log can tell that it may serve."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import msgspec
import structlog

from enscene.commit import Report, Script, admit, append_events
from enscene.customers.store import lock
from enscene.engagement.campaigns import Campaign, list_campaigns, read_rules
from enscene.engagement.campaigns.offers_of import MILLE
from enscene.engagement.decisions import Model
from enscene.engagement.loops import of_cycle, store
from enscene.engagement.loops.cycle import Cycle
from enscene.engagement.loops.may_switch import may_switch, switch_told
from enscene.engagement.loops.optimise_policy import Tried, optimise_policy
from enscene.engagement.results import read_difference, read_learnt, read_lots
from enscene.engagement.running.campaign_decider import FEATURES
from enscene.kernel.clock import local_day
from enscene.kernel.rounds import Pace
from enscene.tenants.service import ServiceWatch

EVERY_S = 5.0
CYCLE_DAYS = 7
"""As long as an offer waits for its answer."""
TRIED_MOST = 20_000
"""So many decisions are judged by, the newest: more of them tell hardly more, and take seconds each."""
_log = structlog.get_logger()
_SPACE = UUID("5b1f6f0e-0c5b-4d7a-9a55-8f0f5b6d2c11")
_TENANTS = "select id from tenant where shard = $1 and ($2::int is null or id = $2)"


@dataclass(frozen=True, slots=True)
class _Judged:
    """What closes a cycle: all that was read of it."""

    kept: store.KeptCycle
    campaign: Campaign
    listed: Sequence[Campaign]
    zone: str
    now: datetime
    ends: datetime
    counts: of_cycle.Counts
    difference: Mapping[str, Any]
    serving: Model
    learnt: int
    rows: Sequence[Tried]
    since: int
    floor: float


class LoopClock:
    """The cycles of one shard's tenants. Any number of processes may have one: a cycle is closed
    once, in one transaction with what is said of it in the log. A campaign whose cycle cannot be opened
    or closed is tried again in the next round, and holds up nothing else."""

    def __init__(self, pool: store.Pool, shard: int, service: ServiceWatch) -> None:
        self._pool = pool
        self._shard = shard
        self._service = service
        self._pace = Pace(EVERY_S)
        self._failed: set[tuple[int, str]] = set()

    async def step(self, tenant: int | None = None) -> int:
        """Open and close what is due; how many."""
        if not self._pace.comes(now=tenant is not None):
            return 0
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            tenants = [row[0] for row in await connection.fetch(_TENANTS, self._shard, tenant)]
            if not tenants:
                return 0
            await admit(connection, tenants)
            tasks = await of_cycle.read_tasks(connection, tenants)
        done = 0
        for each, campaign, number in tasks:
            if self._service.of(each).is_normal:  # what is not essential waits
                done += await self._try(each, campaign, number)
        return done

    async def next_due(self, tenant: int) -> datetime | None:
        """When the next cycle ends, or a campaign begins. What has just failed is due in the next round,
        and at no time that a clock could be moved to."""
        failed = [ref for each, ref in self._failed if each == tenant]
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant])
            return await of_cycle.next_due(connection, tenant, failed)

    async def _try(self, tenant: int, ref: str, number: int | None) -> bool:
        try:
            done = await (
                self._begin(tenant, ref) if number is None else self._end(tenant, ref, number)
            )
        except Exception as error:
            self._failed.add((tenant, ref))
            _log.warning("loops.retry", campaign=ref, cycle=number, error=type(error).__name__)
            return False
        self._failed.discard((tenant, ref))
        return done

    async def _begin(self, tenant: int, ref: str) -> bool:
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            _, zone, now = await of_cycle.read_now(connection, tenant)
            campaign = _holding(await list_campaigns(connection, tenant), ref)
            last = await store.read_cycles(connection, tenant, ref, 1)
            began = midnight(local_day(now, zone), zone)
            number = 1
            if last:
                began, number = max(began, last[0].ends), last[0].cycle.number + 1
            return await _open(connection, tenant, campaign, number, began, zone)

    async def _end(self, tenant: int, ref: str, number: int) -> bool:
        found = await self._read(tenant, ref, number)
        if found is None:
            return False
        # Seconds of the processor, which whoever is served meanwhile needs too.
        comparison, taken = await asyncio.to_thread(_compare, found)
        async with self._pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            if not await store.hold_cycle(connection, tenant, ref, number):
                return False  # another process was first
            if taken:
                await _say(connection, tenant, ref, number)
            version = found.serving.learnt_of(ref)
            cycle = _closed(found, comparison, version)
            await store.close_cycle(
                connection, tenant, cycle, found.ends, found.now, found.difference, comparison,
                None if taken else version,
            )  # fmt: skip
            if found.campaign.runs_on(local_day(found.ends, found.zone)):
                await _open(
                    connection, tenant, found.campaign, number + 1, found.ends, found.zone
                )  # fmt: skip
        return True

    async def _read(self, tenant: int, ref: str, number: int) -> _Judged | None:
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant])
            kept = await store.read_cycle(connection, tenant, ref, number)
            if kept is None or kept.closed_at is not None:
                return None
            salt, zone, now = await of_cycle.read_now(connection, tenant)
            ends = max(kept.began, min(kept.ends, now))
            listed = await list_campaigns(connection, tenant)
            campaign, own = _holding(listed, ref), [each for each in listed if each.ref == ref]
            counts = await of_cycle.read_counts(connection, tenant, ref, kept.began, ends)
            lots = await read_lots(connection, tenant, own)
            difference = await read_difference(
                connection, tenant, salt, campaign, lots, kept.began, ends
            )
            learnt = await read_learnt(connection, tenant)
            serving = learnt.serving or Model(FEATURES)
            since = await _served_since(connection, tenant, ref, kept.began)
            rows = await of_cycle.read_tried(
                connection, tenant, ref, since, ends, _priors(listed), TRIED_MOST
            )
            rules = await read_rules(connection, tenant)
        return _Judged(
            kept, campaign, listed, zone, now, ends, counts, difference, serving,
            0 if learnt.model is None else learnt.model.learnt_of(ref),
            [row for _, row in rows], sum(at < kept.began for at, _ in rows), rules.floor / MILLE,
        )  # fmt: skip


def midnight(day: date, zone: str) -> datetime:
    """When a day begins there."""
    return datetime.combine(day, time(), ZoneInfo(zone))


def _holding(listed: Sequence[Campaign], ref: str) -> Campaign:
    return next(
        each for each in listed
        if each.ref == ref and each.kept.state in ("approved", "stopped")
    )  # fmt: skip


def _priors(listed: Sequence[Campaign]) -> dict[str, float]:
    found: dict[str, float] = {}
    for campaign in listed:  # the newest version of each comes first
        for name, offer in campaign.body.offers.items():
            found.setdefault(f"{campaign.ref}/{name}", offer.expected)
    return found


async def _served_since(
    connection: store.Connection, tenant: int, ref: str, began: datetime
) -> datetime:
    """The begin of the first cycle that the policy has served in: what was tried since then it has
    not learnt from."""
    since = began
    for each in await store.read_cycles(connection, tenant, ref, 100):
        if each.verdict == "taken":
            break
        since = min(since, each.began)
    return since


async def _open(
    connection: store.Connection, tenant: int, campaign: Campaign, number: int, began: datetime,
    zone: str,
) -> bool:  # fmt: skip
    """With its first step: what was known when it began."""
    day = local_day(began, zone)
    last = min(day + timedelta(days=CYCLE_DAYS), campaign.body.ends + timedelta(days=1))
    ref, owner = campaign.ref, campaign.body.owner
    cycle = Cycle(uuid5(_SPACE, f"{tenant}:{ref}:{number}"), number, ref)
    before = began - timedelta(days=CYCLE_DAYS)
    counts = await of_cycle.read_counts(connection, tenant, ref, before, began)
    learnt = await read_learnt(connection, tenant)
    version = 0 if learnt.serving is None else learnt.serving.learnt_of(ref)
    cycle.done(
        "insight", began, began, owner, changed=counts.changed,
        learnt=0 if learnt.model is None else learnt.model.learnt_of(ref),
    )  # fmt: skip
    return await store.open_cycle(
        connection, tenant, cycle, began, midnight(last, zone), owner, version
    )


async def _say(connection: store.Connection, tenant: int, ref: str, number: int) -> None:
    """From its place in the log on the engine serves what it has learnt until there."""
    stamp = await lock(connection, tenant)
    facts = {"loop": {"campaign": ref, "cycle": number}}
    report = Report(
        0, store.POLICY_TAKEN, f"campaign:{ref}", "loop", msgspec.json.encode(facts).decode(), ""
    )
    script = Script()
    append_events(script, stamp, [(0, tenant, report)])
    await script.run(connection)


def _compare(found: _Judged) -> tuple[dict[str, Any], bool]:
    """The campaign's policy of tomorrow against that of today; of the others nothing changes."""
    ref = found.kept.cycle.campaign
    rows = [row for row in found.rows if row.offers[row.chosen].campaign == ref]
    judged = [row for row in found.rows[found.since :] if len(row.offers) > 1]
    comparison = None
    if judged and found.learnt > found.serving.learnt_of(ref):
        comparison = optimise_policy(
            FEATURES, rows, judged=judged, floor=found.floor, base=found.serving
        ).against_last
    switch = may_switch(comparison)
    return switch_told(comparison, switch), switch.taken


def _closed(found: _Judged, comparison: Mapping[str, Any], version: int) -> Cycle:
    cycle, counts, owner = found.kept.cycle, found.counts, found.campaign.body.owner
    began, ends, decided = found.kept.began, found.ends, found.campaign.kept.decided_by
    cycle.done("reach", began, ends, owner, said=counts.said, sent=counts.sent, lost=counts.lost)
    cycle.done("identify", began, ends, owner, met=counts.met, held=counts.held, fired=counts.fired)
    cycle.done("serve", began, ends, owner, seen=counts.seen)
    cycle.done("feedback", began, ends, owner, taken=counts.taken, refused=counts.refused,
               waiting=counts.waiting)  # fmt: skip
    cycle.done("analyse", ends, max(ends, found.now), owner, **found.difference)
    cycle.done("optimise", ends, max(ends, found.now), decided or owner, verdict=comparison["verdict"],
               why=comparison["why"], version_before=version, version_after=version)  # fmt: skip
    return cycle
