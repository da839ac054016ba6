"""The suitability check: what a customer can bear, before wealth is sold to them.

Five answers from 1 to 5. The level is what their sum says, and never above what the customer says
about losses and about the time the money can stay: who cannot lose anything is at level 1 whatever
else they answer. Source of the five levels: the regulator's C1-C5 of investors and R1-R5 of
products. A check holds for a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.kernel.errors import Invalid, NotFound
from enscene.shelf import store

HOLDS = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its five answers, from the most careful on."""

    id: str
    zh: str
    en: str
    answers_zh: tuple[str, str, str, str, str]
    answers_en: tuple[str, str, str, str, str]
    caps: bool = False


QUESTIONS = (
    Question(
        "income", "您的收入稳定吗？", "How steady is your income?",
        ("没有收入", "不稳定", "一般", "稳定", "稳定且有结余"),
        ("none", "unsteady", "fair", "steady", "steady, with savings left over"),
    ),
    Question(
        "experience", "您有多久的投资经验？", "How long have you invested?",
        ("没有", "不到一年", "一至三年", "三至五年", "五年以上"),
        ("never", "under a year", "one to three years", "three to five years", "over five years"),
    ),
    Question(
        "share", "这笔钱占您家庭金融资产的多少？", "How much of your household's savings is this?",
        ("全部", "大部分", "约一半", "小部分", "很小部分"),
        ("all", "most", "about half", "a small part", "a very small part"),
    ),
    Question(
        "horizon", "这笔钱可以放多久？", "How long can the money stay?",
        ("随时要用", "三个月", "一年", "三年", "五年以上"),
        ("needed any day", "three months", "a year", "three years", "over five years"), caps=True,
    ),
    Question(
        "loss", "您能承受多大的亏损？", "How much could you bear to lose?",
        ("不能亏损", "5% 以内", "10% 以内", "20% 以内", "20% 以上"),
        ("nothing", "up to 5 %", "up to 10 %", "up to 20 %", "more than 20 %"), caps=True,
    ),
)  # fmt: skip


def level_of(answers: Mapping[str, int]) -> int:
    """1 to 5. Raises: Invalid, with the question that is not answered."""
    for question in QUESTIONS:
        if answers.get(question.id) not in range(1, 6):
            raise Invalid(
                "every question is answered from 1 to 5", code="suitability.answer",
                param=f"answers.{question.id}",
            )  # fmt: skip
    unknown = sorted(set(answers) - {question.id for question in QUESTIONS})
    if unknown:
        raise Invalid("there is no such question", code="suitability.answer",
                      param=f"answers.{unknown[0]}")  # fmt: skip
    by_sum = 1 + (sum(answers.values()) - len(QUESTIONS)) * 4 // (len(QUESTIONS) * 4)
    return min(by_sum, *(answers[question.id] for question in QUESTIONS if question.caps))


async def assess_suitability(
    pool: asyncpg.Pool[Any], tenant: int, customer: int, answers: Mapping[str, int], today: date
) -> tuple[int, date]:
    """The customer's level, kept with what was answered, and the last day on which it holds.

    Raises: Invalid, NotFound.
    """
    level, until = level_of(answers), today + HOLDS
    async with pool.acquire() as connection, connection.transaction():
        await admit(connection, [tenant])
        kept: dict[str, Any] = {
            "risk_level": level, "risk_until": until.isoformat(), "risk_answers": dict(answers),
        }  # fmt: skip
        if not await store.add_to_profile(connection, tenant, customer, kept):
            raise NotFound("there is no such party", code="party.not_found")
    return level, until
