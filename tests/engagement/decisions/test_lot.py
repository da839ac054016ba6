"""Lots of who is held out."""

from __future__ import annotations

from enscene.engagement.decisions import EVERYWHERE, holdout_of

PEOPLE = [f"customer{n}" for n in range(20_000)]


def test_a_lot_does_not_change() -> None:
    assert [holdout_of("salt", name, "c1") for name in ("spring", EVERYWHERE)] == [68, 990]


def test_more_are_held_out_by_adding_to_those_who_are() -> None:
    few = {who for who in PEOPLE if holdout_of("s", "spring", who) < 50}
    more = {who for who in PEOPLE if holdout_of("s", "spring", who) < 100}
    assert few < more
    assert 900 < len(few) < 1_100


def test_lots_of_two_campaigns_and_two_salts_have_nothing_to_do_with_each_other() -> None:
    for other in (("s", "summer"), ("t", "spring")):
        both = sum(
            holdout_of("s", "spring", who) < 100 and holdout_of(*other, who) < 100 for who in PEOPLE
        )
        assert 140 < both < 260


def test_names_that_read_alike_together_are_apart() -> None:
    assert holdout_of("s", "ab", "c") != holdout_of("s", "a", "bc")
