"""Everything that happens by itself on a shard: moments, the spectrum, what follows a sale, and
quotes that hold no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from enscene.engagement.after_sale import AfterSale
from enscene.engagement.applications import expire_applications
from enscene.engagement.circles import FeedCircles
from enscene.engagement.delivery import DeliveryClock
from enscene.engagement.end_contracts import EndContracts
from enscene.engagement.loops.loop_clock import LoopClock
from enscene.engagement.moments import Moments
from enscene.engagement.outside import OutsideClock
from enscene.engagement.running import CampaignClock, CampaignReader, Desks
from enscene.engagement.spectrum import FeedSpectrum, SpectrumClock
from enscene.kernel.rounds import Pace
from enscene.metering import RollUp
from enscene.risk.screening import Screening
from enscene.scenes.reactions import Due, LogReader, Reactor, Reader
from enscene.scenes.runtime import SceneHost
from enscene.tenants import list_tenants

EXPIRED_EVERY_S = 20.0
"""A quote holds for hours: nobody waits for its end."""


class BankReactor(Reactor):
    """The reactor of a shard, with the ends of applications."""

    def __init__(
        self,
        pool: asyncpg.Pool[Any],
        host: SceneHost,
        shard: int,
        readers: list[Reader],
        dues: Sequence[Due] = (),
        quick: Sequence[Reader] = (),
    ) -> None:
        super().__init__(pool, host, shard, readers, dues, quick)
        self._tenants_of = pool
        self._of_shard = shard
        self._pace = Pace(EXPIRED_EVERY_S)

    async def step(self, tenant: int | None = None) -> int:
        """One round; of applications only now and then, unless a tenant is named."""
        done = await super().step(tenant)
        if not self._pace.comes(now=tenant is not None):
            return done
        tenants = [tenant]
        if tenant is None:
            found = await list_tenants(self._tenants_of)
            tenants = [each.id for each in found if each.shard == self._of_shard]
        for each in tenants:
            assert each is not None
            done += await expire_applications(self._tenants_of, each)
        return done


def reactor_of(
    pool: asyncpg.Pool[Any],
    host: SceneHost,
    shard: int,
    *,
    screens: bool = True,
    dues: Sequence[Due] = (),
) -> Reactor:
    """The reactor of a shard: timers, triggers, moments, the spectrum, circles, follow-ups, ends
    of applications; and screening, which a rehearsal does without. `dues` are what else falls due
    there."""
    moments, after_sale = Moments(pool, host), AfterSale(pool)
    readers: list[Reader] = [
        LogReader(pool, "moments", shard, moments.handle),
        LogReader(pool, "spectrum", shard, FeedSpectrum(pool, host).handle),
        LogReader(pool, "circles", shard, FeedCircles(pool, host).handle),
        LogReader(pool, "after_sale", shard, after_sale.handle),
        LogReader(pool, "end_contracts", shard, EndContracts(pool, host).handle),
        RollUp(pool, shard),
    ]
    desks = Desks(pool, host)
    if screens:
        readers.append(LogReader(pool, "screening", shard, Screening(pool).handle))
    clock = SpectrumClock(pool, shard, host.service)
    waits = CampaignClock(pool, desks, shard, host.service)
    ways = DeliveryClock(pool, shard, host.service)
    said = CampaignReader(pool, desks, shard)
    loops = LoopClock(pool, shard, host.service)
    ages = OutsideClock(pool, shard, host.service)
    return BankReactor(pool, host, shard, readers, [clock, waits, ways, ages, loops, *dues], [said])
