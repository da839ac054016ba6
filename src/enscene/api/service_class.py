"""What each operation is to the states of service: the one place that says so.

`money`: it moves money or keeps a customer's word; `reading`: it tells what is and writes nothing;
`housekeeping`: for a while neither needs it. The documents show it as `x-service-class`.
"""

from __future__ import annotations

from collections.abc import Sequence

from enscene.tenants.service import Class

HOUSEKEEPING = frozenset(
    {
        "admission-standard", "apis", "baselines", "board", "capabilities", "conformance-runs", "copies", "cross_sales", "credits",
        "incentives", "invoices", "launches", "operator", "opinions", "partner-applications", "planning", "plans", "projects", "rails", "returns",
        "screening", "shelf", "staff", "teamwork", "templates", "usage", "voices", "webhooks",
    }
)  # fmt: skip
"""First words after `/v1/`."""
_STEPS = frozenset({"change", "live", "pilot", "retire", "roll_back", "sandbox"})
"""What is done to a scene as a whole can wait; to pause one or let it go on cannot."""
_LOOKING = frozenset({"queries", "quotes"})
"""Words after a scene below which a POST asks and writes nothing."""
_DOOR = (["oauth", "token"], ["oauth", "introspect"], ["gateway"])
"""What a reading may need first; a form of the gateway is looked at once it is known what it asks."""


def service_class(method: str, path: Sequence[str]) -> Class:
    """The class of an operation; `path` are the parts of its path, or of its template."""
    if path[0] != "v1":
        if path[0] == "docs":
            return "housekeeping"
        if list(path) in _DOOR:
            return "reading"
        asks = method in ("GET", "HEAD") and list(path) != ["oauth", "authorize"]
        return "reading" if asks else "money"
    first = path[1] if len(path) > 1 else ""
    if first in HOUSEKEEPING:
        return "housekeeping"
    if first == "scenes" and len(path) == 4 and path[3] in _STEPS:
        return "housekeeping"
    if method in ("GET", "HEAD") or (len(path) > 2 and path[2] in _LOOKING):
        return "reading"
    return "reading" if first == "customers" and path[-1] == "exchange_quotes" else "money"


def looks(method: str, kind: Class) -> bool:
    """Whether an operation of that class writes nothing."""
    return kind == "reading" or (kind == "housekeeping" and method in ("GET", "HEAD"))
