"""Take what is due, look once more whether it may be said, and send it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from enscene.commit import admit
from enscene.customers.store import lock
from enscene.engagement.campaigns import ContactRules, read_rules
from enscene.engagement.campaigns.contact_rules import minute_of
from enscene.engagement.decisions import Quiet
from enscene.engagement.decisions.quiet_hours import quiet_until
from enscene.engagement.delivery import store
from enscene.engagement.delivery.channels import PAGE, Unreachable, send
from enscene.engagement.delivery.store import Delivery
from enscene.engagement.moments import CONSENT
from enscene.kernel.clock import micros_of, moment_of, parse_duration
from enscene.kernel.rounds import Pace
from enscene.tenants.service import ServiceWatch

TOGETHER = 100
HOLDS_FOR = timedelta(days=1)
"""What has not reached the customer after so long is of yesterday, and is not said any more."""
TRIES_MOST = 4
AGAIN_AFTER = timedelta(minutes=2)
EVERY_S = 0.2


class DeliveryClock:
    """The deliveries of one shard's tenants. Each channel is tried by itself: what cannot be reached
    is put off, and nobody waits for it. Any number of processes may have one."""

    def __init__(self, pool: store.Pool, shard: int, service: ServiceWatch) -> None:
        self._pool = pool
        self._shard = shard
        self._service = service
        self._pace = Pace(EVERY_S)

    async def step(self, tenant: int | None = None) -> int:
        """Send what is due now; how many were looked at."""
        if not self._pace.comes(now=tenant is not None):
            return 0
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            tenants = await store.tenants_of(connection, self._shard, tenant)
            if not tenants:
                return 0
            await admit(connection, tenants)
            waiting = await store.find_waiting(connection, self._shard)
        done = 0
        for each in waiting:
            if self._service.of(each).is_normal:  # what is not essential waits
                done += await self._deliver(each)
        return done

    async def next_due(self, tenant: int) -> datetime | None:
        """When the next one is due."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant])
            return await store.next_due(connection, tenant)

    async def _deliver(self, tenant: int) -> int:
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant])
            now, _, _ = await store.read_clock(connection, tenant)
            due = await store.find_due(connection, tenant, now, TOGETHER)
            rules = await read_rules(connection, tenant)
        for delivery, channel in due:
            async with self._pool.acquire() as connection, connection.transaction():
                await admit(connection, [tenant])
                if channel == "webhook":
                    # The log before the customer, as whoever withdraws a consent takes them.
                    await lock(connection, tenant)
                found = await store.take(connection, tenant, delivery)
                if found is not None:
                    await _one(connection, tenant, found, rules)
        return len(due)


async def _one(
    connection: store.Connection, tenant: int, delivery: Delivery, rules: ContactRules
) -> None:
    now, zone, sandbox = await store.read_clock(connection, tenant)
    facts = await store.read_facts(connection, tenant, delivery.id, CONSENT)
    why = _over(delivery, facts, now)
    if why is not None:
        await _move(connection, tenant, delivery, "stopped", why)
        return
    until = None if delivery.news else _quiet(rules, delivery.channel, zone, now)
    if until is not None:
        await _move(connection, tenant, delivery, "waiting", "quiet_hours", due=until)
        return
    why = await _barred(connection, tenant, delivery, rules, facts, now)
    try:
        if why is not None:
            raise Unreachable(why, again=False)
        # What fails half-way leaves nothing behind.
        async with connection.transaction():
            await send(connection, tenant, delivery, facts, now, sandbox=sandbox)
    except Unreachable as missed:
        await _missed(connection, tenant, delivery, missed, now)
        return
    why = delivery.why if delivery.channel == PAGE else ""  # why it is the page, of several
    await _move(
        connection, tenant, replace(delivery, tries=delivery.tries + 1), "sent", why, sent_at=now
    )


def _over(delivery: Delivery, facts: Any, now: datetime) -> str | None:
    """Why it is said through no channel any more."""
    if facts is None:
        return "over"
    if facts["refused"] and not delivery.news:
        return "consent"
    if facts["state"] not in ("offered", "seen"):
        return "over"
    return "too_late" if now - delivery.made_at > HOLDS_FOR else None


async def _barred(
    connection: store.Connection, tenant: int, delivery: Delivery, rules: ContactRules,
    facts: Any, now: datetime,
) -> str | None:  # fmt: skip
    """Why it is not said through this channel: others have reached the customer meanwhile, or the
    customer wants no calls."""
    if delivery.channel == "call" and (facts["profile"] or {}).get("do_not_call"):
        return "do_not_call"
    if delivery.news:
        return None
    for cap in rules.caps:
        if cap.channel in (None, delivery.channel):
            within = parse_duration(cap.within)
            sent = await store.count_sent(connection, tenant, delivery, now, within, cap.channel)
            if sent >= cap.times:
                return "cap"
    return None


def _quiet(rules: ContactRules, channel: str, zone: str, now: datetime) -> datetime | None:
    quiet = rules.quiet
    if quiet is None or channel not in quiet.channels:
        return None
    hours = Quiet(minute_of(quiet.begins), minute_of(quiet.ends))
    until = quiet_until(hours, zone, micros_of(now))
    return None if until is None else moment_of(until)


async def _missed(
    connection: store.Connection, tenant: int, delivery: Delivery, missed: Unreachable,
    now: datetime,
) -> None:  # fmt: skip
    """Later once more, through the next channel, or not at all."""
    tries = delivery.tries + 1
    tried = replace(delivery, tries=tries)
    if missed.again and tries < TRIES_MOST:
        due = now + AGAIN_AFTER * 2 ** (tries - 1)
        await _move(connection, tenant, tried, "waiting", missed.why, due=due)
    elif delivery.rest:
        channel, *rest = delivery.rest
        moved = replace(delivery, channel=channel, rest=tuple(rest), tries=0)
        # Looked at again as for any channel: what reached the customer meanwhile counts for a page too.
        await _move(connection, tenant, moved, "waiting", missed.why, due=now)
    else:
        await _move(connection, tenant, tried, "failed", missed.why)


async def _move(
    connection: store.Connection, tenant: int, delivery: Delivery, state: store.State, why: str, *,
    due: datetime | None = None, sent_at: datetime | None = None,
) -> None:  # fmt: skip
    await store.move(
        connection, tenant, delivery, state, why, tries=delivery.tries, due=due or delivery.due,
        channel=delivery.channel, rest=delivery.rest, sent_at=sent_at,
    )  # fmt: skip
