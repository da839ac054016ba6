"""Rounds go on whatever goes wrong in one, and end when they are told."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from enscene.kernel.rounds import Pace, Rounds


class Counted(Rounds):
    fault = "counted.retry"
    broken_pause_s = 0.0

    def __init__(self, breaks: set[int]) -> None:
        self.rounds = 0
        self.breaks = breaks
        self.reached = asyncio.Event()

    async def _round(self) -> float:
        self.rounds += 1
        if self.rounds in self.breaks:
            raise ConnectionError("away")
        if self.rounds >= 5:
            self.reached.set()
            return 3_600
        return 0


async def test_a_fault_is_told_and_the_next_round_comes() -> None:
    work = Counted({2, 3})
    with capture_logs() as told:
        work.start()
        async with asyncio.timeout(10):
            await work.reached.wait()
    assert [(each["event"], each["error"]) for each in told] == [
        ("counted.retry", "ConnectionError")
    ] * 2
    await work.stop()


async def test_it_ends_at_once_and_may_begin_again() -> None:
    work = Counted(set())
    await work.stop()  # it never began
    work.start()
    async with asyncio.timeout(10):
        await work.reached.wait()
        await work.stop()
        rounds = work.rounds
        await asyncio.sleep(0)
        assert work.rounds == rounds
        work.reached.clear()
        work.start()
        await work.reached.wait()
        await work.stop()
    assert work.rounds == rounds + 1


async def test_a_round_that_is_under_way_is_broken_off() -> None:
    entered, ended = asyncio.Event(), []

    class Long(Rounds):
        async def _round(self) -> float:
            entered.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(True)
            return 0

    work = Long()
    work.start()
    async with asyncio.timeout(10):
        await entered.wait()
        await work.stop()
    assert ended == [True]


def test_a_pace_lets_through_once_until_its_time_is_over_unless_it_is_wanted_now() -> None:
    slow = Pace(3_600)
    assert [slow.comes(), slow.comes(), slow.comes(now=True), slow.comes()] == [
        True, False, True, False,
    ]  # fmt: skip
    assert all(Pace(0).comes() for _ in range(3))
