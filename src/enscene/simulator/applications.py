"""Customers who apply for credit in a scene, and what must hold of every step.

Whether somebody is approved is the bank's own policy, which is not written a second time here. The
rest is judged: the fact is the thing as the model has it, the price is that of the shelf to the
minor unit, whoever is outside a rule of the product is refused for just that, every state allows
its own steps alone, and nothing but the right code signs.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from enscene.kernel.money import format_money, parse_money
from enscene.simulator.book import Book, hidden
from enscene.simulator.client import App, Message
from enscene.simulator.knowledge import broken
from enscene.simulator.phone import Phone
from enscene.simulator.quotes import application_quote, costs, without_cost, worth_of
from enscene.simulator.request import CONFLICT, REFUSED, Answer
from enscene.simulator.shelf_round import Bank
from enscene.simulator.tally import Tally
from enscene.simulator.wire import Wire
from enscene.simulator.world import Thing

ANSWERS = ("approved", "refused", "referred")
PAGE = 200
CODES = 10**6
OUTSIDE = "eligible_"
"""How the reasons begin that name a rule of the product."""
_SAID = "我想和客户经理确认一下"
Send = Callable[[App, Message], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An application that somebody will make: of which product, about which thing. `given` is
    what they can say (`months`, `income`), `then` how they go on."""

    scene: str
    product: str
    party: str
    role: str
    thing: str
    key: str
    given: Mapping[str, Any]
    then: str

    def __str__(self) -> str:
        return (
            f"{self.scene}: {self.party} applies for {self.product} about {self.thing} {self.key}"
        )


@dataclass(frozen=True, slots=True)
class Counter:
    """What all applicants share: `app` asks for customers, `bank` sees everything, `send` puts a
    message on the wire, `key` makes keys, `today` is the day in the zone of the city."""

    app: App
    bank: Bank
    wire: Wire
    send: Send
    key: Callable[[], str]
    tally: Tally
    today: date


class Applicant:
    """One application, from its beginning to the end that its customer wants. `twice` sends the
    first request twice, `mistyped` enters a wrong code first."""

    def __init__(
        self, counter: Counter, book: Book, wanted: Wanted, *, twice: bool, mistyped: bool
    ) -> None:
        self._at = counter
        self._book = book
        self._wanted = wanted
        self._twice = twice
        self._mistyped = mistyped
        self._ref = ""

    async def apply(self, thing: Thing) -> None:
        """Begin, and go on. `thing` is what the application is about, as the model has it."""
        told = await self._begin(thing)
        if told is None:
            return
        self._count("begun")
        if self._wanted.then == "leave":
            self._count("left")
            return
        state = await self._decide(told["missing"])
        if state is None:
            return
        self._count(state)
        if state == "refused":
            await self._must_not("confirm", {"code": "000000"})
        elif self._wanted.then == "give_up":
            await self._give_up()
        elif self._wanted.then == "call_in":
            await self._call_in()
        elif state == "approved":
            await self._sign()

    # -- steps -----------------------------------------------------------------------------

    async def _begin(self, thing: Thing) -> Mapping[str, Any] | None:
        wanted = self._wanted
        body: dict[str, Any] = {
            "product": wanted.product, "about": {"thing": wanted.thing, "key": wanted.key},
        }  # fmt: skip
        if "months" in wanted.given:
            body["months"] = wanted.given["months"]
        message = self._message(f"/v1/{wanted.scene}/applications", body)
        sent = [self._at.send(self._at.app, message) for _ in range(1 + self._twice)]
        first, *again = sorted(await asyncio.gather(*sent), key=lambda answer: answer.replayed)
        for second in again:
            same = second.replayed and second.body.get("id") == first.body.get("id")
            self._check(same, "begun once", f"the same again: {first}", second)
        good = first.status == 200 and first.body["state"] == "begun"
        if not self._check(good, "begin", "200 begun", first):
            return None
        told = first.body
        self._ref = str(told["id"])
        said = {"customer": told["customer"], "contract": told["contract"], **_fact(told)}
        right = {
            "customer": wanted.party,
            "contract": None,
            "key": wanted.key,
            "state": thing.state,
            "fields": self._shown(thing),
        }
        self._check(said == right, "the fact of the scene", right, said)
        self._check(self._adds_up(told), "the price adds up", "its parts make the whole",
                    told["quote"])  # fmt: skip
        self._is_of_the_shelf(told, thing)
        able = set(told["missing"]) <= set(wanted.given)
        self._check(able, "asked for", f"at most {sorted(wanted.given)}", told["missing"])
        return told if able else None

    async def _decide(self, missing: list[str]) -> str | None:
        """The answer, once and no more; nothing is decided while something is not known."""
        if missing:
            answer = await self._post("decide", {})
            self._expect(answer, REFUSED, "application.fields_missing", "decide with nothing said")
        fields = {name: self._wanted.given[name] for name in missing}
        answer = await self._post("decide", {"fields": fields})
        state = answer.body.get("state") if answer.status == 200 else None
        good = state in ANSWERS and bool(answer.body["reasons"]) and not answer.body["contract"]
        if not self._check(good, "decide", f"one of {ANSWERS} with reasons", answer):
            return None
        await self._may_have_it(answer)
        await self._must_not("decide", {})
        return str(state)

    async def _give_up(self) -> None:
        for _ in range(2):
            answer = await self._post("give_up", {})
            over = answer.status == 200 and answer.body["state"] == "given_up"
            self._check(over, "give up", "200 given_up", answer)
        await self._must_not("decide", {})
        self._count("given_up")

    async def _call_in(self) -> None:
        answer = await self._post("call_in", {"kind": "chat", "said": _SAID, "insists": True})
        good = answer.status == 200 and not answer.body["automatic"]
        self._check(good, "call in a person", "200 and a task for a person", answer)
        self._count("called_in")

    async def _sign(self) -> None:
        """In the mobile bank, with the code that comes to the telephone."""
        handed = await self._post("handoff", {})
        if not self._check(handed.status == 200, "hand over", "200 and a link", handed):
            return
        phone = Phone(self._at.wire, handed.body["link"])
        shown = await phone.take_over(self._wanted.party)
        self._check(shown.status == 200 and self._ref in shown.text, "handed over",
                    "the page of the application", f"{shown.status} {shown.path}")  # fmt: skip
        code = await phone.ask_code(self._ref)
        self._check(bool(code), "a code", "a message with a code", "none")
        if self._mistyped:
            wrong = await phone.sign(self._ref, f"{(int(code or 0) + 1) % CODES:06d}")
            self._check(wrong.status == REFUSED, "sign with a wrong code", "422", wrong.status)
            self._at.tally.wrong["wrong_code"] += 1
            told = await self._told()
            self._check(told["state"] == "approved", "nothing is signed", "approved", told["state"])
        await phone.sign(self._ref, code)
        self._at.tally.requests += phone.browser.requests
        told = await self._told()
        said = (told["state"], told["contract"] is not None, told["ended_in"])
        right = ("done", True, "bank_app")
        if self._check(said == right, "sign with the right code", right, said):
            await self._is_held(str(told["contract"]), code)
            self._count("signed")

    async def _is_held(self, contract: str, code: str) -> None:
        """Signed again it is the same contract, and the bank has it among the customer's."""
        again = await self._post("confirm", {"code": code})
        self._check(again.body.get("contract") == contract, "confirm again", contract, again)
        held = await self._at.bank.app.get(
            f"/v1/customers/{self._wanted.party}/contracts?state=open"
        )
        self._at.tally.requests += 1
        ours = [each["id"] for each in held["data"] if each["id"] == contract]
        self._check(ours == [contract], "the contract is held once", [contract], ours)

    # -- what must hold --------------------------------------------------------------------

    def _shown(self, thing: Thing) -> dict[str, str]:
        """The fields that a fact tells: not those that say where somebody is."""
        kinds = self._book.fields[self._wanted.thing]
        return {
            name: str(value) for name, value in thing.fields.items()
            if value is not None and not hidden(kinds.get(name, {}))
        }  # fmt: skip

    def _adds_up(self, told: Mapping[str, Any]) -> bool:
        quote, worth = told["quote"], told["fact"]["worth"]
        amount, pays, fee, interest = (
            self._minor(text) for text in (told["amount"], quote["pays"], quote["fee"],
                                           quote["interest"])
        )  # fmt: skip
        parts = [self._minor(each["amount"]) for each in quote["instalments"]]
        asked = self._wanted.given.get("months", told["months"])
        whole = amount + interest + fee == pays and sum(parts) + fee == pays
        fits = worth is None or amount == max(
            self._minor(quote["least"]), min(self._minor(worth), self._minor(quote["most"]))
        )
        return whole and fits and len(parts) == told["months"] == asked

    def _is_of_the_shelf(self, told: Mapping[str, Any], thing: Thing) -> None:
        """The whole quote is what the model makes of the shelf, of the thing and of the wish."""
        wanted, shelf = self._wanted, self._at.bank.shelf
        product = shelf.products[self._book.products[wanted.product]]
        if product.id in shelf.unsure or not product.lends or product.amount is None:
            return
        least, most = product.amount
        worth = worth_of(self._book, wanted.thing, thing)
        amount = least if worth is None else min(worth, most)
        months = wanted.given.get("months", product.usual_months)
        right, loan = application_quote(
            shelf, wanted.scene, product, amount, months, self._at.today
        )
        right |= {
            "product": product.id,
            "amount": format_money(amount, self._book.currency),
            "months": months,
        }
        got = {
            **without_cost(told["quote"]),
            **{name: told[name] for name in ("product", "amount", "months")},
        }
        self._check(got == right, "the price of the shelf", right, got)
        cost = told["quote"]["annual_cost"]
        self._check(costs(cost, loan.cost), "the cost a year", f"{loan.cost:.6%}", cost)

    async def _may_have_it(self, answer: Answer) -> None:
        """Whoever is outside a rule of the product is refused, and told which one."""
        wanted, bank = self._wanted, self._at.bank
        product = bank.shelf.products[self._book.products[wanted.product]]
        surely, maybe = broken(product, await bank.know(wanted.party, self._at.today))
        told = {each["code"] for each in answer.body["reasons"]}
        got = {code.removeprefix(OUTSIDE) for code in told if code.startswith(OUTSIDE)}
        holds = surely <= got <= surely | maybe
        if surely:
            holds = holds and answer.body["state"] == "refused"
            self._count("outside")
        self._check(holds, "who may have it", f"against it: {sorted(surely)}", answer)

    def _minor(self, text: str) -> int:
        return parse_money(text, self._book.currency)

    async def _must_not(self, step: str, body: Mapping[str, Any]) -> None:
        """A step that the state does not allow."""
        self._expect(
            await self._post(step, body), CONFLICT, "application.state", f"{step} too late"
        )

    def _expect(self, answer: Answer, status: int, code: str, what: str) -> None:
        right = (answer.status, answer.body.get("code")) == (status, code)
        self._check(right, what, f"{status} {code}", answer)

    def _check(self, holds: bool, what: str, expected: object, got: object) -> bool:
        self._at.tally.check(holds, f"{self._wanted}: {what}", expected, got)
        return holds

    def _count(self, what: str) -> None:
        self._at.tally.applied(self._wanted.scene)[what] += 1

    # -- asking ----------------------------------------------------------------------------

    async def _post(self, step: str, body: Mapping[str, Any]) -> Answer:
        path = f"/v1/{self._wanted.scene}/applications/{self._ref}/{step}"
        return await self._at.send(self._at.app, self._message(path, body))

    async def _told(self) -> Mapping[str, Any]:
        path = f"/v1/{self._wanted.scene}/applications/{self._ref}"
        self._at.tally.requests += 1
        return await self._at.app.get(path, party=self._wanted.party, role=self._wanted.role)

    def _message(self, path: str, body: Mapping[str, Any]) -> Message:
        said = json.dumps(body, ensure_ascii=False).encode()
        return Message("POST", path, said, self._at.key(), self._wanted.party, self._wanted.role)


def _fact(told: Mapping[str, Any]) -> dict[str, Any]:
    fact = told["fact"] or {}
    return {name: fact.get(name) for name in ("key", "state", "fields")}


async def applied_before(book: Book, bank: App) -> set[tuple[str, str]]:
    """The things of a scene, (type, key), that somebody has applied about already."""
    found: set[tuple[str, str]] = set()
    if not any("apply" in habit for group in book.groups.values() for habit in group.habits):
        return found
    cursor = ""
    while True:
        page = await bank.get(f"/v1/{book.ref}/applications?limit={PAGE}{cursor}")
        facts = [each["fact"] for each in page["data"] if each["fact"] is not None]
        found |= {(fact["thing"], fact["key"]) for fact in facts}
        if not page["has_more"]:
            return found
        cursor = f"&cursor={page['next']}"
