"""Rehearsals in the background, a few at a time, with their progress."""

from __future__ import annotations

import asyncio
import logging
from typing import TypeAlias
from uuid import UUID

from enscene.kernel.errors import EnsceneError, Unavailable
from enscene.operations import store
from enscene.operations.check_wish import check_wish, refuse_mistakes
from enscene.operations.launch import EDITABLE, Launch, moved_on, read_launch
from enscene.operations.prepare_launch import keep_rehearsal
from enscene.operations.rehearse_scene import rehearse_scene
from enscene.operations.templates import Templates
from enscene.scenes.language import Pack

AT_ONCE_MOST = 2
"""Rehearsals that one process plays at once: they share it with real payments."""

Progress: TypeAlias = "tuple[int, int] | str"
"""(done, total) while it plays, the reason when it failed."""

log = logging.getLogger("enscene.rehearsals")


class Rehearsals:
    """The rehearsals of one process. What one gave is kept with its request; how far it is knows
    only the process that plays it."""

    def __init__(self, pool: store.Pool) -> None:
        self._pool = pool
        self._progress: dict[UUID, Progress] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(AT_ONCE_MOST)

    def progress(self, launch: UUID) -> Progress | None:
        """None when nothing of it is known here: not begun, or done and kept."""
        return self._progress.get(launch)

    async def check(self, tenant: int, templates: Templates, launch: UUID, zone: str) -> Launch:
        """Whether one may begin. Raises: NotFound, Conflict (submitted by now), Invalid (the wish
        does not pass the checks), Unavailable (enough are played)."""
        found = await read_launch(self._pool, tenant, launch)
        if found.state not in EDITABLE:
            raise moved_on()
        pack = templates.get(found.pack)
        refuse_mistakes(found.wish, await check_wish(pack, found.wish, zone))
        if not self._is_playing(launch) and len(self._tasks) >= AT_ONCE_MOST:
            raise Unavailable(
                "other scenes are being rehearsed",
                code="unavailable.busy",
                hint="try again shortly",
                facts={"retry_after_s": 10},
            )
        return found

    def begin(self, tenant: int, launch: Launch, pack: Pack, zone: str) -> None:
        """Play a week in the background, unless that request is being rehearsed already."""
        if self._is_playing(launch.id):
            return
        self._progress[launch.id] = (0, 1)
        task = asyncio.create_task(self._play(tenant, launch, pack, zone))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is being played; nothing of it stays."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _is_playing(self, launch: UUID) -> bool:
        return isinstance(self._progress.get(launch), tuple)

    async def _play(self, tenant: int, launch: Launch, pack: Pack, zone: str) -> None:
        def tell(done: int, total: int) -> None:
            self._progress[launch.id] = (done, total)

        try:
            async with self._places:
                told = await rehearse_scene(self._pool, pack, launch.wish, zone=zone, progress=tell)
            await keep_rehearsal(self._pool, tenant, launch.id, launch.wish, told.plain())
            self._progress.pop(launch.id, None)
        except EnsceneError as error:
            self._progress[launch.id] = error.detail
        except Exception as error:
            # It runs by itself: whoever waits for it must hear of it.
            log.exception("rehearsal of %s", launch.id)
            self._progress[launch.id] = f"{type(error).__name__}: {error}"
