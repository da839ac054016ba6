"""What may be said at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from enscene.kernel.errors import Invalid

HOLDS = timedelta(days=7)
"""How long it may be taken: after that what was set aside for it is free again."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer of a campaign, at the moment that it fired. Amounts are minor units.

    `value` is what the bank earns when it is taken, `cost` the subsidy then; `lever` is the bank's
    own weight and `context` how much this very moment speaks for it, both 1 where nothing is said.
    `benefit` is one that a customer gets once, whoever gives it. `mandatory` news go first, and only
    the customer's own wish (do not call, not by this channel) stops them. `explored` is False for
    credit, price and claims: rules and cards say what is expected (`prior`), and nothing is tried.
    `channels` stand in the order wanted; `data` names the fields that the moment has read.

    Raises: Invalid (a weight below zero, a prior outside (0, 1)).
    """

    campaign: str
    moment: str
    name: str
    product: str | None = None
    benefit: str | None = None
    value: int = 0
    cost: int = 0
    lever: float = 1.0
    mandatory: bool = False
    explored: bool = True
    channels: tuple[str, ...] = ("h5",)
    price: str = "shelf"
    staff: str | None = None
    prior: float = 0.05
    context: float = 1.0
    data: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("lever", "context"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise Invalid("a weight is 0 or more", code="offer.weight", param=name)
        if not 0 < self.prior < 1:
            raise Invalid("a chance lies between 0 and 1", code="offer.prior", param="prior")

    @property
    def key(self) -> str:
        """What it is called among all campaigns."""
        return f"{self.campaign}/{self.name}"

    @property
    def net(self) -> int:
        """What is left to the bank when it is taken, in minor units; may be below zero."""
        return self.value - self.cost

    @property
    def weight(self) -> float:
        """What the chance that it is taken is multiplied with; never below zero."""
        return max(0.0, self.context * self.net * self.lever)
