"""The lake as something that happens by itself."""

from __future__ import annotations

from enscene.kernel.rounds import Rounds
from enscene.lake.lake import Lake
from enscene.tenants.service import ServiceWatch

PAUSE_S = 1.0
BUSY_PAUSE_S = 0.05


class LakeWorker(Rounds):
    """One in a process, no reader of a reactor: disks must not hold up timers."""

    fault = "lake.retry"
    broken_pause_s = 5.0

    def __init__(self, lake: Lake, service: ServiceWatch) -> None:
        self._lake = lake
        self._service = service

    async def _round(self) -> float:
        if not self._service.whole.is_normal:
            return PAUSE_S  # what is not essential waits
        return BUSY_PAUSE_S if await self._lake.step() else PAUSE_S
