"""Usage, prices and invoices over HTTP."""

from enscene.api.billing.serve import BillingDoor

__all__ = ["BillingDoor"]
