"""The log of a shard, for campaigns: page, states, decisions and cursor in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from enscene.engagement.running import store
from enscene.engagement.running.desk import Desks
from enscene.scenes.reactions import Event, LogReader

READING = "campaigns"


class CampaignReader(LogReader):
    """A process that is killed has lost nothing and done nothing twice: what it had not committed
    is read again by whoever goes on."""

    def __init__(self, pool: store.Pool, desks: Desks, shard: int) -> None:
        super().__init__(pool, READING, shard)
        self._desks = desks

    async def _take(self, connection: store.Connection, events: Sequence[Event]) -> None:
        await self._desks.take(connection, events)
