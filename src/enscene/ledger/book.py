"""The ledger's work during one batch: post, hold, capture, void, and take as far as it goes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from enscene.commit import NotRead, Script, Stamp
from enscene.kernel.errors import Conflict, NotFound, Refused
from enscene.kernel.ids import new_uuid
from enscene.ledger import store
from enscene.ledger.account import Account
from enscene.ledger.hold import CAPTURED, EXPIRED, OPEN, VOID, Hold

POST, HOLD, CAPTURE, VOIDED = range(4)
AMOUNT_MOST = 10**15

AccountKey = tuple[int, int]  # tenant, account id
HoldKey = tuple[int, UUID]
Key = AccountKey | HoldKey


class InsufficientFunds(Refused):
    """The source account would fall below its floor."""

    code = "ledger.insufficient_funds"


class HoldClosed(Conflict):
    """The hold was captured, let go or has expired."""

    code = "ledger.hold_closed"


class Book:
    """Accounts and holds of one batch. Everything it changes goes through its journal."""

    def __init__(self, cache: dict[Key, Any], *, fresh: bool) -> None:
        self._cache = cache
        # A fresh book sees only what it has read itself.
        self._known: dict[Key, Any] = {} if fresh else cache
        self._fresh = fresh
        self._asked: set[Key] = set()
        self._accounts: dict[AccountKey, Account] = {}
        self._holds: dict[HoldKey, Hold] = {}
        # What was before each change, newest last: (account, posted, held, low, least, most,
        # seen) or (hold, state, captured) or (None, hold key) for one that was not there.
        self._journal: list[tuple[Any, ...]] = []
        self.rows: list[store.Row] = []

    # -- cells -----------------------------------------------------------------------------

    def absent(self, keys: Collection[Key]) -> Collection[Key]:
        if self._fresh:
            return keys
        return [key for key in keys if key not in self._cache]

    async def load(self, connection: asyncpg.Connection[Any], keys: Collection[Key]) -> None:
        self._asked.update(keys)
        accounts = [key for key in keys if isinstance(key[1], int)]
        holds = [key for key in keys if not isinstance(key[1], int)]
        if accounts:
            for account in await store.read_accounts(connection, accounts):
                key = (account.tenant, account.id)
                self._cache[key] = self._known[key] = account
        if holds:
            for hold in await store.read_holds(connection, holds):
                hold_key = (hold.tenant, hold.id)
                self._cache[hold_key] = self._known[hold_key] = hold

    def account(self, tenant: int, account_id: int) -> Account:
        """The working account. Raises: NotFound."""
        key = (tenant, account_id)
        account = self._accounts.get(key)
        if account is None:
            known = self._known.get(key)
            if known is None:
                if key not in self._asked:
                    raise NotRead(key)
                raise NotFound(f"there is no account {account_id}", code="ledger.account_not_found")
            account = self._accounts[key] = known.copy()
        return account

    def hold_of(self, tenant: int, hold_id: UUID) -> Hold:
        """The working hold. Raises: NotFound."""
        key = (tenant, hold_id)
        hold = self._holds.get(key)
        if hold is None:
            known = self._known.get(key)
            if known is None:
                if key not in self._asked:
                    raise NotRead(key)
                raise NotFound(f"there is no hold {hold_id}", code="ledger.hold_not_found")
            hold = self._holds[key] = store.copy_hold(known)
        return hold

    # -- looking ---------------------------------------------------------------------------

    def take_up_to(self, account: Account, wanted: int) -> int:
        """How much of `wanted` the account can give; the plan then holds only while that is so."""
        self._keep(account)
        available = account.posted - account.held
        change = available - (account.posted_0 - account.held_0)
        given = available - account.floor
        if given >= wanted:
            # Enough at the start: floor + wanted, before what this batch did so far.
            account.least = max(account.least, account.floor + wanted - change)
            return wanted
        start = available - change
        if given > 0:
            account.least = account.most = start
            return given
        account.most = min(account.most, account.floor - change)
        return 0

    def look(self, account: Account) -> Account:
        """The account, its balances depended on exactly."""
        self._keep(account)
        account.least = account.most = account.posted_0 - account.held_0
        account.seen = True
        return account

    # -- changing --------------------------------------------------------------------------

    def post(self, unit: int, dr: Account, cr: Account, amount: int, flow: str) -> None:
        """Move `amount` > 0 from `dr` to `cr`. Raises: InsufficientFunds."""
        _check(dr, cr, amount)
        self._move(dr, cr, amount)
        self.rows.append((unit, dr, cr, amount, dr.posted, cr.posted, POST, None, flow))

    def set_aside(
        self,
        unit: int,
        dr: Account,
        cr: Account,
        amount: int,
        flow: str,
        expires: datetime | None = None,
    ) -> Hold:
        """Hold `amount` > 0 at `dr` for `cr`. Raises: InsufficientFunds."""
        _check(dr, cr, amount)
        self._keep(dr)
        dr.held += amount
        dr.changed = True
        self._lower(dr)
        hold = Hold(
            dr.tenant,
            new_uuid(),
            dr.id,
            cr.id,
            amount,
            0,
            OPEN,
            dr.currency,
            dr.scene,
            flow,
            expires,
            fresh=True,
        )
        self._holds[hold.tenant, hold.id] = hold
        self._journal.append((None, (hold.tenant, hold.id)))
        self.rows.append((unit, dr, cr, amount, None, None, HOLD, hold.id, flow))
        return hold

    def capture(self, unit: int, hold: Hold, amount: int, *, keep: bool = False) -> None:
        """Move `amount` of what is held; the rest is let go, or kept for a later capture.

        Raises: HoldClosed, Refused (more than is held).
        """
        left = self._left(hold)
        if not 0 < amount <= left:
            raise Refused("more than is held", code="ledger.exceeds_hold")
        dr, cr = self.account(hold.tenant, hold.dr), self.account(hold.tenant, hold.cr)
        closes = not keep or amount == left
        self._keep(dr)
        dr.held -= left if closes else amount
        self._keep_hold(hold)
        hold.captured += amount
        if closes:
            hold.state = CAPTURED
        self._move(dr, cr, amount, checked=False)
        self.rows.append((unit, dr, cr, amount, dr.posted, cr.posted, CAPTURE, hold.id, hold.flow))

    def let_go(self, unit: int, hold: Hold, *, expired: bool = False) -> None:
        """Free what is held. Raises: HoldClosed."""
        left = self._left(hold)
        dr, cr = self.account(hold.tenant, hold.dr), self.account(hold.tenant, hold.cr)
        self._keep(dr)
        dr.held -= left
        dr.changed = True
        self._keep_hold(hold)
        hold.state = EXPIRED if expired else VOID
        self.rows.append((unit, dr, cr, left, None, None, VOIDED, hold.id, hold.flow))

    # -- inside ----------------------------------------------------------------------------

    def _move(self, dr: Account, cr: Account, amount: int, *, checked: bool = True) -> None:
        self._keep(dr)
        self._keep(cr)
        dr.posted -= amount
        cr.posted += amount
        dr.changed = cr.changed = True
        if checked:
            self._lower(dr)

    def _lower(self, account: Account) -> None:
        available = account.posted - account.held
        if available < account.floor:
            raise InsufficientFunds(
                f"not enough in {account.name}", facts={"account": account.name}
            )
        change = available - account.posted_0 + account.held_0
        if account.low is None or change < account.low:
            account.low = change

    def _left(self, hold: Hold) -> int:
        if hold.state != OPEN:
            raise HoldClosed("the hold is no longer open")
        return hold.amount - hold.captured

    def _keep(self, a: Account) -> None:
        self._journal.append((a, a.posted, a.held, a.low, a.least, a.most, a.seen, a.changed))

    def _keep_hold(self, hold: Hold) -> None:
        self._journal.append((hold, hold.state, hold.captured, hold.changed))
        hold.changed = True

    # -- the write path --------------------------------------------------------------------

    def mark(self) -> tuple[int, int]:
        return len(self._journal), len(self.rows)

    def rollback(self, mark: tuple[int, int]) -> None:
        for entry in reversed(self._journal[mark[0] :]):
            what = entry[0]
            if isinstance(what, Account):
                (
                    _,
                    what.posted,
                    what.held,
                    what.low,
                    what.least,
                    what.most,
                    what.seen,
                    what.changed,
                ) = entry
            elif isinstance(what, Hold):
                _, what.state, what.captured, what.changed = entry
            else:
                del self._holds[entry[1]]
        del self._journal[mark[0] :]
        del self.rows[mark[1] :]

    def write(self, stamp: Stamp, script: Script) -> None:
        touched = [
            account for account in self._accounts.values() if account.changed or account.conditional
        ]
        if touched:
            store.write_accounts(script, touched)
            store.insert_transfers(script, stamp, self.rows)
        holds = [hold for hold in self._holds.values() if hold.fresh or hold.changed]
        if holds:
            store.write_holds(script, holds)

    def publish(self) -> None:
        for key, account in self._accounts.items():
            if account.changed:
                self._cache[key] = account
        for hold_key, hold in self._holds.items():
            if hold.state == OPEN:
                self._cache[hold_key] = store.copy_hold(hold)
            else:
                self._cache.pop(hold_key, None)

    def forget(self) -> None:
        for account_key in self._accounts:
            self._cache.pop(account_key, None)
        for hold_key in self._holds:
            self._cache.pop(hold_key, None)


def _check(dr: Account, cr: Account, amount: int) -> None:
    """What the compiler of flows makes sure of."""
    assert 0 < amount <= AMOUNT_MOST, amount
    assert dr is not cr, dr.name
    assert dr.currency == cr.currency, (dr.currency, cr.currency)
