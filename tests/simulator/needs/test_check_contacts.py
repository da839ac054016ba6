"""The checker that shares nothing with whoever decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from enscene.simulator.needs import Said, Words, check_contacts

NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)  # twelve in Shanghai
WORDS = Words(
    "Asia/Shanghai", ((2, 7, None), (1, 1, "push")), (21 * 60, 8 * 60), frozenset({"push"})
)


def said(hours: float, channel: str = "h5", benefit: str | None = None, **more: bool) -> Said:
    return Said(NOON + timedelta(hours=hours), "lin", "c", "o", benefit, channel, **more)


def test_what_keeps_to_the_rules_breaks_none() -> None:
    log = [said(0), said(24, "push", "b1"), said(24 * 8, "push", "b2")]
    assert check_contacts(log, WORDS) == {"cap": 0, "quiet_hours": 0, "same_benefit": 0}


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
