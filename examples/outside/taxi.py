"""Taxi: the ride is paid in the car; the bank hears of it."""

from __future__ import annotations

from outside import Scene


class Taxi(Scene):
    name = "taxi"
    title = ("打车", "Taxi")
    goods = (
        ("station", "去火车站", "To the station", "24.00"),
        ("airport", "去机场", "To the airport", "96.00"),
    )
