"""When what was put into a scene is earned back, and for how long it earns more than it costs."""

from __future__ import annotations

from datetime import date

from enscene.operations.scene_account import Month, payback_of, sustained_months


def months(*nets: int, invested: int = 1_000) -> list[Month]:
    """From January on; all is invested in the first."""
    return [
        Month(date(2026, number, 1), net + 50, 50, invested if number == 1 else 0)
        for number, net in enumerate(nets, start=1)
    ]


def test_earned_back_in_the_month_in_which_it_is() -> None:
    found = payback_of(months(400, 400, 200, 100))
    assert (found.outlook, found.month, found.left) == ("paid_back", date(2026, 3, 1), 0)


def test_a_later_investment_has_to_be_earned_back_too() -> None:
    rows = months(600, 600, 100)
    rows.append(Month(date(2026, 4, 1), 100, 0, 1_000))
    found = payback_of(rows)
    assert (found.outlook, found.invested, found.left) == ("forecast", 2_000, 600)


def test_a_steady_scene_is_forecast_to_the_month() -> None:
    found = payback_of(months(100, 100, 100))
    assert (found.outlook, found.left) == ("forecast", 700)
    assert found.month == found.soonest == found.latest == date(2026, 10, 1)


def test_the_more_months_differ_the_wider_the_interval() -> None:
    found = payback_of(months(90, 110, 100, 95, 105))
    assert found.soonest is not None
    assert found.month is not None
    assert found.latest is not None
    assert found.soonest <= found.month < found.latest
    wild = payback_of(months(10, 300, 5, 20))
    assert wild.outlook == "forecast"
    assert wild.latest is None, "it may as well earn nothing"


def test_what_cannot_be_said_is_not_said() -> None:
    assert payback_of([]).outlook == "nothing_invested"
    assert payback_of(months(100, invested=0)).outlook == "nothing_invested"
    assert payback_of(months(100, 100)).outlook == "too_few"
    assert payback_of(months(100, -150, 40)).outlook == "not_in_sight"
    assert payback_of(months(1, 1, 1, invested=10**15)).month is None


def test_months_in_a_row() -> None:
    assert sustained_months([]) == 0
    assert sustained_months(months(5, -1, 2, 3)) == 2
    assert sustained_months(months(5, 1, 0)) == 0
    gap = months(1, 1, 1, 1)
    del gap[1]
    assert sustained_months(gap) == 2, "nobody knows what was in the month between"
