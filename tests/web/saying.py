"""A travel scene whose bank runs a campaign, and its pages, for tests."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from engagement.campaigns.sample import sample
from engagement.running.campaigning import made, rules, run
from enscene.commit import admit
from enscene.engagement import say_consent
from enscene.tenants.users import create_user, log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.bank_session import COOKIE as BANK_COOKIE
from enscene.web.bank_session import issue_bank_session
from enscene.web.console import COOKIE
from enscene.web.h5_token import issue_h5_token
from trip import Trip, open_trip

PACKS = Path(__file__).parents[2] / "packs"
PAGE = "/h5/bank/travel/trips"
PASSWORD = "a-long-password"
TITLES = {
    "coupon": ({"zh": "满百减五", "en": "Five off"},
               {"zh": "您刚订了行程", "en": "You have just booked a trip"}),
    "plan": ({"zh": "旅行分期", "en": "Pay for trips in instalments"},
             {"zh": "您的订单较大", "en": "Your booking is large"}),
}  # fmt: skip
LOGINS = (("zhou", "manager"), ("wu", "manager"), ("audit", "auditor"), ("check", "approver"),
          ("team", "scene_team"))  # fmt: skip


def speaks(name: str, *channels: str, **more: Any) -> dict[str, Any]:
    """A campaign that says one thing after each booking."""
    title, reason = TITLES[name]
    said = {"title": title, "reason": reason, "channels": list(channels or ("h5",))}
    offer = {**sample()["offers"][name], **said, **more}
    moments = {"m": {"after": ["travel.book_package"], "offer": [name]}}
    return {"moments": moments, "offers": {name: offer}}


@dataclass
class Saying:
    """`app` are the bank's pages."""

    trip: Trip
    app: Any

    async def sql(self, statement: str, *arguments: Any) -> list[Any]:
        async with self.trip.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.trip.tenant.id])
            return await connection.fetch(statement, *arguments)

    async def says(self, name: str, *channels: str, who: str = "ann", price: str = "300.00",
                   **more: Any) -> Any:  # fmt: skip
        """Something is said to somebody after a booking; the decision."""
        await run(self.trip, name, **speaks(name, *channels, **more))
        await self.trip.book(who, f"B-{name}-{who}", price)
        return (await made(self.trip))[-1]

    async def consent(self, who: str, *, granted: bool, scene: int | None = None) -> None:
        async with self.trip.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.trip.tenant.id])
            await say_consent(
                connection, self.trip.tenant.id, self.trip.scene if scene is None else scene, who,
                "recommendations", granted=granted,
            )  # fmt: skip

    async def answers(self) -> list[str]:
        """What customers did with offers, by the log."""
        rows = await self.sql(
            "select facts -> 'offer' ->> 'outcome' from event where action = 'offer.answered' "
            "order by seq"
        )
        return [row[0] for row in rows]

    async def token(self, who: str = "ann") -> str:
        return await issue_h5_token(self.trip.pool, self.trip.tenant.id, "travel", who)

    async def h5(self, path: str = "/content", who: str = "ann", language: str = "zh-CN",
                 **form: str) -> httpx.Response:  # fmt: skip
        headers = {"authorization": f"H5 {await self.token(who)}", "accept-language": language}
        async with self.client(**headers) as client:
            return await client.post(f"{PAGE}{path}", data=form)

    def client(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url="http://bank.test", headers=headers,
            follow_redirects=True,
        )  # fmt: skip

    async def cookie(self, who: str) -> str:
        """Of the mobile bank."""
        (party,) = await self.sql("select id from party where ref = $1", who)
        tenant = self.trip.tenant.id
        return await issue_bank_session(self.trip.pool, tenant, who, party["id"])

    async def phone(self, who: str = "ann", language: str = "zh-CN") -> Pages:
        client = self.client(**{"accept-language": language})
        client.cookies.set(BANK_COOKIE, await self.cookie(who))
        return Pages(client, "/bank/bank")

    async def desk(self, login: str, language: str = "zh-CN") -> Pages:
        client = self.client(**{"accept-language": language})
        session = await log_in(self.trip.pool, f"{login}@bank", PASSWORD)
        client.cookies.set(COOKIE, session.token)
        return Pages(client, "", session.csrf)


class Pages:
    """The pages of a customer or of somebody of the bank."""

    def __init__(self, client: httpx.AsyncClient, base: str, csrf: str = "") -> None:
        self.client = client
        self.base = base
        self.csrf = csrf

    async def get(self, path: str) -> str:
        return (await self.client.get(f"{self.base}{path}")).text

    async def press(self, path: str, **form: str) -> httpx.Response:
        if not self.csrf:
            self.csrf = re.findall(r'name="csrf" value="([^"]+)"', await self.get(""))[0]
        return await self.client.post(
            f"{self.base}{path}", data={"csrf": self.csrf, **form},
            headers={"origin": "http://bank.test"},
        )  # fmt: skip


@asynccontextmanager
async def open_saying(pool: Any, assets: Path | None = None) -> AsyncIterator[Saying]:
    async with open_trip(pool) as trip:
        await rules(trip)
        for login, role in LOGINS:
            await create_user(pool, trip.tenant, login, name=login, password=PASSWORD, roles=[role])
        app = create_console(trip.host, pool, ConsoleSettings(packs=PACKS, assets=assets))
        yield Saying(trip, app)
        await app.state.console.close()


def cards(page: str) -> list[str]:
    """What campaigns say on a page."""
    return re.findall(r'<section class="card offer" data-said.*?</section>', page, re.DOTALL)
