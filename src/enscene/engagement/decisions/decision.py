"""A decision: what was chosen among what, and everything about why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias
from uuid import UUID

from enscene.engagement.decisions.lot import EVERYWHERE
from enscene.engagement.decisions.offer import Offer
from enscene.kernel.clock import format_time

Reason: TypeAlias = Literal[
    "consent", "not_served_yet", "has_it", "holdout", "campaign_holdout", "same_benefit", "budget",
    "fatigue", "no_channel", "do_not_call", "cap", "quiet_hours", "another_fits_better",
]  # fmt: skip
"""Why something was not said, in the order in which it is looked at: the first one is told."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLACES = 6


@dataclass(frozen=True, slots=True)
class Weighed:
    """One that might have been said. `score` = `expected` (the chance that it is taken, as far as is
    known) × context × net (minor units) × lever; `propensity` is the chance with which it was going
    to be chosen, exactly."""

    offer: str
    propensity: float
    expected: float
    context: float
    net: int
    lever: float
    score: float

    def to_json(self) -> dict[str, Any]:
        """Plain values; chances and scores to six places."""
        return {
            "offer": self.offer, "propensity": self.propensity,
            "expected": round(self.expected, _PLACES), "context": round(self.context, _PLACES),
            "net": self.net, "lever": round(self.lever, _PLACES),
            "score": round(self.score, _PLACES),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """Of one customer at one moment, whom it does not name.

    `suppressed` has a reason for each offer (`campaign/name`) that was not chosen, also for the
    eligible ones; `again_us` when one may be said as far as that reason goes, where it passes with
    time. `held` names the lots in which the customer is held out (`EVERYWHERE` or campaigns).
    `features` are those that the model has weighed, without zeros, where what was chosen is tried.
    """

    id: UUID
    at_us: int
    chosen: Offer | None
    channel: str | None
    eligible: tuple[Weighed, ...]
    suppressed: Mapping[str, Reason]
    again_us: Mapping[str, int]
    held: tuple[str, ...]
    policy_version: int
    model_version: int
    seed: int
    data: tuple[str, ...]
    features: Mapping[str, float]

    @property
    def propensity(self) -> float:
        """The chance with which the chosen one was chosen; 0 where nothing was."""
        if self.chosen is None:
            return 0.0
        return next(w.propensity for w in self.eligible if w.offer == self.chosen.key)

    def arm(self, campaign: str) -> Literal["held", "open"]:
        """On which side of a campaign's experiment the customer stands."""
        return "held" if EVERYWHERE in self.held or campaign in self.held else "open"

    def rights(
        self, *, customer: str | None = None, scene: str | None = None, reason: Any = None
    ) -> dict[str, Any]:
        """The record with the eight rights, of plain values, in the form that decisions of packs
        have. Who and where it was, and the words of the reason, the caller knows."""
        chosen = self.chosen
        return {
            "customer": customer,
            "time": _told(self.at_us),
            "scene": scene,
            "staff": chosen.staff if chosen else None,
            "activity": chosen.campaign if chosen else None,
            "price": chosen.price if chosen else None,
            "channel": self.channel,
            "product": chosen.product if chosen else None,
            "offer": chosen.key if chosen else None,
            "moment": chosen.moment if chosen else None,
            "benefit": chosen.benefit if chosen else None,
            "eligible": [each.offer for each in self.eligible],
            "weighed": [each.to_json() for each in self.eligible],
            "suppressed": dict(self.suppressed),
            "again": {offer: _told(at_us) for offer, at_us in self.again_us.items()},
            "propensity": self.propensity,
            "policy": f"contact {self.policy_version}",
            "model": self.model_version,
            "seed": f"{self.seed:016x}",
            "held_out": {
                "everywhere": EVERYWHERE in self.held,
                "campaigns": [name for name in self.held if name != EVERYWHERE],
            },
            "reason": reason,
            "data": list(self.data),
            "features": dict(self.features),
            "via": list(chosen.channels) if chosen else [],
        }

    def to_json(
        self, *, customer: str | None = None, scene: str | None = None, reason: Any = None
    ) -> bytes:
        """`rights` with its id, as JSON of which the bytes are the same on every machine."""
        record = self.rights(customer=customer, scene=scene, reason=reason) | {"id": str(self.id)}
        text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode()


def _told(at_us: int) -> str:
    return format_time(_EPOCH + timedelta(microseconds=at_us))
