"""Story `loop`: two cycles of the seven steps, and what the policy that was taken changes; then
campaigns to acquire, to keep and to activate as one plan, and pushes that meet the night. What the
bank keeps of all that it said is counted by a checker of its own.

Over HTTP and the pages alone, on a sandbox of its own. Everything is read back; whatever is not as
it should be makes the exit code 1.
"""

from __future__ import annotations

import argparse
import asyncio
from datetime import datetime, timedelta
from typing import Any

from enscene.cli._loop_bank import CARD, SCENE, TENANT, ZONE, TravelBank
from enscene.cli._loop_checker import check_kept, checks_of
from enscene.cli._loop_kept import read_kept
from enscene.cli._loop_night import FATIGUE, QUIET, Night
from enscene.cli._loop_people import Person, Truth, people_of
from enscene.cli._loop_plan import TAKES_ONE_IN, Plan
from enscene.cli._loop_reckoning import Difference, change_of, lot_holds
from enscene.cli._say import say
from enscene.cli._story_report import tell_report
from enscene.cli._story_sandbox import Sandbox, sandbox
from enscene.engagement.loops import STEPS
from enscene.kernel.clock import local_day, parse_time
from enscene.kernel.money import format_money, parse_money

HELP = "七步闭环两期：学到的策略与对照之差 · two cycles of the loop against a control group"
REF, SEED, CURRENCY = "on_the_road", 1, "CNY"
PEOPLE, DAYS, WEEK = 400, 2, timedelta(days=7)
"""So many come in each of the two weeks, on its first days, and nobody in both: what the cycles bring
has nothing in common but the truth."""
HOURS = {"noon": 12, "evening": 20}
HOLDOUT, CAP, EFFECTIVE_LEAST = 200, 2, 100
ON_PAGES, NIGHT = 8, 20
PRODUCTS = {"card": "monthly_card", "coupon": "coupon"}
RULES: dict[str, Any] = {
    "caps": [{"times": CAP, "within": "7d"}], "quiet": QUIET, "fatigue": FATIGUE, "holdout": 0,
}  # fmt: skip
MONTHLY = {"zh": "出行月卡", "en": "A travel card for the month"}
COUPON = {"zh": "下次行程减 5 元", "en": "5.00 off your next trip"}
OFTEN = {"zh": "常出行，次次省", "en": "Cheaper for whoever travels often"}
BOOKED = {"zh": "您刚订了行程", "en": "You have just booked a trip"}
FUND, COST = "4000.00", "5.00"
Decisions = dict[str, list[dict[str, Any]]]


def campaign(first: datetime) -> dict[str, Any]:
    """Two offers of one value after each booking, for two weeks from a day on."""
    day = local_day(first, ZONE)
    equal = {"value": "60.00", "cost": COST, "expected": 0.3, "channels": ["h5"]}
    return {
        "title": {"zh": "一路同行", "en": "On the road"}, "owner": "story", "line": "retail",
        "purpose": "activate", "starts": day.isoformat(),
        "ends": (day + 2 * WEEK - timedelta(days=1)).isoformat(),
        "budget": FUND, "holdout": HOLDOUT,
        "moments": {"booked": {"after": [f"{SCENE}.book_package"], "offer": ["card", "coupon"]}},
        "offers": {
            "card": {"title": MONTHLY, "reason": OFTEN, "product": PRODUCTS["card"],
                     "gives": "monthly_card", **equal},
            "coupon": {"title": COUPON, "reason": BOOKED, "product": PRODUCTS["coupon"],
                       "gives": "coupon", **equal},
        },
    }  # fmt: skip


def play(arguments: argparse.Namespace) -> int:
    """Play it; 1 when something was not as it should be."""
    return tell_report(asyncio.run(_play()), one_line=arguments.json)


async def _play() -> dict[str, Any]:
    async with sandbox() as bank:
        return await Story(bank).play()


class Story(TravelBank):
    """A bank with one campaign, and two weeks of travellers."""

    def __init__(self, bank: Sandbox, seed: int = SEED, truth: Truth | None = None) -> None:
        super().__init__(bank)
        self.seed, self.truth = seed, truth or Truth()

    async def play(self) -> dict[str, Any]:
        """All of it, in order."""
        first = await self.midnight()
        say("注资、提出并批准营销活动", "the pool is filled, a campaign proposed and approved")
        await self.fund(FUND)
        await self.approve("contact_rules", RULES)
        await self.approve(f"campaigns/{REF}", campaign(first))
        cycles, people, begins = [], list[Person](), first
        for number in (1, 2):
            say(f"第 {number} 期：{PEOPLE} 位客户", f"cycle {number}: {PEOPLE} customers")
            people = people_of(self.seed, number, PEOPLE, DAYS, self.truth)
            said = await self._week(people, begins)
            begins += WEEK
            await self.to(begins + timedelta(minutes=1))
            cycles.append(await self._cycle(number, people, said))
        change = self._compare(cycles)
        await self._costs(cycles)
        later = Plan(self, people)
        plan = await later.play(begins + timedelta(days=1))
        takers = later.people[::TAKES_ONE_IN]
        silent = [who for who in later.people if who not in takers]
        night = await Night(self, takers[:NIGHT], silent[:NIGHT]).play(begins + timedelta(days=9))
        kept = await self._kept(sum(each["said"] for each in (*cycles, *plan, night)))
        return {
            "story": "loop", "seed": self.seed, "people_a_cycle": PEOPLE, "currency": CURRENCY,
            **kept, "change": change, "cycles": cycles, "plan": plan, "night": night,
            "checks": self.checks,
        }  # fmt: skip

    # -- a week --------------------------------------------------------------------------------

    async def _week(self, people: list[Person], begins: datetime) -> Decisions:
        """They come, noon and evening; what was decided for each of them."""
        for person in people:  # one after the other: lots are drawn by the numbers they get
            await self.enrol(person.ref)
        await self.each((each.ref for each in people if not each.allows), self.forbid)
        for day in range(DAYS):
            for habit, hour in HOURS.items():
                now = [each for each in people if (each.day, each.habit) == (day, habit)]
                await self._come(now, begins + timedelta(days=day, hours=hour))
        told = await self.each(people, lambda each: self.decided(each.ref, each.bookings))
        return {person.ref: found for person, found in zip(people, told, strict=True)}

    async def _come(self, people: list[Person], at: datetime) -> None:
        """They book, answer what they are offered, and some open what they like unasked."""
        await self.to(at)
        await self.each(people, self._book)
        await self.to(at + timedelta(minutes=20))
        await self.each(people[:ON_PAGES], self._answer_on_page)
        await self.each(people[ON_PAGES:], self._answer)
        await self.to(at + timedelta(hours=2))
        await self.each((each for each in people if each.unasked), self._by_themselves)

    async def _book(self, person: Person) -> None:
        for number in range(person.bookings):
            await self.book(person.ref, str(number), twice=person.bookings > 1)

    async def _answer(self, person: Person) -> None:
        """Through a program of the bank."""
        found = await self.decided(person.ref, person.bookings)
        offer = next((each for each in found if each["state"] == "offered"), None)
        if offer is None:
            return
        takes = person.takes(_name(offer), self.truth)
        await self.answer(person.ref, offer["id"], "taken" if takes else "refused")
        if takes:
            await self.open(person.ref, offer["product"])

    async def _answer_on_page(self, person: Person) -> None:
        """By the buttons of the scene's page."""
        found = await self.decided(person.ref, person.bookings)
        offers = {each["id"]: each for each in found if each["state"] == "offered"}
        page = await self.page(person.ref)
        stands = (await page.look()).all(CARD)
        newest = {_name(offer): name for name, offer in reversed(offers.items())}
        self.check("what was decided stands on its customer's page once, and nothing else",
                   sorted(stands) == sorted(newest.values()))  # fmt: skip
        if not stands:
            return
        offer = offers[stands[0]]
        takes = person.takes(_name(offer), self.truth)
        after = await page.press(f"/offers/{'taken' if takes else 'refused'}", offer=offer["id"])
        self.check("what was answered is gone from the page",
                   after.status == 200 and offer["id"] not in after.all(CARD))  # fmt: skip
        if takes:
            await self.open(person.ref, offer["product"])

    async def _by_themselves(self, person: Person) -> None:
        product = PRODUCTS[person.taste]
        if product not in await self.holds(person.ref):
            await self.open(person.ref, product)

    # -- what came of it -----------------------------------------------------------------------

    async def _cycle(self, number: int, people: list[Person], said: Decisions) -> dict[str, Any]:
        told = dict(await self.crm.get(f"/v1/campaigns/{REF}/cycles/{number}"))
        steps = {each["step"]: each for each in told["steps"]}
        self.check("a cycle has an id and its seven steps in their order",
                   tuple(steps) == STEPS and len(told["id"]) == 36)  # fmt: skip
        self.check("each step has its days, its owner and its outcome",
                   all(each["began"] <= each["ended"] and each["owner"] and each["outcome"]
                       for each in told["steps"]))  # fmt: skip
        self.check("a cycle is seven days, and over", told["closed_at"] is not None
                   and parse_time(told["ends"]) - parse_time(told["began"]) == WEEK)  # fmt: skip
        offered = [each for found in said.values() for each in found if each["state"] != "none"]
        taken = sum(each["state"] == "taken" for each in offered)
        counts = {name: each["outcome"] for name, each in steps.items()}
        self.check("the cycle counts what was said and taken", (len(offered), taken)
                   == (counts["reach"]["said"], counts["feedback"]["taken"]))  # fmt: skip
        held = self._rules_kept(people, said)
        self.check("the cycle counts whom the lot held out",
                   counts["identify"]["held"] == held == told["difference"]["held_out"])  # fmt: skip
        allowed = sum(each.allows for each in people)
        self.check("control is as large as the lot makes it",
                   not told["difference"]["uneven"] and lot_holds(held, allowed, HOLDOUT))  # fmt: skip
        fits = [_name(each) == person.taste for person in people for each in said[person.ref]
                if each["state"] != "none"]  # fmt: skip
        return told | {
            "said": len(offered), "taken": taken, "fits": round(sum(fits) / max(1, len(fits)), 3),
        }  # fmt: skip

    def _rules_kept(self, people: list[Person], said: Decisions) -> int:
        """How many the lot held out."""
        held = 0
        for person in people:
            found = said[person.ref]
            whys = {why for each in found for why in each["suppressed"].values()}
            offered = sum(each["state"] != "none" for each in found)
            self.check("one decision for each order, however often it was sent",
                       len(found) == person.bookings)  # fmt: skip
            if not person.allows:
                self.check("who took their consent back gets nothing, and it says why",
                           not offered and whys == {"consent"})  # fmt: skip
            elif "campaign_holdout" in whys:
                held += 1
                self.check("who is held out is told nothing", not offered)
            else:
                self.check("everybody else gets an offer, and none above the caps",
                           offered == min(CAP, person.bookings)
                           and ("cap" in whys) == (person.bookings > CAP))  # fmt: skip
        return held

    def _compare(self, cycles: list[dict[str, Any]]) -> dict[str, Any]:
        """What a customer of the second cycle brought more than control, against the first one."""
        first, second = cycles
        learnt = first["comparison"]
        self.check("what was learnt was compared by a log that can tell",
                   learnt["decisions"] == first["said"]
                   and learnt["effective"] >= EFFECTIVE_LEAST)  # fmt: skip
        self.check("it would have earned more, and was taken",
                   (first["verdict"], learnt["why"]) == ("taken", "better"))  # fmt: skip
        self.check("the next cycle serves what the first has learnt",
                   0 < first["version_after"] == second["version_before"])  # fmt: skip
        self.check("the second cycle tells the difference of the first",
                   second["difference_before"] == first["difference"])  # fmt: skip
        before, after = (Difference.of(each["difference"]) for each in cycles)
        change = change_of(before, after)
        self.check("both cycles bring more than control", min(before.low, after.low) > 0)
        self.check("the second brings more than the first, by its whole interval", change.low > 0)
        self.check("more customers are offered what they like", second["fits"] > first["fits"])
        return {
            "before": before.to_json(), "after": after.to_json(), "more": change.to_json(),
            "taken_in_cycle": first["number"],
        }  # fmt: skip

    async def _costs(self, cycles: list[dict[str, Any]]) -> None:
        ledger = await self.crm.get("/v1/benefits")
        spent = sum(parse_money(each["spent"], CURRENCY) for each in ledger["lines"]
                    if each["campaign"] == REF)  # fmt: skip
        taken = sum(each["taken"] for each in cycles)
        self.check("what was taken is what the line has paid, and the books sum",
                   ledger["sums"] and spent == taken * parse_money(COST, CURRENCY))  # fmt: skip
        say(f"补贴 {format_money(spent, CURRENCY)}", f"subsidies {format_money(spent, CURRENCY)}")

    async def _kept(self, told: int) -> dict[str, Any]:
        """What the tables hold, counted by the checker."""
        kept = await read_kept(self.bank.home, TENANT)
        found = check_kept(kept)
        for what, good in checks_of(kept, found, told).items():
            self.check(what, good)
        say(f"台账中 {found.deliveries} 次触达，违规 {found.in_all}",
            f"{found.deliveries} deliveries kept, {found.in_all} against the rules")  # fmt: skip
        return {
            "violations": found.violations, "violations_in_all": found.in_all,
            "deliveries": found.deliveries, "customers": found.customers,
            "held_back": kept.held_back,
        }  # fmt: skip


def _name(offer: dict[str, Any]) -> str:
    return next(name for name, product in PRODUCTS.items() if product == offer["product"])
