"""The lake is told that somebody was erased."""

from __future__ import annotations

from collections.abc import Sequence

from enscene.kernel.ids import new_uuid
from enscene.lake import store


async def note_erasure(connection: store.Connection, tenant: int, seqs: Sequence[int]) -> None:
    """Within the transaction that erases: `seqs` are the numbers of the tenant's events whose rows
    tell something else now. Nothing of the person is written down; the lake reads the log again."""
    await store.insert_erasure(connection, tenant, new_uuid(), seqs)
