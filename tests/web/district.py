"""A district with a few days of lunches, and its pages, for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from enscene.commit import admit
from enscene.engagement import say_consent
from enscene.tenants.users import create_user, log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.bank_session import COOKIE as BANK_COOKIE
from enscene.web.bank_session import issue_bank_session
from enscene.web.console import COOKIE
from packs.open_scene import PACKS, Story, open_story

PASSWORD = "a-long-password"
NOODLES, COFFEE, FAR = (3_125_000, 12_147_000), (3_125_300, 12_147_600), (3_190_000, 12_147_000)
EATERS = tuple(f"eater-{number}" for number in range(6))
PARTIES = {
    **dict.fromkeys(EATERS, "cardholder"), "shy": "cardholder", "noodles": "merchant",
    "coffee": "merchant", "till": "till", "bank": "bank",
}  # fmt: skip
MONEY = {("card", who): "5000.00" for who in (*EATERS, "shy")}
DAYS = ("02", "03", "04")
PRICE = "20.00"


class District:
    """Two merchants, six who eat there on three days and allow their position, and one who does not."""

    def __init__(self, story: Story, app: Any) -> None:
        self.story = story
        self.app = app
        self.tenant = story.tenant.id

    async def do(self, action: str, by: str, **given: Any) -> Any:
        done = await self.story.do(action, by, **given)
        assert isinstance(done, dict), (action, done)
        return done

    async def open(self, written: str) -> None:
        for name, category, (lat, lon) in (
            ("noodles", "food", NOODLES), ("coffee", "play", COFFEE),
        ):  # fmt: skip
            given = {"store": f"S-{name}", "title": f"{name}{written}", "category": category,
                     "area": "wtw3s", "lat_e5": lat, "lon_e5": lon}  # fmt: skip
            await self.do("join", name, **given)
            await self.do("admit_store", "bank", store=f"S-{name}")
        await self.do(
            "open_offer", "noodles", offer="F1", store="S-noodles", title="80 for 100",
            price="80.00", worth="100.00", starts="2026-03-01", until="2026-03-30", quantity=50,
        )  # fmt: skip

    async def say(self, who: str, *, granted: bool) -> None:
        scene = await self.story.host.scene(self.tenant, "business_district")
        async with self.story.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            await say_consent(connection, self.tenant, scene.id, who, "position", granted=granted)

    async def eat(self, people: tuple[str, ...] = (*EATERS, "shy")) -> None:
        """Lunch on three days, paid in the shop; one coupon is taken and redeemed."""
        for day in DAYS:
            await self.story.until(f"2026-03-{day}T12:00")
            for who in people:
                order = f"O-{who}-{day}"
                await self.do("place_order", who, order=order, store="S-noodles", price=PRICE)
                await self.do("pay_in_shop", "till", order=order)
        await self.do("rate_order", people[0], order=f"O-{people[0]}-02", stars=4)
        await self.do("take_coupon", people[0], offer="F1", coupon="C1")
        await self.do("redeem_coupon", "noodles", coupon="C1")

    async def desk(self, role: str = "scene_team", language: str = "en") -> httpx.AsyncClient:
        login = f"{role}-1"
        await create_user(
            self.story.pool, self.story.tenant, login, name=login, password=PASSWORD, roles=[role],
            party="noodles" if role == "partner" else None,
        )  # fmt: skip
        client = self._client(language)
        session = await log_in(self.story.pool, f"{login}@{self.story.tenant.ref}", PASSWORD)
        client.cookies.set(COOKIE, session.token)
        return client

    async def phone(self, who: str, language: str = "en") -> httpx.AsyncClient:
        client = self._client(language)
        client.cookies.set(BANK_COOKIE, await self.bank_cookie(who))
        return client

    async def bank_cookie(self, who: str) -> str:
        party = (await self.story.member(who)).id
        return await issue_bank_session(self.story.pool, self.tenant, who, party)

    def _client(self, language: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://bank.test",
            headers={"accept-language": language},
        )  # fmt: skip


@asynccontextmanager
async def open_district(
    pool: Any, assets: Path | None = None, written: str = " <i>"
) -> AsyncIterator[District]:
    """`written` ends the merchants' titles."""
    bound = {"till": "noodles"}
    async with open_story(pool, "business_district", PARTIES, MONEY, bound=bound) as story:
        app = create_console(story.host, pool, ConsoleSettings(packs=PACKS, assets=assets))
        found = District(story, app)
        await found.open(written)
        yield found
        await app.state.console.close()
