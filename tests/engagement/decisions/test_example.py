"""The example of docs/engagement.md comes out as it stands there."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from engagement.decisions.given import HOUR_US, NOON_US, offer, standing
from enscene.engagement.decisions import (
    Cap,
    Contact,
    ContactPolicy,
    Contacts,
    Model,
    Quiet,
    decide,
)

PAGE = Path(__file__).parents[3] / "docs" / "engagement.md"


def test_the_example_is_true() -> None:
    offers = [
        offer("card", value=3_000, prior=0.04, product="credit_card", channels=("push", "h5")),
        offer("coupon", value=900, cost=500, prior=0.3, benefit="lunch_5"),
        offer("plan", campaign="autumn", value=4_000, lever=1.2, channels=("push",)),
        offer("loan", campaign="autumn", value=2_500, prior=0.02, explored=False),
    ]
    contacts = Contacts()
    contacts.add(Contact(NOON_US - 30 * HOUR_US, "winter", "card", None, "push"))
    policy = ContactPolicy(
        "Asia/Shanghai",
        caps=(Cap(1, 48 * HOUR_US, "push"), Cap(5, 168 * HOUR_US)),
        quiet=Quiet(21 * 60, 8 * 60),
    )
    number = UUID("6f1c0a52-6f0e-5d0c-9f5e-0d1c2b3a4f50")
    decision = decide(offers, standing(contacts=contacts), policy, Model(), NOON_US, number)
    assert (decision.chosen, decision.channel) == (offers[1], "h5")
    assert decision.suppressed == {
        "autumn/plan": "cap",
        "autumn/loan": "another_fits_better",
        "spring/card": "another_fits_better",
    }
    assert decision.again_us == {"autumn/plan": NOON_US + 18 * HOUR_US}
    told = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    for each in decision.eligible:
        cells = next(line for line in told if f"`{each.offer}`" in line).split("|")
        assert cells[5:7] == [f" {each.score:g} ", f" {each.propensity:g} "]
