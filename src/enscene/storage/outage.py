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


READ_ONLY_S = 5
"""When to come again to a database that takes no writes."""


def is_read_only(error: BaseException | None) -> bool:
    """Whether the database has refused to write, itself or as the cause of what was told."""
    cause = error.__cause__ if isinstance(error, EnsceneError) else error
    return isinstance(cause, asyncpg.ReadOnlySQLTransactionError)


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
    elif is_read_only(error):
        told = Unavailable(
            "the service is read-only for the moment; whether this was done is settled by sending "
            "it again with the same key",
            code="service.read_only",
            hint="try again shortly, with the same key",
            facts={"retry_after_s": READ_ONLY_S},
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
