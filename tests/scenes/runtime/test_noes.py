"""To be told no again and again costs the database next to nothing; a newcomer waits a second."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from enscene.customers import Enrolment
from enscene.scenes.administer import SceneOrder, change_terms
from enscene.scenes.runtime import SceneHost, _lately
from scenes.canteen import Canteen, canteen_pack, open_canteen, outcomes, told


class CountingPool:
    """Counts how often a connection was asked for."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool
        self.count = 0

    def acquire(self) -> Any:
        self.count += 1
        return self.pool.acquire()


class HandClock:
    """A clock that runs only when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    hand = HandClock()
    monkeypatch.setattr(_lately, "time", SimpleNamespace(monotonic=hand.monotonic))
    return hand


@pytest.fixture
async def canteen(pool: Any, clock: HandClock) -> Canteen:
    """Ann has money and has paid once; `elsewhere` has its own memory."""
    opened = await open_canteen(pool)
    await opened.top_up("ann", "100.00")
    assert told((await outcomes(opened.pay("warm", "1.00")))[0]) == "done"
    return opened


def counted(canteen: Canteen) -> tuple[Canteen, CountingPool]:
    """The canteen in another process, whose reads are counted."""
    pool = CountingPool(canteen.pool)
    return Canteen(canteen.pool, SceneHost(pool), canteen.tenant, canteen.scene), pool  # type: ignore[arg-type]


NOES: dict[str, tuple[str, Callable[[Canteen, int], Any]]] = {
    "a stranger acts": (
        "scene.not_enrolled", lambda c, n: c.do("top_up", "nobody", f"k{n}", amount="1.00"),
    ),
    "in a role of others": (
        "scene.role", lambda c, n: c.do("top_up", "till", f"k{n}", amount="1.00"),
    ),
    "a stranger is meant": (
        "party.not_found", lambda c, n: c.pay(f"t{n}", "1.00", diner="nobody"),
    ),
    "somebody else is meant": (
        "scene.not_in_role", lambda c, n: c.pay(f"t{n}", "1.00", diner="acme"),
    ),
    "no such action": ("scene.no_action", lambda c, n: c.do("fly", "ann", f"k{n}")),
    "bad input": (
        "invalid.form", lambda c, n: c.do("top_up", "ann", f"k{n}", amount="1.005"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", NOES)
async def test_the_same_no_reads_once(canteen: Canteen, why: str) -> None:
    code, act = NOES[why]
    other, pool = counted(canteen)
    first = told((await outcomes(act(other, 0)))[0])
    assert first == code
    before = pool.count
    for n in range(50):
        assert told((await outcomes(act(other, n)))[0]) == first
    assert pool.count - before <= 2
    await other.host.close()


async def test_many_strangers_at_once_are_looked_up_together(canteen: Canteen) -> None:
    other, pool = counted(canteen)
    await outcomes(other.do("top_up", "nobody", "k", amount="1.00"))
    before = pool.count
    found = await outcomes(
        *(other.do("top_up", f"nobody{n}", f"k{n}", amount="1.00") for n in range(200))
    )
    assert set(map(told, found)) == {"scene.not_enrolled"}
    assert pool.count - before <= 4
    await other.host.close()


async def test_a_newcomer_is_told_no_for_no_longer_than_said(
    canteen: Canteen, clock: HandClock
) -> None:
    """Also while others are told no all the time."""
    other, _ = counted(canteen)

    async def asked(name: str) -> str:
        return told(
            (await outcomes(other.do("top_up", name, f"{name}{clock.now_s}", amount="1.00")))[0]
        )

    assert await asked("cyd") == "scene.not_enrolled"
    await canteen.enrol(Enrolment("cyd", "diner", "person"))
    assert await asked("cyd") == "scene.not_enrolled"
    for _ in range(3):
        clock.now_s += 0.3
        await asked("nobody")
    clock.now_s += _lately.LATELY_S - 0.9 + 0.001
    assert await asked("nobody") == "scene.not_enrolled"
    assert await asked("cyd") == "done"
    await other.host.close()


async def test_a_new_link_of_somebody_known_counts_a_second_later(
    canteen: Canteen, clock: HandClock
) -> None:
    other, _ = counted(canteen)
    await canteen.enrol(Enrolment("cyd", "diner", "person"))
    await canteen.top_up("cyd", "10.00")
    clock.now_s += 10
    assert told((await outcomes(other.pay("a", "1.00", diner="cyd")))[0]) == "scene.no_party"
    await canteen.link("cyd", "acme")
    assert told((await outcomes(other.pay("b", "1.00", diner="cyd")))[0]) == "scene.no_party"
    clock.now_s += _lately.LATELY_S + 0.001
    assert told((await outcomes(other.pay("c", "1.00", diner="cyd")))[0]) == "done"
    await other.host.close()


async def test_a_scene_that_has_changed_is_seen_a_second_later(
    canteen: Canteen, clock: HandClock
) -> None:
    """What moves the version is seen by the write path at once, and by a no a second later."""
    other, _ = counted(canteen)
    assert told((await outcomes(other.pay("a", "1.00")))[0]) == "done"
    await canteen.change("suspended")
    assert told((await outcomes(other.pay("b", "1.00")))[0]) == "scene.not_open"
    await canteen.change("live")
    assert told((await outcomes(other.pay("c", "1.00")))[0]) == "done"
    await other.host.close()


async def test_the_first_no_is_told_by_the_terms_of_now(canteen: Canteen) -> None:
    """However lately the scene was read for something that went well."""
    other, pool = counted(canteen)
    assert told((await outcomes(other.pay("a", "1.00")))[0]) == "done"
    async with canteen.pool.acquire() as connection, connection.transaction():
        order = SceneOrder("canteen", "Canteen", parts={"order_ahead": False})
        await change_terms(connection, canteen.tenant.id, "canteen", canteen_pack(), order, "test")
    before = pool.count
    for n in range(20):
        asked = other.do("place_order", "ann", f"o{n}", order="P")
        assert told((await outcomes(asked))[0]) == "scene.no_action"
    assert pool.count - before <= 4
    await other.host.close()
