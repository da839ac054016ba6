"""Circles fed from the log, what a withdrawn permission leaves of them, and offers around them."""

from enscene.engagement.circles.feed import CONSENT, FeedCircles
from enscene.engagement.circles.near import (
    METRES,
    Placed,
    find_offers,
    find_offers_around,
    nearest,
)
from enscene.engagement.circles.withdraw import follow_position, forget_circles

__all__ = [
    "CONSENT",
    "METRES",
    "FeedCircles",
    "Placed",
    "find_offers",
    "find_offers_around",
    "follow_position",
    "forget_circles",
    "nearest",
]
