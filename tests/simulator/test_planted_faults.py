"""Faults in the product's own rules, planted one by one: a usual day must meet each of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

Patch = pytest.MonkeyPatch


def _interest_twice(monkeypatch: Patch) -> None:
    from enscene.shelf.interest import Accrual

    right = Accrual.finish
    monkeypatch.setattr(Accrual, "finish", lambda accrual: 2 * right(accrual))


def _rate_twice(monkeypatch: Patch) -> None:
    module = import_module("enscene.shelf.loan_offer")
    right = module._totals
    monkeypatch.setattr(
        module, "_totals", lambda amount, rate, *rest: right(amount, 2 * rate, *rest)
    )


def _cost_twice(monkeypatch: Patch) -> None:
    module = import_module("enscene.shelf.loan_offer")
    right = module.rounded_cost
    monkeypatch.setattr(module, "rounded_cost", lambda rate: right(2 * rate))


def _no_fee(monkeypatch: Patch) -> None:
    module = import_module("enscene.shelf.loan_offer")
    monkeypatch.setattr(module, "half_even", lambda *given: 0)


def _everybody_may(monkeypatch: Patch) -> None:
    from enscene.shelf.eligibility import Rule

    monkeypatch.setattr(Rule, "holds", lambda rule, facts: True)


def _nobody_is_too_old(monkeypatch: Patch) -> None:
    from enscene.shelf.eligibility import Rule

    right = Rule.holds
    monkeypatch.setattr(
        Rule, "holds", lambda rule, facts: (rule.field, rule.side) == ("age", "most")
        or right(rule, facts),
    )  # fmt: skip


def _paid_again(monkeypatch: Patch) -> None:
    from enscene.blocks import claim
    from enscene.scenes.runtime import _action

    def compile_step(args: Any, workshop: Any) -> Any:
        flow = args.name("flow")
        plan = workshop.flow(flow)
        return lambda frame: claim.post_flow(frame, flow, plan, "claim")

    monkeypatch.setattr(_action, "COMPILERS", {**_action.COMPILERS, "claim": compile_step})


def _approved_all_the_same(monkeypatch: Patch) -> None:
    from enscene.shelf import Product

    monkeypatch.setattr(Product, "broken_for", lambda product, facts: [])


def _refused_for_another_reason(monkeypatch: Patch) -> None:
    from enscene.shelf import Product

    right = Product.broken_for
    monkeypatch.setattr(
        Product, "broken_for",
        lambda product, facts: ["segment"] if right(product, facts) else [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "people"),
    [
        (_rate_twice, 24),
        (_cost_twice, 24),
        (_no_fee, 24),
        (_everybody_may, 24),
        (_nobody_is_too_old, 60),
    ],
)
async def test_a_fault_in_a_rule_of_the_shelf_is_a_surprise(play, monkeypatch, fault, people):
    fault(monkeypatch)
    played = await play(people=people)
    assert any("is offered for" in surprise.request for surprise in played.tally.first)


@pytest.mark.parametrize(
    ("seed", "faults", "where"),
    [
        # What does not meet the other: one day for several of them. On each day somebody meets them:
        # a claim that comes twice, somebody who applies and may not.
        (2, [_interest_twice, _paid_again], ["the price of the shelf", "approve_claim"]),
        (1, [_no_fee, _approved_all_the_same], ["the price of the shelf", "who may have it"]),
        (1, [_rate_twice, _refused_for_another_reason], ["the cost a year", "who may have it"]),
    ],
)
async def test_a_fault_in_what_is_lent_and_paid_is_a_surprise(
    play, monkeypatch, seed, faults, where
):
    monkeypatch.setattr("enscene.simulator.tally.SHOWN", 10_000)
    for fault in faults:
        fault(monkeypatch)
    played = await play(people=200, seed=seed)
    told = [surprise.request for surprise in played.tally.first]
    assert all(any(each in request for request in told) for each in where), told
