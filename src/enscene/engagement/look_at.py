"""The accounts and counters that conditions of moments read, as they are now: for a whole page of the
log in two statements."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, TypeAlias

import asyncpg

from enscene.commit import admit
from enscene.engagement import store
from enscene.kernel.clock import window_key
from enscene.scenes.language.model import Moment
from enscene.scenes.reactions import Event
from enscene.scenes.runtime import RunningScene

Looked: TypeAlias = dict[tuple[int, str], dict[str, Any]]
"""Roots by the number of the event and the moment's name."""
At: TypeAlias = tuple[int, str, str]
"""The event's number, the moment's name, and that of the account or counter."""


def reads_customer(moment: Moment) -> bool:
    """Whether its condition asks what the customer has elsewhere."""
    condition = moment.condition
    return condition is not None and any(path.startswith("customer.") for path in condition.reads)


async def look_at(
    pool: asyncpg.Pool[Any], asked: Sequence[tuple[Event, RunningScene, Moment]]
) -> Looked:
    """What the conditions name; what is not there is left out."""
    accounts: dict[At, tuple[int, int, int, str]] = {}
    counters: dict[At, tuple[int, int, str, int, str]] = {}
    for event, scene, moment in asked:
        if moment.condition is None:
            continue
        wanted = {path.split(".")[0] for path in moment.condition.reads}
        parties = event.facts.get("parties", {})
        for name in wanted & set(scene.pack.accounts):
            member = await scene.roster.find(parties.get(scene.pack.accounts[name].of, ""))
            if member is not None:
                at = (event.seq, moment.name, name)
                accounts[at] = (scene.tenant, scene.id, member.id, name)
        for name in wanted & set(scene.pack.counters):
            counter = scene.pack.counters[name]
            member = await scene.roster.find(parties.get(counter.of, ""))
            if member is not None:
                span = window_key(event.at, scene.zone, counter.per)
                at = (event.seq, moment.name, name)
                counters[at] = (scene.tenant, scene.id, name, member.id, span)
    found: Looked = {}
    if not accounts and not counters:
        return found
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, {scene.tenant for _, scene, _ in asked}, by_key=True)
        if accounts:
            balances = await store.read_balances(connection, list(accounts.values()))
            for (seq, moment_name, name), (posted, held) in zip(accounts, balances, strict=True):
                if posted is not None and held is not None:
                    found.setdefault((seq, moment_name), {})[name] = SimpleNamespace(
                        balance=posted, available=posted - held, held=held
                    )
        if counters:
            values = await store.read_counters(connection, list(counters.values()))
            for (seq, moment_name, name), value in zip(counters, values, strict=True):
                found.setdefault((seq, moment_name), {})[name] = SimpleNamespace(value=value)
    return found
