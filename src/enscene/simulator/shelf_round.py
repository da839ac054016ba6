"""At the end of a day the bank asks what it would offer to some of its customers, and every product
of the shelf is held against the model: who may have it, why not, and what it costs.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from enscene.kernel.money import format_money
from enscene.simulator.book import Book
from enscene.simulator.client import App, Message
from enscene.simulator.knowledge import Customer, broken, customer_of
from enscene.simulator.quotes import card_faults, why_not
from enscene.simulator.request import Answer
from enscene.simulator.shelf_book import Shelf
from enscene.simulator.tally import Tally
from enscene.simulator.world import World

ASKED = 8
"""So many people of a scene are asked about, those outside a rule first, but no more than half."""
AMOUNTS = (20_000, 100_000, 300_000, 777_700, 6_000_000)
MONTHS = (1, 2, 3, 6, 12, 24)
Send = Callable[[App, Message], Awaitable[Answer]]


@dataclass(frozen=True)
class Bank:
    """What the bank knows, and its application. `profiles` are those of persons by reference."""

    app: App
    shelf: Shelf
    profiles: Mapping[str, Mapping[str, Any]]
    send: Send
    tally: Tally

    async def know(self, party: str, today: date) -> Customer:
        """A customer as the bank knows them."""
        self.tally.requests += 1
        held = await self.app.get(f"/v1/customers/{party}/contracts?state=open")
        return customer_of(self.profiles.get(party, {}), today, debts=bool(held["data"]))


async def ask_shelf(bank: Bank, book: Book, world: World, today: date, rng: Random) -> None:
    """Ask for some persons of a scene and judge every answer."""
    persons = sorted(
        member.ref for member in world.members.values()
        if member.ref in bank.profiles
        and any(book.parties[role]["is"] == "person" for role in member.roles)
    )  # fmt: skip
    offered = [bank.shelf.products[name] for name in book.products.values()]
    rng.shuffle(persons)
    outside = [
        ref for ref in persons
        if any(broken(each, customer_of(bank.profiles[ref], today, debts=True))[0]
               for each in offered)
    ][: ASKED // 2]  # fmt: skip
    others = [ref for ref in persons if ref not in outside][: ASKED - len(outside)]
    for number, ref in enumerate([*outside, *others]):
        # Every fourth asks for anything; the others for what there is.
        usual = number % 4 != 3
        amount = rng.choice(AMOUNTS[1:4]) if usual else rng.choice(AMOUNTS)
        months = _term(offered, number) if usual else rng.choice(MONTHS)
        await _ask(bank, book, ref, (amount, months), today)


def _term(offered: list[Any], number: int) -> int:
    """A term that one of the offered loans has, of each in its turn."""
    terms = [each.months for each in offered if each.lends]
    if not terms:
        return MONTHS[0]
    months: tuple[int, ...] = terms[number % len(terms)]
    return months[number % len(months)]


async def _ask(bank: Bank, book: Book, ref: str, asked: tuple[int, int], today: date) -> None:
    customer = await bank.know(ref, today)
    amount, months = asked
    body = {"customer": ref, "amount": format_money(amount, book.currency), "months": months}
    message = Message(
        "POST", f"/v1/{book.ref}/quotes", json.dumps(body).encode(), party="bank", role="bank"
    )
    answer = await bank.send(bank.app, message)
    what = f"{book.ref}: what {ref} is offered for {body['amount']} over {months} months"
    if answer.status != 200:
        bank.tally.surprise(what, "an answer", answer)
        return
    judge_offers(bank, book, customer, answer.body, asked, today, what)


def judge_offers(
    bank: Bank, book: Book, customer: Customer, told: Mapping[str, Any], asked: tuple[int, int],
    today: date, what: str,
) -> None:  # fmt: skip
    """Hold an answer against the model, product by product."""
    shelf, tally = bank.shelf, bank.tally
    offers = {each["product"]: each for each in told["eligible"]}
    refused = {each["product"]: each["why"]["code"] for each in told["refused"]}
    tally.check(told["day"] == today.isoformat(), f"{what}: the day", today, told["day"])
    names = sorted(shelf.products)
    both = sorted([*offers, *refused])
    tally.check(both == names, f"{what}: every product once", names, both)
    for name in names:
        product = shelf.products[name]
        if name in shelf.unsure or name not in both:
            continue
        fits, code = why_not(book, shelf, product, customer, *asked)
        got = "offered" if name in offers else refused[name]
        if fits is None:
            continue
        if fits:
            right = name in offers
            faults = (
                card_faults(shelf, book.ref, product, offers[name], asked, today) if right else []
            )
            tally.check(right and not faults, f"{what}: {name}", "offered at its price",
                        f"{got}, wrong in {faults}: {offers.get(name)}")  # fmt: skip
        else:
            right = name in refused and (not code or got == code)
            tally.check(right, f"{what}: {name}", f"refused: {code}", got)
