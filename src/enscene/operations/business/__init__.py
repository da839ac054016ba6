"""The platform as a business: how well it serves its tenants, and all of them at a glance."""

from enscene.operations.business.measures import (
    Measures,
    Overall,
    Standing,
    overall_of,
    read_measures,
    read_standing,
)
from enscene.operations.business.portfolio import (
    SORTS,
    Chosen,
    Entry,
    OfKind,
    Portfolio,
    choose,
    read_portfolio,
)

__all__ = [
    "SORTS",
    "Chosen",
    "Entry",
    "Measures",
    "OfKind",
    "Overall",
    "Portfolio",
    "Standing",
    "choose",
    "overall_of",
    "read_measures",
    "read_portfolio",
    "read_standing",
]
