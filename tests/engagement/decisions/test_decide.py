"""Choosing one of many, and saying why."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from hashlib import blake2b
from uuid import NAMESPACE_URL, uuid5

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.decisions.given import NOON_US, OPEN, numbered, offer, standing
from enscene.engagement.decisions import (
    EVERYWHERE,
    Decision,
    Model,
    Offer,
    Standing,
    decide,
    holdout_of,
)

THREE = [
    offer("card", value=1_000, product="card", data=("event.price",)),
    offer("mug", value=700, cost=100, benefit="mug", channels=("push", "h5"), moment="came"),
    offer("plan", campaign="autumn", value=4_000, prior=0.02, lever=0.9, staff="manager"),
]


def choose(
    offers: list[Offer], number: int = 1, model: Model | None = None, **changes: object
) -> Decision:
    return decide(offers, standing(**changes), OPEN, model or Model(), NOON_US, numbered(number))


def test_one_is_chosen_and_every_other_one_has_its_reason() -> None:
    decision = choose(THREE)
    assert decision.chosen in THREE
    assert {*decision.suppressed, decision.chosen.key} == {each.key for each in THREE}
    assert set(decision.suppressed.values()) == {"another_fits_better"}


def test_the_chances_are_exactly_as_logged() -> None:
    """What was chosen, over many ids, against the sum of the chances of each decision itself."""
    model, count = Model(), 6_000
    for place in range(30):
        model.learn(THREE[place % 3], (1.0,), float(place % 4 == 0))
    wide = dict.fromkeys((each.key for each in THREE), 0.0)
    missed = dict(wide)
    for number in range(count):
        decision = decide(
            THREE, standing(), replace(OPEN, floor=0.03), model, NOON_US,
            uuid5(NAMESPACE_URL, str(number)),
        )  # fmt: skip
        for each in decision.eligible:
            p = each.propensity
            wide[each.offer] += p * (1 - p)
            missed[each.offer] += (decision.chosen.key == each.offer) - p
    for key, sum_of_squares in wide.items():
        assert sum_of_squares > 100  # none of them is certain
        assert abs(missed[key]) < 3.5 * sum_of_squares**0.5


@given(
    st.lists(
        st.builds(
            offer,
            name=st.sampled_from([f"o{n}" for n in range(30)]),
            campaign=st.sampled_from(["spring", "autumn"]),
            moment=st.sampled_from(["paid", "came"]),
            value=st.integers(0, 10**9),
            cost=st.integers(0, 10**9),
            lever=st.floats(0, 100),
            prior=st.floats(0.001, 0.999),
            explored=st.booleans(),
            mandatory=st.booleans(),
        ),
        max_size=30,
        unique_by=lambda each: (each.campaign, each.name, each.moment),
    ),
    st.uuids(),
    st.sampled_from([0.01, 0.02, 0.3]),
    st.randoms(),
)
def test_what_holds_of_every_decision(
    offers: list[Offer], number: object, floor: float, rng: random.Random
) -> None:
    policy, model = replace(OPEN, floor=floor), Model()
    decision = decide(offers, standing(), policy, model, NOON_US, number)
    shuffled = list(offers)
    rng.shuffle(shuffled)
    again = decide(shuffled, standing(), policy, Model(), NOON_US, number)
    assert again.to_json() == decision.to_json()
    keys = {each.key for each in offers}
    assert {each.offer for each in decision.eligible} == keys
    if decision.chosen is None:
        assert not offers
        return
    assert set(decision.suppressed) == keys - {decision.chosen.key}
    shares = {each.offer: each.propensity for each in decision.eligible}
    assert round(sum(shares.values()) * 1_000_000) == 1_000_000
    assert all(share == round(share, 6) for share in shares.values())
    assert decision.propensity == shares[decision.chosen.key] > 0
    if decision.chosen.mandatory or not decision.chosen.explored:
        assert decision.propensity == 1.0
        return
    tried = [shares[key] for key in shares if shares[key]]
    assert min(tried) >= min(floor, (1_000_000 // len(tried)) / 1_000_000)


def test_the_same_is_decided_by_the_same_bytes_on_every_machine() -> None:
    model, rng, digest = Model(("always", "age", "old")), random.Random(3), blake2b(digest_size=8)
    for number in range(200):
        x = (1.0, rng.random(), float(rng.random() < 0.3))
        decision = choose(THREE, number, model, features=x)
        digest.update(decision.to_json(customer="c1", scene="canteen", reason="paid"))
        model.learn(decision.chosen, x, float(rng.random() < 0.2))
    digest.update(msgspec.msgpack.encode(model.to_row()))
    assert digest.hexdigest() == "40e47f60553b4a90"


def test_what_nobody_takes_gives_way_to_what_many_take() -> None:
    model, rng, chosen = Model(), random.Random(8), []
    odds = {"spring/card": 0.02, "spring/mug": 0.5, "autumn/plan": 0.0}
    for number in range(1_500):
        decision = choose(THREE, number, model)
        chosen.append(decision.chosen.key)
        model.learn(decision.chosen, (1.0,), float(rng.random() < odds[chosen[-1]]))
    assert chosen[:30].count("spring/mug") < 25
    assert chosen[-300:].count("spring/mug") > 270
    # The floor goes on asking.
    assert {"spring/card", "autumn/plan"} <= set(chosen[-1_000:])


def test_news_go_first_and_the_weightiest_of_them() -> None:
    news = [offer("closing", mandatory=True), offer("blocked", mandatory=True, lever=5.0)]
    decision = choose([*THREE, *news])
    assert (decision.chosen, decision.propensity) == (news[1], 1.0)
    assert decision.suppressed["spring/closing"] == "another_fits_better"


def test_credit_is_never_a_matter_of_chance() -> None:
    loan = offer("loan", explored=False, value=3_000, prior=0.1)
    for score, taken in ((10.0, True), (0.3, True), (0.2, False), (0.0, False)):
        # The best of the others is expected to earn 72: 4,000 × 0.02 × 0.9.
        what = replace(loan, lever=score)
        found = [choose([*THREE, what], number) for number in range(200)]
        assert {d.chosen == what for d in found} == {taken}
        shares = {each.offer: each.propensity for d in found for each in d.eligible}
        assert shares["spring/loan"] == float(taken)
        assert all((d.propensity == 1.0) == taken for d in found)


def test_of_two_credits_the_one_that_rules_rate_higher_is_taken() -> None:
    loans = [offer("a", explored=False, prior=0.1), offer("b", explored=False, prior=0.2)]
    assert {choose(loans, number).chosen.name for number in range(50)} == {"b"}


def test_more_offers_than_the_floor_has_room_for_are_drawn_alike() -> None:
    many = [offer(f"o{n}", value=n) for n in range(150)]
    shares = [each.propensity for each in choose(many).eligible]
    assert (min(shares), max(shares)) == (0.006666, 0.006667)


def test_what_two_moments_offer_at_once_is_offered_once() -> None:
    decision = choose([offer(moment="paid"), offer(moment="came")])
    assert len(decision.eligible) == 1
    assert decision.chosen.moment == "came"


def test_each_experiment_is_told_on_which_side_the_customer_stands() -> None:
    policy = replace(OPEN, campaign_holdouts={"spring": 500}, holdout_per_mille=100, salt="s")
    sides = set()
    for number in range(200):
        who = Standing(key=f"c{number}", granted=True, served=True)
        decision = decide(THREE, who, policy, Model(), NOON_US, numbered(number))
        everywhere = holdout_of("s", EVERYWHERE, who.key) < 100
        spring = holdout_of("s", "spring", who.key) < 500
        assert decision.arm("spring") == ("held" if everywhere or spring else "open")
        assert decision.arm("autumn") == ("held" if everywhere else "open")
        assert decision.rights()["held_out"] == {
            "everywhere": everywhere, "campaigns": ["spring"] if spring else [],
        }  # fmt: skip
        reason = "holdout" if everywhere else "campaign_holdout"
        if everywhere or spring:
            assert decision.suppressed["spring/card"] == reason
        assert (decision.chosen is None) == everywhere
        sides.add((everywhere, spring))
    assert len(sides) == 4


def test_the_record_has_the_eight_rights() -> None:
    decision = choose([THREE[1]])
    rights = decision.rights(customer="c1", scene="canteen", reason="paid often")
    assert {key: rights[key] for key in (
        "customer", "time", "scene", "staff", "activity", "price", "channel", "product",
        "propensity", "policy", "reason", "via", "eligible", "suppressed", "benefit", "moment",
    )} == {
        "customer": "c1", "time": "2026-11-24T04:00:00.000000Z", "scene": "canteen", "staff": None,
        "activity": "spring", "price": "shelf", "channel": "push", "product": None,
        "propensity": 1.0, "policy": "contact 0", "reason": "paid often", "via": ["push", "h5"],
        "eligible": ["spring/mug"], "suppressed": {}, "benefit": "mug", "moment": "came",
    }  # fmt: skip
    assert rights["weighed"] == [{
        "offer": "spring/mug", "propensity": 1.0, "expected": 0.05, "context": 1.0, "net": 600,
        "lever": 1.0, "score": 30.0,
    }]  # fmt: skip


def test_the_record_names_the_fields_that_had_a_say() -> None:
    names = choose(THREE, model=Model(("always", "age")), features=(1.0, 0.5)).data
    assert {"event.price", "contacts", "consent.recommendations", "model.age"} <= set(names)
    assert "model.always" not in choose(THREE, granted=False).data
    assert "model.always" not in choose([offer(explored=False)]).data


def test_the_bytes_have_one_order() -> None:
    record = choose(THREE).to_json(customer="客户")
    assert (
        record
        == json.dumps(
            json.loads(record), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        ).encode()
    )
    assert json.loads(record)["id"] == str(numbered(1))


def test_of_nothing_nothing_is_chosen() -> None:
    decision = choose([])
    assert (decision.chosen, decision.suppressed, decision.propensity) == (None, {}, 0.0)
    assert decision.rights()["activity"] is None


def test_deciding_changes_nothing() -> None:
    model = Model()
    before = msgspec.msgpack.encode(model.to_row())
    choose(THREE, model=model)
    assert msgspec.msgpack.encode(model.to_row()) == before


def test_features_other_than_those_named_are_a_mistake() -> None:
    with pytest.raises(AssertionError):
        choose(THREE, model=Model(("always", "age")), features=(1.0,))
