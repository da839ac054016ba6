"""Policies and offers that cannot hold are refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from engagement.decisions.given import DAY_US, offer
from enscene.engagement.decisions import RING, Cap, ContactPolicy, Fatigue, Quiet
from enscene.kernel.errors import Invalid


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"caps": (Cap(1, DAY_US), Cap(RING + 1, DAY_US))}, "caps[1].times"),
        ({"caps": (Cap(0, DAY_US),)}, "caps[0].times"),
        ({"caps": (Cap(1, 0),)}, "caps[0].within_us"),
        ({"fatigue": Fatigue(RING + 1, DAY_US)}, "fatigue.after"),
        ({"fatigue": Fatigue(2, 0)}, "fatigue.rest_us"),
        ({"quiet": Quiet(60, 60)}, "quiet.until_min"),
        ({"quiet": Quiet(1_440, 60)}, "quiet.from_min"),
        ({"holdout_per_mille": 1_001}, "holdout_per_mille"),
        ({"campaign_holdouts": {"spring": -1}}, "campaign_holdouts.spring"),
        ({"floor": 0.009}, "floor"),
    ],
)
def test_a_policy_that_cannot_be_kept_is_refused(changes: dict[str, Any], param: str) -> None:
    with pytest.raises(Invalid) as refused:
        ContactPolicy("Asia/Shanghai", **changes)
    assert refused.value.param == param


def test_a_zone_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        ContactPolicy("Mars/Olympus")
    assert refused.value.code == "clock.unknown_zone"


@pytest.mark.parametrize(
    ("changes", "param"),
    [({"prior": 0.0}, "prior"), ({"prior": 1.0}, "prior"), ({"lever": -1.0}, "lever"),
     ({"context": float("nan")}, "context"), ({"context": float("inf")}, "context")],
)  # fmt: skip
def test_an_offer_that_cannot_be_weighed_is_refused(changes: dict[str, Any], param: str) -> None:
    with pytest.raises(Invalid) as refused:
        offer(**changes)
    assert refused.value.param == param


def test_what_costs_more_than_it_brings_weighs_nothing() -> None:
    losing = offer(value=100, cost=300, context=2.0)
    assert (losing.net, losing.weight) == (-200, 0.0)
    assert offer(value=500, cost=300, context=2.0, lever=1.5).weight == 600.0
