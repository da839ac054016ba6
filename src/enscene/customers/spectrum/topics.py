"""The topics that are the same over all scenes, so that what one customer shows in a canteen and in
a shop of another city adds up and can be compared. A pack says of its own topics which they are."""

from __future__ import annotations

from collections.abc import Mapping

from enscene.customers.spectrum.formula import Formula

GENERAL: Mapping[str, Formula] = {
    "eating": Formula(half_life_days=30),
    "health": Formula(half_life_days=180),
    "children": Formula(half_life_days=365),
    "learning": Formula(half_life_days=180),
    "driving": Formula(half_life_days=90),
    "travel": Formula(half_life_days=180),
    "home": Formula(half_life_days=180),
    "shopping": Formula(half_life_days=30),
    "leisure": Formula(half_life_days=60),
    "saving": Formula(half_life_days=180),
    "borrowing": Formula(half_life_days=180),
    "insurance": Formula(half_life_days=365),
    "discounts": Formula(half_life_days=60),
}
"""Each with its formula, which no pack changes: sums that faded differently could not be added. It
fades as slowly as the thing itself comes back: meals by the day, journeys a few times a year."""
