"""The simulated rails: through the ledger, by the sandbox's clock, each thing once."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from enscene.commit import Once
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.money import format_money
from enscene.partners.rails import (
    ACCOUNTS,
    PaymentOrder,
    RailClock,
    Rails,
    statement_days,
    write_statement,
)
from enscene.partners.rails.test_accounts import find_account
from enscene.partners.store import admitted
from enscene.tenants import create_tenant
from partners.rails.conftest import NUMBERS, OPENING, Lane, register

PAID_OUT = {
    "settled_at_once": "settled", "settled_next_day": "settled", "returned_next_day": "returned",
    "returned_after_3_days": "returned", "returned_after_5_days": "returned",
    "rejected_account": "rejected", "rejected_funds": "rejected", "pending": "sent",
    "answered_twice": "settled", "out_of_order": "returned", "timed_out": "settled",
    "refund_rejected": "settled", "refund_returned": "settled",
}  # fmt: skip


async def test_every_test_account_ends_as_it_says_and_the_ledger_proves_itself_each_day(lane: Lane):
    numbers = {
        (kind, account): await lane.pay(kind, account)
        for kind in ("pay_out", "collect")
        for account in PAID_OUT
    }
    assert set(PAID_OUT) == {each.name for each in ACCOUNTS}
    assert await lane.funds() == (OPENING - 13_000, 13_000)
    for _ in range(6):
        await lane.pass_days(1)
        verdict = await lane.verdict()
        assert verdict.verified, verdict.faults
    for (_, account), number in numbers.items():
        assert await lane.state(number) == PAID_OUT[account], account
    # Six payouts have settled and as many collections; one of the former rests.
    assert await lane.funds() == (OPENING - 1_000, 1_000)


async def test_what_is_settled_at_once_waits_for_the_rail_and_moves_through_clearing(lane: Lane):
    number = await lane.pay("pay_out", "settled_at_once", "12.34")
    assert await lane.state(number) == "accepted"
    assert await lane.accounts() == {
        f"rails.own.{lane.app.id}": OPENING - 1234, "rails.clearing": 1234,
        "rails.outside": -OPENING,
    }  # fmt: skip
    await lane.reactor.settle(lane.tenant.id)
    assert await lane.said(number) == ["accepted", "sent", "settled"]
    assert await lane.accounts() == {
        f"rails.own.{lane.app.id}": OPENING - 1234, "rails.clearing": 0,
        "rails.outside": 1234 - OPENING,
    }  # fmt: skip


async def test_what_settles_the_next_day_waits_for_the_sandboxs_clock(lane: Lane):
    number = await lane.pay("pay_out", "settled_next_day")
    await lane.reactor.settle(lane.tenant.id)
    assert await lane.state(number) == "sent"
    due = await lane.clock.next_due(lane.tenant.id)
    assert due is not None
    await lane.reactor.advance(lane.tenant.id, due - timedelta(minutes=1))
    assert await lane.state(number) == "sent"
    await lane.reactor.advance(lane.tenant.id, due)
    assert await lane.state(number) == "settled"


async def test_many_days_at_once_fire_everything_at_its_own_moment_and_in_order(lane: Lane):
    numbers = [
        await lane.pay("pay_out", account)
        for account in ("returned_after_5_days", "returned_after_3_days", "settled_next_day")
    ]
    await lane.pass_days(30)
    found = [
        (step.at, number, step.said)
        for number in numbers
        for step in (await lane.rails.read(lane.tenant.id, lane.app.id, number))[1]
        if step.said in ("settled", "returned")
    ]
    days = [(at.date() - found[0][0].date()).days for at, *_ in sorted(found)]
    said = [(numbers.index(number), what) for _, number, what in sorted(found)]
    assert said[0] == (0, "settled")
    assert sorted(said[1:3]) == [(1, "settled"), (2, "settled")]
    assert said[3:] == [(1, "returned"), (0, "returned")]
    assert days == sorted(days)
    assert days[-1] >= days[-2] + 2


async def test_what_became_due_while_nobody_looked_is_done_in_order_afterwards(lane: Lane):
    number = await lane.pay("pay_out", "returned_after_3_days")
    await lane.leap(40)
    assert await lane.state(number) == "accepted"
    await lane.clock.step()
    assert await lane.said(number) == ["accepted", "sent", "settled", "returned"]
    assert await lane.clock.next_due(lane.tenant.id) is None


async def test_answered_twice_moves_money_once(lane: Lane):
    number = await lane.pay("collect", "answered_twice")
    await lane.reactor.settle(lane.tenant.id)
    assert await lane.said(number) == ["accepted", "sent", "settled", "settled"]
    assert await lane.funds() == (OPENING + 1000, 0)


async def test_a_return_that_is_told_first_is_a_return_and_the_settlement_changes_nothing(lane):
    number = await lane.pay("pay_out", "out_of_order")
    await lane.pass_days(2)
    assert await lane.said(number) == ["accepted", "sent", "returned", "settled"]
    assert await lane.state(number) == "returned"
    assert await lane.funds() == (OPENING, 0)


async def test_a_time_out_leaves_the_money_at_rest_until_the_rail_says_what_came_of_it(lane: Lane):
    number = await lane.pay("pay_out", "timed_out")
    await lane.reactor.settle(lane.tenant.id)
    assert await lane.state(number) == "timed_out"
    assert await lane.funds() == (OPENING - 1000, 1000)
    await lane.pass_days(1)
    assert await lane.state(number) == "settled"


async def test_what_was_collected_is_refunded_up_to_its_amount(lane: Lane):
    number = await lane.pay("collect", "settled_at_once", "10.00")
    early = await lane.submit("refund", of=number, amount="1.00")
    assert "rails.not_refundable" in early.body
    await lane.reactor.settle(lane.tenant.id)
    await lane.pay("refund", of=number, amount="6.00")
    more = await lane.submit("refund", of=number, amount="4.01")
    assert more.refused
    assert msgspec.json.decode(more.body)["facts"]["left"] == "4.00"
    await lane.pay("refund", of=number, amount="4.00")
    await lane.reactor.settle(lane.tenant.id)
    assert await lane.funds() == (OPENING, 0)


async def test_a_refund_that_fails_may_be_tried_again(lane: Lane):
    rejected = await lane.pay("collect", "refund_rejected")
    returned = await lane.pay("collect", "refund_returned")
    await lane.reactor.settle(lane.tenant.id)
    for number in (rejected, returned):
        await lane.pay("refund", of=number)
        assert (await lane.submit("refund", of=number)).refused
    await lane.pass_days(1)
    assert await lane.funds() == (OPENING + 2000, 0)
    for number in (rejected, returned):
        await lane.pay("refund", of=number)


async def test_a_payout_is_not_refunded(lane: Lane):
    number = await lane.pay("pay_out", "settled_at_once")
    await lane.reactor.settle(lane.tenant.id)
    assert "rails.not_refundable" in (await lane.submit("refund", of=number)).body


async def test_what_was_collected_is_taken_back_from_an_empty_account_too(lane: Lane):
    await lane.pay("collect", "returned_next_day", "500.00")
    await lane.reactor.settle(lane.tenant.id)
    await lane.pay("pay_out", "settled_at_once", format_money(OPENING + 50_000, "CNY"))
    await lane.pass_days(1)
    assert await lane.funds() == (-50_000, 0)
    assert (await lane.verdict()).verified
    assert (await lane.submit("pay_out", "settled_at_once", "0.01")).refused


async def test_a_payment_that_is_refused_leaves_no_trace(lane: Lane):
    refused = await lane.submit("pay_out", "settled_at_once", format_money(OPENING + 1, "CNY"))
    assert msgspec.json.decode(refused.body)["code"] == "rails.no_funds"
    assert await lane.rails.balances(lane.tenant.id, lane.app.id) == []
    assert await lane.rails.payments(lane.tenant.id, lane.app.id) == []
    assert set((await lane.accounts()).values()) == {0}


async def test_two_clients_with_one_key_make_one_payment(lane: Lane):
    elsewhere = replace_rails(lane)
    told = await asyncio.gather(
        *(each.submit("pay_out", "settled_at_once", key="same") for each in (lane, elsewhere) * 4)
    )
    await elsewhere.rails.close()
    assert len({each.body for each in told}) == 1
    assert sum(not each.replayed for each in told) == 1
    assert await lane.funds() == (OPENING - 1000, 1000)


async def test_two_processes_answer_a_payment_once(lane: Lane):
    elsewhere = replace_rails(lane)
    numbers = [await lane.pay("pay_out", "answered_twice", "1.00") for _ in range(20)]
    await asyncio.gather(lane.clock.step(), elsewhere.clock.step(), lane.clock.step())
    await elsewhere.rails.close()
    for number in numbers:
        assert await lane.said(number) == ["accepted", "sent", "settled", "settled"]
    assert await lane.funds() == (OPENING - 2000, 0)


def replace_rails(lane: Lane) -> Lane:
    """The same as another process has it."""
    rails = Rails(lane.pool)
    clock = RailClock(rails, lane.pool, lane.tenant.shard, lane.host.service)
    return replace(lane, rails=rails, clock=clock)


async def test_any_mix_of_payments_and_days_leaves_a_ledger_that_proves_itself(lane: Lane):
    dice = random.Random(20261123)
    collected: list[str] = []
    for _ in range(12):
        for _ in range(dice.randint(1, 6)):
            account = dice.choice(ACCOUNTS).name
            kind = dice.choice(("pay_out", "collect", "refund"))
            amount = f"{dice.randint(1, 3000)}.{dice.randint(10, 99)}"
            if kind != "refund":
                number = await lane.pay(kind, account, amount)
                collected += [number] if kind == "collect" else []
            elif collected:
                await lane.submit("refund", of=dice.choice(collected), amount=amount)
        await lane.pass_days(dice.choice((0, 1, 1, 4)))
    verdict = await lane.verdict()
    assert verdict.verified, verdict.faults
    expected, waiting = OPENING, 0
    for payment, _ in await lane.rails.payments(lane.tenant.id, lane.app.id, limit=1000):
        if payment.kind == "collect":
            expected += payment.amount * (payment.state == "settled")
        else:
            expected -= payment.amount * (payment.state not in ("rejected", "returned"))
            waiting += payment.amount * (payment.state in ("accepted", "sent", "timed_out"))
    assert await lane.funds() == (expected, waiting)


async def test_the_file_of_a_day_agrees_with_the_ledger_and_names_every_payment(lane: Lane):
    first = (await lane.now()).astimezone().date()
    number = await lane.pay("collect", "returned_next_day", "5.00")
    await lane.pay("pay_out", "settled_at_once", "2.00")
    await lane.reactor.settle(lane.tenant.id)
    with pytest.raises(Conflict) as open_:
        await write_statement(lane.pool, lane.rails, lane.tenant.id, lane.app.id,
                              first + timedelta(days=1), "CNY")  # fmt: skip
    assert open_.value.code == "rails.day_open"
    day = msgspec.convert(open_.value.facts["today"], type=type(first))
    await lane.pass_days(2)
    lines = await lines_of(lane, day)
    assert [line["line"] for line in lines] == ["OPBD", "BOOK", "BOOK", "BOOK", "CLBD"]
    assert lines[0]["balance"] == "0.00"
    assert [line["amount"] for line in lines[1:4]] == ["1000000.00", "-2.00", "5.00"]
    assert lines[3]["payment"] == number
    assert (lines[1]["kind"], lines[1]["payment"], lines[1]["said"]) == ("opening", "", "")
    after = await lines_of(lane, day + timedelta(days=1))
    assert after[0]["balance"] == lines[-1]["balance"] == "1000003.00"
    assert (after[1]["said"], after[1]["reason"], after[1]["amount"]) == (
        "returned", "AC04", "-5.00",
    )  # fmt: skip
    assert after[-1]["balance"] == "999998.00"
    days = await statement_days(lane.pool, lane.rails, lane.tenant.id, lane.app.id, limit=9)
    assert days == [(day + timedelta(days=1), ["CNY"]), (day, ["CNY"])]


async def lines_of(lane: Lane, day) -> list[dict[str, str]]:
    body = await write_statement(lane.pool, lane.rails, lane.tenant.id, lane.app.id, day, "CNY")
    head, *rows = body.decode("ascii").splitlines()
    return [dict(zip(head.split(","), row.split(","), strict=True)) for row in rows]


async def test_nobody_sees_or_refunds_what_another_application_has_paid(lane: Lane):
    other = await register(lane.pool, lane.tenant, "partner-two-test")
    number = await lane.pay("collect", "settled_at_once")
    await lane.reactor.settle(lane.tenant.id)
    with pytest.raises(NotFound):
        await lane.rails.read(lane.tenant.id, other.id, number)
    for of in (number, "rpy_00000000000000000000000000", "rpy_1"):
        with pytest.raises(NotFound) as unknown:
            await lane.submit("refund", of=of, app=other)
        assert unknown.value.param == "of"
    assert await lane.rails.payments(lane.tenant.id, other.id) == []


async def test_there_are_no_simulated_rails_outside_sandboxes(lane: Lane):
    bank = await create_tenant(lane.pool, "bank", "Bank")
    app = await register(lane.pool, bank, "live")
    with pytest.raises(Forbidden) as refused:
        await lane.submit("pay_out", "settled_at_once", app=app)
    assert refused.value.code == "rails.not_sandbox"


@pytest.mark.parametrize(
    ("order", "code", "param"),
    [
        ({"counter_account": "6222020000000000000"}, "rails.account", "counter_account"),
        ({"amount": "0.00"}, "rails.amount", "amount"),
        ({"amount": "1000000000.01"}, "rails.amount", "amount"),
        ({"amount": "1.001"}, "money.bad_amount", "amount"),
        ({"currency": "XXY"}, "money.unknown_currency", "currency"),
        ({"of": "rpy_01"}, "rails.refund_of", "of"),
        ({"counter_account": None}, "rails.refund_of", "counter_account"),
        ({"kind": "refund"}, "rails.refund_of", "of"),
        ({"reference": "with blanks"}, "ref.malformed", "reference"),
    ],
)
async def test_an_order_that_makes_no_sense_is_told_which_input_is_at_fault(
    lane: Lane, order, code, param
):
    good = {"kind": "pay_out", "amount": "1.00", "currency": "CNY", "reference": "r",
            "counter_account": NUMBERS["pending"], "of": None}  # fmt: skip
    with pytest.raises(Invalid) as wrong:
        await lane.rails.pay(
            lane.app, PaymentOrder(**(good | order)), Once.of("a", "b", request=b"")
        )
    assert (wrong.value.code, wrong.value.param) == (code, param)


def test_blanks_between_the_digits_of_a_test_account_do_not_matter():
    assert find_account("6299 0000 0000 0015").name == "settled_at_once"


async def test_every_step_is_an_event_and_belongs_to_the_transfers_that_it_made(lane: Lane):
    number = await lane.pay("pay_out", "returned_next_day")
    await lane.pass_days(1)
    async with admitted(lane.pool, lane.tenant.id) as connection:
        rows = await connection.fetch(
            "select e.action, (select count(*) from transfer t where t.tenant = e.tenant "
            "and t.seq = e.seq) as transfers from event e where e.tenant = $1 "
            "and e.subject = $2 order by e.seq",
            lane.tenant.id, f"rail_payment:{number}",
        )  # fmt: skip
    assert [tuple(row) for row in rows] == [
        ("rail.payment.accepted", 2), ("rail.payment.sent", 0), ("rail.payment.settled", 1),
        ("rail.payment.returned", 1),
    ]  # fmt: skip
