"""A partner's way with a customer, from the question to what it is told of it, as a list of steps.

Each step does what it can with what the ones before have left, whether that is refused or not: so
the same list goes on after a withdrawal at any of its places.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from api.auth.bank import Flow, registered
from api.conftest import PACKS
from api.partner import ISSUER, make_partner
from api.webhooks.receiver import LOOPBACK, Receiver, receiving, working
from enscene.api import ApiSettings, create_app
from enscene.cli._site import Site
from enscene.commit import admit
from enscene.engagement import withdraw_consent
from enscene.engagement.applications import (
    confirm_application,
    list_applications,
    send_code_in,
    writing,
)
from enscene.kernel.errors import EnsceneError
from enscene.scenes.language import load_pack
from enscene.web import ConsoleSettings, create_console
from trip import Trip, open_trip

PACK = load_pack(PACKS / "travel").pack
assert PACK is not None
DOES = [name for name, action in PACK.actions.items() if "traveller" in action.by]
SCOPES = " ".join(
    f"scene:travel:{what}" for what in (*DOES, "accounts.read", "things.read", "events.read")
)
DETAIL = json.dumps([{
    "type": "enscene_consent", "scene": "travel", "purpose": "serve", "days": 30,
    "things": {"booking": ["title", "price", "traveller"]}, "accounts": ["card"],
}])  # fmt: skip
WHO = "ann"


@dataclass
class Journey:
    """What has come of the steps so far. `answers` are (step, status) of what was asked."""

    trip: Trip
    tenant: Any
    flow: Flow
    receiver: Receiver
    worker: Any
    site: Any
    consent: int | None = None
    request: Any = None
    code: str = ""
    token: str = ""
    page: str = ""
    application: str = ""
    answers: list[tuple[str, int]] = field(default_factory=list)

    async def sql(self, statement: str, *arguments: Any) -> list[Any]:
        async with self.trip.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant.id])
            return list(await connection.fetch(statement, *arguments))

    async def call(self, path: str, body: Any = None) -> Any:
        method = "GET" if body is None else "POST"
        answer = await self.flow.call(self.token or "none", path, method=method, body=body)
        self.answers.append((path, answer.status_code))
        return answer

    async def on_page(self, path: str, **form: str) -> str:
        """What the page says after a button of it."""
        number = len(self.answers)
        headers = {"authorization": f"H5 {self.page or 'none'}",
                   "idempotency-key": f"press-{number:04}"}  # fmt: skip
        answer = await self.site.post(f"{PAGE}{path}", data=form, headers=headers)
        self.answers.append((path, answer.status_code))
        return str(answer.text)

    async def customer(self) -> int:
        return int((await self.sql("select id from party where ref = $1", WHO))[0][0])


async def ask(journey: Journey) -> None:
    journey.request = await journey.flow.arrived(scope=SCOPES, authorization_details=DETAIL)


async def grant(journey: Journey) -> None:
    journey.code = (await journey.flow.allow(journey.request, WHO))["code"]
    rows = await journey.sql("select max(id) from app_grant where purpose is not null")
    journey.consent = rows[0][0]


async def token(journey: Journey) -> None:
    answer = await journey.flow.redeem(journey.code)
    journey.token = answer.json().get("access_token", "") or journey.token
    journey.answers.append(("token", answer.status_code))


async def read(journey: Journey) -> None:
    for path in ("accounts/card/ann", "things/booking", "events"):
        await journey.call(f"/v1/travel/{path}")


async def pay(journey: Journey) -> None:
    await book(journey, "B1", "3600.00")


async def book(journey: Journey, booking: str, price: str) -> None:
    await journey.call("/v1/travel/actions/book_package", {
        "booking": booking, "site": "site", "title": "海边三日", "price": price,
        "departs": "2027-12-01", "returns": "2027-12-05", "flight": f"MU-{booking}",
    })  # fmt: skip


async def offer(journey: Journey) -> None:
    """Whatever the bank thinks of saying, it thinks of now."""
    await journey.trip.reactor.settle(journey.tenant.id)


async def page(journey: Journey) -> None:
    """The partner embeds a page, and the customer pays by it."""
    order = {"scene": "travel", "page": "trips", "party": WHO}
    answer = await journey.flow.call(
        journey.token or "none", "/h5/token", method="POST", body=order
    )
    journey.answers.append(("/h5/token", answer.status_code))
    if answer.status_code == 200:
        journey.page = answer.json()["token"]


async def press(journey: Journey) -> None:
    """A button of the page that was embedded."""
    await journey.on_page("/do/pay_card", amount="3.00")


async def apply(journey: Journey) -> None:
    """The customer takes up what is offered in the page."""
    shown = await journey.on_page("/content")
    offers = re.findall(r'name="offer" value="([^"]*)"', shown)
    form = {"offer": offers[0] if offers else str(UUID(int=0)), "product": "instalment"}
    begun = await journey.on_page("/apply/begin", **form)
    found = re.findall(r'name="application" value="([^"]*)"', begun)
    journey.application = found[0] if found else journey.application


async def decide(journey: Journey) -> None:
    await journey.on_page("/apply/decide", application=journey.application, income="9000.00")


async def sign(journey: Journey) -> None:
    """The customer signs in the mobile bank whatever lies there."""
    tenant, number = journey.tenant.id, await journey.customer()
    pool = journey.trip.pool
    async with writing(pool, tenant) as connection:
        found = await list_applications(connection, tenant, customer=number)
    for each in found:
        with contextlib.suppress(EnsceneError):
            async with writing(pool, tenant) as connection:
                await send_code_in(connection, tenant, each, "bank_app")
            rows = await journey.sql(
                "select zh from phone_message where kind = 'code' order by at desc, id desc limit 1"
            )
            code = str(rows[0][0]).partition("验证码 ")[2][:6]
            await confirm_application(
                pool, journey.trip.host, tenant, each.id, customer=number, code=code,
                channel="bank_app", actor=WHO,
            )  # fmt: skip


async def pay_more(journey: Journey) -> None:
    await book(journey, "B2", "1200.00")


async def fan_out(journey: Journey) -> None:
    """News are queued, and not yet sent."""
    while await journey.worker.fan_out():
        pass


async def deliver(journey: Journey) -> None:
    await journey.worker.settle()


Step = Callable[[Journey], Awaitable[None]]
STEPS: tuple[Step, ...] = (
    ask, grant, token, read, pay, fan_out, offer, page, press, apply, decide, sign, pay_more, offer,
    fan_out, deliver, read,
)  # fmt: skip
PAGE = "/h5/bank/travel/trips"


async def take_back(journey: Journey) -> None:
    """The customer does so; where nothing was given yet, it refuses."""
    if journey.consent is None:
        if journey.request is not None:
            await journey.flow.refuse(journey.request)
        return
    await withdraw_consent(
        journey.trip.pool, journey.trip.host, journey.tenant.id, journey.consent, party=WHO
    )


@asynccontextmanager
async def open_journey(pool: Any) -> AsyncIterator[Journey]:
    """Two travellers, of whom one has a card with money on it; a partner with a webhook."""
    async with open_trip(pool) as trip:
        gateway = create_app(trip.host, pool, ApiSettings(issuer=ISSUER, webhooks=LOOPBACK))
        console = create_console(trip.host, pool, ConsoleSettings(packs=PACKS))
        site = Site(gateway, console, trip.host, pool)
        trip.number = lambda who: _number(trip, who)  # type: ignore[attr-defined]
        order = registered(scopes=["scene:travel:*", "webhooks:read", "webhooks:write"])
        partner = await make_partner(pool, gateway, trip.tenant, "wallet_app", **order)
        transport = httpx.ASGITransport(site)
        partner.http = httpx.AsyncClient(transport=transport, base_url=ISSUER)
        flow = Flow(trip, partner)
        for who in ("ann", "bob"):
            await _sql(trip, "update party set profile = $2 where ref = $1", who,
                       {"born": "1990-05-01", "customer_since": "2020-01-01"})  # fmt: skip
            await trip.do("pay_card", who, f"money-{who}", amount="9000.00")
        async with (
            receiving() as receiver,
            working(trip) as worker,
            httpx.AsyncClient(transport=transport, base_url=ISSUER) as browser,
        ):
            own = (await flow.token({"grant_type": "client_credentials"})).json()["access_token"]
            made = await flow.call(own, "/v1/webhooks", method="POST",
                                   body={"url": receiver.url("/hook")})  # fmt: skip
            assert made.status_code == 200, made.text
            yield Journey(trip, trip.tenant, flow, receiver, worker, browser)
        await gateway.close()


async def _number(trip: Trip, who: str) -> int:
    return int((await _sql(trip, "select id from party where ref = $1", who))[0][0])


async def _sql(trip: Trip, statement: str, *arguments: Any) -> list[Any]:
    async with trip.pool.acquire() as connection, connection.transaction():
        await admit(connection, [trip.tenant.id])
        return list(await connection.fetch(statement, *arguments))


@dataclass(frozen=True)
class Stands:
    """All that may not grow any more: money, data, offers, applications, news."""

    moved: int
    contracts: int
    receipts: int
    offers: int
    applications: int
    told: int


async def stands(journey: Journey) -> Stands:
    """As it is now. Of news, those that tell of what the consent is gone are no such."""
    [row] = await journey.sql(
        "select (select count(*) from transfer) as moved,"
        " (select count(*) from contract where customer > 0) as contracts,"
        " (select count(*) from receipt) as receipts,"
        " (select count(*) from decision where state in ('offered', 'seen')) as offers,"
        " (select count(*) from application where state in ('begun', 'approved', 'referred'))"
        "   as applications"
    )
    told = sum(
        not json.loads(each.body)["type"].startswith("consent.")
        for each in journey.receiver.received
    )
    return Stands(row["moved"], row["contracts"], row["receipts"], row["offers"],
                  row["applications"], told)  # fmt: skip
