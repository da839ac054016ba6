"""The last part of story `loop`: campaigns to acquire, to keep and to activate, as one plan over one set
of customers. No customer hears two things at once, and the results stand in one place."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from enscene.cli._loop_bank import SCENE, ZONE, TravelBank
from enscene.cli._loop_people import Person
from enscene.cli._say import say
from enscene.kernel.clock import local_day

PEOPLE, BOOKINGS, TAKES_ONE_IN = 100, 2, 3
CAP = 2
OFFERS = {
    "acquire": ("first_step", "welcome", {"zh": "新客礼", "en": "A welcome"}),
    "keep": ("stay_on", "thanks", {"zh": "老客礼", "en": "A thank you"}),
    "activate": ("more_often", "second_trip", {"zh": "再出发", "en": "For the second trip"}),
}
"""By purpose: the campaign, its benefit, and what is said."""
HOLDS = "('monthly_card' in customer.products || 'coupon' in customer.products)"
AFTER = {"after": [f"{SCENE}.book_package"]}
AGAIN = {"count": {"of": [f"{SCENE}.book_package"], "at_least": BOOKINGS, "within": "1d"}}
MOMENTS: dict[str, dict[str, Any]] = {
    "acquire": {**AFTER, "if": f"!{HOLDS}"}, "keep": {**AFTER, "if": HOLDS}, "activate": AGAIN,
}  # fmt: skip


def campaigns(first: datetime) -> dict[str, dict[str, Any]]:
    """Three, by ref, for a week from a day on. All of them might speak after the second booking."""
    day = local_day(first, ZONE)
    found = {}
    for purpose, (ref, benefit, title) in OFFERS.items():
        found[ref] = {
            "title": title, "owner": "story", "line": "retail", "purpose": purpose,
            "starts": day.isoformat(), "ends": (day + timedelta(days=6)).isoformat(),
            "budget": "1000.00", "holdout": 0,
            "moments": {"m": {**MOMENTS[purpose], "offer": ["gift"]}},
            "offers": {"gift": {"title": title, "reason": title, "benefit": benefit, "value": "20.00",
                                "cost": "2.00", "gives": "points", "channels": ["h5"]}},
        }  # fmt: skip
    return found


class Plan:
    """Three campaigns, and those who have come before."""

    def __init__(self, bank: TravelBank, people: list[Person]) -> None:
        self.bank = bank
        self.people = [each.ref for each in people if each.allows and each.bookings == 1][:PEOPLE]
        self.said: dict[str, list[dict[str, Any]]] = {}

    async def play(self, begins: datetime) -> list[dict[str, Any]]:
        """From midnight of a day on; the results as the API tells them."""
        say("获客、留客、活客一盘棋", "acquire, keep and activate as one plan")
        bank, plan = self.bank, campaigns(begins)
        for ref, body in plan.items():
            await bank.approve(f"campaigns/{ref}", body)
        held = dict(zip(self.people, await bank.each(self.people, bank.holds), strict=True))
        for number in range(BOOKINGS):
            at = begins + timedelta(days=1, hours=12 + number)
            await bank.to(at)
            await bank.each(self.people, partial(bank.book, booking=f"plan-{number}"))
        await bank.to(begins + timedelta(days=1, hours=16))
        for who, found in zip(
            self.people, await bank.each(self.people, self._decided), strict=True
        ):
            self._one_at_a_time(who, found, purpose_of(held[who]))
        takers = list(enumerate(self.people[::TAKES_ONE_IN]))
        await bank.each(takers, lambda each: self._take(each[1], each[0] % BOOKINGS))
        await bank.to(begins + timedelta(days=7, minutes=1))
        return await self._results(plan)

    async def _decided(self, who: str) -> list[dict[str, Any]]:
        """Of this plan alone, the newest first."""
        count = BOOKINGS
        while True:
            found = await self.bank.decided(who, count)
            own = [each for each in found if each["moment"].partition("/")[0] in REFS]
            if len(own) >= BOOKINGS or len(found) < count:
                return own
            count = len(found) + BOOKINGS - len(own)

    def _one_at_a_time(self, who: str, found: list[dict[str, Any]], first: str) -> None:
        """After the first booking one campaign has something to say, after the second one two."""
        check, own, again = self.bank.check, f"{first}/gift", "more_often/gift"
        offered = [each for each in found if each["state"] != "none"]
        self.said[who] = offered
        check("three campaigns make one decision for each booking", len(found) == BOOKINGS)
        check("and say one thing at a time, none above the caps",
              len({each["at"] for each in offered}) == len(offered) <= CAP)  # fmt: skip
        if len(found) != BOOKINGS:
            return
        second, begun = found
        check("who has nothing yet is acquired, who holds something is kept",
              begun["moment"].startswith(f"{first}/") and begun["state"] != "none")  # fmt: skip
        heard = {again, own} - {f"{second['moment'].partition('/')[0]}/gift"}
        check("after the second booking two might speak, and why one does not is kept",
              second["state"] != "none" and heard <= set(second["suppressed"]))  # fmt: skip

    async def _take(self, who: str, which: int) -> None:
        """The newest of what they were offered (0), or the one before it (1)."""
        for offer in self.said[who][which : which + 1]:
            await self.bank.answer(who, offer["id"], "taken")
            offer["state"] = "taken"

    async def _results(self, plan: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        told = await self.bank.crm.get("/v1/campaigns/results")
        rows = {each["purpose"]: each for each in told["data"]}
        self.bank.check("results stand in one place, by purpose", tuple(rows) == tuple(OFFERS))
        everything = [each for found in self.said.values() for each in found]
        found = []
        for purpose, (ref, _, _) in OFFERS.items():
            own = [each for each in everything if each["moment"].startswith(f"{ref}/")]
            one = next(each for each in rows[purpose]["campaigns"] if each["ref"] == ref)
            taken = sum(each["state"] == "taken" for each in own)
            self.bank.check("each campaign's result is what its customers were told and took",
                            (one["said"], one["taken"]) == (len(own), taken))  # fmt: skip
            self.bank.check("and each has closed its cycle",
                            (one["last_cycle"] or {}).get("number") == 1)  # fmt: skip
            self.bank.check("each of the three has spoken, and was listened to", taken > 0)
            found.append({"purpose": purpose, **one})
        return found


REFS = frozenset(ref for ref, _, _ in OFFERS.values())


def purpose_of(held: set[str]) -> str:
    """The campaign that speaks first to a customer with these products."""
    return OFFERS["keep" if held & {"monthly_card", "coupon"} else "acquire"][0]
