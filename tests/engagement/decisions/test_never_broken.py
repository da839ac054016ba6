"""Whatever happens in whatever order: no cap, no quiet hour and no benefit is ever broken.

The checker reads the list of decisions from its beginning for each word said, and shares nothing with
whoever decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.decisions.given import DAY_US, HOUR_US, numbered, offer
from enscene.engagement.decisions import (
    Cap,
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
)

CHANNELS = ("h5", "push", "sms")
# Half an hour before the clocks of Berlin change, in spring and in autumn.
BEGINS_US = [1_774_744_200_000_000, 1_792_888_200_000_000]
OFFERS = [
    offer("mug", benefit="mug", channels=("push", "h5")),
    offer("cup", campaign="autumn", benefit="mug", channels=("sms", "push")),
    offer("tea", campaign="autumn", benefit="tea", channels=("h5",)),
    offer("card", channels=("sms",)),
    offer("plan", channels=("push",), explored=False, prior=0.3),
    offer("loan", channels=("push", "sms", "h5"), explored=False),
    offer("news", mandatory=True, channels=("push", "h5")),
]


@dataclass(frozen=True)
class Step:
    """After a while something fires; of an earlier decision something has come."""

    wait_us: int
    offers: Sequence[Offer]
    answer: tuple[int, Outcome] | None
    late_us: int = 0


WAITS = st.one_of(st.integers(0, 2 * HOUR_US), st.sampled_from([0, 1, HOUR_US, DAY_US, 9 * DAY_US]))
SPANS = st.one_of(st.sampled_from([1, HOUR_US, DAY_US, 7 * DAY_US]), st.integers(1, 10 * DAY_US))
POLICIES = st.builds(
    ContactPolicy,
    zone=st.sampled_from(["Europe/Berlin", "Asia/Shanghai"]),
    caps=st.lists(
        st.builds(Cap, st.integers(1, 4), SPANS, st.sampled_from([None, *CHANNELS])), max_size=4
    ).map(tuple),
    quiet=st.one_of(
        st.none(),
        st.tuples(st.integers(0, 1_439), st.integers(0, 1_439))
        .filter(lambda pair: pair[0] != pair[1])
        .map(lambda pair: Quiet(*pair, frozenset({"push", "sms"}))),
    ),
    fatigue=st.one_of(st.none(), st.builds(Fatigue, st.integers(1, 4), SPANS)),
)
STEPS = st.lists(
    st.builds(
        Step,
        WAITS,
        st.lists(st.sampled_from(OFFERS), min_size=1, max_size=4),
        st.one_of(st.none(), st.tuples(st.integers(0, 50), st.sampled_from(list(Outcome)))),
        st.one_of(st.just(0), st.integers(0, 3 * HOUR_US)),
    ),
    max_size=40,
)


def tell(steps: Sequence[Step], policy: ContactPolicy, at_us: int, *, late: bool) -> list[Decision]:
    said: list[Decision] = []
    contacts, model = Contacts(), Model()
    for number, step in enumerate(steps):
        at_us += step.wait_us
        if step.answer is not None and said:
            place = step.answer[0] % len(said)
            before = said[place]
            contacts.answer(before.chosen.campaign, before.chosen.name, step.answer[1], at_us)
            contacts = Contacts.from_row(contacts.to_row())
        who = Standing("c1", granted=True, served=True, contacts=contacts)
        then = at_us - step.late_us * late
        decision = decide(step.offers, who, policy, model, then, numbered(number))
        if decision.chosen is not None and not decision.chosen.mandatory:
            contacts.note(decision)
            said.append(decision)
            model.learn(decision.chosen, (1.0,), float(number % 3 == 0))
    return said


def shown(at_us: int, zone: str) -> int:
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at_us)).astimezone(
        ZoneInfo(zone)
    )
    return local.hour * 60 + local.minute


def broken(said: Sequence[Decision], policy: ContactPolicy) -> list[str]:
    found = []
    for each in said:
        for cap in policy.caps:
            heard = [
                other for other in said
                if each.at_us - cap.within_us < other.at_us <= each.at_us
                and (cap.channel is None or other.channel == cap.channel)
            ]  # fmt: skip
            if len(heard) > cap.times:
                found.append(f"cap {cap}")
        if policy.quiet is not None and each.channel in policy.quiet.channels:
            begins, ends = policy.quiet.from_min, policy.quiet.until_min
            long = (ends - begins) % 1_440
            quiet = {(begins + minute) % 1_440 for minute in range(long)}
            if shown(each.at_us, policy.zone) in quiet:
                found.append(f"quiet {each.at_us}")
    benefits = [each.chosen.benefit for each in said if each.chosen.benefit is not None]
    found += [f"benefit {name}" for name in set(benefits) if benefits.count(name) > 1]
    return found


def wearied(said: Sequence[Decision], fatigue: Fatigue) -> list[int]:
    """Those said although so many before them, none of which was answered, were close together."""
    found = []
    for place in range(fatigue.after, len(said)):
        row = [each.at_us for each in said[place - fatigue.after : place + 1]]
        if all(late - early < fatigue.rest_us for early, late in pairwise(row)):
            found.append(place)
    return found


@settings(max_examples=300, deadline=None)
@given(STEPS, POLICIES, st.sampled_from(BEGINS_US), st.booleans())
def test_nothing_is_ever_broken(
    steps: list[Step], policy: ContactPolicy, begins_us: int, late: bool
) -> None:
    assert broken(tell(steps, policy, begins_us, late=late), policy) == []


@settings(max_examples=150, deadline=None)
@given(STEPS, POLICIES, st.sampled_from(BEGINS_US))
def test_whoever_answers_nothing_is_left_alone(
    steps: list[Step], policy: ContactPolicy, begins_us: int
) -> None:
    silent = [Step(step.wait_us, step.offers, None) for step in steps]
    said = tell(silent, policy, begins_us, late=False)
    if policy.fatigue is not None:
        assert wearied(said, policy.fatigue) == []


def test_many_things_at_one_moment_break_nothing() -> None:
    policy = ContactPolicy("Asia/Shanghai", caps=(Cap(3, DAY_US),))
    steps = [Step(0, OFFERS[3:4], None)] * 9
    said = tell(steps, policy, BEGINS_US[0], late=False)
    assert len(said) == 3
    assert broken(said, policy) == []


def test_the_checker_sees_what_is_broken() -> None:
    """Decided by a policy without rules, the same stories break those of others."""
    steps = [Step(HOUR_US, OFFERS[:2], None), *[Step(HOUR_US, OFFERS[3:4], None)] * 6]
    said = tell(steps, ContactPolicy("Europe/Berlin"), BEGINS_US[0], late=False)
    assert broken(said, ContactPolicy("Europe/Berlin", caps=(Cap(2, DAY_US),)))
    assert broken(said, ContactPolicy("Europe/Berlin", quiet=Quiet(0, 720)))
    assert broken(said + said[:1], ContactPolicy("Europe/Berlin"))
    assert wearied(said, Fatigue(3, DAY_US))
