"""Which errors say that the database cannot be used for the moment, and how that is told."""

from __future__ import annotations

import asyncpg

from enscene.kernel.errors import EnsceneError, Unavailable

# OSError is the network and, since Python 3.11, every timeout.
OUTAGES: tuple[type[Exception], ...] = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""It cannot be reached, takes no work, or has become another's replica."""

CONTENTION: tuple[type[Exception], ...] = (asyncpg.TransactionRollbackError,)
"""A deadlock or a serialization failure: nothing was done, and the next try will find it gone."""


def unavailable_of(error: BaseException) -> Unavailable | None:
    """What the caller is told of an error of the database that passes; None for any other."""
    if isinstance(error, EnsceneError):
        return None
    if isinstance(error, CONTENTION):
        told = Unavailable(
            "others changed the same at the same moment, and nothing was done",
            code="unavailable.contended",
            hint="try again shortly",
        )
    elif isinstance(error, OUTAGES):
        told = Unavailable(
            "the database does not answer for the moment",
            code="unavailable.database",
            hint="try again shortly, with the same key",
        )
    else:
        return None
    told.__cause__ = error
    return told
