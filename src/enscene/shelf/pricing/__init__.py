"""Prices: effective-dated, by segment and scene, within limits or approved by a second person."""

from enscene.shelf.pricing.price_list import (
    NO_PRICES,
    PriceList,
    PriceRow,
    holds,
    parse_price,
    price_text,
)

__all__ = ["NO_PRICES", "PriceList", "PriceRow", "holds", "parse_price", "price_text"]
