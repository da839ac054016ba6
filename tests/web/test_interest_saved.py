"""What closing a loan today saves, against hand-made sums and on the page before the one key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from enscene.shelf.contracts import Held
from enscene.shelf.lives.lending import Lending as LendingLife
from enscene.shelf.lives.life import Opened
from enscene.web.interest_saved import Saving, saving_of
from enscene.web.render import written_sum
from lending import Lending, open_lending
from web.test_bank import bank_of

DRAWN = date(2026, 1, 5)
RULES = {"repay": "equal_principal", "count": "30/360"}
"""12,000.00 at 12% over 12 months: 1,000.00 a month, and 120.00, 110.00 ... 10.00 of interest."""


def loan(**rates: int) -> LendingLife:
    life = LendingLife.new(
        Opened(1_200_000, 12, {"rate": 120_000, **rates}, RULES), DRAWN, line=False
    )
    life.draw(1_200_000)
    return life


def held_of(life: LendingLife, **rates: int) -> Held:
    return Held(
        id=UUID(int=1), product="instalment", kind="loan", state="open", scene=None,
        scene_name=None, customer="ann", customer_id=1, amount=1_200_000, currency="CNY",
        about="", opened_at=datetime(2026, 1, 5, tzinfo=UTC), ended_at=None,
        terms={"rates": rates}, facts={}, told=life.told(), closing=life.closing(),
    )  # fmt: skip


def pay_three(life: LendingLife) -> None:
    for month, sum_minor in ((2, 112_000), (3, 111_000), (4, 110_000)):
        life.close(date(2026, month, 5))
        life.repay(sum_minor)


def test_all_interest_is_saved_on_the_first_day() -> None:
    assert saving_of(held_of(loan())) == Saving(1_278_000, 1_200_000, fee=False)


def test_what_was_paid_is_neither_planned_nor_saved() -> None:
    life = loan()
    pay_three(life)
    saving = saving_of(held_of(life))
    assert saving == Saving(945_000, 900_000, fee=False)
    assert saving.saved == 45_000  # 90.00 + 80.00 + ... + 10.00


def test_interest_up_to_today_is_paid_in_any_case() -> None:
    life = loan()
    pay_three(life)
    life.close(date(2026, 4, 20))  # half of the fourth month: 45.00 of its 90.00
    saving = saving_of(held_of(life))
    assert saving is not None
    assert (saving.pays, saving.saved) == (904_500, 40_500)


def test_what_is_overdue_is_on_both_sides() -> None:
    life = loan()
    life.close(date(2026, 2, 5))
    saving = saving_of(held_of(life))
    assert saving == Saving(1_278_000, 1_212_000, fee=False)


def test_the_fee_for_paying_early_is_taken_off() -> None:
    life = loan(early_fee=10_000)
    pay_three(life)
    assert saving_of(held_of(life, early_fee=10_000)) == Saving(945_000, 909_000, fee=True)
    dear = loan(early_fee=100_000)
    pay_three(dear)
    saving = saving_of(held_of(dear, early_fee=100_000))
    assert saving is not None
    assert saving.saved == -45_000


def test_nothing_is_said_of_what_has_ended() -> None:
    life = loan()
    life.end()
    assert saving_of(held_of(life)) is None


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        await found.trip.book("ann", "B1", "3600.00")
        yield found


@pytest.mark.parametrize(
    ("language", "planned", "saved"),
    [
        ("zh-CN", "按还款计划还需支付", "省下利息"),
        ("en-GB", "Still to pay by the plan", "Interest saved"),
    ],
)
async def test_the_page_before_the_one_key_says_it(
    lending: Lending, language: str, planned: str, saved: str
) -> None:
    told = await lending.decide("B1")
    bank = await bank_of(lending, language=language)
    code = await lending.code(told["id"])
    await bank.press(f"/applications/{told['id']}/sign", code=code)
    (row,) = await lending.sql("select id::text from contract")
    page = (await bank.get(f"/contracts/{row[0]}/close")).text
    quote = told["quote"]  # closed on the day it was drawn: all interest of the quote is saved
    assert f"<dt>{planned}</dt><dd>{written_sum(quote['pays'])}</dd>" in page
    assert f"<dt>{saved}</dt><dd>{written_sum(quote['interest'])}</dd>" in page
    leave = (await bank.get("/scenes/travel/leave")).text
    assert f"{saved} {written_sum(quote['interest'])}" in leave
