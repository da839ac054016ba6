"""Decide on admission: two people of the bank, one of them an approver, who say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.partners import store
from enscene.partners.find_partner import read_partner
from enscene.partners.move import enter
from enscene.partners.partner import Partner
from enscene.partners.renewal import end_renewal
from enscene.partners.standard import Score, read_standard, score

WHY_LEAST, WHY_MOST = 5, 500
NEEDED = 2


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person says of one application."""

    round: int
    who: str
    approver: bool
    admit: bool
    why: str
    at: datetime


async def read_votes(pool: store.Pool, tenant: int, partner: UUID) -> list[Vote]:
    """All of them, oldest first."""
    async with store.admitted(pool, tenant, readonly=True) as connection:
        rows = await store.read_votes(connection, tenant, partner)
    return [Vote(*row) for row in rows]


async def decide_admission(
    pool: store.Pool,
    tenant: int,
    partner: UUID,
    *,
    admit: bool,
    why: str,
    who: str,
    approver: bool,
) -> Partner:
    """Say yes or no, with a reason; saying it again replaces what one said before.

    It is decided when two people, one of them an approver, say the same. A yes is refused as long
    as an area lies below its floor, an answer that decides is no, or evidence was not looked at.
    While a partner is asked anew it stays where it is by a yes, and the watch suspends it by a no.
    Raises: Invalid, Refused("partner.below_standard"), Conflict("partner.not_applied"), NotFound.
    """
    check_why(why)
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.stage != "applied" and not known.renewing:
            raise Conflict(
                "there is no application to decide",
                code="partner.not_applied",
                facts={"stage": known.stage},
            )
        if admit:
            check_standard(score(read_standard(), known.level, known.answers, known.findings))
        await store.write_vote(
            connection, tenant, partner, known.round, who, approver, admit, why.strip()
        )
        votes = [Vote(*row) for row in await store.read_votes(connection, tenant, partner)]
        same = [vote for vote in votes if vote.round == known.round and vote.admit == admit]
        if is_decided(same):
            reasons = " / ".join(vote.why for vote in same)
            people = ", ".join(vote.who for vote in same)
            if known.renewing:
                await end_renewal(connection, known, people, reasons, admit=admit)
            else:
                await enter(connection, known, "admitted" if admit else "refused", people, reasons)
        return await read_partner(connection, tenant, partner)


def check_why(why: str) -> None:
    """Raises: Invalid("partner.why")."""
    if not WHY_LEAST <= len(why.strip()) <= WHY_MOST:
        raise Invalid(
            f"a reason has {WHY_LEAST} to {WHY_MOST} characters", code="partner.why", param="why"
        )


def is_decided(same: Sequence[Vote]) -> bool:
    """Whether these votes, which say the same, are enough."""
    try:
        check_two_people(same)
    except Conflict:
        return False
    return True


@control("partner_two_people")
def check_two_people(same: Sequence[Vote]) -> None:
    """Raises: Conflict as long as it is one person, or nobody who may approve."""
    if len({vote.who for vote in same}) < NEEDED or not any(vote.approver for vote in same):
        raise Conflict("a second person has to say so", code="partner.second_person")


@control("partner_standard")
def check_standard(found: Score) -> None:
    """Raises: Refused("partner.below_standard")."""
    if not found.passes:
        low = [area.area for area in found.areas if not area.enough]
        raise Refused(
            "the standard is not met",
            code="partner.below_standard",
            facts={
                "areas": low,
                "broken": list(found.broken),
                "unseen": list(found.unseen),
                "missing": list(found.missing),
            },
        )
