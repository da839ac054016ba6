"""What a moment of a pack says, and why not the rest; its contacts count with those of campaigns.

Where a tenant has decided on rules of contact, they hold for packs as for campaigns, except for lots:
who is held out of campaigns is so for their experiments.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from enscene.engagement.campaigns.contact_rules import ContactRules
from enscene.engagement.campaigns.offers_of import policy_of
from enscene.engagement.decisions import ContactPolicy, Contacts, Offer, Standing
from enscene.engagement.decisions.suppress import Desk, Stop
from enscene.kernel.clock import format_time
from enscene.scenes.language.model import Moment
from enscene.scenes.runtime import RunningScene


@dataclass(slots=True)
class Choice:
    """What may be offered, and why the others are not. `again_us` is when one may be said as far as
    the rules of contact go, microseconds UTC."""

    product: str | None = None
    eligible: list[str] = field(default_factory=list)
    suppressed: dict[str, str] = field(default_factory=dict)
    channel: str | None = None
    again_us: int | None = None

    def none(self, why: str) -> None:
        """What was eligible is not said."""
        self.suppressed |= dict.fromkeys(self.eligible, why)

    def within(self, found: str | Stop) -> None:
        """What the rules of contact say to it: the channel, or why it is not said."""
        if isinstance(found, str):
            self.channel = found
            return
        self.product, self.again_us = None, found.until_us
        self.none(found.reason)

    def first(self) -> None:
        """The first that is eligible is said: packs have an order of their own."""
        if self.eligible:
            self.product = self.eligible[0]
            self.suppressed |= dict.fromkeys(self.eligible[1:], "another_fits_better")


def policy_of_packs(rules: ContactRules, zone: str) -> ContactPolicy:
    """The rules of contact without lots."""
    return replace(policy_of(rules, [], zone=zone, salt="", version=0), holdout_per_mille=0)


def contact_of(scene: str, moment: str) -> str:
    """What stands for the campaign in a contact that a moment made; `scene` is a reference."""
    return f"{scene}.{moment}"


def channel_for(
    moment: Moment, contacts: Contacts | None, policy: ContactPolicy, at_us: int
) -> str | Stop:
    """The first of its channels that is free, or why the customer is left alone."""
    offer = Offer("", moment.name, moment.name, channels=moment.via, explored=False)
    standing = Standing(key="", granted=True, served=True, contacts=contacts)
    return Desk(standing, policy, at_us).judge(offer)


def rights_of(
    scene: RunningScene, moment: Moment, customer: str, at: datetime, choice: Choice, *,
    again: datetime | None = None, counts: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """The record of the eight rights. `contact` stands in it where the contact counts."""
    said = choice.product is not None
    reads = set() if moment.condition is None else set(moment.condition.reads)
    if moment.pattern is not None:
        reads = {moment.pattern.name}
        for _, expression, _ in moment.pattern.expressions():
            reads |= expression.reads
    rights: dict[str, Any] = {
        "customer": customer,
        "time": format_time(at),
        "scene": scene.ref,
        "staff": None,
        "activity": moment.name,
        "price": "shelf",
        "channel": choice.channel or (moment.via[0] if moment.via else None),
        "product": choice.product,
        "eligible": choice.eligible,
        "suppressed": choice.suppressed,
        # Decided by rules alone: what was chosen was certain.
        "propensity": 1.0 if said else 0.0,
        "policy": f"rules {scene.pack.id} {scene.pack.version}",
        "reason": moment.reason,
        "data": sorted(reads),
        "via": list(moment.via),
    }
    if again is not None:
        rights["again"] = dict.fromkeys(choice.eligible, format_time(again))
    if counts and said:
        rights["contact"] = f"{contact_of(scene.ref, moment.name)}/{choice.product}"
    return rights
