"""Proofs that were seen, so that none is taken twice: by no process, for as long as it is fresh.

A proof is on the path of every payment, so its check may not cost a transaction of its own. What
this process has seen it knows by itself. What others have seen is in the table, where a proof is
noted together with all others that came while the batch before was written: one statement, whose
commit is not waited for to be on disk. `docs/decisions/0007-bound-tokens.md` says why, and
`0013-states-of-service.md` what holds while the database takes no writes.
"""

from __future__ import annotations

import asyncio
import logging
import time

import asyncpg

from enscene.api.auth import store

SLOT_S = 60
_KEEP_SLOTS = 3
_TIDY_S = 30.0
log = logging.getLogger("enscene.api")


class UsedProofs:
    """`use` is true the first time and never again while the proof could be fresh."""

    def __init__(self, pool: store.Pool) -> None:
        self._pool = pool
        self._seen: dict[int, set[bytes]] = {}
        self._wanted: list[tuple[int, bytes, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._tidy_at = time.monotonic() + _TIDY_S
        self.is_alone = False
        """Whether nothing can be noted for others for the moment: this process knows what it has
        seen, and wants proofs with a nonce of its own, which no other takes."""

    async def use(self, digest: bytes, made_at: float) -> bool:
        """Use up the proof of that digest, which says when it was made. Raises what the database
        raises: a proof that cannot be noted is not taken."""
        slot = int(made_at) // SLOT_S
        seen = self._seen.get(slot)
        if seen is None:
            seen = self._seen[slot] = set()
        if digest in seen:
            return False
        seen.add(digest)
        fresh: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._wanted.append((slot, digest, fresh))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())
        return await fresh

    async def _write(self) -> None:
        await asyncio.sleep(0)  # whoever comes in the same moment is written along
        try:
            while self._wanted:
                wanted, self._wanted = self._wanted, []
                await self._note(wanted)
            if time.monotonic() >= self._tidy_at:
                await self._tidy()
        finally:
            self._writing = None

    async def _note(self, wanted: list[tuple[int, bytes, asyncio.Future[bool]]]) -> None:
        try:
            fresh = await store.use_proofs(
                self._pool, [each[0] for each in wanted], [each[1] for each in wanted]
            )
            self.is_alone = False
        except asyncpg.ReadOnlySQLTransactionError:
            self.is_alone = True
            fresh = {digest for _, digest, _ in wanted}
        except Exception as error:
            for slot, digest, future in wanted:
                # It was not noted: the same proof may come again.
                self._seen.get(slot, set()).discard(digest)
                if not future.done():
                    future.set_exception(error)
            return
        for _, digest, future in wanted:
            if not future.done():
                future.set_result(digest in fresh)

    async def _tidy(self) -> None:
        self._tidy_at = time.monotonic() + _TIDY_S
        oldest = int(time.time()) // SLOT_S - _KEEP_SLOTS
        self._seen = {slot: seen for slot, seen in self._seen.items() if slot >= oldest}
        try:
            await store.drop_proofs(self._pool, oldest)
        except Exception as error:  # the next time will do: nothing depends on it
            log.warning("used proofs were not deleted: %r", error)
