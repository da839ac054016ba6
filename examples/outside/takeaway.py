"""Takeaway: ordered here, paid from the customer's account at the bank's cashier."""

from __future__ import annotations

from outside import Scene


class Takeaway(Scene):
    name = "takeaway"
    title = ("外卖到家", "Takeaway")
    goods = (
        ("noodles", "牛肉面", "Beef noodles", "32.00"),
        ("rice", "煲仔饭", "Clay-pot rice", "28.50"),
    )
    pay = "bank"
