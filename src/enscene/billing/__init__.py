"""Billing: prices, invoices, credits, who shares in them, and the proof that they add up."""

from enscene.billing.billing import Billing, Invoice, propose_plan
from enscene.billing.estimate import Estimate, estimate_month
from enscene.billing.income import Income, income_on, read_income
from enscene.billing.keep_books import Bookkeeper, ProvedDay, list_proofs
from enscene.billing.plan import Charge, Coupon, Item, Plan, PlanBody, Shares, Tier, held, in_force
from enscene.billing.prove import Proof, prove
from enscene.billing.rate import Line, rate, rate_month, split
from enscene.billing.received import Received, list_received
from enscene.billing.trace import Trace, trace_line
from enscene.billing.vendor_statement import (
    Statement,
    read_statement,
    statement_csv,
    statement_pdf,
)
from enscene.billing.vendors import Vendor, ask_vendor, decide_vendor, list_vendors, read_vendor

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
    "Statement",
    "Tier",
    "Trace",
    "Vendor",
    "ask_vendor",
    "decide_vendor",
    "estimate_month",
    "held",
    "in_force",
    "income_on",
    "list_proofs",
    "list_received",
    "list_vendors",
    "propose_plan",
    "prove",
    "rate",
    "rate_month",
    "read_income",
    "read_statement",
    "read_vendor",
    "split",
    "statement_csv",
    "statement_pdf",
    "trace_line",
]
