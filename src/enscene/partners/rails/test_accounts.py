"""The test accounts: what the simulated rails answer to a payment, and when.

Numbers have 16 digits and the check digit of bank cards, so that programs which look at it take
them. Reasons are ISO 20022 codes (ExternalStatusReason1Code, ExternalReturnReason1Code).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from enscene.kernel.errors import Invalid
from enscene.partners.standard import Words

Says = Literal["sent", "settled", "rejected", "returned", "timed_out"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the rail. `days` counts the beginnings of days by the sandbox's clock; 0: at
    once. Of several that are due at the same time the first in the list comes first."""

    says: Says
    days: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TestAccount:
    """`name` says what it is for, `does` what happens; `refunds` are the answers to refunds, where
    they are others than to payments."""

    __test__ = False

    name: str
    number: str
    does: Words
    answers: tuple[Answer, ...]
    refunds: tuple[Answer, ...] | None = None

    def script(self, kind: str) -> tuple[Answer, ...]:
        """Everything that comes of a payment of that kind, sending it included."""
        answers = self.answers if kind != "refund" or self.refunds is None else self.refunds
        return (Answer("sent"), *answers)


def _numbered(place: int) -> str:
    body = f"6299000000000{place:02d}"
    total = 0
    for index, digit in enumerate(reversed(body)):
        value = int(digit) * (2 - index % 2)
        total += value - 9 if value > 9 else value
    return f"{body}{-total % 10}"


_LIST: tuple[tuple[str, str, str, tuple[Answer, ...], tuple[Answer, ...] | None], ...] = (
    ("settled_at_once", "立即入账", "settles at once", (Answer("settled"),), None),
    (
        "settled_next_day", "下一日入账", "settles when the next day begins",
        (Answer("settled", 1),), None,
    ),
    (
        "returned_next_day", "立即入账，下一日退回，AC04 账户已销户",
        "settles at once, is returned the next day: AC04, closed account",
        (Answer("settled"), Answer("returned", 1, "AC04")), None,
    ),
    (
        "returned_after_3_days", "下一日入账，第三日退回，AM04 余额不足",
        "settles the next day, is returned on the third: AM04, insufficient funds",
        (Answer("settled", 1), Answer("returned", 3, "AM04")), None,
    ),
    (
        "returned_after_5_days", "立即入账，第五日退回，MS03 未说明原因",
        "settles at once, is returned on the fifth day: MS03, no reason given",
        (Answer("settled"), Answer("returned", 5, "MS03")), None,
    ),
    (
        "rejected_account", "立即拒绝，AC01 账号有误", "is rejected at once: AC01, no such account",
        (Answer("rejected", 0, "AC01"),), None,
    ),
    (
        "rejected_funds", "立即拒绝，AM04 余额不足",
        "is rejected at once: AM04, insufficient funds",
        (Answer("rejected", 0, "AM04"),), None,
    ),
    ("pending", "一直没有结果", "is sent, and nothing more is ever heard of it", (), None),
    (
        "answered_twice", "立即入账，回执来两次", "settles at once, and that is told twice",
        (Answer("settled"), Answer("settled")), None,
    ),
    (
        "out_of_order", "下一日先收到退回 AC04，后收到入账；已退回",
        "the next day its return, AC04, is told before its settlement: it is returned",
        (Answer("returned", 1, "AC04"), Answer("settled", 1)), None,
    ),
    (
        "timed_out", "立即超时，下一日其实入账", "times out at once, and settles the next day",
        (Answer("timed_out"), Answer("settled", 1)), None,
    ),
    (
        "refund_rejected", "立即入账；对它的退款立即被拒，AC06 账户冻结",
        "settles at once; its refunds are rejected at once: AC06, blocked account",
        (Answer("settled"),), (Answer("rejected", 0, "AC06"),),
    ),
    (
        "refund_returned", "立即入账；对它的退款立即入账，下一日退回，AC04 账户已销户",
        "settles at once; its refunds settle at once and are returned the next day: AC04",
        (Answer("settled"),), (Answer("settled"), Answer("returned", 1, "AC04")),
    ),
)  # fmt: skip

ACCOUNTS: tuple[TestAccount, ...] = tuple(
    TestAccount(name, _numbered(place), Words(zh=zh, en=en), answers, refunds)
    for place, (name, zh, en, answers, refunds) in enumerate(_LIST, start=1)
)
_BY_NUMBER = {each.number: each for each in ACCOUNTS}


def find_account(number: str) -> TestAccount:
    """The test account of that number. Raises: Invalid("rails.account")."""
    found = _BY_NUMBER.get(number.replace(" ", ""))
    if found is None:
        raise Invalid(
            "this is no test account of the simulated rails",
            code="rails.account",
            param="counter_account",
            hint="GET /v1/rails/test-accounts lists them",
        )
    return found
