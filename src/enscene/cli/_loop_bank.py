"""The bank of story `loop` as its programs and its travellers reach it: over HTTP and pages alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from enscene.cli._story_campaign import propose_and_approve
from enscene.cli._story_pages import ScenePage
from enscene.cli._story_sandbox import Sandbox
from enscene.kernel.clock import format_time, parse_time, zone_of
from enscene.simulator.client import App, Message
from enscene.simulator.request import Answer

T = TypeVar("T")
Each = TypeVar("Each")
SCENE, PAGE, SITE, TENANT, ZONE = "travel", "trips", "site-1", "sandbox", "Asia/Shanghai"
CARD = r'<section class="card offer" data-said="([^"]+)"'
TOGETHER = 8
PATIENCE, PAUSE_S = 400, 0.025
CARD_PRICE = "9.90"


class TravelBank:
    """What is asked of it, and `checks` of what it answered: each holds if it held every time."""

    def __init__(self, bank: Sandbox) -> None:
        self.bank = bank
        self.h5, self.core = bank.app("h5"), bank.app("core")
        self.crm, self.chief = bank.app("campaigns"), bank.app("campaigns-approval")
        self.checks: dict[str, bool] = {}
        self._at_once = asyncio.Semaphore(TOGETHER)
        self._keys = 0

    def check(self, what: str, good: bool) -> None:
        """Note whether something is as it should be."""
        self.checks[what] = bool(good) and self.checks.get(what, True)

    # -- programs ----------------------------------------------------------------------------

    async def send(
        self, app: App, method: str, path: str, body: Any, *, key: str = "", party: str | None = None
    ) -> Answer:  # fmt: skip
        """Whatever comes of it."""
        self._keys += 1
        key = key or f"story-{self._keys}"
        message = Message(method, path, json.dumps(body).encode(), key=key, party=party)
        return await app.send(message)

    async def done(
        self, app: App, method: str, path: str, body: Any, *, party: str | None = None
    ) -> Any:
        """What it answers; it must go well."""
        answer = await self.send(app, method, path, body, party=party)
        assert answer.status == 200, (path, answer)
        return answer.body

    async def each(self, people: Iterable[Each], do: Callable[[Each], Awaitable[T]]) -> list[T]:
        """Of all of them, some at once."""

        async def one(person: Each) -> T:
            async with self._at_once:
                return await do(person)

        return list(await asyncio.gather(*map(one, people)))

    async def approve(self, where: str, body: Any) -> None:
        """One application proposes, another approves."""
        own, done = await propose_and_approve(self.crm, self.chief, where, body)
        self.check(f"{where}: who proposes does not approve, another one does",
                   (own.status, done.status) == (403, 200))  # fmt: skip

    async def fund(self, amount: str) -> None:
        """Put money into the pool of benefits, by two."""
        order = {"amount": amount, "currency": "CNY", "reason": "story"}
        made = await self.done(self.crm, "POST", "/v1/benefits/pool/orders", order)
        at, verdict = f"/v1/benefits/pool/orders/{made['id']}/decide", {"decision": "approve"}
        own = await self.send(self.crm, "POST", at, verdict)
        done = await self.send(self.chief, "POST", at, verdict)
        self.check("the pool: who asks does not approve, another one does",
                   (own.status, done.status) == (403, 200))  # fmt: skip

    async def midnight(self) -> datetime:
        """When the next day of the bank begins, and its clock stands there."""
        now = parse_time((await self.core.get("/v1/sandbox/clock"))["now"]).astimezone(
            zone_of(ZONE)
        )
        begins = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        await self.to(begins)
        return begins

    async def to(self, moment: datetime) -> None:
        """Whatever falls due on the way has happened, and whatever was in the log has been read."""
        await self.done(self.core, "PUT", "/v1/sandbox/clock", {"now": format_time(moment)})

    async def decided(self, who: str, count: int) -> list[dict[str, Any]]:
        """What campaigns decided for a customer, once so many decisions stand there; the newest first."""
        found: list[dict[str, Any]] = []
        for _ in range(PATIENCE):
            told = await self.crm.get(f"/v1/offers?customer={who}&limit=200")
            found = [each for each in told["data"] if "/" in each["moment"]]
            if len(found) >= count:
                break
            await asyncio.sleep(PAUSE_S)
        return found

    async def answer(self, who: str, offer: str, word: str) -> None:
        """What a channel of the bank passes on."""
        body = {"customer": who, "answer": word}
        await self.done(self.crm, "POST", f"/v1/offers/{offer}/answers", body)

    # -- travellers --------------------------------------------------------------------------

    async def enrol(self, who: str) -> None:
        """A new customer of the scene."""
        order = {"role": "traveller", "name": f"故事 {who}"}
        await self.done(self.core, "PUT", f"/v1/{SCENE}/parties/{who}", order)

    async def page(self, who: str) -> ScenePage:
        """Their page of the scene."""
        wanted = {"scene": SCENE, "page": PAGE, "party": who}
        token = await self.done(self.h5, "POST", "/h5/token", wanted, party=who)
        return ScenePage(self.bank.wire, f"/h5/{TENANT}/{SCENE}/{PAGE}", token["token"])

    async def forbid(self, who: str) -> None:
        """Switch recommendations off, as the customer does."""
        done = await (await self.page(who)).press("/consent", item="recommendations", granted="0")
        assert done.status == 200, done.status

    async def book(self, who: str, booking: str, *, twice: bool = False) -> None:
        """A trip; `twice`: it is sent again with its key."""
        order = {
            "booking": f"T-{who}-{booking}", "traveller": who, "site": SITE, "title": "周末两日",
            "price": "500.00", "departs": "2027-12-01", "returns": "2027-12-03",
        }  # fmt: skip
        path, key = f"/v1/{SCENE}/actions/book_package", f"book-{who}-{booking}"
        first = await self.send(self.h5, "POST", path, order, key=key, party=who)
        assert first.status == 200, first
        if twice:
            again = await self.send(self.h5, "POST", path, order, key=key, party=who)
            self.check("an order that is sent again with its key has the same answer",
                       (again.status, again.body) == (200, first.body))  # fmt: skip

    async def holds(self, who: str) -> set[str]:
        """Products of their contracts."""
        held = await self.core.get(f"/v1/customers/{who}/contracts")
        return {each["product"] for each in held["data"]}

    async def open(self, who: str, product: str) -> None:
        """Open a product in the bank's app; a monthly card costs something."""
        account = f"/v1/sandbox/customers/{who}/account"
        await self.done(self.core, "POST", account, {"amount": CARD_PRICE})
        body = {"product": product, "amr": ["pwd", "otp"]}
        await self.done(self.core, "POST", f"/v1/customers/{who}/contracts", body)
