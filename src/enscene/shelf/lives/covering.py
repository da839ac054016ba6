"""Insurance as a contract: a premium that is earned month by month, claims by event."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec

from enscene.kernel.errors import Conflict, NotFound, Refused
from enscene.kernel.money import half_even
from enscene.shelf.cover import earned_premium, unearned_premium
from enscene.shelf.day_count import months_later
from enscene.shelf.interest import MILLION
from enscene.shelf.lives.life import Bears, Closing, Opened, Step, refuse_blocked


class Claim(msgspec.Struct):
    """What was claimed for one event."""

    event: str
    amount: int
    state: str = "open"


class CoverBody(msgspec.Struct, tag="cover", tag_field="is"):
    """A policy as it is kept. `left` is what of the sum insured is not paid yet."""

    premium: int
    insured: int
    start: date
    end: date
    as_of: date
    left: int
    earned_to: date
    claims: list[Claim] = []
    closed: bool = False


class Cover:
    """A policy from its first day up to, not including, the day it ends."""

    def __init__(self, body: CoverBody) -> None:
        self._body = body

    @classmethod
    def new(cls, opened: Opened, day: date) -> Cover:
        """`amount` is the sum insured; the premium a portion of it, or a fixed sum."""
        premium = opened.rules.get("premium_minor")
        if premium is None:
            premium = half_even(opened.amount * opened.rates.get("premium", 0), MILLION)
        end = months_later(day, opened.months or 12)
        return cls(CoverBody(premium, opened.amount, day, end, day, opened.amount, day))

    def begin(self) -> list[Step]:
        return [Step(self._body.as_of, "premium_paid", self._body.premium)]

    @property
    def ended(self) -> bool:
        return self._body.closed

    @property
    def wake(self) -> date | None:
        return None if self._body.closed else self._next_month()

    @property
    def bears(self) -> Bears:
        return Bears()

    def _next_month(self) -> date:
        """The next monthly day on which premium counts as earned, or the end."""
        body, months = self._body, 1
        while months_later(body.start, months) <= body.earned_to:
            months += 1
        return min(months_later(body.start, months), body.end)

    def close(self, day: date) -> list[Step]:
        body, steps = self._body, []
        while not body.closed and self._next_month() <= day:
            step = self._earn(self._next_month())
            if step.principal:
                steps.append(step)
            if body.earned_to >= body.end:
                # An event may be told late: claims of it are still paid.
                body.closed = not self._open_claims()
                if body.closed:
                    steps.append(Step(body.end, "expired"))
                break
        body.as_of = max(body.as_of, day)
        return steps

    def _earn(self, day: date) -> Step:
        body = self._body
        earned = earned_premium(body.premium, body.start, body.end, body.earned_to, day)
        body.earned_to = day
        return Step(day, "earned", earned)

    def _open_claims(self) -> list[Claim]:
        return [claim for claim in self._body.claims if claim.state == "open"]

    def verbs(self) -> dict[str, Any]:
        return {"claim": self.claim, "pay_claim": self.pay_claim, "decline_claim": self.decline}

    def claim(self, event: str, amount: int) -> list[Step]:
        """Report a claim for an event; each event counts once. Raises: Conflict, Refused."""
        body = self._body
        if any(known.event == event for known in body.claims):
            raise Conflict("this event was claimed already", code="shelf.claimed_before",
                           param="event")  # fmt: skip
        if amount > body.left - sum(claim.amount for claim in self._open_claims()):
            raise Refused("more than is insured", code="shelf.over_cover", param="amount",
                          facts={"left_minor": body.left})  # fmt: skip
        body.claims.append(Claim(event, amount))
        return [Step(body.as_of, "claimed", about=event)]

    def _find(self, event: str) -> Claim:
        for claim in self._open_claims():
            if claim.event == event:
                return claim
        raise NotFound("there is no open claim for this event", code="shelf.no_claim",
                       param="event")  # fmt: skip

    def pay_claim(self, event: str) -> list[Step]:
        """Pay an open claim, once. Raises: NotFound."""
        claim = self._find(event)
        claim.state = "paid"
        self._body.left -= claim.amount
        steps = [Step(self._body.as_of, "claim_paid", claim.amount, about=event)]
        if not self._body.left:
            # All that was insured is paid: the rest of the premium is earned with it.
            steps.append(self._earn(self._body.end))
            self._body.closed = not self._open_claims()
        return steps

    def decline(self, event: str) -> list[Step]:
        """Decline an open claim. Raises: NotFound."""
        self._find(event).state = "declined"
        return [Step(self._body.as_of, "claim_declined", about=event)]

    def _back(self) -> int:
        """What of the premium goes back: nothing once a claim was paid."""
        body = self._body
        if any(claim.state == "paid" for claim in body.claims):
            return 0
        return unearned_premium(body.premium, body.start, body.end, body.as_of)

    def closing(self) -> Closing:
        body, back = self._body, self._back()
        return Closing(
            gets=back,
            loses=(("cover_ends", body.left),),
            blocked="shelf.open_claim" if self._open_claims() else None,
        )

    def end(self) -> list[Step]:
        """Give back what of the premium is not earned. Raises: Refused (an open claim)."""
        refuse_blocked(self.closing())
        body, back = self._body, self._back()
        to = max(body.as_of, body.earned_to) if back else body.end
        earned = earned_premium(body.premium, body.start, body.end, body.earned_to, to)
        body.closed = True
        steps = [Step(body.as_of, "earned", earned)] if earned else []
        if back:
            steps.append(Step(body.as_of, "premium_refunded", back))
        return [*steps, Step(body.as_of, "closed")]

    def told(self) -> dict[str, Any]:
        body = self._body
        return {
            "insured_minor": body.insured, "left_minor": body.left, "premium_minor": body.premium,
            "ends_on": body.end.isoformat(),
            "claims": [
                {"event": c.event, "amount_minor": c.amount, "state": c.state} for c in body.claims
            ],
        }  # fmt: skip

    def dump(self) -> CoverBody:
        return self._body
