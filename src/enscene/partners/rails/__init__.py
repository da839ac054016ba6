"""Simulated settlement rails of sandboxes: payments with a life of their own, answered by test
accounts when the sandbox's clock says so."""

from enscene.partners.rails.payment import KINDS, SAID, STATES, Payment, payment_id
from enscene.partners.rails.rails import SCOPE, PaymentOrder, RailClock, Rails, has_paid
from enscene.partners.rails.statement import (
    CSV_TYPE,
    statement_days,
    statement_disposition,
    write_statement,
)
from enscene.partners.rails.store import StepMade
from enscene.partners.rails.test_accounts import ACCOUNTS, TestAccount
from enscene.partners.rails.told import payment_told

__all__ = [
    "ACCOUNTS",
    "CSV_TYPE",
    "KINDS",
    "SAID",
    "SCOPE",
    "STATES",
    "Payment",
    "PaymentOrder",
    "RailClock",
    "Rails",
    "StepMade",
    "TestAccount",
    "has_paid",
    "payment_id",
    "payment_told",
    "statement_days",
    "statement_disposition",
    "write_statement",
]
