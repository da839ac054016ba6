"""What a tenant and all below it may have: scenes, users, applications, calls a day."""

from enscene.tenants.quotas.call_gate import CallGate
from enscene.tenants.quotas.change_quota import Ask, ask_quota, decide_quota, list_asks
from enscene.tenants.quotas.quota import (
    WHATS,
    Quota,
    What,
    check_quota,
    read_limits,
    read_quotas,
    set_quota,
)

__all__ = [
    "WHATS",
    "Ask",
    "CallGate",
    "Quota",
    "What",
    "ask_quota",
    "check_quota",
    "decide_quota",
    "list_asks",
    "read_limits",
    "read_quotas",
    "set_quota",
]
