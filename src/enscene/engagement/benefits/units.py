"""Every movement of the money for benefits: each a unit of the write path, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from enscene.commit import Appends, Cell, Once, Report, Unit, View
from enscene.engagement.benefits.accounts import Accounts
from enscene.kernel.errors import Conflict
from enscene.ledger import InsufficientFunds, Ledger

_encode = msgspec.json.Encoder().encode
_ASIDE = """
update benefit b set state = 'aside', aside_seq = u.seq
  from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::uuid[]) as u(seq, at, tenant, decision)
 where b.tenant = u.tenant and b.decision = u.decision and b.state = 'said'"""
_CLOSE = """
update benefit b set state = u.state, closed_seq = u.seq, closed_at = u.at
  from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::uuid[], $5::text[])
       as u(seq, at, tenant, decision, state)
 where b.tenant = u.tenant and b.decision = u.decision and b.state = 'aside'"""
_APPROVE = """
update campaign c set state = 'approved', decided_by = u.who, decided_at = clock_timestamp()
  from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::text[], $5::int[], $6::text[])
       as u(seq, at, tenant, ref, version, who)
 where c.tenant = u.tenant and c.ref = u.ref and c.version = u.version and c.state = 'proposed'"""

_FILLED = """
update pool_order o set state = 'approved', decided_by = u.who, decided_at = u.at, seq = u.seq
  from unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::uuid[], $5::text[])
       as u(seq, at, tenant, id, who)
 where o.tenant = u.tenant and o.id = u.id and o.state = 'proposed'"""


def benefit_kinds() -> tuple[Any, ...]:
    """The kinds that these units work on."""
    return (
        Ledger(),
        Appends("benefit_aside", _ASIDE),
        Appends("benefit_closed", _CLOSE),
        Appends("campaign_approved", _APPROVE),
        Appends("pool_order_approved", _FILLED),
    )


class _BenefitUnit:
    timed = True  # what is left is told under the lock
    lines: Sequence[Unit] = ()
    action = ""

    def __init__(
        self, tenant: int, accounts: Sequence[int], once: Once, subject: str, who: str
    ) -> None:
        self.tenant = tenant
        self.once: Once | None = once
        self._accounts = accounts
        self._subject = subject
        self._who = who
        self._moved: list[dict[str, Any]] = []

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        return [("ledger", (self.tenant, each)) for each in self._accounts]

    def move(self, view: View, dr: int, cr: int, minor: int) -> None:
        """Raises: InsufficientFunds."""
        book = view.works["ledger"]
        one, other = book.account(self.tenant, dr), book.account(self.tenant, cr)
        book.post(view.index, one, other, minor, self.action)
        self._moved = [{"flow": self.action, "minor": minor, "how": "move"}]

    def posted(self, view: View, account: int) -> int:
        book = view.works["ledger"]
        return int(book.look(book.account(self.tenant, account)).posted)

    def report(self, seq: int, at: datetime) -> Report:
        told = _encode({"moved": self._moved}).decode()
        return Report(0, self.action, self._subject, self._who, told, told)


class FillPool(_BenefitUnit):
    """Money of the bank goes into the pool, or out of it."""

    action = "benefits.filled"

    def __init__(
        self, tenant: int, bank: int, pool: int, minor: int, currency: str, key: str, who: str
    ) -> None:
        once = Once.of("benefits", "fill", key, request=f"{minor} {currency}".encode())
        super().__init__(tenant, (bank, pool), once, f"benefits:{currency}", who)
        self._bank, self._pool, self._minor = bank, pool, minor

    def plan(self, view: View) -> None:
        if self._minor > 0:
            self.move(view, self._bank, self._pool, self._minor)
        else:
            self.move(view, self._pool, self._bank, -self._minor)


class FillByOrder(FillPool):
    """The same by an order that is approved in it: both or neither. The caller holds its lock."""

    def __init__(
        self, tenant: int, bank: int, pool: int, minor: int, currency: str, order: UUID, who: str
    ) -> None:
        super().__init__(tenant, bank, pool, minor, currency, f"order {order}", who)
        self._order = order

    def plan(self, view: View) -> None:
        """Raises: Conflict("benefits.pool"), which is not kept: it may be approved when there is more."""
        try:
            super().plan(view)
        except InsufficientFunds:
            raise Conflict(
                "the pool has not so much", code="benefits.pool", param="amount"
            ) from None
        view.works["pool_order_approved"].add(view.index, self.tenant, self._order, self._who)


class ApproveAndFund(_BenefitUnit):
    """A campaign runs, and has its budget: both or neither. What an earlier version got counts; what
    the new one needs less goes back, as far as nobody was promised it."""

    action = "benefits.funded"

    def __init__(
        self, tenant: int, accounts: Accounts, ref: str, version: int, budget: int, who: str
    ) -> None:
        once = Once.of("benefits", "fund", ref, str(version), request=b"")
        super().__init__(tenant, accounts.all(), once, f"campaign:{ref}", who)
        self._of, self._ref, self._version = accounts, ref, version
        self._budget = budget

    def plan(self, view: View) -> None:
        """Raises: Conflict("campaign.pool"), which is not kept: when the pool has enough it goes on."""
        of = self._of
        has = sum(self.posted(view, each) for each in (of.left, of.aside, *of.spent.values()))
        missing = self._budget - has
        back = min(-missing, self.posted(view, of.left))
        try:
            if missing > 0:
                self.move(view, of.pool, of.left, missing)
        except InsufficientFunds:
            raise Conflict(
                "the pool of benefits has not enough for the budget",
                code="campaign.pool",
                param="budget",
            ) from None
        if back > 0:
            self.move(view, of.left, of.pool, back)
        who = self._who
        view.works["campaign_approved"].add(
            view.index, self.tenant, self._ref, self._version, who
        )  # fmt: skip


class SetAside(_BenefitUnit):
    """An offer was said: what it may cost is promised."""

    action = "benefits.aside"

    def __init__(
        self, tenant: int, accounts: Accounts, decision: UUID, minor: int, campaign: str
    ) -> None:
        once = Once.of("benefits", "aside", str(decision), request=b"")
        super().__init__(tenant, accounts.all(), once, f"campaign:{campaign}", "clock:clock")
        self._of, self._decision, self._minor = accounts, decision, minor

    def plan(self, view: View) -> None:
        self.move(view, self._of.left, self._of.aside, self._minor)
        view.works["benefit_aside"].add(view.index, self.tenant, self._decision)


class Close(_BenefitUnit):
    """It was taken, and the line has paid; or it was not, and the campaign may promise it again."""

    action = "benefits.closed"

    def __init__(
        self, tenant: int, accounts: Accounts, decision: UUID, minor: int, campaign: str,
        line: str, state: Literal["taken", "released"],
    ) -> None:  # fmt: skip
        # The same digest for both: whatever comes first has closed it.
        once = Once.of("benefits", "close", str(decision), request=state.encode())
        super().__init__(tenant, accounts.all(), once, f"campaign:{campaign}", "clock:clock")
        self.action = f"benefits.{state}"
        to = accounts.spent[line] if state == "taken" else accounts.left
        self._dr, self._cr, self._minor = accounts.aside, to, minor
        self._decision, self._state = decision, state

    def plan(self, view: View) -> None:
        self.move(view, self._dr, self._cr, self._minor)
        view.works["benefit_closed"].add(view.index, self.tenant, self._decision, self._state)


class GiveBack(_BenefitUnit):
    """A campaign is over: what nobody took goes back to the pool."""

    action = "benefits.given_back"

    def __init__(self, tenant: int, accounts: Accounts, campaign: str, key: str) -> None:
        once = Once.of("benefits", "back", campaign, key, request=b"")
        super().__init__(tenant, accounts.all(), once, f"campaign:{campaign}", "clock:clock")
        self._of = accounts

    def plan(self, view: View) -> None:
        left = self.posted(view, self._of.left)
        if left > 0:
            self.move(view, self._of.left, self._of.pool, left)
