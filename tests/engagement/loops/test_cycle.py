"""One cycle of the loop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from enscene.engagement.loops import STEPS, Cycle
from enscene.kernel.errors import Conflict

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def day(n: float) -> datetime:
    return NOW + timedelta(days=n)


def test_seven_steps_one_after_the_other_make_a_cycle() -> None:
    cycle = Cycle(UUID(int=1), 1, "spring")
    for place, name in enumerate(STEPS):
        assert not cycle.is_whole
        cycle.done(name, day(place), day(place + 1.5), "he@bank", count=place)
    assert cycle.is_whole
    assert cycle.days == 7.5
    told = cycle.to_json()
    assert [each["step"] for each in told["steps"]] == list(STEPS)
    assert told["steps"][3]["count"] == 3
    with pytest.raises(Conflict):
        cycle.done("insight", day(9), day(9), "he@bank")


def test_no_step_comes_before_its_turn_or_ends_before_it_began() -> None:
    cycle = Cycle(UUID(int=1), 1, "spring")
    assert cycle.days == 0
    for name, began, ended in (("reach", 0, 1), ("insight", 1, 0)):
        with pytest.raises(Conflict):
            cycle.done(name, day(began), day(ended), "he@bank")  # type: ignore[arg-type]
    cycle.done("insight", day(2), day(3), "he@bank")
    with pytest.raises(Conflict):
        cycle.done("reach", day(1), day(4), "he@bank")
    assert len(cycle.steps) == 1
