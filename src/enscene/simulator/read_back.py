"""At the end of a day: what the API says of every account and thing, against the model."""

from __future__ import annotations

import asyncio
from typing import Any

from enscene.kernel.money import format_money, parse_money
from enscene.simulator.book import Book
from enscene.simulator.client import App
from enscene.simulator.tally import Tally
from enscene.simulator.world import World

PAGE = 200
STATEMENTS = 25
"""So many statements are read to their beginning; of all accounts the balance is read."""


async def read_back(
    book: Book, world: World, bank: App, tally: Tally, slots: asyncio.Semaphore
) -> None:
    """Compare every balance, some statements and every thing."""
    accounts = [
        (account, member.ref)
        for account, said in book.accounts.items()
        for member in world.members.values()
        if said["of"] in member.roles
    ]
    step = max(1, len(accounts) // STATEMENTS)

    async def one(place: int, account: str, party: str) -> None:
        async with slots:
            await _balance(book, world, bank, tally, account, party)
            if place % step == 0:
                await _statement(book, world, bank, tally, account, party)

    await asyncio.gather(*(one(place, *key) for place, key in enumerate(accounts)))
    for thing in book.things:
        await _things(book, world, bank, tally, thing)


async def agrees(book: Book, world: World, bank: App) -> bool:
    """Whether the bank's own accounts stand where the model has them, and one of each other."""
    keys = {
        (account, member.ref)
        for account, said in book.accounts.items()
        for member in world.members.values()
        if said["of"] in member.roles and book.parties[said["of"]]["is"] == "bank"
    }
    first = {account: (account, ref) for account, ref in sorted(world.posted, reverse=True)}
    for account, ref in sorted(keys | set(first.values())):
        told = await bank.get(f"/v1/{book.ref}/accounts/{account}/{ref}")
        if told["balance"] != format_money(world.posted.get((account, ref), 0), book.currency):
            return False
    return True


async def _balance(
    book: Book, world: World, bank: App, tally: Tally, account: str, party: str
) -> None:
    tally.requests += 1
    told = await bank.get(f"/v1/{book.ref}/accounts/{account}/{party}")
    expected = {
        "balance": format_money(world.posted.get((account, party), 0), book.currency),
        "held": format_money(world.held.get((account, party), 0), book.currency),
    }
    got = {name: told[name] for name in expected}
    tally.check(got == expected, f"{book.ref}: {account} of {party}", expected, got)


async def _statement(
    book: Book, world: World, bank: App, tally: Tally, account: str, party: str
) -> None:
    """Entries chain from nothing to the balance."""
    entries: list[dict[str, Any]] = []
    path = f"/v1/{book.ref}/accounts/{account}/{party}/entries?limit={PAGE}"
    cursor = ""
    while True:
        tally.requests += 1
        page = await bank.get(f"{path}&cursor={cursor}" if cursor else path)
        entries += page["data"]
        cursor = page["next"]
        if not page["has_more"]:
            break
    balance = 0
    chained = True
    for entry in reversed(entries):
        balance += parse_money(entry["amount"], book.currency)
        chained = chained and balance == parse_money(entry["balance"], book.currency)
    expected = world.posted.get((account, party), 0)
    name = f"{book.ref}: statement of {account} of {party}"
    tally.check(chained and balance == expected, name, f"chained to {expected}", balance)


async def _things(book: Book, world: World, bank: App, tally: Tally, thing: str) -> None:
    got: dict[str, str] = {}
    cursor = ""
    while True:
        tally.requests += 1
        path = f"/v1/{book.ref}/things/{thing}?limit={PAGE}"
        page = await bank.get(f"{path}&cursor={cursor}" if cursor else path)
        got |= {item["key"]: item["state"] for item in page["data"]}
        cursor = page["next"]
        if not page["has_more"]:
            break
    expected = {key: item.state for (kind, key), item in world.things.items() if kind == thing}
    for key in sorted(expected.keys() | got.keys()):
        tally.check(
            got.get(key) == expected.get(key),
            f"{book.ref}: {thing} {key}", expected.get(key), got.get(key),
        )  # fmt: skip
