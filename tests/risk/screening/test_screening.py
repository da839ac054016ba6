"""Screening of a running bank: what was paid in scenes is looked at, once, and decided by people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.risk.screening import Screening, backtest, decide_hit, list_cases
from enscene.scenes.reactions import LogReader
from lending import Lending, open_lending

_numbers = count()


@pytest.fixture
async def bank(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        yield found


async def read_all(bank: Lending, screening: Screening | None = None) -> None:
    reader = LogReader(
        bank.trip.pool, "screening", bank.trip.tenant.shard,
        (screening or Screening(bank.trip.pool)).handle,
    )  # fmt: skip
    while await reader.step():
        pass


async def pays(bank: Lending, *amounts: str, who: str = "ann") -> None:
    """Bookings, each from the traveller to the site."""
    for amount in amounts:
        number = next(_numbers)
        await bank.trip.do("pay_card", who, f"card-{number}", amount=amount)
        await bank.trip.book(who, f"{who}-{number}", amount)


async def found(bank: Lending, **more: Any) -> list[tuple[str, str]]:
    return [
        (each.rule, each.customer)
        for each in await list_cases(bank.trip.pool, bank.trip.tenant.id, **more)
    ]


async def test_what_is_unusual_becomes_a_case_once(bank: Lending) -> None:
    await pays(bank, *["100.00"] * 5, "6000.00", "90.00")
    await pays(bank, *["100.00"] * 3, "6000.00", who="bob")
    await read_all(bank)
    assert await found(bank, waiting=True) == [("unusual_amount", "ann")]
    # Another process that begins anew, and one that reads on, find nothing twice.
    await bank.sql("update reading set seq = 0 where name = 'screening'")
    await read_all(bank)
    assert len(await found(bank)) == 1
    (case,) = await list_cases(bank.trip.pool, bank.trip.tenant.id)
    assert (case.facts["amount"], case.facts["usual"], case.live) == ("6000.00", "100.00", True)


async def test_one_who_reads_after_another_has_read_knows_what_was_paid_before(
    bank: Lending,
) -> None:
    first, second = Screening(bank.trip.pool), Screening(bank.trip.pool)
    await pays(bank, *["100.00"] * 5)
    await read_all(bank, first)
    await pays(bank, "7000.00")
    await read_all(bank, second)
    assert await found(bank) == [("unusual_amount", "ann")]


async def test_a_case_is_decided_once_with_a_reason(bank: Lending) -> None:
    pool, tenant = bank.trip.pool, bank.trip.tenant.id
    await pays(bank, *["100.00"] * 5, "6000.00")
    await read_all(bank)
    (case,) = await list_cases(pool, tenant, waiting=True)
    for outcome, why, error in (
        ("maybe", "I am not sure", Invalid), ("confirmed", "no", Invalid),
    ):  # fmt: skip
        with pytest.raises(error):
            await decide_hit(pool, tenant, UUID(case.id), outcome, why, "wu@bank")
    with pytest.raises(NotFound):
        await decide_hit(pool, tenant, uuid4(), "confirmed", "a planned purchase", "wu@bank")
    done = await decide_hit(
        pool, tenant, UUID(case.id), "false_alarm", "a planned holiday", "wu@bank"
    )
    assert (done.outcome, done.decided_by) == ("false_alarm", "wu@bank")
    with pytest.raises(Conflict):
        await decide_hit(pool, tenant, UUID(case.id), "confirmed", "second thoughts", "wu@bank")
    assert await found(bank, waiting=True) == []
    assert await found(bank, rule="unusual_amount", customer="ann") == [("unusual_amount", "ann")]


async def test_other_figures_are_tried_on_the_past_and_leave_no_trace(bank: Lending) -> None:
    pool, tenant = bank.trip.pool, bank.trip.tenant.id
    await pays(bank, *["100.00"] * 5, "600.00")
    told = await backtest(pool, tenant, "unusual_amount", {"least": 500_00, "times": 5})
    assert (told["now"]["hits"], told["then"]["hits"]) == (0, 1)
    assert told["movements"] >= 6
    assert await found(bank) == []
    for figures in ({"lest": 1}, {"least": 0}):
        with pytest.raises(Invalid):
            await backtest(pool, tenant, "unusual_amount", figures)
    with pytest.raises(NotFound):
        await backtest(pool, tenant, "no_rule", {})


async def test_nothing_of_another_tenant_is_seen(bank: Lending) -> None:
    await pays(bank, *["100.00"] * 5, "6000.00")
    await read_all(bank)
    assert await list_cases(bank.trip.pool, bank.trip.tenant.id + 1) == []
