"""What a customer says of themselves is compared with what they have said lately, and what they pay
already counts in what they can afford."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from lending import Lending, open_lending


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        for key, price in (("B1", "3600.00"), ("B2", "3500.00")):
            await found.trip.book("ann", key, price)
        yield found


def codes(told: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in told["reasons"]]


async def test_a_child_does_not_grow_up_between_two_applications(lending: Lending) -> None:
    await lending.know("ann", customer_since="2020-01-01")
    young = await lending.decide("B1", fields={"income": "9000.00", "born": "2014-04-05"})
    assert (young["state"], codes(young)) == ("refused", ["eligible_age"])
    older = await lending.decide("B1", fields={"income": "9000.00", "born": "1992-04-05"})
    assert (older["state"], codes(older)) == ("referred", ["same_born"])


async def test_an_income_does_not_jump_between_two_applications(lending: Lending) -> None:
    poor = await lending.decide("B1", fields={"income": "500.00"})
    assert poor["state"] == "refused"
    rich = await lending.decide("B1", fields={"income": "90000.00"})
    assert (rich["state"], codes(rich)) == ("referred", ["income_as_before"])


async def test_what_is_paid_already_counts(lending: Lending) -> None:
    """Each loan takes nearly half of the income: the second is one too many."""
    said = {"income": "700.00"}
    first = await lending.decide("B1", fields=said)
    assert first["state"] == "approved"
    # Promised and not yet opened counts as much as what is open.
    second = await lending.decide("B2", fields=said)
    assert (second["state"], codes(second)) == ("refused", ["affordable"])
    await lending.post(f"/{first['id']}/give_up")
    assert (await lending.decide("B2", fields=said))["state"] == "approved"
