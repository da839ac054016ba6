"""Webhooks as something that happens by itself: the log is followed, what is queued is delivered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from enscene.api.store import Pool
from enscene.api.webhooks import queue_store
from enscene.api.webhooks.deliver import Deliverer
from enscene.api.webhooks.fan_out import FanOut
from enscene.api.webhooks.keys import Keys
from enscene.api.webhooks.post import Poster
from enscene.api.webhooks.settings import WebhookSettings
from enscene.commit import admit
from enscene.scenes.runtime import SceneHost
from enscene.storage import Seal

PAUSE_S = 0.25
BROKEN_PAUSE_S = 1.0
TIDY_EVERY_S = 600.0
TIDY_MOST = 10_000
_log = structlog.get_logger()


class WebhookWorker:
    """One in a process; any number of processes may have one.

    It is not among the readers of a reactor: a partner's server must not hold up timers.
    """

    def __init__(
        self,
        pool: Pool,
        host: SceneHost,
        seal: Seal,
        settings: WebhookSettings,
        shards: Sequence[int],
        *,
        poster: Poster | None = None,
    ) -> None:
        self._pool = pool
        self._settings = settings
        self._poster = poster or Poster(settings)
        self.deliverer = Deliverer(pool, Keys(seal), self._poster, settings)
        self._fans = [FanOut(pool, host, shard) for shard in shards]
        self._tasks: list[asyncio.Task[Any]] = []
        self._tidied_at = float("-inf")

    def start(self) -> None:
        """Work from now on in the background."""
        self._tasks = [
            asyncio.create_task(self._run("fan_out", self.fan_out)),
            asyncio.create_task(self._run("deliver", self._deliver)),
            asyncio.create_task(self._run("tidy", self._tidy)),
        ]

    async def stop(self) -> None:
        """Stop; what was taken and not finished is sent again by whoever starts next."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        try:
            await self.deliverer.close()
        except Exception as error:
            _log.warning("webhooks.stop", error=type(error).__name__)
        await self._poster.close()

    async def settle(self) -> None:
        """Follow the log to its end, and deliver until nothing is due now."""
        moved = 1
        while moved:
            moved = await self.fan_out()
            while done := await self.deliverer.step(fresh=True) or self.deliverer.busy:
                moved += done
                await self.deliverer.wait(PAUSE_S)

    async def fan_out(self) -> int:
        """A page of every shard's log; how many events there were."""
        done = 0
        for fan in self._fans:
            done += await fan.step()
        if done:
            self.deliverer.wake()
        return done

    async def _deliver(self) -> int:
        moved = await self.deliverer.step()
        await self.deliverer.wait(PAUSE_S)
        return moved or self.deliverer.busy

    async def _tidy(self) -> int:
        """Forget what was delivered long ago."""
        if time.monotonic() - self._tidied_at < TIDY_EVERY_S:
            return 0
        async with self._pool.acquire() as connection, connection.transaction():
            tenants = [row[0] for row in await connection.fetch("select id from tenant")]
            await admit(connection, tenants)
            gone = await queue_store.forget(connection, tenants, self._settings.keep, TIDY_MOST)
        if gone < TIDY_MOST:
            self._tidied_at = time.monotonic()
        return gone

    async def _run(self, what: str, step: Callable[[], Awaitable[int]]) -> None:
        while True:
            try:
                done = await step()
                await asyncio.sleep(0 if done else PAUSE_S)
            except Exception as error:
                # Whatever it was, partners wait for their news.
                _log.warning("webhooks.retry", what=what, error=type(error).__name__)
                await asyncio.sleep(BROKEN_PAUSE_S)
