"""An offer in a customer's page: its price and terms, and the one tap that applies."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from enscene.web import ConsoleSettings, create_console
from enscene.web.h5_token import issue_h5_token
from trip import Trip, open_trip

PACKS = Path(__file__).parents[2] / "packs"
PAGE = "/h5/bank/travel/trips"
FLIGHT = "MU5101-2026-12-01-PVG"


@pytest.fixture
async def trip(pool: Any) -> AsyncIterator[Trip]:
    async with open_trip(pool) as found:
        yield found


class Phone:
    """Ann's page."""

    def __init__(self, trip: Trip, token: str) -> None:
        app = create_console(trip.host, trip.pool, ConsoleSettings(packs=PACKS))
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://bank.test",
            headers={"authorization": f"H5 {token}", "accept-language": "zh-CN"},
        )  # fmt: skip

    async def look(self) -> str:
        return (await self.client.post(f"{PAGE}/content")).text

    async def tap(self, card: str) -> str:
        """Send the card's form just as it stands there."""
        path, key = re.findall(r'data-path="([^"]+)" data-key="([^"]+)"', card)[0]
        hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', card)
        answer = await self.client.post(
            f"{PAGE}{path}", data=dict(hidden), headers={"idempotency-key": key}
        )
        return answer.text


async def phone_of(trip: Trip) -> Phone:
    return Phone(trip, await issue_h5_token(trip.pool, trip.tenant.id, "travel", "ann"))


def offers(page: str) -> list[str]:
    return re.findall(r'<section class="card offer">.*?</section>', page, re.DOTALL)


def products(page: str) -> str:
    return page.partition("已开通的产品")[2].partition("</section>")[0]


async def test_the_cover_that_is_offered_is_bought_with_one_tap(trip: Trip) -> None:
    await trip.book("ann", "B1", "1000.00", flight=FLIGHT)
    await trip.decisions()
    phone = await phone_of(trip)
    (card,) = offers(await phone.look())
    # The price, what is agreed on, what it is for; nothing is left to fill in.
    for said in ("航班延误险", "支付 ¥20.00", FLIGHT, "赔付金额", "¥200.00", "120", "365 天"):
        assert said in card
    assert "<select" not in card
    assert re.findall(r"<input(?! type=.hidden)", card) == []
    after = await phone.tap(card)
    assert "said good" in after
    assert offers(after) == []
    assert "航班延误险" in products(after)
    assert FLIGHT in products(after)
    assert "200.00" in products(after)
    # A second press of the same button is the same request.
    again = await phone.tap(card)
    assert products(again).count("航班延误险") == 1
    decision = (await trip.decisions())[-1]
    assert (decision["product"], decision["state"]) == ("delay_insurance", "taken")
    # Another flight is another cover.
    await trip.book("ann", "B2", "1000.00", flight="CA1832-2026-12-05-PEK")
    await trip.decisions()
    (card,) = offers(await phone.look())
    assert "CA1832-2026-12-05-PEK" in card


async def test_an_offer_about_a_booking_is_about_that_one_and_goes_with_it(trip: Trip) -> None:
    await trip.book("ann", "B0", "500.00")
    await trip.book("ann", "B1", "3600.00")
    await trip.decisions()
    phone = await phone_of(trip)
    (card,) = offers(await phone.look())
    # What lends is applied for and decided on, never taken with one tap.
    assert 'data-path="/apply/begin"' in card
    assert 'name="product" value="instalment"' in card
    assert "海边三日" in card
    assert "3,600.00" in card
    await trip.do("cancel_booking", "ann", "K1", booking="B1")
    assert offers(await phone.look()) == []


async def test_a_limit_is_applied_for_too(trip: Trip) -> None:
    await trip.book("ann", "B1", "2000.00")
    for number in range(6):
        await trip.book("ann", f"B2{number}", "2300.00")
    await trip.decisions()
    phone = await phone_of(trip)
    (card,) = offers(await phone.look())
    assert 'data-path="/apply/begin"' in card
    assert 'name="product" value="temporary_limit"' in card
