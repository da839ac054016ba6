"""What makes a campaign, and what does not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engagement.campaigns.sample import body_of, sample
from enscene.engagement.campaigns import ContactRules, kinds_of
from enscene.kernel.errors import Invalid


def test_a_campaign_that_makes_sense_names_its_events_with_their_places() -> None:
    body = body_of(sample())
    body.check()
    assert ("travel.book_package", "moments.left_us.absent.without[0]") in list(kinds_of(body))
    assert len(list(kinds_of(body))) == 5


def changed(path: str, value: Any) -> dict[str, Any]:
    whole = sample()
    *parents, last = path.split("/")
    at = whole
    for name in parents:
        at = at[name]
    at[last] = value
    return whole


@pytest.mark.parametrize(
    ("path", "value", "code", "param"),
    [
        ("ends", "2025-12-31", "campaign.days", "ends"),
        ("budget", "0.00", "campaign.budget", "budget"),
        ("budget", "1.001", "money.bad_amount", "budget"),
        ("offers/plan/cost", "-1.00", "campaign.amount", "offers.plan.cost"),
        ("moments/large/offer", ["pla"], "campaign.offer", "moments.large.offer[0]"),
        ("moments/large/sequence", {"steps": ["a.b", "a.c"], "within": "1d"}, "campaign.pattern",
         "moments.large"),
        ("moments/large", {"offer": ["coupon"]}, "campaign.pattern", "moments.large"),
        ("moments/booked_often/count/within", "a month", "clock.bad_duration",
         "moments.booked_often.count.within"),
        ("moments/large/tolerance", "-1d", "clock.bad_duration", "moments.large.tolerance"),
        ("moments/spends/sum/reaches", "0.00", "campaign.amount", "moments.spends.sum.reaches"),
        ("moments/large", {"offer": ["coupon"], "crosses": {"of": ["travel.book_package"],
         "field": "input.price"}}, "campaign.crosses", "moments.large.crosses"),
        ("offers/idle", {"title": {"zh": "x", "en": "x"}, "reason": {"zh": "x", "en": "x"}},
         "campaign.idle", "offers.idle"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told_with_its_place(
    path: str, value: Any, code: str, param: str
) -> None:
    with pytest.raises(Invalid) as refused:
        body_of(changed(path, value)).check()
    assert (refused.value.code, refused.value.param) == (code, param)


@pytest.mark.parametrize(
    ("path", "value"),
    [("purpose", "sell"), ("moments", {}), ("holdout", 501), ("offers/plan/lever", 0),
     ("offers/plan/channels", ["pigeon"]), ("moments/large/after", ["book_package"]),
     ("wishes", 1)],
)  # fmt: skip
def test_what_no_campaign_has_is_refused(path: str, value: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        body_of(changed(path, value))


@pytest.mark.parametrize(
    ("change", "param"),
    [({"caps": [{"times": 1, "within": "soon"}]}, "caps[0].within"),
     ({"fatigue": {"rest": "x1"}}, "fatigue.rest"),
     ({"quiet": {"begins": "08:00", "ends": "08:00"}}, "quiet.ends")],
)  # fmt: skip
def test_rules_of_contact_that_make_no_sense_are_told(change: dict[str, Any], param: str) -> None:
    with pytest.raises(Invalid) as refused:
        msgspec.convert(change, ContactRules).check()
    assert refused.value.param == param
    msgspec.convert({}, ContactRules).check()


def test_a_floor_below_a_hundredth_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"floor": 9}, ContactRules)
