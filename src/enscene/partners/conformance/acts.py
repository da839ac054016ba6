"""Take a call that a run has asked a partner for."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from enscene.commit import admit
from enscene.kernel.errors import Conflict, Unavailable
from enscene.partners import store
from enscene.partners.conformance import store as runs_sql
from enscene.partners.conformance.plan import event_id
from enscene.partners.conformance.runs import run_not_found

RETRY_S = 1
ACTS = ("act", "act_twice")


async def take_act(
    pool: store.Pool,
    banks: Sequence[int],
    run: UUID,
    event: str,
    key: str,
    body: str,
    *,
    sandbox: int,
    app: int,
) -> int:
    """Note the call of a sandbox application; how often its key has come for this event.

    The first call for one of the events is done, and its answer lost: it looks like a failure.
    Raises: NotFound, Unavailable("partner.try_again"), Conflict("idempotency.key_reused").
    """
    names = {event_id(run, name): name for name in ACTS}
    if event not in names:
        raise run_not_found()
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, banks)
        tenant = await runs_sql.find_tenant_of(connection, list(banks), run, sandbox, app)
        if tenant is None:
            raise run_not_found()
        calls, same = await runs_sql.note_act(connection, tenant, run, event, key, body)
    if not same:
        raise Conflict(
            "this idempotency key was used for another request",
            code="idempotency.key_reused",
            param="Idempotency-Key",
        )
    if names[event] == "act" and calls == 1:
        raise Unavailable(
            "this is tried on purpose: try again with the same key",
            code="partner.try_again",
            facts={"retry_after_s": RETRY_S},
        )
    return calls
