"""The checker that shares nothing with whoever decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from enscene.simulator.needs import Said, Words, check_contacts, read_words
from enscene.simulator.needs.check_contacts import KINDS

NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)  # twelve in Shanghai
WORDS = Words(
    "Asia/Shanghai", ((2, 7, None), (1, 1, "push")), (21 * 60, 8 * 60), frozenset({"push"})
)


def said(hours: float, channel: str = "h5", benefit: str | None = None, **more: bool) -> Said:
    return Said(NOON + timedelta(hours=hours), "lin", "c", "o", benefit, channel, **more)


def test_what_keeps_to_the_rules_breaks_none() -> None:
    log = [said(0), said(24, "push", "b1"), said(24 * 8, "push", "b2")]
    assert check_contacts(log, WORDS) == dict.fromkeys(KINDS, 0)


def test_each_word_too_many_counts_once() -> None:
    assert check_contacts([said(0), said(1), said(2), said(3)], WORDS)["cap"] == 2
    assert check_contacts([said(0, "push"), said(5, "push")], WORDS)["cap"] == 1


def test_a_window_is_over_just_when_it_is() -> None:
    log = [said(0), said(1), said(24 * 7)]
    assert check_contacts(log, WORDS)["cap"] == 0


def test_the_night_is_the_customers_and_of_its_channels() -> None:
    log = [
        said(9, "push"),
        said(24 * 3 + 19.99, "push"),
        said(24 * 20 + 20, "push"),
        said(24 * 30 + 12),
    ]
    assert check_contacts(log, WORDS)["quiet_hours"] == 2


def test_a_benefit_given_again_counts_and_news_that_must_be_said_do_not() -> None:
    log = [said(0, benefit="b"), said(24 * 40, benefit="b"), said(24 * 80, benefit="b")]
    assert check_contacts(log, WORDS)["same_benefit"] == 2
    news = [said(9 + n / 10, "push", "b", mandatory=True) for n in range(5)]
    assert sum(check_contacts(news, WORDS).values()) == 0


EXAMPLES = Path(__file__).parents[3] / "examples" / "loop"
FILES = read_words(
    EXAMPLES / "contact_rules.yaml", {"town": EXAMPLES / "campaign.yaml"}, "Asia/Shanghai", "loop 1"
)
HELD = next(n for n in map(str, range(1_000)) if check_contacts(
    [Said(NOON, n, "town", "home", None, "h5")], FILES)["holdout"])  # fmt: skip
HEARD = next(n for n in map(str, range(1_000)) if not check_contacts(
    [Said(NOON, n, "town", "home", None, "h5")], FILES)["holdout"])  # fmt: skip


def of_files(day: float, offer: str = "home", channel: str = "h5", who: str = HEARD) -> Said:
    return Said(NOON + timedelta(days=day), who, "town", offer, None, channel)


KEPT = [of_files(0), of_files(3, "card", "push"), of_files(6, "etoll")]
TIRED = [of_files(2 * n) for n in range(8)]
PLANTED = {
    "cap": [of_files(0), of_files(0.1), of_files(0.2)],
    "quiet_hours": [of_files(10 / 24, channel="push")],
    "same_benefit": [of_files(0, "etoll"), of_files(90, "etoll")],
    "rest": [*TIRED, of_files(16)],
    "consent": [of_files(21)],
    "holdout": [of_files(0, who=HELD)],
    "unknown_offer": [of_files(0, "gold")],
    "channel": [of_files(0, channel="sms")],
}


def test_the_files_are_read_as_they_stand() -> None:
    assert FILES.caps == ((2, 1.0, None), (4, 7.0, None), (1, 1.0, "push"))
    assert (FILES.quiet, FILES.rest, FILES.holdout) == ((21 * 60, 8 * 60), (8, 10.0), 100)
    assert FILES.offers is not None
    assert FILES.offers["town", "etoll"] == ("toll_gift", frozenset({"push", "h5"}))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_seen_where_it_is_planted_and_nothing_else_is(kind: str) -> None:
    refused = {HEARD: [(NOON + timedelta(days=20), None)]} if kind == "consent" else {}
    clean = dict.fromkeys(KINDS, 0)
    assert check_contacts(KEPT, FILES, refused) == clean
    assert check_contacts(PLANTED[kind], FILES, refused) == {**clean, kind: 1}


def test_a_row_without_an_answer_ends_with_one_or_with_a_pause() -> None:
    answered = [*TIRED[:7], replace(TIRED[7], answered=TIRED[7].at + timedelta(hours=1))]
    for log in ([*answered, of_files(16)], [*TIRED, of_files(24)]):
        assert check_contacts(log, FILES)["rest"] == 0
    late = [*TIRED[:7], replace(TIRED[7], answered=NOON + timedelta(days=17))]
    assert check_contacts([*late, of_files(16)], FILES)["rest"] == 1


def test_whoever_allows_it_again_may_be_told_again() -> None:
    days = (NOON - timedelta(days=2), NOON)
    assert check_contacts([of_files(0)], FILES, {HEARD: [days]})["consent"] == 0
