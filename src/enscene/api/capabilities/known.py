"""What is known to come in or go out of a party's account: open things, and its own loans."""

from __future__ import annotations

from datetime import date
from typing import Any

from enscene.api.capabilities.look import Sight, day_field, things
from enscene.api.capabilities.orders import KnownOrder
from enscene.capabilities import Known
from enscene.capabilities import store as figures
from enscene.scenes.language.model import Thing
from enscene.shelf.contracts import Contracts

Asked = tuple[KnownOrder, Thing, str, figures.Of, str | None]
"""An order, its thing, the field of the amount, which of them, and the field of the day."""


def check_known(sight: Sight, orders: list[KnownOrder]) -> list[Asked]:
    """Raises: Invalid with `known[n].…`."""
    asked = []
    for place, order in enumerate(orders):
        prefix = f"known[{place}]."
        model, amount, of = things(sight, order, prefix)
        ended = [state.name for state in model.states.values() if state.ends]
        due = day_field(model, order.due, f"{prefix}due")
        asked.append((order, model, amount, of.without(ended), due))
    return asked


async def read_known(connection: figures.Connection, asked: list[Asked]) -> list[Known]:
    """The open things among those that were asked for."""
    found = []
    for order, model, amount, of, due in asked:
        sign = 1 if order.direction == "in" else -1
        for key, day, minor in await figures.read_ahead(connection, of, amount, due):
            found.append(Known(date.fromisoformat(day), sign * minor, f"{model.name} {key}"))
    return found


async def loans_of(
    contracts: Contracts, tenant: int, owner: int, currency: str, today: date
) -> list[Known]:
    """The instalments of what the party has borrowed; what is due and unpaid is due today."""
    found = []
    for held in await contracts.of_customer(tenant, owner):
        if held.currency != currency or held.state != "open":
            continue
        told: dict[str, Any] = held.told
        about = f"contract {held.id}"
        if told.get("due_minor"):
            found.append(Known(today, -told["due_minor"], about))
        for row in told.get("plan", ()):
            minor = row["principal_minor"] + row["interest_minor"]
            found.append(Known(date.fromisoformat(row["due"]), -minor, about))
    return found
