"""Applications that come to nothing: a quote that holds no more, and figures of drop-offs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from enscene.engagement.applications import read_clock
from lending import Lending, open_lending


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        await found.trip.book("ann", "B1", "3600.00")
        yield found


async def test_a_quote_holds_a_day_and_frees_its_fact(lending: Lending) -> None:
    decided = await lending.decide("B1")
    assert decided["state"] == "approved"
    trip = lending.trip
    async with trip.pool.acquire() as connection:
        now = (await read_clock(connection, trip.tenant.id))["now"]
    await trip.reactor.advance(trip.tenant.id, now + timedelta(hours=23))
    assert (await lending.get(f"/{decided['id']}")).json()["state"] == "approved"
    await trip.reactor.advance(trip.tenant.id, now + timedelta(hours=25))
    told = (await lending.get(f"/{decided['id']}")).json()
    assert (told["state"], told["steps"][-1]["step"]) == ("expired", "expired")
    late = await lending.post(f"/{decided['id']}/code")
    assert (late.status_code, late.json()["code"]) == (409, "application.state")
    again = await lending.decide("B1")
    assert again["state"] == "approved"
    figures = (await lending.bank.get("/v1/travel/applications/figures")).json()
    assert figures["dropped"]["decided"] == 1
    assert figures["states"] == {"approved": 1, "expired": 1}


async def test_what_was_given_up_is_over(lending: Lending) -> None:
    begun = await lending.begin("B1")
    first = await lending.post(f"/{begun['id']}/give_up")
    again = await lending.post(f"/{begun['id']}/give_up")
    assert (first.json()["state"], again.json()["state"]) == ("given_up", "given_up")
    for step in ("decide", "handoff", "call_in", "code"):
        answer = await lending.post(f"/{begun['id']}/{step}")
        assert (answer.status_code, answer.json()["code"]) == (409, "application.state")
    figures = (await lending.bank.get("/v1/travel/applications/figures")).json()
    assert figures["dropped"]["begun"] == 1
