"""Billing: prices, invoices, credits, who shares in them, and the proof that they add up."""

from enscene.billing.billing import Billing, Invoice, propose_plan
from enscene.billing.estimate import Estimate, estimate_month
from enscene.billing.income import Income, read_income
from enscene.billing.keep_books import Bookkeeper, ProvedDay, list_proofs
from enscene.billing.plan import Charge, Coupon, Item, Plan, PlanBody, Shares, Tier, held, in_force
from enscene.billing.prove import Proof, prove
from enscene.billing.rate import Line, rate, rate_month, split
from enscene.billing.received import Received, list_received
from enscene.billing.trace import Trace, trace_line

__all__ = [
    "Billing",
    "Bookkeeper",
    "Charge",
    "Coupon",
    "Estimate",
    "Income",
    "Invoice",
    "Item",
    "Line",
    "Plan",
    "PlanBody",
    "Proof",
    "ProvedDay",
    "Received",
    "Shares",
    "Tier",
    "Trace",
    "estimate_month",
    "held",
    "in_force",
    "list_proofs",
    "list_received",
    "propose_plan",
    "prove",
    "rate",
    "rate_month",
    "read_income",
    "split",
    "trace_line",
]
