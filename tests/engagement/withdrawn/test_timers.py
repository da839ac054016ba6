"""Of what was begun under a consent no timer takes money any more; what gives back goes on."""

from __future__ import annotations

from typing import Any

import pytest

from engagement.withdrawn.pack_journeys import open_walk, packs
from enscene.engagement import withdraw_consent
from enscene.scenes.reactions import timers

CASE = ("smart_canteen", "an_order_is_held_and_collected")


def test_what_takes_from_a_person_is_told_from_what_gives_back() -> None:
    canteen, travel = packs()["smart_canteen"], packs()["travel"]
    for pack, action, takes in (
        (canteen, "pay_by_code", True), (travel, "book_package", True),
        (canteen, "top_up", False), (canteen, "expire_order", False), (canteen, "pay_out", False),
    ):  # fmt: skip
        assert timers.takes_from_person(pack, action) is takes, action
    assert timers.takes_from_person(canteen, None) is False


@pytest.mark.parametrize("takes", [True, False])
async def test_a_timer_that_takes_is_cancelled_with_the_consent(
    pool: Any, takes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No pack has such a timer: this one is said to be."""
    monkeypatch.setattr(timers, "takes_from_person", lambda pack, action: takes)
    async with open_walk(pool, *CASE, by_partner=True) as walk:
        waits: list[Any] = []
        for number in range(len(walk.case.when)):
            await walk.step(number)
            waits = await walk.sql(
                "select t.key, t.version from thing t join event e on e.subject = t.type || ':' || t.key "
                "where t.due is not null and e.facts ? 'grant'"
            )
            if waits:
                break
        assert waits, "something waits for its time"
        for who, grant in walk.grants.items():
            await withdraw_consent(pool, walk.host, walk.tenant, grant, party=who)
        left = await walk.sql("select key, due, version from thing where key = $1", waits[0][0])
        assert (left[0]["due"] is None) is takes
        assert left[0]["version"] == waits[0][1] + takes
