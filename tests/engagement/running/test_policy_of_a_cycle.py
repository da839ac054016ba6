"""Two models: the one that serves, and the one that learns."""

from __future__ import annotations

import random
from uuid import UUID

import msgspec
import pytest

from enscene.engagement.decisions import ContactPolicy, Model, Offer
from enscene.engagement.engine import NOBODY, Absent, After, Engine, Happening, Rule, compile_rules
from enscene.engagement.loops import POLICY_TAKEN
from enscene.engagement.running.campaign_decider import FEATURES, CampaignDecider, Speech

MINUTE = 60_000_000
RULES = compile_rules([
    Rule("one/m", "one", After(("shop.pay",)), None, MINUTE),
    Rule("two/m", "two", Absent(("shop.pay",), ("shop.look",), 7 * MINUTE), None, MINUTE),
])  # fmt: skip
SPEECH = Speech(
    {
        f"{ref}/m": tuple(Offer(ref, "m", name, value=1_000, prior=0.3) for name in ("a", "b"))
        for ref in ("one", "two")
    },
    ContactPolicy("Asia/Shanghai"),
    {},
)


def log() -> list[Happening]:
    """Payments, looks and answers; in the middle what was learnt of one campaign serves."""
    rng, found = random.Random(4), []
    for n in range(600):
        at, who = n * MINUTE, rng.randrange(1, 25)
        kind, facts = "shop.pay", {}
        if n == 300:
            kind, who, facts = POLICY_TAKEN, NOBODY, {"loop": {"campaign": "one", "cycle": 1}}
        elif n % 3 == 1:
            kind = "offer.answered"
            key, outcome = rng.choice(
                (("one/a", "taken"), ("one/b", "refused"), ("two/a", "taken"))
            )
            facts = {"offer": {"key": key, "outcome": outcome}}
        elif n % 7 == 2:
            kind = "shop.look"
        found.append(Happening(f"e{n}", who, at, at, kind, facts))
    return found


def engine() -> tuple[Engine, CampaignDecider]:
    decider = CampaignDecider(SPEECH, str)
    return Engine(RULES, decider, space=UUID(int=5)), decider


def play(page: int, *, anew: bool = False, ticks: bool = False) -> tuple[list[bytes], bytes]:
    """All decisions as bytes, and what was learnt in the end; after each page perhaps by another
    process that has nothing but rows, or with deadlines passed before the next event comes."""
    whole, made, (running, _) = log(), list[bytes](), engine()
    for start in range(0, len(whole), page):
        part = whole[start : start + page]
        applied = running.apply(part).decisions
        if ticks and start + page < len(whole):
            applied += running.tick(whole[start + page].seen_us - 1).decisions
        made += [each.decision.to_json(customer=str(each.customer)) for each in applied]
        if anew:
            rows = {each: running.state_of(each) for each in running.customers()}
            general, (running, _) = running.general(), engine()
            running.put_general(general)
            for customer, row in rows.items():
                running.put_state(customer, row)
    made += [each.decision.to_json() for each in running.tick(700 * MINUTE).decisions]
    return made, running.general()


@pytest.mark.parametrize("page", [1, 7, 300, 301])
@pytest.mark.parametrize("how", ["plain", "anew", "ticks"])
def test_the_same_log_gives_the_same_bytes_wherever_a_policy_was_taken(page: int, how: str) -> None:
    assert play(page, anew=how == "anew", ticks=how == "ticks") == play(600)


def test_what_is_learnt_of_a_campaign_serves_from_its_place_in_the_log_on() -> None:
    running, decider = engine()
    whole = log()
    running.apply(whole[:300])
    assert decider.serving.version == 0
    learnt = {ref: decider.learning.learnt_of(ref) for ref in ("one", "two")}
    assert min(learnt.values()) > 20
    applied = running.apply(whole[300:301])
    assert (applied.general, applied.changed) == (True, [])
    assert [decider.serving.learnt_of(ref) for ref in ("one", "two")] == [learnt["one"], 0]
    (taken,) = decider.taken
    assert (taken.campaign, taken.number, taken.before, taken.after) == (
        "one", 1, 0, learnt["one"],
    )  # fmt: skip
    running.apply(whole[301:])
    assert decider.serving.learnt_of("one") == learnt["one"] < decider.learning.learnt_of("one")


def test_a_row_of_one_model_serves_what_it_had_learnt() -> None:
    model = Model(FEATURES)
    model.learn(SPEECH.offers["one/m"][0], [1.0, *[0.0] * (len(FEATURES) - 1)], 1.0)
    _, decider = engine()
    decider.put_general(msgspec.msgpack.encode([model.to_row(), {"one": 5}]))
    assert decider.spent == {"one": 5}
    assert decider.serving.to_row() == decider.learning.to_row() == model.to_row()
    assert decider.serving is not decider.learning
