"""An account as the write path sees it during one batch."""

from __future__ import annotations

NO_FLOOR = -(2**62)
ANY_LOW = -(2**62)
ANY_HIGH = 2**62


class Account:
    """Working values of one account, with the conditions that the batch puts on its start.

    Amounts are minor units of `currency`. `posted` is credits minus debits, `held` is set aside,
    `available` is the difference; it may not fall below `floor`.

    Conditions, all on the value at the start of the batch: `low` is the lowest running change of
    `available` after a debit or hold (None: nothing was taken), `least` and `most` bound
    `available` where a plan depended on it, `seen` says that `posted` itself was looked at.
    """

    __slots__ = (
        "changed",
        "currency",
        "floor",
        "held",
        "held_0",
        "id",
        "kind",
        "least",
        "low",
        "most",
        "name",
        "owner",
        "place",
        "posted",
        "posted_0",
        "scene",
        "seen",
        "tenant",
    )

    def __init__(
        self,
        tenant: int,
        account_id: int,
        scene: int,
        name: str,
        owner: int,
        currency: str,
        floor: int | None,
        posted: int,
        held: int,
    ) -> None:
        self.tenant = tenant
        self.id = account_id
        self.scene = scene
        self.name = name
        self.owner = owner
        self.currency = currency
        self.floor = NO_FLOOR if floor is None else floor
        self.posted = self.posted_0 = posted
        self.held = self.held_0 = held
        self.low: int | None = None
        self.least = ANY_LOW
        self.most = ANY_HIGH
        self.seen = False
        self.changed = False
        self.place = 1

    @property
    def conditional(self) -> bool:
        """Whether the batch depends on where this account starts."""
        return self.seen or self.least != ANY_LOW or self.most != ANY_HIGH

    def follow(self, posted: int, held: int) -> None:
        """Continue from the true start: others have moved it this far, and nothing had depended
        on it."""
        self.posted += posted
        self.posted_0 += posted
        self.held += held
        self.held_0 += held

    def copy(self) -> Account:
        """The same account at the start of another batch."""
        other = Account.__new__(Account)
        other.tenant = self.tenant
        other.id = self.id
        other.scene = self.scene
        other.name = self.name
        other.owner = self.owner
        other.currency = self.currency
        other.floor = self.floor
        other.posted = other.posted_0 = self.posted
        other.held = other.held_0 = self.held
        other.low = None
        other.least = ANY_LOW
        other.most = ANY_HIGH
        other.seen = False
        other.changed = False
        other.place = 1
        return other
