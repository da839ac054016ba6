"""Shopping: inside a frame of the bank's app, paid at the bank's cashier."""

from __future__ import annotations

from outside import Scene


class Shopping(Scene):
    name = "shopping"
    title = ("好物购", "Shopping")
    goods = (("lamp", "台灯", "Desk lamp", "129.00"), ("cup", "保温杯", "Thermos cup", "59.90"))
    pay = "bank"
