"""How much of the service is given: all, what is essential, or readings alone."""

from enscene.tenants.service.change import (
    LONGEST,
    Order,
    enter_state,
    leave_state,
    list_states,
)
from enscene.tenants.service.state import (
    NORMAL,
    STATES,
    Class,
    Entry,
    Standing,
    State,
    refusal,
)
from enscene.tenants.service.watch import Patience, ServiceWatch

__all__ = [
    "LONGEST",
    "NORMAL",
    "STATES",
    "Class",
    "Entry",
    "Order",
    "Patience",
    "ServiceWatch",
    "Standing",
    "State",
    "enter_state",
    "leave_state",
    "list_states",
    "refusal",
]
