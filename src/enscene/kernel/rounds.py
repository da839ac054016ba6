"""Work in rounds, in the background, until it is told to stop."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod

import structlog

_log = structlog.get_logger()


class Rounds(ABC):
    """One round after the other. Whatever goes wrong in one, the next one comes: what stood still
    would be noticed by nobody. `fault` names a fault in the log, `broken_pause_s` is waited after it.
    """

    fault = "rounds.retry"
    broken_pause_s = 10.0
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Work from now on in the background."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop; what was begun is done again, or gone on with, by whoever starts next."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    @abstractmethod
    async def _round(self) -> float:
        """Work once; seconds until the next round."""

    async def _run(self) -> None:
        while True:
            try:
                pause_s = await self._round()
            except Exception as error:
                _log.warning(self.fault, error=type(error).__name__)
                pause_s = self.broken_pause_s
            await asyncio.sleep(pause_s)


class Pace:
    """Lets through what is asked often and need not be done as often: once in `every_s` seconds."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._last = float("-inf")

    def comes(self, *, now: bool = False) -> bool:
        """Whether it is time again; with `now` it always is."""
        seconds = time.monotonic()
        if not now and seconds - self._last < self._every_s:
            return False
        self._last = seconds
        return True
