"""Writes beside the write path that are done once for their key: parties, links, the clock,
launches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from enscene.api import store
from enscene.commit import Once
from enscene.commit.store import lock_shard, recall, remember_alone
from enscene.kernel.errors import Conflict, EnsceneError
from enscene.scenes.runtime import Reply

Work = Callable[[store.Connection], Awaitable[str]]


async def perform_once(pool: store.Pool, tenant: int, shard: int, once: Once, work: Work) -> Reply:
    """Do the work unless its key has an answer; `work` returns the JSON text of its answer.

    It runs under the shard's lock, in the transaction that keeps the answer: both or neither.
    Raises: Conflict("idempotency.key_reused"), and what `work` raises.
    """
    async with store.writing(pool, tenant) as connection:
        stamp = await lock_shard(connection, shard, [tenant], 0)
        known = await _recalled(connection, tenant, once)
        if known is not None:
            return known
        text = await work(connection)
        row = (tenant, once.digest, once.fingerprint, False, text)
        await remember_alone(connection, stamp, row)
    return Reply(text)


async def perform_long(pool: store.Pool, tenant: int, shard: int, once: Once, work: Work) -> Reply:
    """The same for work that takes its time: the shard, for which every payment waits, is locked
    only when it is done.

    Of two requests with one key that work side by side the later one is undone, and has the
    earlier one's answer.
    """
    async with store.reading(pool, tenant) as connection:
        known = await _recalled(connection, tenant, once)
    if known is not None:
        return known
    try:
        async with store.writing(pool, tenant) as connection:
            text = await work(connection)
            stamp = await lock_shard(connection, shard, [tenant], 0)
            if await _recalled(connection, tenant, once) is not None:
                raise _Overtaken
            row = (tenant, once.digest, once.fingerprint, False, text)
            await remember_alone(connection, stamp, row)
    except (_Overtaken, EnsceneError):
        # What failed may have failed because the first request has done it meanwhile.
        async with store.reading(pool, tenant) as connection:
            known = await _recalled(connection, tenant, once)
        if known is None:
            raise
        return known
    return Reply(text)


class _Overtaken(Exception):
    """Another request with the key was faster."""


async def _recalled(connection: store.Connection, tenant: int, once: Once) -> Reply | None:
    known = await recall(connection, [(tenant, once.digest)])
    record = known.get((tenant, once.digest))
    if record is None:
        return None
    fingerprint, refused, text = record
    if fingerprint != once.fingerprint:
        raise key_reused()
    return Reply(text, refused, replayed=True)


def key_reused() -> Conflict:
    """The key was used for something else."""
    return Conflict(
        "this idempotency key was used for another request",
        code="idempotency.key_reused",
        param="Idempotency-Key",
        hint="send a new key with a new request, and the same key only to ask again",
    )
