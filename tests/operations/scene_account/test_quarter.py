"""Simulated days of the sandbox bank, a quarter where that is asked for: the accounts of its scenes
with what is of none are its ledger, to the minor unit, as plain SQL told apart says too."""

from __future__ import annotations

import os
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from enscene.lake import Folder, Lake
from enscene.operations.indicators import compute_indicators
from enscene.operations.scene_account import read_account, read_accounts, read_whole
from operations.scene_account.told_by_sql import by_scene, whole
from simulator.conftest import play as play

FIRST = date(2026, 3, 2)
DAYS, PEOPLE = int(os.environ.get("ENSCENE_QUARTER_DAYS", "4")), 12
"""A quarter is 90; so many take long, and every run plays a few."""
ZONE = "Asia/Shanghai"


async def test_scenes_and_what_is_of_none_are_the_ledger(
    play: Any, pool: Any, tmp_path: Path
) -> None:
    await play(people=PEOPLE, days=DAYS)
    lake = Lake(pool, Folder(tmp_path / "lake"))
    await lake.settle()
    random = Random(17)
    last = FIRST + timedelta(days=DAYS - 1)
    days = sorted({FIRST + timedelta(days=random.randrange(DAYS)) for _ in range(4)} | {last})
    for day in days:
        await compute_indicators(pool, lake, day)
        told, ledger = await by_scene(pool, 1, day), await whole(pool, 1, day)
        found: dict[tuple[int, str, str], int] = {}
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for sheet in await read_whole(pool, 1, day, ZONE):
            assert sheet.agrees, (day, sheet)
            assert sheet.currency == "CNY"
            for share in sheet.shares:
                for name, minor in zip(sheet.classes, share.minor, strict=True):
                    if minor:
                        found[share.scene, name, sheet.currency] = minor
                        sums[name, sheet.currency] += minor
                # Every posting is of one scene, with both its sides.
                assert sum(share.minor) == 0
        assert found == told
        assert {key: minor for key, minor in sums.items() if minor} == ledger
    assert {scene for scene, _, _ in found} >= {1, 2}
    month = last.replace(day=1)
    accounts = await read_accounts(pool, 1, month)
    (sheet,) = accounts[1].sheets
    lines = {each.line.name: each.minor for each in sheet.amounts}
    assert lines["deposits"] == found[1, "kept", "CNY"] > 0
    assert lines["collected"] > 0 < lines["fees"] <= sheet.result
    assert accounts[1].leading["users.active"] > 0
    assert await read_account(pool, 1, 1, month) == accounts[1]
