"""Contracts on the ledger: what a customer owes, the books and the history always agree."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from enscene.commit import Once, Writer, admit
from enscene.commit.move_clock import move_clock
from enscene.kernel.errors import Conflict, NotFound
from enscene.ledger import Ledger, verify_ledger
from enscene.shelf import ContractKind, Contracts, Opening, standard_shelf
from enscene.shelf.contracts.books import BookSet
from enscene.shelf.contracts.verify import verify_contracts
from enscene.tenants import create_tenant

SHELF = standard_shelf().products


@dataclass
class Bank:
    """A sandbox tenant with one customer."""

    pool: Any
    tenant: int
    customer: int
    contracts: Contracts
    writers: dict[int, Writer]

    async def open(self, product: str, amount: int | None, **more: Any) -> UUID:
        opening = Opening(SHELF[product], self.customer, amount, **more)
        answer = await self.contracts.open(self.tenant, opening, once=None, actor="test")
        assert not answer.refused, answer.body
        return UUID(msgspec.json.decode(answer.body)["contract"])

    async def act(self, contract: UUID, verb: str, **arguments: Any) -> dict[str, Any]:
        answer = await self.contracts.act(
            self.tenant, contract, verb, arguments, once=None, actor="test"
        )
        told: dict[str, Any] = msgspec.json.decode(answer.body)
        return told | {"refused": answer.refused}

    async def to(self, day: date) -> None:
        """The tenant's clock at noon of a day."""
        moment = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        async with self.pool.acquire() as connection, connection.transaction():
            await move_clock(connection, 1, self.tenant, moment)

    async def balances(self) -> dict[str, int]:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            rows = await connection.fetch("select name, posted from account where posted <> 0")
        return {row[0]: row[1] for row in rows}

    async def proved(self) -> None:
        async with self.pool.acquire() as connection:
            verdict = await verify_ledger(connection, self.tenant)
            assert verdict.verified, verdict.faults
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            assert await verify_contracts(connection, self.tenant, SHELF) == []


async def a_bank(pool: Any, ref: str = "harbour") -> Bank:
    tenant = await create_tenant(pool, ref, ref, sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant.id])
        customer = await connection.fetchval(
            "insert into party (tenant, ref, kind) values ($1, 'lin', 'person') returning id",
            tenant.id,
        )
    writers: dict[int, Writer] = {}

    def writer_of(shard: int) -> Writer:
        if shard not in writers:
            writers[shard] = Writer(pool, shard, (Ledger(), ContractKind()))
        return writers[shard]

    bank = Bank(pool, tenant.id, customer, Contracts(pool, writer_of), writers)
    await bank.to(date(2027, 1, 10))
    return bank


@pytest.fixture
async def bank(pool: Any) -> AsyncIterator[Bank]:
    made = await a_bank(pool)
    yield made
    for writer in made.writers.values():
        await writer.close()


async def test_a_loan_is_paid_out_and_debited_on_its_days(bank: Bank) -> None:
    loan = await bank.open("instalment", 1_200_00, months=3)
    assert (await bank.balances())["current"] == 1_200_00
    for month in (2, 3, 4):
        await bank.to(date(2027, month, 10))
        closed = await bank.contracts.close_days(bank.tenant)
        assert (closed.woken, closed.failed) == (1, 0)
        await bank.proved()
        if month == 3:
            await bank.contracts.pay_in(bank.tenant, bank.customer, 100_00, "CNY")
    held = await bank.contracts.one(bank.tenant, loan)
    assert held.state == "closed"
    entries = await bank.contracts.entries(bank.tenant, loan)
    assert sum(e["principal"] for e in entries if e["what"] == "repaid") == 1_200_00
    interest = sum(e["interest"] for e in entries if e["what"] == "repaid")
    assert (await bank.balances())["instalment.interest"] == interest > 0
    await bank.proved()


async def test_an_instalment_is_one_line_of_the_customers_account(bank: Bank) -> None:
    loan = await bank.open("instalment", 1_200_00, months=3)
    await bank.to(date(2027, 2, 10))
    await bank.contracts.close_days(bank.tenant)
    paid = [e for e in await bank.contracts.entries(bank.tenant, loan) if e["what"] == "repaid"]
    assert len(paid) == 1
    assert min(paid[0]["principal"], paid[0]["interest"]) > 0
    async with bank.pool.acquire() as connection, connection.transaction():
        await admit(connection, [bank.tenant])
        lines = await connection.fetch(
            "select t.amount from transfer t join account a on a.tenant = t.tenant and a.id = t.dr "
            "where a.name = 'current'"
        )
    assert [line[0] for line in lines] == [paid[0]["principal"] + paid[0]["interest"]]
    books = await bank.balances()
    assert -books["instalment.principal"] == 1_200_00 - paid[0]["principal"]
    await bank.proved()


async def test_what_is_due_and_not_there_is_asked_for_again(bank: Bank) -> None:
    loan = await bank.open("instalment", 1_200_00, months=3)
    await bank.to(date(2027, 1, 11))
    await bank.contracts.pay_in(bank.tenant, bank.customer, 1, "CNY")
    term = await bank.open("term_deposit", 1_200_01, months=12)
    await bank.to(date(2027, 2, 15))
    await bank.contracts.close_days(bank.tenant)
    held = await bank.contracts.one(bank.tenant, loan)
    assert held.told["overdue_days"] == 5
    assert held.told["bucket"] == "1-30"
    await bank.act(term, "take_out", amount=600_00)
    await bank.to(date(2027, 2, 16))
    await bank.contracts.close_days(bank.tenant)
    held = await bank.contracts.one(bank.tenant, loan)
    assert held.told["overdue_days"] == 0
    await bank.proved()


@pytest.mark.parametrize("product", ["instalment", "term_deposit"])
async def test_a_year_of_closes_is_one_catch_up(pool: Any, product: str) -> None:
    told = []
    for ref, every in (("daily", 1), ("late", 365)):
        bank = await a_bank(pool, ref)
        await bank.contracts.pay_in(bank.tenant, bank.customer, 5_000_00, "CNY")
        contract = await bank.open(product, 1_000_00, months=24)
        start = date(2027, 1, 10).toordinal()
        for day in range(start + every, start + 366, every):
            await bank.to(date.fromordinal(day))
            await bank.contracts.close_days(bank.tenant)
        await bank.proved()
        entries = await bank.contracts.entries(bank.tenant, contract)
        sums = [(e["day"], e["what"], e["principal"], e["interest"]) for e in entries]
        told.append(
            (
                sums
                if product == "term_deposit"
                else sorted(s for s in sums if s[1] == "fell_due"),
                (await bank.balances()).get(f"{product}.accrued"),
            )
        )
        for writer in bank.writers.values():
            await writer.close()
    daily, late = told
    assert daily == late


async def test_paying_more_than_is_owed_leaves_no_trace(bank: Bank) -> None:
    loan = await bank.open("instalment", 1_200_00, months=3)
    await bank.contracts.pay_in(bank.tenant, bank.customer, 900_00, "CNY")
    before = await bank.balances()
    told = await bank.act(loan, "repay", amount=1_300_00)
    assert (told["refused"], told["code"], told["facts"]["owed_minor"]) == (
        True, "shelf.more_than_owed", 1_200_00,
    )  # fmt: skip
    assert await bank.balances() == before
    told = await bank.act(loan, "repay", amount=1_200_00)
    assert told["state"] == "closed"
    with pytest.raises(Conflict):
        await bank.act(loan, "repay", amount=1)
    await bank.proved()


async def test_two_at_once_repay_the_loan_once(bank: Bank) -> None:
    loan = await bank.open("instalment", 1_000_00, months=3)
    await bank.contracts.pay_in(bank.tenant, bank.customer, 5_000_00, "CNY")
    outcomes = await asyncio.gather(
        *(bank.act(loan, "repay", amount=1_000_00) for _ in range(8)), return_exceptions=True
    )
    done = [o for o in outcomes if isinstance(o, dict) and not o["refused"]]
    assert len(done) == 1
    assert (await bank.balances())["current"] == 5_000_00
    await bank.proved()


async def test_a_line_is_drawn_again_after_it_was_repaid(bank: Bank) -> None:
    line = await bank.open("temporary_limit", 5_000_00, months=2)
    assert "current" not in await bank.balances()
    await bank.act(line, "draw", amount=3_000_00, about="order-1")
    assert (await bank.act(line, "draw", amount=3_000_00, about="order-2"))["code"] == (
        "shelf.over_limit"
    )
    assert (await bank.act(line, "draw", amount=100_00, about="order-1"))["code"] == (
        "shelf.drawn_before"
    )
    await bank.act(line, "repay", amount=2_000_00)
    await bank.act(line, "draw", amount=4_000_00, about="order-2")
    held = await bank.contracts.one(bank.tenant, line)
    assert held.told["owed_minor"] == 5_000_00
    assert (await bank.act(line, "close"))["state"] == "closed"
    await bank.proved()


async def test_two_at_once_open_a_line_once(bank: Bank) -> None:
    line = Opening(SHELF["temporary_limit"], bank.customer, 5_000_00, months=2)
    answers = await asyncio.gather(
        *(bank.contracts.open(bank.tenant, line, once=None, actor="test") for _ in range(5))
    )
    told = [msgspec.json.decode(answer.body) for answer in answers]
    assert sorted(each.get("code", "") for each in told) == ["", *["lend.has_line"] * 4]
    assert len(await bank.contracts.of_customer(bank.tenant, bank.customer)) == 1


async def test_closing_a_term_deposit_costs_its_interest_and_says_so(bank: Bank) -> None:
    await bank.contracts.pay_in(bank.tenant, bank.customer, 10_000_00, "CNY")
    term = await bank.open("term_deposit", 10_000_00, months=12)
    await bank.to(date(2027, 7, 10))
    shown = (await bank.contracts.one(bank.tenant, term)).closing
    assert shown.loses[0][0] == "term_interest"
    told = await bank.act(term, "close")
    assert told["state"] == "closed"
    assert (await bank.balances())["current"] == shown.gets
    await bank.contracts.close_days(bank.tenant)
    await bank.proved()


async def test_a_contract_of_another_customer_is_not_found(bank: Bank) -> None:
    loan = await bank.open("instalment", 1_000_00, months=3)
    with pytest.raises(NotFound):
        await bank.contracts.close(
            bank.tenant, loan, once=None, actor="test", customer=bank.customer + 1
        )


async def test_the_same_key_opens_once(bank: Bank) -> None:
    once = Once.of("app", "open", "k1", request=b"{}")
    opening = Opening(SHELF["instalment"], bank.customer, 1_000_00, months=3)
    first, second = [
        await bank.contracts.open(bank.tenant, opening, once=once, actor="t") for _ in range(2)
    ]
    assert second.replayed
    assert first.body == second.body
    assert (await bank.balances())["current"] == 1_000_00


async def test_no_loan_is_dearer_than_the_policy_allows(bank: Bank) -> None:
    opening = Opening(
        SHELF["instalment"],
        bank.customer,
        1_000_00,
        months=12,
        rates={"rate": 230_000, "fee": 50_000},
    )
    answer = await bank.contracts.open(bank.tenant, opening, once=None, actor="t")
    assert answer.refused
    assert msgspec.json.decode(answer.body)["code"] == "price.over_cap"


async def test_books_stay_the_same_accounts(bank: Bank) -> None:
    first = await bank.contracts.books.of(bank.tenant, "instalment", "loan", "CNY")
    again = await Contracts(bank.pool, lambda _: bank.writers[1]).books.of(
        bank.tenant, "instalment", "loan", "CNY"
    )
    assert isinstance(first, BookSet)
    assert first.ids == again.ids
