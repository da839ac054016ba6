"""Lives of contracts: whatever happens in whatever order, the books that their steps post say
what the lives themselves say; and a life that was kept is the same life."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from enscene.kernel.errors import Conflict, EnsceneError, Invalid, NotFound, Refused
from enscene.kernel.money import half_even
from enscene.shelf.contracts.books import OF_KIND, POSTINGS
from enscene.shelf.day_count import DayCount
from enscene.shelf.lives import Life, Opened, Step, load_life, new_life
from enscene.shelf.lives.covering import Cover
from enscene.shelf.lives.holding import Benefit, Wealth
from enscene.shelf.lives.lending import Lending
from enscene.shelf.lives.saving import Demand, Term
from enscene.shelf.repayment_plan import Method

START = date(2027, 1, 31)
KINDS = ("loan", "credit_line", "deposit", "demand", "insurance", "wealth", "benefit", "capability")


def opened(kind: str, amount: int, months: int, rate: int, **rules: Any) -> Life:
    rates = {"rate": rate, "penalty": rate * 3 // 2, "early_fee": 5_000, "fee": 1_000,
             "demand": rate // 10, "premium": 20_000}  # fmt: skip
    told = {"repay": "equal_instalment", "count": "30/360", **rules}
    if kind == "demand":
        kind, months = "deposit", 0
    return new_life(kind, Opened(amount, months, rates, told), START)


class AnyLife(RuleBasedStateMachine):
    """Books kept beside a life, from its steps alone."""

    @initialize(
        kind=st.sampled_from(KINDS), amount=st.integers(1_00, 5_000_000), rate=st.integers(0, 360_000),
        months=st.integers(1, 24), method=st.sampled_from(Method), count=st.sampled_from(DayCount),
        end=st.sampled_from(("pay_out", "roll_principal", "roll_all")),
    )  # fmt: skip
    def open(
        self, kind: str, amount: int, rate: int, months: int, method: Method, count: DayCount,
        end: str,
    ) -> None:  # fmt: skip
        self.books: Counter[str] = Counter()
        self.day = START
        self.life = opened(kind, amount, months, rate, repay=method.value, count=count.value,
                           at_maturity=end, price_minor=300)  # fmt: skip
        self.keep(self.life.begin())
        if kind == "loan":
            assert isinstance(self.life, Lending)
            self.keep(self.life.draw(amount))

    def keep(self, steps: list[Step]) -> None:
        for step in steps:
            assert min(step.principal, step.interest, step.penalty, step.fee) >= 0, step
            assert step.day <= self.day
            for part, dr, cr in POSTINGS.get(step.what, ()):
                self.books[dr] -= getattr(step, part)
                self.books[cr] += getattr(step, part)
        # What is kept is what is.
        again = load_life(msgspec.json.encode(self.life.dump()))
        assert again.told() == self.life.told()
        assert again.closing() == self.life.closing()
        assert (again.wake, again.bears) == (self.life.wake, self.life.bears)
        self.life = again

    def do(self, verb: str, **arguments: Any) -> None:
        """A refusal leaves the life as it was."""
        before = msgspec.json.encode(self.life.dump())
        life = load_life(before)
        try:
            steps = life.verbs()[verb](**arguments)
        except EnsceneError:
            return
        self.life = life
        self.keep(steps)

    @rule(days=st.integers(0, 70))
    def wait(self, days: int) -> None:
        self.day += timedelta(days=days)
        self.keep(self.life.close(self.day))

    @precondition(lambda self: isinstance(self.life, Lending) and not self.life.ended)
    @rule(
        verb=st.sampled_from(("repay", "give_back", "draw")), amount=st.integers(1, 3_000_000),
        about=st.sampled_from(("", "a", "b", "c")),
    )  # fmt: skip
    def lend(self, verb: str, amount: int, about: str) -> None:
        self.do(verb, amount=amount, about=about)

    @precondition(lambda self: isinstance(self.life, Lending) and not self.life.ended)
    @rule(part=st.floats(0.01, 1))
    def repay_a_part(self, part: float) -> None:
        assert isinstance(self.life, Lending)
        owed = self.life.to_settle()
        if owed:
            amount = max(1, int(owed * part))
            paid = self.books["pay"]
            before = self.life.dump()
            self.do("repay", amount=amount)
            if msgspec.json.encode(before) != msgspec.json.encode(self.life.dump()):
                assert paid - self.books["pay"] == amount, "all that is paid is used"

    @precondition(lambda self: isinstance(self.life, Lending) and not self.life.ended)
    @rule(months=st.integers(1, 12), rate=st.integers(0, 100_000))
    def restructure(self, months: int, rate: int) -> None:
        self.do("restructure", months=months, rate_ppm=rate)

    @precondition(lambda self: isinstance(self.life, Lending) and not self.life.ended)
    @rule()
    def write_off(self) -> None:
        self.do("write_off")

    @precondition(lambda self: isinstance(self.life, Lending) and not self.life.ended)
    @rule(amount=st.integers(1, 3_000_000))
    def recover(self, amount: int) -> None:
        self.do("recover", amount=amount)

    @precondition(lambda self: isinstance(self.life, Term | Demand) and not self.life.ended)
    @rule(amount=st.integers(1, 3_000_000), verb=st.sampled_from(("take_out", "pay_in")))
    def save(self, amount: int, verb: str) -> None:
        if verb in self.life.verbs():
            self.do(verb, amount=amount)

    @precondition(lambda self: isinstance(self.life, Cover) and not self.life.ended)
    @rule(
        event=st.sampled_from("xyz"), amount=st.integers(1, 3_000_000),
        verb=st.sampled_from(("claim", "pay_claim", "decline_claim")),
    )  # fmt: skip
    def insure(self, event: str, amount: int, verb: str) -> None:
        self.do(verb, event=event, **({"amount": amount} if verb == "claim" else {}))

    @precondition(lambda self: isinstance(self.life, Benefit) and not self.life.ended)
    @rule(amount=st.integers(1, 5_000), verb=st.sampled_from(("grant", "use")))
    def benefit(self, amount: int, verb: str) -> None:
        self.do(verb, amount=amount)

    @precondition(lambda self: isinstance(self.life, Wealth) and not self.life.ended)
    @rule(amount=st.integers(1, 500_000), value=st.integers(5_000, 20_000))
    def wealth(self, amount: int, value: int) -> None:
        self.do("value", net_value=value, on=self.day.isoformat())
        self.do("subscribe", amount=amount)
        self.do("redeem", amount=amount)

    @precondition(lambda self: not self.life.ended)
    @rule()
    def end(self) -> None:
        shown = self.life.closing()
        before = self.books["pay"]
        if shown.blocked:
            with pytest.raises(Refused):
                load_life(msgspec.json.encode(self.life.dump())).end()
            return
        steps = self.life.end()
        self.keep(steps)
        assert self.life.ended
        assert self.books["pay"] - before == shown.gets - shown.pays, "as it was shown"

    @invariant()
    def the_books_say_what_the_life_says(self) -> None:
        life, books = getattr(self, "life", None), getattr(self, "books", None)
        if life is None or books is None:
            return
        assert sum(books.values()) == 0
        if isinstance(life, Lending):
            assert books["principal"] == -life.owed
            due = sum(d.interest for _, loan in life.loans for d in loan.dues)
            assert books["interest_due"] == -due
        if isinstance(life, Term | Demand):
            assert books["deposits"] == life.told()["balance_minor"]
        if isinstance(life, Benefit):
            assert books["liability"] == life.left
        if isinstance(life, Cover) and life.ended:
            assert books["unearned"] == 0


AnyLife.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
test_any_life = AnyLife.TestCase


def test_every_book_of_a_posting_is_one_of_a_kind() -> None:
    books = {"pay", "income"}.union(*OF_KIND.values())
    assert {name for legs in POSTINGS.values() for _, *pair in legs for name in pair} <= books


def test_a_claim_counts_once_and_blocks_the_closing() -> None:
    life = opened("insurance", 1_000_00, 12, 0)
    life.begin()
    verbs = life.verbs()
    verbs["claim"](event="fall", amount=400_00)
    with pytest.raises(Conflict):
        verbs["claim"](event="fall", amount=1)
    with pytest.raises(Refused) as blocked:
        life.end()
    assert blocked.value.code == "shelf.open_claim"
    verbs["pay_claim"](event="fall")
    with pytest.raises(NotFound):
        verbs["pay_claim"](event="fall")
    assert life.closing().blocked is None


def test_what_was_written_off_is_owed_and_keeps_it_open() -> None:
    life = opened("loan", 6_000_00, 12, 72_000)
    assert isinstance(life, Lending)
    life.draw(6_000_00)
    life.write_off()
    told = life.told()
    assert (told["owed_minor"], told["bucket"]) == (6_000_00, "written_off")
    with pytest.raises(Refused) as blocked:
        life.end()
    assert blocked.value.code == "shelf.written_off"
    assert not life.ended
    life.recover(6_000_00)
    assert life.told()["owed_minor"] == 0
    assert [step.what for step in life.end()] == ["closed"]


def test_a_part_that_no_fee_fits_pays_principal() -> None:
    """3.00 would cost 0.02 more, 2.99 costs 0.01: of 3.01 nothing is left over."""
    life = opened("loan", 301, 12, 0)
    assert isinstance(life, Lending)
    life.draw(301)
    assert life.to_settle() == 303
    (step,) = life.repay(301)
    assert (step.principal, step.fee) == (300, 1)


@pytest.mark.parametrize("amount", [100_500, 300_500, 692_240, 123_456_789])
def test_the_fee_is_the_one_that_was_quoted(amount: int) -> None:
    life = new_life(
        "loan", Opened(amount, 12, {"fee": 5_000}, {"repay": "bullet", "count": "act/365"}), START
    )
    assert isinstance(life, Lending)
    (step,) = life.draw(amount)
    assert step.fee == half_even(amount * 5_000, 1_000_000)


def test_an_exchange_needs_a_quote() -> None:
    with pytest.raises(Refused):
        opened("currency", 100_00, 0, 0).begin()
    life = opened("currency", 710_00, 0, 0, bought_minor=100_00)
    assert [step.what for step in life.begin()] == ["exchanged", "bought"]
    assert life.ended


def test_points_lapse_on_their_day_and_not_before() -> None:
    life = opened("benefit", 500, 1, 0)
    life.begin()
    assert life.wake == date(2027, 3, 1)
    assert life.close(date(2027, 2, 28)) == []
    assert [(s.what, s.principal) for s in life.close(date(2027, 3, 1))] == [("lapsed", 500)]


def test_less_than_the_interest_is_not_taken_early() -> None:
    life = opened("loan", 1_000_000, 12, 200_000)
    assert isinstance(life, Lending)
    life.draw(1_000_000)
    life.close(START + timedelta(days=20))
    with pytest.raises(Refused) as little:
        life.repay(1)
    assert little.value.code == "shelf.too_little"
    with pytest.raises(Invalid):
        life.loans[0][1].repay(0)


def test_nothing_of_a_premium_goes_back_once_a_claim_was_paid() -> None:
    life = opened("insurance", 1_000_00, 12, 0)
    life.begin()
    life.verbs()["claim"](event="fall", amount=100_00)
    life.verbs()["pay_claim"](event="fall")
    assert life.closing().gets == 0
    assert [step.what for step in life.end()] == ["earned", "closed"]
