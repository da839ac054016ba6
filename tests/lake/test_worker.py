"""The lake is filled by itself, and waits where not all is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from enscene.lake import Folder, Lake, LakeWorker
from enscene.lake.worker import BUSY_PAUSE_S, PAUSE_S
from enscene.scenes.runtime import SceneHost
from lake.logs import bank, exported, happen, is_whole


async def test_it_exports_in_rounds_and_waits_while_service_is_less_than_whole(
    pool: Any, tmp_path: Path
) -> None:
    tenant = await bank(pool)
    await happen(pool, [tenant.id] * 3)
    host = SceneHost(pool)
    lake = Lake(pool, Folder(tmp_path / "lake"))
    worker = LakeWorker(lake, host.service)
    normal = host.service.whole
    host.service.whole = replace(normal, state="essential")
    assert await worker._round() == PAUSE_S
    assert (await exported(lake))["event"] == []
    host.service.whole = normal
    assert await worker._round() == BUSY_PAUSE_S
    await is_whole(pool, lake)
    assert await worker._round() == PAUSE_S
    await host.close()
