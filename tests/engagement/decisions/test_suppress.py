"""Why something is not said, when it may be again, and the second look at delivery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engagement.decisions.given import (
    DAY_US,
    HOUR_US,
    NOON_US,
    OPEN,
    numbered,
    offer,
    standing,
)
from enscene.engagement.decisions import (
    Cap,
    Contact,
    ContactPolicy,
    Contacts,
    Decision,
    Fatigue,
    Model,
    Offer,
    Outcome,
    Quiet,
    Standing,
    decide,
    may_still_say,
)

NIGHT_US = NOON_US + 11 * HOUR_US
NIGHTS = replace(OPEN, quiet=Quiet(21 * 60, 8 * 60))


def heard(*contacts: Contact, refused: tuple[str, ...] = ()) -> Contacts:
    found = Contacts()
    for contact in contacts:
        found.add(contact)
    found.refused.update(refused)
    return found


def said(at_us: int, channel: str = "h5", outcome: Outcome = Outcome.NONE) -> Contact:
    return Contact(at_us, "other", f"o{at_us}", None, channel, outcome)


def decided(
    what: Offer, who: Standing, policy: ContactPolicy = OPEN, at_us: int = NOON_US, **more: Any
) -> Decision:
    return decide([what], who, policy, Model(), at_us, numbered(7), **more)


CASES: dict[str, Callable[[], Decision]] = {
    "consent": lambda: decided(offer(), standing(granted=False)),
    "not_served_yet": lambda: decided(offer(product="loan"), standing(served=False)),
    "has_it": lambda: decided(offer(product="loan"), standing(holds=frozenset({"loan"}))),
    "holdout": lambda: decided(offer(), standing(), replace(OPEN, holdout_per_mille=1_000)),
    "campaign_holdout": lambda: decided(
        offer(), standing(), replace(OPEN, campaign_holdouts={"spring": 1_000})
    ),
    "same_benefit": lambda: decided(
        offer(benefit="mug"), standing(contacts=heard(Contact(1, "x", "y", "mug", "h5")))
    ),
    "budget": lambda: decided(offer(cost=300), standing(), left={"spring": 299}),
    "fatigue": lambda: decided(
        offer(),
        standing(contacts=heard(said(NOON_US - DAY_US), said(NOON_US - HOUR_US))),
        replace(OPEN, fatigue=Fatigue(2, 3 * DAY_US)),
    ),
    "no_channel": lambda: decided(
        offer(channels=("push",)), standing(contacts=heard(refused=("push",)))
    ),
    "do_not_call": lambda: decided(offer(channels=("call",)), standing(do_not_call=True)),
    "cap": lambda: decided(
        offer(),
        standing(contacts=heard(said(NOON_US - HOUR_US, "push"))),
        replace(OPEN, caps=(Cap(1, DAY_US),)),
    ),
    "quiet_hours": lambda: decided(offer(channels=("push",)), standing(), NIGHTS, NIGHT_US),
}


@pytest.mark.parametrize("reason", CASES)
def test_each_reason_alone_stops_an_offer_and_is_told(reason: str) -> None:
    decision = CASES[reason]()
    assert decision.suppressed == {"spring/card": reason}
    assert (decision.chosen, decision.channel, decision.eligible) == (None, None, ())
    assert decision.propensity == 0.0


def test_without_consent_nothing_at_all_is_said() -> None:
    offers = [offer(f"o{n}", product="loan" if n % 2 else None, explored=n < 3) for n in range(6)]
    decision = decide(offers, standing(granted=False), OPEN, Model(), NOON_US, numbered(1))
    assert set(decision.suppressed.values()) == {"consent"}
    assert decision.chosen is None


def test_what_passes_with_time_says_when() -> None:
    assert CASES["quiet_hours"]().again_us == {"spring/card": NOON_US + 20 * HOUR_US}
    assert CASES["cap"]().again_us == {"spring/card": NOON_US - HOUR_US + DAY_US}
    assert CASES["fatigue"]().again_us == {"spring/card": NOON_US - HOUR_US + 3 * DAY_US}
    assert CASES["budget"]().again_us == {}


def test_at_the_moment_that_is_told_it_may_be_said() -> None:
    who = standing(contacts=heard(*(said(NOON_US - n * HOUR_US) for n in (1, 5, 9))))
    for policy in (
        replace(OPEN, caps=(Cap(2, DAY_US), Cap(1, 6 * HOUR_US))),
        replace(OPEN, fatigue=Fatigue(3, DAY_US)),
    ):
        again = decided(offer(), who, policy).again_us["spring/card"]
        assert decided(offer(), who, policy, again - 1).chosen is None
        assert decided(offer(), who, policy, again).chosen is not None


def test_a_service_may_come_before_any_service() -> None:
    assert decided(offer(product=None), standing(served=False)).chosen is not None


def test_a_budget_is_spent_to_the_last_cent() -> None:
    assert decided(offer(cost=300), standing(), left={"spring": 300}).chosen is not None
    assert decided(offer(cost=300), standing(), left={"other": 0}).chosen is not None
    assert decided(offer(cost=0), standing(), left={"spring": 0}).chosen is not None


def test_a_cap_of_one_channel_leaves_the_next_one_wanted() -> None:
    policy = replace(OPEN, caps=(Cap(1, DAY_US, "push"),))
    who = standing(contacts=heard(said(NOON_US - HOUR_US, "push")))
    assert decided(offer(channels=("push", "h5")), who, policy).channel == "h5"


def test_a_page_that_is_open_is_not_quiet_at_night() -> None:
    assert decided(offer(channels=("push", "h5")), standing(), NIGHTS, NIGHT_US).channel == "h5"


def test_quiet_hours_are_those_of_the_customers_own_zone() -> None:
    what = offer(channels=("push",))
    assert decided(what, standing(zone="Europe/Berlin"), NIGHTS, NIGHT_US).channel == "push"
    night = decided(what, standing(zone="Europe/Berlin"), NIGHTS, NIGHT_US + 6 * HOUR_US)
    assert night.suppressed == {"spring/card": "quiet_hours"}


def test_of_several_channels_that_passes_soonest_is_told() -> None:
    who = standing(do_not_call=True, contacts=heard(refused=("sms",)))
    decision = decided(offer(channels=("sms", "call", "push")), who, NIGHTS, NIGHT_US)
    assert decision.suppressed == {"spring/card": "quiet_hours"}
    assert decided(offer(channels=()), who).suppressed == {"spring/card": "no_channel"}


def test_of_several_caps_the_channel_that_opens_first_is_told() -> None:
    policy = replace(OPEN, caps=(Cap(1, 7 * DAY_US, "sms"), Cap(1, DAY_US, "push")))
    who = standing(contacts=heard(said(NOON_US - 1, "sms"), said(NOON_US - 1, "push")))
    for channels in (("sms", "push"), ("push", "sms")):
        decision = decided(offer(channels=channels), who, policy)
        assert decision.again_us == {"spring/card": NOON_US - 1 + DAY_US}


def test_an_answer_or_a_pause_ends_weariness() -> None:
    policy = replace(OPEN, fatigue=Fatigue(3, 3 * DAY_US))
    row = [NOON_US - n * HOUR_US for n in (30, 20, 10)]
    assert decided(offer(), standing(contacts=heard(*map(said, row))), policy).chosen is None
    answered = [said(row[0]), said(row[1], outcome=Outcome.REFUSED), said(row[2])]
    assert decided(offer(), standing(contacts=heard(*answered)), policy).chosen is not None
    # Two before a pause as long as the rest and one after it are no row of three.
    paused = [said(row[2] - 4 * DAY_US), said(row[2] - 3 * DAY_US), said(row[2])]
    assert decided(offer(), standing(contacts=heard(*paused)), policy).chosen is not None


def test_what_is_decided_late_does_not_crowd_what_was_decided_before() -> None:
    policy = replace(OPEN, caps=(Cap(1, DAY_US),))
    who = standing(contacts=heard(said(NOON_US)))
    assert decided(offer(), who, policy, NOON_US - HOUR_US).chosen is None
    assert decided(offer(), who, policy, NOON_US - DAY_US).chosen is not None


def test_news_are_said_whatever_speaks_against_offers() -> None:
    who = standing(
        granted=False, served=False, holds=frozenset({"loan"}),
        contacts=heard(said(NIGHT_US - HOUR_US), Contact(1, "x", "y", "mug", "h5")),
    )  # fmt: skip
    policy = replace(
        NIGHTS, holdout_per_mille=1_000, caps=(Cap(1, DAY_US),), fatigue=Fatigue(1, DAY_US)
    )
    news = offer(product="loan", benefit="mug", mandatory=True, cost=1, channels=("sms",))
    decision = decided(news, who, policy, NIGHT_US, left={"spring": 0})
    assert (decision.chosen, decision.channel, decision.propensity) == (news, "sms", 1.0)


def test_only_the_customers_own_wish_stops_news() -> None:
    who = standing(do_not_call=True, contacts=heard(refused=("sms",)))
    stopped = decided(offer(mandatory=True, channels=("sms", "call")), who)
    assert stopped.suppressed == {"spring/card": "do_not_call"}
    stopped = decided(offer(mandatory=True, channels=("sms",)), who)
    assert stopped.suppressed == {"spring/card": "no_channel"}


def test_at_delivery_its_own_contact_does_not_stand_in_the_way() -> None:
    policy = replace(OPEN, caps=(Cap(1, DAY_US),), fatigue=Fatigue(1, DAY_US))
    contacts = Contacts()
    who = standing(contacts=contacts)
    decision = decided(offer(benefit="mug", channels=("push",)), who, policy)
    contacts.note(decision)
    later = NOON_US + HOUR_US
    assert may_still_say(decision, "push", who, policy, later) is None
    assert [each.benefit for each in contacts] == ["mug"]
    assert may_still_say(offer("other"), "h5", who, policy, later) == "fatigue"
    contacts.add(said(NOON_US + 1))
    uncapped = replace(policy, fatigue=None)
    assert may_still_say(decision, "push", who, uncapped, later) == "cap"


def test_what_has_changed_until_delivery_stops_it() -> None:
    decision = decided(offer(product="loan", channels=("push", "call")), standing())
    changed = {
        "consent": standing(granted=False),
        "has_it": standing(holds=frozenset({"loan"})),
        "no_channel": standing(contacts=heard(refused=("push",))),
    }
    for reason, who in changed.items():
        assert may_still_say(decision, "push", who, NIGHTS, NOON_US) == reason
    assert may_still_say(decision, "push", standing(), NIGHTS, NIGHT_US) == "quiet_hours"
    called = standing(do_not_call=True)
    assert may_still_say(decision, "call", called, NIGHTS, NOON_US) == "do_not_call"
    assert may_still_say(decision, "push", called, NIGHTS, NOON_US) is None


def test_news_are_delivered_at_night() -> None:
    decision = decided(offer(mandatory=True, channels=("push",)), standing(granted=False), NIGHTS)
    assert may_still_say(decision, "push", standing(granted=False), NIGHTS, NIGHT_US) is None
