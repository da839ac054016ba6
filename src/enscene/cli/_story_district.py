"""Story `district`: a payment at noon, and what merchants near by offer a moment later.

Over HTTP and the pages alone, on a sandbox of its own. Everything is read back; whatever is not as
it should be makes the exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from datetime import timedelta
from typing import Any

from enscene.cli._say import say
from enscene.cli._story_campaign import propose_and_approve
from enscene.cli._story_pages import ScenePage
from enscene.cli._story_report import tell_report
from enscene.cli._story_sandbox import Sandbox, sandbox
from enscene.kernel.clock import format_time, parse_time, zone_of
from enscene.kernel.money import format_money, parse_money
from enscene.simulator.client import App, Message
from enscene.simulator.request import Answer

HELP = "商圈支付后的周边优惠、核销与手续费 · offers near by after a payment, redeemed for a fee"
ZONE = "Asia/Shanghai"
SCENE, PAGE, TENANT, BANK = "business_district", "district", "sandbox", "bank"
CELL, ELSEWHERE = "wtw3s", "wtw3u"
STORES = {"noodles": (3_125_000, 12_147_000, CELL), "coffee": (3_125_200, 12_147_100, CELL),
          "books": (3_155_000, 12_147_000, ELSEWHERE)}  # fmt: skip
PAYERS = 20
VISIBLE_P99_MS = 1_000.0
PATIENCE_S, PAUSE_S = 5.0, 0.01
CARD = '<section class="card offer">'
PRICE, COUPON, USE, FEE = "200.00", "80.00", "15.00", "0.50"
CURRENCY = "CNY"
RULES: dict[str, Any] = {"caps": [], "quiet": None, "fatigue": None, "holdout": 0}
NEAR = {"zh": "隔壁咖啡满减", "en": "Coffee next door for less"}
CAMPAIGN: dict[str, Any] = {
    "title": {"zh": "饭后一杯", "en": "A cup after lunch"}, "owner": "story", "line": "cards",
    "purpose": "activate", "starts": "2026-01-01", "ends": "2099-12-31", "holdout": 0,
    "budget": "1000.00",
    "moments": {
        "online": {"after": [f"{SCENE}.pay_online"], "offer": ["push"]},
        "in_shop": {"after": [f"{SCENE}.pay_in_shop"], "offer": ["call"]},
    },
    "offers": {
        "push": {"title": NEAR, "reason": NEAR, "cost": "2.00", "value": "5.00",
                 "channels": ["push"]},
        "call": {"title": NEAR, "reason": NEAR, "cost": "2.00", "value": "5.00",
                 "channels": ["call"]},
    },
}  # fmt: skip
QUERIES = ("around_order",)
OURS = ("takings", "prepaid")
BOOKS = ("card_fees", "benefit_fees", "world")


def play(arguments: argparse.Namespace) -> int:
    """Play it; 1 when something was not as it should be."""
    return tell_report(asyncio.run(_play()), one_line=arguments.json)


async def _play() -> dict[str, Any]:
    async with sandbox(scenes=[SCENE]) as bank:
        return await Story(bank).play()


class Story:
    """Three merchants, and those who have lunch there."""

    def __init__(self, bank: Sandbox) -> None:
        self.bank = bank
        self.h5, self.core, self.shops = bank.app("h5"), bank.app("core"), bank.app("shops")
        self.checks: dict[str, bool] = {}
        self.people: list[str] = []
        self.visible_ms: list[float] = []
        self.reached_ms: dict[str, float] = {}
        self._keys = 0
        self._paid = 0
        self._redeemed = 0

    async def play(self) -> dict[str, Any]:
        """All of it, in order."""
        before = await self._books()
        await self._open()
        ann, bob, cyn = [await self._meet(who) for who in ("ann", "bob", "cyn")]
        await self._refuse("cyn")
        await self._lunch(ann, bob, cyn)
        await self._crowd(cyn)
        await self._near_by()
        await self._coupon()
        await self._monthly_card()
        await self._withdrawn(bob)
        await self._reach()
        await self._seen_by_the_bank()
        await self._leaves()
        told = await self._ledger(before)
        took = sorted(self.visible_ms)
        p99 = took[max(0, -(-len(took) * 99 // 100) - 1)]
        self._check("offer visible p99", p99 <= VISIBLE_P99_MS)
        return {
            "story": "district",
            "visible_p50_ms": round(took[len(took) // 2], 1),
            "visible_p99_ms": round(p99, 1),
            "visible_max_ms": round(took[-1], 1),
            "reached_ms": self.reached_ms,
            "payments": self._paid,
            "redemptions": self._redeemed,
            **told,
            "checks": self.checks,
        }

    def _check(self, what: str, good: bool) -> None:
        self.checks[what] = bool(good)

    # -- the district ------------------------------------------------------------------------

    async def _ask(self, app: App, action: str, party: str, role: str, **given: Any) -> Answer:
        self._keys += 1
        kind = "queries" if action in QUERIES else "actions"
        path = f"/v1/{SCENE}/{kind}/{action}"
        body = json.dumps(given).encode()
        return await app.send(
            Message("POST", path, body, key=f"story-{self._keys}", party=party, role=role)
        )

    async def _do(self, app: App, action: str, party: str, role: str, **given: Any) -> Any:
        done = await self._ask(app, action, party, role, **given)
        assert done.status == 200, (action, done)
        return done.body

    async def _put(self, app: App, path: str, body: Any, **more: Any) -> None:
        self._keys += 1
        message = Message("PUT", path, json.dumps(body).encode(), key=f"put-{self._keys}", **more)
        answer = await app.send(message)
        assert answer.status == 200, (path, answer)

    async def _enrol(self, who: str, role: str, bound: str | None = None) -> None:
        order = {"role": role, "name": f"故事 {who}"} | ({"bound_to": bound} if bound else {})
        await self._put(self.core, f"/v1/{SCENE}/parties/{who}", order)

    async def _open(self) -> None:
        """Noon; merchants join, the bank admits them, they open offers."""
        say("商户入驻并发放优惠", "merchants join and open offers")
        told = await self.core.get("/v1/sandbox/clock")
        now = parse_time(told["now"]).astimezone(zone_of(ZONE))
        noon = now.replace(hour=12, minute=0, second=0, microsecond=0)
        noon += timedelta(days=1) if noon <= now else timedelta()
        await self._put(self.core, "/v1/sandbox/clock", {"now": format_time(noon)})
        day = noon.date().isoformat()
        for cell in (CELL, ELSEWHERE):
            await self._do(self.core, "open_area", BANK, "bank", area=cell)
        for name, (north, east, cell) in STORES.items():
            await self._enrol(name, "merchant")
            await self._enrol(f"{name}-till", "till", name)
            given = {"store": f"S-{name}", "title": name, "category": "food", "area": cell}
            await self._do(self.shops, "join", name, "merchant", **given, lat_e5=north, lon_e5=east)
            offer = {"offer": f"F-{name}", "store": f"S-{name}", "title": "80 抵 100",
                     "price": COUPON, "worth": "100.00", "starts": day, "until": day,
                     "quantity": 50}  # fmt: skip
            early = await self._ask(self.shops, "open_offer", name, "merchant", **offer)
            self._check("nobody sells before admission", early.status == 422)
            await self._do(self.core, "admit_store", BANK, "bank", store=f"S-{name}")
            await self._do(self.shops, "open_offer", name, "merchant", **offer)

    async def _meet(self, who: str) -> ScenePage:
        """A cardholder with money, and their page of the scene."""
        await self._enrol(who, "cardholder")
        self.people.append(who)
        await self._do(self.h5, "bring_money", who, "cardholder", amount="1000.00")
        self._keys += 1
        body = json.dumps({"scene": SCENE, "page": PAGE, "party": who}).encode()
        token = await self.h5.send(Message("POST", "/h5/token", body, key=f"token-{who}"))
        assert token.status == 200, token
        return ScenePage(self.bank.wire, f"/h5/{TENANT}/{SCENE}/{PAGE}", token.body["token"])

    async def _refuse(self, who: str) -> None:
        path = f"/v1/{SCENE}/consents/{who}/recommendations"
        await self._put(self.h5, path, {"granted": False}, party=who, role="cardholder")

    async def _pay(self, who: str, *, in_shop: bool = False) -> None:
        """One order at the noodle shop, paid either way."""
        order = f"O-{who}"
        given = {"order": order, "store": "S-noodles", "price": PRICE}
        await self._do(self.h5, "place_order", who, "cardholder", **given)
        if in_shop:
            await self._do(self.shops, "pay_in_shop", "noodles-till", "till", order=order)
        else:
            await self._do(self.h5, "pay_online", who, "cardholder", order=order)
        self._paid += 1

    async def _visible(self, page: ScenePage) -> str:
        """The page once an offer stands there; the time from the payment's answer, which comes
        after its commit, is kept."""
        began = time.perf_counter()
        while time.perf_counter() - began < PATIENCE_S:
            shown = await page.look()
            if CARD in shown.text:
                self.visible_ms.append((time.perf_counter() - began) * 1_000)
                return shown.text
            await asyncio.sleep(PAUSE_S)
        self.visible_ms.append(PATIENCE_S * 1_000)
        return ""

    # -- noon ----------------------------------------------------------------------------------

    async def _lunch(self, ann: ScenePage, bob: ScenePage, cyn: ScenePage) -> None:
        say("中午刷卡，周边优惠即时可见", "payments at noon, offers a moment later")
        self._check("nothing is offered before a payment", CARD not in (await ann.look()).text)
        # Who refused pays first: once the others have their offers, hers would be there too.
        await self._pay("cyn")
        await self._pay("ann")
        seen = await self._visible(ann)
        self._check("after a payment online a coupon, with the reason",
                    "周边商户有优惠券可领" in seen)  # fmt: skip
        await self._pay("bob", in_shop=True)
        seen = await self._visible(bob)
        self._check("after a payment in the shop a monthly card", "月卡每次都有优惠" in seen)
        twice = await self._ask(self.shops, "pay_in_shop", "noodles-till", "till", order="O-ann")
        self._check("what was paid online is not paid in the shop again", twice.status == 409)
        self._check("who refused recommendations gets none", CARD not in (await cyn.look()).text)

    async def _crowd(self, cyn: ScenePage) -> None:
        """More who pay, one after the other, each timed."""
        for number in range(PAYERS):
            who = f"payer-{number}"
            page = await self._meet(who)
            await self._pay(who, in_shop=number % 2 == 1)
            await self._visible(page)
        self._check("and none later either", CARD not in (await cyn.look()).text)

    async def _near_by(self) -> None:
        found = await self._do(self.h5, "around_order", "ann", "cardholder", order="O-ann")
        self._check("merchants around the purchase, newest first, and none from elsewhere",
                    found["offers"] == ["F-coffee", "F-noodles"])  # fmt: skip
        other = await self._ask(self.h5, "around_order", "bob", "cardholder", order="O-ann")
        self._check("nobody asks of another's purchase", other.status == 403)

    # -- benefits ------------------------------------------------------------------------------

    async def _coupon(self) -> None:
        say("领券、核销、记手续费", "a coupon is taken and redeemed, the fee is booked")
        fees = await self._balance("benefit_fees", BANK)
        given = {"offer": "F-noodles", "coupon": "C-ann"}
        await self._do(self.h5, "take_coupon", "ann", "cardholder", **given)
        self._check("what was paid for it waits under supervision",
                    await self._balance("prepaid", "noodles") == COUPON)  # fmt: skip
        thief = await self._ask(self.shops, "redeem_coupon", "coffee", "merchant", coupon="C-ann")
        self._check("another merchant cannot redeem it", thief.status == 403)
        await self._do(self.shops, "redeem_coupon", "noodles-till", "till", coupon="C-ann")
        self._redeemed += 1
        again = await self._ask(self.shops, "redeem_coupon", "noodles", "merchant", coupon="C-ann")
        self._check("a code is good once", again.status == 409)
        after = parse_money(await self._balance("benefit_fees", BANK), CURRENCY)
        self._check("the bank's fee is booked", after - parse_money(fees, CURRENCY) == 50)
        self._check("nothing waits any more", await self._balance("prepaid", "noodles") == "0.00")

    async def _monthly_card(self) -> None:
        plan = {"plan": "P-noodles", "store": "S-noodles", "title": "午餐月卡", "per_use": USE,
                "uses": 10}  # fmt: skip
        await self._do(self.shops, "open_plan", "noodles", "merchant", **plan)
        await self._do(self.h5, "buy_pass", "payer-1", "cardholder",
                       **{"pass": "M-1", "plan": "P-noodles"})  # fmt: skip
        used = await self._do(self.shops, "use_pass", "noodles-till", "till", **{"pass": "M-1"})
        self._redeemed += 1
        self._check("a monthly card is used by its code", used["left"] == 9)
        await self._do(self.h5, "give_back_pass", "payer-1", "cardholder", **{"pass": "M-1"})
        self._check("what was not used comes back",
                    await self._balance("card", "payer-1") == "785.00")  # fmt: skip

    async def _withdrawn(self, bob: ScenePage) -> None:
        await self._refuse("bob")
        self._check("an offer goes with the permission", CARD not in (await bob.look()).text)

    async def _reach(self) -> None:
        """A campaign of the bank speaks after a payment, by push or by a call."""
        say("支付后推送或外呼", "after a payment a push, or a call")
        crm, chief = self.bank.app("campaigns"), self.bank.app("campaigns-approval")
        for where, body in (("contact_rules", RULES), ("campaigns/after_lunch", CAMPAIGN)):
            own, done = await propose_and_approve(crm, chief, where, body)
            self._check(f"{where}: by two", (own.status, done.status) == (403, 200))
        await self._meet("dan")
        await self._meet("eve")
        for who, in_shop, channel in (("dan", False, "push"), ("eve", True, "call")):
            await self._pay(who, in_shop=in_shop)
            began = time.perf_counter()
            way = None
            while way is None and time.perf_counter() - began < PATIENCE_S:
                told = await crm.get(f"/v1/offers?customer={who}")
                ways = [each["delivery"] for each in told["data"] if "/" in each["moment"]]
                way = next((each for each in ways if each and each["state"] == "sent"), None)
                await asyncio.sleep(PAUSE_S)
            self.reached_ms[channel] = round((time.perf_counter() - began) * 1_000, 1)
            self._check(f"a payment is followed by a {channel} within a second",
                        way is not None and way["channel"] == channel
                        and self.reached_ms[channel] <= VISIBLE_P99_MS)  # fmt: skip

    async def _seen_by_the_bank(self) -> None:
        """The district as the bank sees it, and nobody else."""
        path = f"/v1/{SCENE}/district"
        told = await self.core.get(path)
        found = {each["key"]: each for each in told["merchants"]}
        noodles = found["S-noodles"]
        turnover = parse_money(noodles["turnover"], CURRENCY)
        self._check("the district: orders and offers of a merchant",
                    (noodles["orders"], turnover, len(noodles["offers"])) ==
                    (self._paid, self._paid * parse_money(PRICE, CURRENCY), 1))  # fmt: skip
        self._check("the district: what was redeemed", noodles["acts"].get("redeem_coupon") == 1
                    and noodles["acts"].get("use_pass") == 1)  # fmt: skip
        fees = self._paid * parse_money(PRICE, CURRENCY) * 6 // 1000
        fees += self._redeemed * parse_money(FEE, CURRENCY)
        self._check("the district: the bank's fees", parse_money(told["fees"], CURRENCY) == fees)
        people = [each for each in told["circles"]["cells"] if each["kind"] != "business"]
        self._check("the district: of persons who allowed nothing, nothing", people == [])
        other = await self.shops.send(Message("GET", path, party="noodles", role="merchant"))
        self._check("the district: not for merchants", other.status == 403)

    async def _leaves(self) -> None:
        """A merchant leaves: what was not used goes back."""
        await self._do(
            self.h5, "take_coupon", "bob", "cardholder", offer="F-noodles", coupon="C-bob"
        )
        held = await self._balance("card", "bob")
        await self._do(self.shops, "leave", "noodles", "merchant", store="S-noodles")
        for _ in range(int(PATIENCE_S / PAUSE_S)):
            if await self._balance("card", "bob") != held:
                break
            await asyncio.sleep(PAUSE_S)
        self._check("who leaves gives back what was not used",
                    await self._balance("card", "bob") == "800.00")  # fmt: skip
        order = {"order": "O-late", "store": "S-noodles", "price": "1.00"}
        late = await self._ask(self.h5, "place_order", "ann", "cardholder", **order)
        self._check("and sells nothing more", late.status == 422)

    # -- the ledger ----------------------------------------------------------------------------

    async def _balance(self, account: str, party: str) -> str:
        told = await self.core.get(f"/v1/{SCENE}/accounts/{account}/{party}")
        return str(told["balance"])

    async def _books(self) -> dict[tuple[str, str], int]:
        """The accounts of everybody in the story, and of the bank, in minor units."""
        names = [(account, BANK) for account in BOOKS]
        names += [("card", who) for who in self.people]
        if self.people:
            names += [(account, store) for account in OURS for store in STORES]
        return {name: parse_money(await self._balance(*name), CURRENCY) for name in names}

    async def _ledger(self, before: dict[tuple[str, str], int]) -> dict[str, Any]:
        after = await self._books()
        moved = {name: minor - before.get(name, 0) for name, minor in after.items()}
        self._check("the ledger: what one has another has given", sum(moved.values()) == 0)
        benefits, cards = moved["benefit_fees", BANK], moved["card_fees", BANK]
        fee = parse_money(FEE, CURRENCY)
        self._check("the ledger: a fee for each redemption", benefits == fee * self._redeemed)
        price = parse_money(PRICE, CURRENCY)
        self._check("the ledger: a fee of each payment", cards == self._paid * price * 6 // 1000)
        path = f"/v1/{SCENE}/accounts/benefit_fees/{BANK}/entries?limit=200"
        entries = (await self.core.get(path))["data"]
        lines = sum(parse_money(each["amount"], CURRENCY) for each in entries)
        self._check("the ledger: the income account has a line for each",
                    lines == benefits and len(entries) == self._redeemed)  # fmt: skip
        waits = sum(after["prepaid", store] for store in STORES)
        self._check("the ledger: nobody's money stays behind", waits == 0)
        return {
            "benefit_fees": format_money(benefits, CURRENCY),
            "card_fees": format_money(cards, CURRENCY),
        }
