"""A process that is killed between the answers of the rail: the next one goes on, each thing once."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from enscene.partners.store import admitted
from partners.rails.conftest import OPENING, Lane

SRC = Path(__file__).parents[3] / "src"
PAYMENTS = 30
# A few payments at a time, and the end in the middle of a batch that is planned and not yet written.
CHILD = """
import asyncio, os, signal, sys
import enscene.partners.rails.rails as rails
from enscene.partners.rails import unit
from enscene.scenes.runtime import SceneHost
from enscene.storage import open_pool

rails.PAGE = 4
told, report, until = [0], unit.AnswerPayment.report, int(sys.argv[3])

def counted(self, seq, at):
    told[0] += 1
    if told[0] == until:
        os.kill(os.getpid(), signal.SIGKILL)
    return report(self, seq, at)

unit.AnswerPayment.report = counted

async def main():
    pool = await open_pool(sys.argv[1], size_max=4)
    clock = rails.RailClock(rails.Rails(pool), pool, int(sys.argv[2]), SceneHost(pool).service)
    await clock.step()

asyncio.run(main())
"""


async def test_killed_at_any_step_it_answers_each_payment_once(lane: Lane, database):
    numbers = [await lane.pay("pay_out", "answered_twice", "1.00") for _ in range(PAYMENTS)]
    steps = []
    for until in (10, 23):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CHILD, database.url_app, str(lane.tenant.shard), str(until),
            env={"PYTHONPATH": str(SRC), "PATH": ""},
        )  # fmt: skip
        assert await child.wait() == -signal.SIGKILL
        async with admitted(lane.pool, lane.tenant.id) as connection:
            steps.append(await connection.fetchval("select count(*) from rail_step"))
        assert (await lane.verdict()).verified
    assert PAYMENTS < steps[0] < steps[1] < 4 * PAYMENTS
    await lane.clock.step()
    for number in numbers:
        assert await lane.said(number) == ["accepted", "sent", "settled", "settled"]
    assert await lane.funds() == (OPENING - 100 * PAYMENTS, 0)
    assert (await lane.verdict()).verified
