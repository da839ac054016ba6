"""Work that a page begins and does not wait for; what it comes to stands in the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

log = logging.getLogger("enscene.background")


class Background:
    """The work of one process, each under a name that is running once at a time."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Begin it, unless it is running."""
        if name not in self._tasks:
            task = asyncio.create_task(self._run(name, work))
            self._tasks[name] = task
            task.add_done_callback(lambda _: self._tasks.pop(name, None))

    def is_running(self, name: str) -> bool:
        """Whether this process is at it."""
        return name in self._tasks

    async def _run(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except (
            Exception
        ):  # nobody waits for it: a fault is told in the log, and can be gone on from
            log.exception("%s has stopped", name)

    async def close(self) -> None:
        """Stop what runs; it can be gone on with."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
