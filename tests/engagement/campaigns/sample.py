"""A campaign as its JSON, to be changed by tests."""

from __future__ import annotations

from typing import Any

import msgspec

from enscene.engagement.campaigns import CampaignBody


def sample(**change: Any) -> dict[str, Any]:
    """A campaign of the travel scene that makes sense."""
    said = {"zh": "字", "en": "words"}
    offers = {
        "plan": {"title": said, "reason": said, "product": "wealth_flex", "value": "80.00"},
        "coupon": {"title": said, "reason": said, "benefit": "winter", "cost": "5.00",
                   "value": "20.00", "channels": ["push", "h5"]},
    }  # fmt: skip
    moments: dict[str, Any] = {
        "booked_often": {
            "count": {"of": ["travel.book_package"], "at_least": 2, "within": "30d",
                      "only": "input.price > money('100.00')"},
            "offer": ["plan", "coupon"],
        },
        "large": {"after": ["travel.book_package"], "if": "input.price >= money('3000.00')",
                  "offer": ["coupon"]},
        "left_us": {
            "absent": {"after": ["travel.book_package"], "without": ["travel.book_package"],
                       "span": "60d"},
            "if": "!('wealth_flex' in customer.products)", "offer": ["plan"],
        },
        "spends": {"sum": {"of": ["travel.book_package"], "field": "input.price",
                           "reaches": "9000.00", "within": "30d"}, "offer": ["plan"]},
    }  # fmt: skip
    return {
        "title": said, "owner": "wang@bank", "line": "retail", "purpose": "activate",
        "starts": "2026-01-01", "ends": "2099-12-31", "moments": moments, "offers": offers,
        "budget": "1000.00", **change,
    }  # fmt: skip


def body_of(value: dict[str, Any]) -> CampaignBody:
    """The campaign of a JSON. Raises: msgspec.ValidationError."""
    return msgspec.convert(value, CampaignBody)
