"""The data map: what every scene keeps, who may use it and why, what scenes share and what not."""

from enscene.operations.data_map.items import LEVELS, Item, items_of
from enscene.operations.data_map.parties import Brought, read_brought
from enscene.operations.data_map.rates import (
    DAY_COST,
    DAY_COST_MOST,
    DAYS_TO_BUILD,
    TARGET_DAYS,
    Rate,
    Rates,
    cost_of,
    read_rates,
    surplus,
)
from enscene.operations.data_map.read_map import DAYS, DataMap, Served, read_data_map
from enscene.operations.data_map.reuse import Count, Reuse, Shared, read_reuse
from enscene.operations.data_map.silos import KEPT, Silo, read_silos
from enscene.operations.data_map.uses import Use

__all__ = [
    "DAYS",
    "DAYS_TO_BUILD",
    "DAY_COST",
    "DAY_COST_MOST",
    "KEPT",
    "LEVELS",
    "TARGET_DAYS",
    "Brought",
    "Count",
    "DataMap",
    "Item",
    "Rate",
    "Rates",
    "Reuse",
    "Served",
    "Shared",
    "Silo",
    "Use",
    "cost_of",
    "items_of",
    "read_brought",
    "read_data_map",
    "read_rates",
    "read_reuse",
    "read_silos",
    "surplus",
]
