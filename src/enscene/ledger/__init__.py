"""The double-entry ledger: accounts, transfers, holds, statements, and its proof."""

from enscene.ledger.account import Account
from enscene.ledger.book import AMOUNT_MOST, CAPTURE, POST, Book, HoldClosed, InsufficientFunds
from enscene.ledger.expire_hold import ExpireHold, expire_holds, next_expiry
from enscene.ledger.hold import Hold
from enscene.ledger.kind import Ledger
from enscene.ledger.lineage import Leg, Payment, split_back
from enscene.ledger.open_accounts import AccountOrder, open_accounts
from enscene.ledger.read_movements import Moved, read_movements
from enscene.ledger.read_statement import (
    Entry,
    read_balance_at,
    read_statement,
    read_trial_balance,
)
from enscene.ledger.verify_ledger import Verdict, verify_ledger

__all__ = [
    "AMOUNT_MOST",
    "CAPTURE",
    "POST",
    "Account",
    "AccountOrder",
    "Book",
    "Entry",
    "ExpireHold",
    "Hold",
    "HoldClosed",
    "InsufficientFunds",
    "Ledger",
    "Leg",
    "Moved",
    "Payment",
    "Verdict",
    "expire_holds",
    "next_expiry",
    "open_accounts",
    "read_balance_at",
    "read_movements",
    "read_statement",
    "read_trial_balance",
    "split_back",
    "verify_ledger",
]
