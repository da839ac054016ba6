"""Everything that happens by itself on a shard, moments included."""

from __future__ import annotations

from typing import Any

import asyncpg

from enscene.engagement.moments import Moments
from enscene.scenes.reactions import LogReader, Reactor
from enscene.scenes.runtime import SceneHost


def reactor_of(pool: asyncpg.Pool[Any], host: SceneHost, shard: int) -> Reactor:
    """The reactor of a shard: timers, triggers and moments."""
    moments = Moments(pool, host)
    return Reactor(pool, host, shard, [LogReader(pool, "moments", shard, moments.handle)])
