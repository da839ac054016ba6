"""The pool of benefits: filled by the bank, given to campaigns, spent, and given back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import msgspec

from enscene.commit import Refusal, Unit, Writer, admit
from enscene.engagement.benefits import store
from enscene.engagement.benefits.accounts import BANK, POOL, Accounts, open_campaign, open_pool
from enscene.engagement.benefits.units import (
    ApproveAndFund,
    Close,
    FillPool,
    GiveBack,
    SetAside,
    benefit_kinds,
)
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict

AT_ONCE = 500
PLAY_MONEY = 10_000_000_00
"""What the pool of a sandbox begins with, in minor units."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool in minor units: what the bank has put in, what no campaign has yet."""

    currency: str
    filled: int
    left: int


@dataclass(frozen=True, slots=True)
class Line:
    """What a line has paid for a campaign, and what is promised; minor units."""

    campaign: str
    line: str
    currency: str
    left: int
    aside: int
    spent: int


@dataclass(frozen=True, slots=True)
class SubsidyLedger:
    """The accounts as they stand. What was filled is what is left in pools, left to campaigns, set
    aside and spent: `sums` says whether, for each currency."""

    pools: tuple[Pool, ...]
    lines: tuple[Line, ...]
    sums: bool


@dataclass(frozen=True, slots=True)
class CampaignAccount:
    """One account of a campaign. `part` is left, aside or spent; only what was spent has a line. Minor
    units."""

    id: int
    part: str
    line: str
    currency: str
    balance: int


@asynccontextmanager
async def writing(pool: store.Pool, shard: int) -> AsyncIterator[Writer]:
    """A writer of units of benefits."""
    writer = Writer(pool, shard, benefit_kinds())
    try:
        yield writer
    finally:
        await writer.close()


async def _play_money(pool: store.Pool, tenant: int, shard: int, currency: str) -> None:
    """Once for each currency of a sandbox."""
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        bank, common = await open_pool(connection, tenant, currency)
    async with writing(pool, shard) as writer:
        unit = FillPool(
            tenant, bank, common, PLAY_MONEY, currency, f"sandbox {currency}", "clock:clock"
        )
        await writer.submit(unit)


async def approve_and_fund(
    pool: store.Pool, tenant: int, ref: str, version: int, budget: int, currency: str, who: str
) -> None:
    """Approve a version that was proposed, and give its campaign the budget from the pool: both or
    neither. The caller holds the campaign's lock.

    Raises: Conflict("campaign.pool", `budget`).
    """
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        now = await store.read_now(connection, tenant)
        lines = await store.read_lines(connection, tenant, ref)
        accounts = await open_campaign(connection, tenant, ref, lines, currency)
    if now["sandbox"]:
        await _play_money(pool, tenant, now["shard"], currency)
    async with writing(pool, now["shard"]) as writer:
        await writer.submit(ApproveAndFund(tenant, accounts, ref, version, budget, who))


async def keep_books(pool: store.Pool, tenant: int) -> int:
    """Book what was said, taken and not taken, and give back what campaigns that are over have left;
    how much there was to do. Any number of processes may do so at once."""
    done = 0
    while True:
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            now = await store.read_now(connection, tenant)
            rows = await store.read_open(connection, tenant, now["now"], AT_ONCE)
            over = await store.read_over(connection, tenant, local_day(now["now"], now["zone"]))
            accounts = await _accounts(connection, tenant, [*rows, *over])
        if not rows and not over:
            return done
        async with writing(pool, now["shard"]) as writer:
            for row in rows:
                await _book(pool, writer, tenant, row, accounts[row["campaign"], row["currency"]])
            if not rows:
                for row in over:
                    of = accounts[row["ref"], row["currency"]]
                    key = f"{row['version']}:{row['closed']}"
                    await writer.submit(GiveBack(tenant, of, row["ref"], key))
        done += len(rows) or len(over)
        if not rows:
            return done


async def _accounts(
    connection: store.Connection, tenant: int, rows: Sequence[store.Row]
) -> dict[tuple[str, str], Accounts]:
    found: dict[tuple[str, str], Accounts] = {}
    for row in rows:
        ref = row["campaign"] if "campaign" in row else row["ref"]
        if (ref, row["currency"]) not in found:
            lines = await store.read_lines(connection, tenant, ref)
            found[ref, row["currency"]] = await open_campaign(
                connection, tenant, ref, lines, row["currency"]
            )
    return found


async def _book(
    pool: store.Pool, writer: Writer, tenant: int, row: store.Row, of: Accounts
) -> None:
    unit: Unit
    if row["state"] == "said":
        unit = SetAside(tenant, of, row["decision"], row["minor"], row["campaign"])
    else:
        unit = Close(
            tenant, of, row["decision"], row["minor"], row["campaign"], row["line"], row["becomes"]
        )
    try:
        answer = await writer.submit(unit)
    except Conflict:
        return  # another process was first, and saw it otherwise
    if answer.refused:
        told = msgspec.json.decode(answer.body, type=Refusal)
        assert (told.code, row["state"]) == ("ledger.insufficient_funds", "said"), told
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await store.mark_short(connection, tenant, row["decision"])


async def read_subsidies(pool: store.Pool, tenant: int) -> SubsidyLedger:
    """Who paid for what, as the accounts stand."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        balances = await store.read_balances(connection, tenant)
    pools: dict[str, list[int]] = {}
    lines: dict[tuple[str, str, str], list[int]] = {}
    for name, currency, minor in balances:
        part, _, about = name.removeprefix("benefits.").partition("@")
        if name in (BANK, POOL):
            pools.setdefault(currency, [0, 0])[name == POOL] += -minor if name == BANK else minor
            continue
        line, _, campaign = about.rpartition("/")
        of = lines.setdefault((campaign, line, currency), [0, 0, 0])
        of[("left", "aside", "spent").index(part)] += minor
    held: dict[str, int] = {}
    for (_, _, currency), sums in lines.items():
        held[currency] = held.get(currency, 0) + sum(sums)
    whole = all(filled == left + held.get(money, 0) for money, (filled, left) in pools.items())
    return SubsidyLedger(
        tuple(Pool(money, *sums) for money, sums in sorted(pools.items())),
        tuple(Line(*key, *sums) for key, sums in sorted(lines.items())), whole,
    )  # fmt: skip


async def read_campaign_accounts(
    connection: store.Connection, tenant: int, ref: str
) -> list[CampaignAccount]:
    """Of a campaign that was given money once; their entries are those of the ledger's statements."""
    found = []
    for id_, name, currency, posted in await store.read_accounts(connection, tenant, ref):
        part, _, about = name.removeprefix("benefits.").partition("@")
        found.append(CampaignAccount(id_, part, about.rpartition("/")[0], currency, posted))
    return found
