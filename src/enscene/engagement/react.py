"""Everything that happens by itself on a shard: moments, and what follows a sale."""

from __future__ import annotations

from typing import Any

import asyncpg

from enscene.engagement.after_sale import AfterSale
from enscene.engagement.moments import Moments
from enscene.scenes.reactions import LogReader, Reactor
from enscene.scenes.runtime import SceneHost


def reactor_of(pool: asyncpg.Pool[Any], host: SceneHost, shard: int) -> Reactor:
    """The reactor of a shard: timers, triggers, moments and follow-ups."""
    moments, after_sale = Moments(pool, host), AfterSale(pool)
    readers = [
        LogReader(pool, "moments", shard, moments.handle),
        LogReader(pool, "after_sale", shard, after_sale.handle),
    ]
    return Reactor(pool, host, shard, readers)
