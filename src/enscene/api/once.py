"""Writes beside the write path that are done once for their key: parties, links, the clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from enscene.api import store
from enscene.commit import Once
from enscene.commit.store import lock_shard, recall, remember_alone
from enscene.kernel.errors import Conflict
from enscene.scenes.runtime import Reply

Work = Callable[[store.Connection], Awaitable[str]]


async def perform_once(pool: store.Pool, tenant: int, shard: int, once: Once, work: Work) -> Reply:
    """Do the work unless its key has an answer; `work` returns the JSON text of its answer.

    It runs under the shard's lock, in the transaction that keeps the answer: both or neither.
    Raises: Conflict("idempotency.key_reused"), and what `work` raises.
    """
    async with store.writing(pool, tenant) as connection:
        stamp = await lock_shard(connection, shard, [tenant], 0)
        known = await recall(connection, [(tenant, once.digest)])
        record = known.get((tenant, once.digest))
        if record is not None:
            fingerprint, refused, text = record
            if fingerprint != once.fingerprint:
                raise key_reused()
            return Reply(text, refused, replayed=True)
        text = await work(connection)
        row = (tenant, once.digest, once.fingerprint, False, text)
        await remember_alone(connection, stamp, row)
    return Reply(text)


def key_reused() -> Conflict:
    """The key was used for something else."""
    return Conflict(
        "this idempotency key was used for another request",
        code="idempotency.key_reused",
        param="Idempotency-Key",
        hint="send a new key with a new request, and the same key only to ask again",
    )
