"""What each pattern says, in examples; times are seconds."""

from __future__ import annotations

from engagement.engine.given import CENTRE, FAR, S, expression, fired, happening, rule
from enscene.engagement.engine import Absent, After, Count, Crosses, Enters, Sum
from enscene.engagement.engine import Sequence as Steps

AMOUNT = expression("event.amount")


def test_a_count_fires_when_it_becomes_true_and_again_after_it_was_false() -> None:
    three = rule("r", Count(("a",), 3, 60 * S))
    events = [happening(n, "a", at) for n, at in enumerate((0, 25, 50, 55, 75, 200, 230, 260))]
    assert fired([three], events) == [("r", 50), ("r", 260)]


def test_a_count_may_be_told_again_while_it_stays_true() -> None:
    again = rule("r", Count(("a",), 2, 60 * S, again_after_us=20 * S))
    events = [happening(n, "a", at) for n, at in enumerate((0, 5, 10, 24, 25, 40, 45))]
    assert fired([again], events) == [("r", 5), ("r", 25), ("r", 45)]


def test_a_sum_fires_on_the_one_that_takes_it_over() -> None:
    much = rule("r", Sum(("a",), AMOUNT, 10, 60 * S))
    events = [happening(n, "a", at, amount=x)
              for n, (at, x) in enumerate(((0, 6), (30, 4), (31, 4), (61, 3), (62, -2), (63, 1)))]  # fmt: skip
    assert fired([much], events) == [("r", 30), ("r", 61), ("r", 63)]


def test_what_is_older_than_the_span_is_in_no_sum() -> None:
    much = rule("r", Sum(("a",), AMOUNT, 10, 60 * S))
    assert fired([much], [happening(1, "a", 0, amount=9), happening(2, "a", 60, amount=1)]) == []
    assert fired([much], [happening(1, "a", 1, amount=9), happening(2, "a", 60, amount=1)])


def test_steps_come_one_after_the_other_within_the_span() -> None:
    steps = rule("r", Steps(("a", "b", "c"), 60 * S))
    events = [happening(1, "b", 0), happening(2, "a", 1), happening(3, "b", 2), happening(4, "a", 50),
              happening(5, "c", 61), happening(6, "c", 62)]  # fmt: skip
    assert fired([steps], events) == [("r", 61)]
    assert (
        fired([steps], [happening(1, "a", 0), happening(2, "b", 30), happening(3, "c", 61)]) == []
    )


def test_the_latest_beginning_counts() -> None:
    steps = rule("r", Steps(("a", "b"), 10 * S))
    events = [happening(1, "a", 0), happening(2, "a", 50), happening(3, "b", 55)]
    assert fired([steps], events) == [("r", 55)]


def test_what_does_not_come_fires_at_its_deadline_by_the_clock_of_the_log() -> None:
    absent = rule("r", Absent(("a",), ("b",), 30 * S))
    begun = [happening(1, "a", 10)]
    other = happening(2, "elsewhere", 41, customer=2)
    assert fired([absent], begun, 40) == []
    assert fired([absent], begun, 41) == [("r", 40)]
    assert fired([absent], [*begun, other]) == [("r", 40)]
    assert fired([absent], [*begun, happening(3, "b", 40), other], 99) == []


def test_deadlines_come_in_order_of_time_then_customer_then_rule() -> None:
    rules = [rule("slow", Absent(("a",), ("b",), 7_200 * S)), rule("quick", Absent(("a",), ("b",), 20 * S)),
             rule("same", Absent(("c",), ("b",), 20 * S))]  # fmt: skip
    events = [happening(1, "a", 5, customer=9), happening(2, "c", 5, customer=9),
              happening(3, "a", 5, customer=2), happening(4, "a", 0, customer=5)]  # fmt: skip
    said = fired(rules, events, 10_000)
    assert said == [("quick", 20), ("quick", 25), ("quick", 25), ("same", 25),
                    ("slow", 7_200), ("slow", 7_205), ("slow", 7_205)]  # fmt: skip


def test_a_number_crosses_only_what_it_was_on_the_other_side_of() -> None:
    falls = rule("falls", Crosses(("a",), AMOUNT, below=100))
    rises = rule("rises", Crosses(("a",), AMOUNT, above=100))
    events = [
        happening(n, "a", n, amount=x) for n, x in enumerate((50, 100, 101, 99, 98, 150, 100))
    ]
    assert fired([falls, rises], events) == [("rises", 2), ("falls", 3), ("rises", 5)]


def test_a_place_is_entered_from_outside() -> None:
    enters = rule("r", Enters(("a",), (CENTRE,), 500))
    near = (CENTRE[0] + 400, CENTRE[1])
    places = (FAR, near, None, CENTRE, FAR, CENTRE)
    events = [happening(n, "a", n, place=p) for n, p in enumerate(places)]
    assert fired([enters], events) == [("r", 1), ("r", 5)]


def test_what_comes_too_late_is_remembered_and_fires_nothing() -> None:
    two = rule("two", Count(("a",), 2, 60 * S))
    any_one = rule("any", After(("a",)))
    late = [happening(1, "a", 0, seen_s=11), happening(2, "a", 12)]
    assert fired([two, any_one], late) == [("two", 12), ("any", 12)]
    both_late = [happening(1, "a", 0, seen_s=1), happening(2, "a", 2, seen_s=20)]
    assert fired([two], both_late) == []


def test_the_deadline_of_one_that_came_late_holds_if_it_is_still_ahead() -> None:
    absent = rule("r", Absent(("a",), ("b",), 60 * S))
    assert fired([absent], [happening(1, "a", 0, seen_s=50)], 100) == [("r", 60)]
    assert fired([absent], [happening(1, "a", 0, seen_s=70)], 100) == []
