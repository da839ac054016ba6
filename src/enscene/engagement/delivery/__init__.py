"""Delivery: what was decided reaches the customer, if it may still be said."""

from enscene.engagement.delivery.channels import FAULTS, Fault, set_fault
from enscene.engagement.delivery.deliver import DeliveryClock
from enscene.engagement.delivery.store import Delivery, list_deliveries

__all__ = ["FAULTS", "Delivery", "DeliveryClock", "Fault", "list_deliveries", "set_fault"]
