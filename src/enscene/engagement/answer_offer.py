"""What a customer does with an offer: look at it, take it, refuse it, or want no more of this kind."""

from __future__ import annotations

from typing import Literal, TypeAlias
from uuid import UUID

from enscene.commit import admit
from enscene.customers.log_said import log_of_customer
from enscene.customers.store import lock
from enscene.engagement import store
from enscene.engagement.decisions.offer import HOLDS
from enscene.kernel.errors import Conflict, NotFound

ANSWERED = "offer.answered"
Answer: TypeAlias = Literal["seen", "taken", "refused", "opted_out"]
_STATES: dict[Answer, str] = {
    "seen": "seen", "taken": "taken", "refused": "dismissed", "opted_out": "dismissed",
}  # fmt: skip


async def answer_offer(
    pool: store.Pool, tenant: int, offer: UUID, customer: str, answer: Answer
) -> bool:
    """Keep it, and write it into the log for whatever learns from it. To have seen it again changes
    nothing (False). `opted_out` refuses the channel for everything that comes.

    Raises: NotFound (no such offer of this customer), Conflict("offer.answered": it was, or it is
    longer ago than an offer holds).
    """
    try:
        return await _answer(pool, tenant, offer, customer, answer)
    except _SeenAlready:
        return False


class _SeenAlready(Exception):
    """Two looked at once, and the other was first: the number of the log is given back."""


async def _answer(
    pool: store.Pool, tenant: int, offer: UUID, customer: str, answer: Answer
) -> bool:
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        found = await store.read_offer(connection, tenant, offer, customer)
        if found is None:
            raise NotFound("there is no such offer", code="offer.not_found")
        if answer == "seen" and found["state"] != "offered":
            return False
        stamp = await lock(connection, tenant)
        over = found["of_campaign"] and found["at"] + HOLDS <= stamp.time(tenant)
        if answer == "taken" and over:  # what was set aside for it has gone back
            raise Conflict("the offer is over", code="offer.answered")
        opted_out = answer == "opted_out"
        if not await store.answer_offer(
            connection, tenant, offer, _STATES[answer], opted_out=opted_out
        ):
            if answer == "seen":
                raise _SeenAlready
            raise Conflict("the offer is over", code="offer.answered")
        facts = {
            "offer": {"id": str(offer), "key": found["key"], "outcome": answer},
            "parties": {"customer": customer},
        }
        await log_of_customer(connection, stamp, tenant, ANSWERED, customer, facts)
    return True
