"""A district: merchants with a place, their offers and what happened there, circles around them."""

from enscene.operations.district.layout import Layout, layout_of
from enscene.operations.district.read_district import (
    DAYS,
    MERCHANTS_MOST,
    District,
    Merchant,
    OpenAt,
    read_district,
)
from enscene.operations.district.store import read_titles

__all__ = [
    "DAYS",
    "MERCHANTS_MOST",
    "District",
    "Layout",
    "Merchant",
    "OpenAt",
    "layout_of",
    "read_district",
    "read_titles",
]
