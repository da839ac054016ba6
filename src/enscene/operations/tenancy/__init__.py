"""Tenants made, put on another plan, closed and helped: asked by one operator, decided by another."""

from enscene.operations.tenancy.ask import Act, Ask, TenantOrder
from enscene.operations.tenancy.ask_tenant import (
    ask_close,
    ask_help,
    ask_open,
    ask_plan,
    faults_in,
    list_asks,
)
from enscene.operations.tenancy.decide_ask import Decided, decide_ask
from enscene.operations.tenancy.end_tenant import Standing, end_tenant, what_stands
from enscene.operations.tenancy.open_whole import Opened, open_whole
from enscene.operations.tenancy.preview import Preview, preview_of

__all__ = [
    "Act",
    "Ask",
    "Decided",
    "Opened",
    "Preview",
    "Standing",
    "TenantOrder",
    "ask_close",
    "ask_help",
    "ask_open",
    "ask_plan",
    "decide_ask",
    "end_tenant",
    "faults_in",
    "list_asks",
    "open_whole",
    "preview_of",
    "what_stands",
]
