"""When what was learnt may serve."""

from __future__ import annotations

import pytest

from enscene.engagement.loops import may_switch, switch_told
from enscene.engagement.off_policy import Comparison, Estimate


def compared(low: float, high: float, effective: float = 500, earned: float = 100) -> Comparison:
    gain = Estimate((low + high) / 2, low, high, 800, effective)
    logged = Estimate(earned, earned - 1, earned + 1, 800, 800)
    return Comparison(logged, logged, gain, "untold", "")


@pytest.mark.parametrize(
    ("comparison", "taken", "why"),
    [
        (compared(0.1, 9), True, "better"),
        (compared(-9.9, 30), True, "not_worse"),
        (compared(-10, 30), False, "margin"),
        (compared(-60, 200), False, "margin"),
        (compared(-30, -5), False, "margin"),
        (compared(5, 90, effective=99), False, "effective"),
        (compared(0, 0, earned=0), False, "margin"),
        (None, False, "nothing"),
    ],
)
def test_only_where_the_whole_interval_lies_above_a_tenth_less(
    comparison: Comparison | None, taken: bool, why: str
) -> None:
    switch = may_switch(comparison)
    assert (switch.taken, switch.why) == (taken, why)
    assert switch_told(comparison, switch)["verdict"] == ("taken" if taken else "kept")
