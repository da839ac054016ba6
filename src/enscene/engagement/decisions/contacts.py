"""What was said to a customer and what came of it, over all campaigns and lines."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum
from sys import intern
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from enscene.engagement.decisions.decision import Decision

RING = 50
"""So many contacts are kept of each channel, the newest: caps and fatigue count no further, so that
the newest 50 of all channels together are among them whatever channels they went through."""


class Outcome(IntEnum):
    """What came of a contact."""

    NONE = 0
    SEEN = 1
    TAKEN = 2
    REFUSED = 3
    OPTED_OUT = 4

    @property
    def is_answer(self) -> bool:
        """Whether the customer has said anything to it; having seen it says nothing."""
        return self >= Outcome.TAKEN


class Contact(NamedTuple):
    """One offer that was said; `at_us` is when it was decided, in microseconds UTC."""

    at_us: int
    campaign: str
    offer: str
    benefit: str | None
    channel: str
    outcome: Outcome = Outcome.NONE


class Contacts:
    """A customer's; whoever has none needs no object of this kind.

    `benefits` are all that were ever given, `refused` the channels that the customer wants no more.
    Mandatory news are no contacts: they use up no cap and tire nobody.
    """

    __slots__ = ("_ring", "benefits", "refused")

    def __init__(self) -> None:
        self._ring: list[Contact] = []
        self.benefits: set[str] = set()
        self.refused: set[str] = set()

    def __iter__(self) -> Iterator[Contact]:
        """The contacts that are kept, the oldest first."""
        return iter(self._ring)

    def newest_first(self) -> Iterator[Contact]:
        """The contacts that are kept, the newest first."""
        return reversed(self._ring)

    def add(self, contact: Contact) -> None:
        """Something was said. Two that were said at the same moment are two."""
        insort(self._ring, contact, key=lambda each: each.at_us)
        if contact.benefit is not None:
            self.benefits.add(contact.benefit)
        same = [each for each in self._ring if each.channel == contact.channel]
        if len(same) > RING:
            self._ring.remove(same[0])

    def answer(self, campaign: str, offer: str, outcome: Outcome, at_us: int) -> bool:
        """What came of the newest contact with this offer that was before; False where none was, or
        where it was answered already. Opting out is a refusal of the channel for everything."""
        for place in range(len(self._ring) - 1, -1, -1):
            each = self._ring[place]
            if (each.campaign, each.offer) != (campaign, offer) or each.at_us > at_us:
                continue
            if each.outcome.is_answer or outcome <= each.outcome:
                return False
            self._ring[place] = each._replace(outcome=outcome)
            if outcome is Outcome.OPTED_OUT:
                self.refused.add(each.channel)
            return True
        return False

    def take_back(self, at_us: int, campaign: str, offer: str) -> None:
        """What was decided was never said: it counts for nothing, and its benefit is free again."""
        for place, each in enumerate(self._ring):
            if each[:3] == (at_us, campaign, offer):
                del self._ring[place]
                if each.benefit not in {other.benefit for other in self._ring}:
                    self.benefits.discard(each.benefit or "")
                return

    def note(self, decision: Decision) -> None:
        """Add what was decided, if it is an offer and something was."""
        offer = decision.chosen
        if offer is None or offer.mandatory:
            return
        assert decision.channel is not None, "what is said is said through a channel"
        self.add(
            Contact(decision.at_us, offer.campaign, offer.name, offer.benefit, decision.channel)
        )

    def copy(self) -> Contacts:
        """The same, apart."""
        other = Contacts()
        other._ring = list(self._ring)
        other.benefits, other.refused = set(self.benefits), set(self.refused)
        return other

    def to_row(self) -> list[Any]:
        """Plain lists, texts and numbers; the same contacts give the same row."""
        ring = [[*each[:5], int(each.outcome)] for each in self._ring]
        return [ring, sorted(self.benefits), sorted(self.refused)]

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> Contacts:
        """What `to_row` gave."""
        ring, benefits, refused = row
        found = cls()
        found._ring = [
            Contact(at, intern(campaign), intern(offer), benefit, intern(channel), Outcome(outcome))
            for at, campaign, offer, benefit, channel, outcome in ring
        ]
        found.benefits, found.refused = set(benefits), set(refused)
        return found


def times_within(
    contacts: Iterable[Contact], channel: str | None, at_us: int, within_us: int
) -> list[int]:
    """When the contacts were that share a span of this length with a moment, the oldest first.

    Those after it count too: what is decided late may not crowd what was decided before.
    """
    return [
        each.at_us
        for each in contacts
        if abs(each.at_us - at_us) < within_us and channel in (None, each.channel)
    ]
