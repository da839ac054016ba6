"""Decide on credit: rules and a score card, pure, the same for the same case, never by chance.

Every rule is judged, also those after the first that says no, so that an auditor sees all of
them; the customer is told the reasons that counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from enscene.risk.credit_policy import CreditPolicy
from enscene.risk.score_card import Facts, Score

Outcome = Literal["approved", "refused", "referred"]
_ORDER: Mapping[Outcome, int] = {"approved": 0, "referred": 1, "refused": 2}
RAISE_MOST = 1.2
"""So many times the least that was said lately an income may be before a person looks at it."""
TOLD_MOST = 2
"""So many losses of points are told to a customer whose score was not enough."""


@dataclass(frozen=True, slots=True)
class CreditFact:
    """The fact of the scene that the credit is for: `amount` is what it is worth (minor units,
    None when it says none), `over` that its thing has ended, `used` that another application or
    contract stands on it, `alike` that one stands on a fact which differs in its number alone."""

    amount: int | None
    over: bool = False
    used: bool = False
    alike: bool = False


@dataclass(frozen=True, slots=True)
class CreditCase:
    """What is decided on. Amounts are minor units; `instalment` is the largest monthly payment,
    `burden` what other credit costs them a month, `owed` what the customer owes or is promised over all scenes; `secured` what stands behind the
    loan itself, and widens what may be owed; `claims` are what was said by the application where
    the scene knows better: (said, known) by name. `same_born` and `income_before` compare with what
    the customer has said of themselves in other applications lately."""

    amount: int
    months: int
    instalment: int
    owed: int
    income: int | None
    monthly_spend: int | None
    months_served: int | None
    overdue_days: int | None
    eligible: bool
    fact: CreditFact | None
    claims: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    secured: int = 0
    burden: int = 0
    same_born: bool = True
    income_before: int | None = None


class RuleSaid(msgspec.Struct, frozen=True):
    """One rule: what it looked at, its bound, and what it says."""

    rule: str
    says: Outcome
    value: float | str | None = None
    bound: float | str | None = None


class Reason(msgspec.Struct, frozen=True):
    """A reason for the customer: the code of its text and the values in it."""

    code: str
    facts: dict[str, int | str]


class CreditDecision(msgspec.Struct, frozen=True):
    """The whole record: what was known, what every rule said, the points by fact, the limit."""

    policy: str
    outcome: Outcome
    rules: tuple[RuleSaid, ...]
    score: Score
    points_by_fact: dict[str, int]
    facts: dict[str, float | str | None]
    limit: int
    owed: int
    reasons: tuple[Reason, ...]


def decide_credit(policy: CreditPolicy, case: CreditCase) -> CreditDecision:
    """What the policy says of the case."""
    facts = facts_of(policy, case)
    score = policy.card.score(facts)
    limit = policy.limit(score.points) + case.secured
    rules = tuple(_rules(policy, case, score, limit))
    outcome: Outcome = max((rule.says for rule in rules), key=_ORDER.__getitem__)
    return CreditDecision(
        policy=policy.title,
        outcome=outcome,
        rules=rules,
        score=score,
        points_by_fact={part.name: part.of(facts.get(part.name)) for part in policy.card.parts},
        facts=dict(facts),
        limit=limit,
        owed=case.owed,
        reasons=tuple(_reasons(case, score, limit, rules, outcome)),
    )


def facts_of(policy: CreditPolicy, case: CreditCase) -> Facts:
    """The case as the card asks for it: portions and whole units."""
    top = max(band.most for band in policy.bands)
    worth = case.fact.amount if case.fact is not None else None
    return {
        "months_served": _float(case.months_served),
        "monthly_spend": None if case.monthly_spend is None else case.monthly_spend / 100,
        "income_share": _share(case),
        "fact_share": case.amount / worth if worth else None,
        "owed_share": case.owed / top,
        "overdue_days": _float(case.overdue_days),
    }


def _share(case: CreditCase) -> float | None:
    """The part of the income that this instalment and all others take."""
    return (case.instalment + case.burden) / case.income if case.income else None


def _float(value: int | None) -> float | None:
    return None if value is None else float(value)


def _rules(policy: CreditPolicy, case: CreditCase, score: Score, limit: int) -> Iterator[RuleSaid]:
    fact = case.fact
    yield _rule("eligible", case.eligible)
    yield _rule("fact_is_there", fact is not None)
    yield _rule("fact_goes_on", fact is None or not fact.over)
    yield _rule("fact_not_used", fact is None or not fact.used)
    yield _rule("fact_not_alike", fact is None or not fact.alike, otherwise="referred")
    worth = fact.amount if fact is not None else None
    yield _rule("within_fact", worth is None or case.amount <= worth, case.amount, worth)
    for name, (said, known) in sorted(case.claims.items()):
        yield _rule(f"claim_{name}", said == known, said, known)
    late = case.overdue_days or 0
    yield _rule("not_overdue", late <= policy.overdue_days_most, late, policy.overdue_days_most)
    yield _rule("same_born", case.same_born, otherwise="referred")
    before = case.income_before
    as_before = before is None or (case.income or 0) <= before * RAISE_MOST
    yield _rule("income_as_before", as_before, case.income, before, "referred")
    share = _share(case)
    most = policy.income_share_most
    yield _rule("affordable", share is not None and share <= most, share, most)
    spent = case.monthly_spend or 0
    times = case.income / spent if case.income and spent else None
    plausible = times is None or times <= policy.income_times_most
    yield _rule("income_plausible", plausible, times, policy.income_times_most, "referred")
    yield RuleSaid("score", _by_points(policy, score), score.points, policy.approve_from)
    yield _rule("within_limit", case.owed + case.amount <= limit, case.owed + case.amount, limit)
    small = case.amount < policy.by_person_from
    yield _rule("small_enough", small, case.amount, policy.by_person_from, "referred")


def _rule(
    name: str,
    holds: bool,
    value: float | str | None = None,
    bound: float | str | None = None,
    otherwise: Outcome = "refused",
) -> RuleSaid:
    return RuleSaid(name, "approved" if holds else otherwise, value, bound)


def _by_points(policy: CreditPolicy, score: Score) -> Outcome:
    if score.points >= policy.approve_from:
        return "approved"
    return "referred" if score.points >= policy.refer_from else "refused"


def _reasons(
    case: CreditCase, score: Score, limit: int, rules: tuple[RuleSaid, ...], outcome: Outcome
) -> Iterator[Reason]:
    if outcome == "approved":
        yield Reason("approved", {"points": score.points})
        return
    for rule in rules:
        if rule.says != outcome:
            continue
        if rule.rule == "within_limit":
            yield Reason("within_limit", {"left_minor": max(0, limit - case.owed)})
        elif rule.rule == "within_fact":
            yield Reason("within_fact", {"most_minor": int(rule.bound or 0)})
        elif rule.rule.startswith("claim_"):
            yield Reason("claim", {"field": rule.rule.removeprefix("claim_")})
        elif rule.rule == "score":
            for loss in score.losses[:TOLD_MOST]:
                yield Reason(f"score_{loss.name}", {})
        else:
            yield Reason(rule.rule, {})
