"""Two days of these packs, as their people live them: nothing breaks, the books agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from enscene.operations import Wish, rehearse_scene
from enscene.scenes.language import load_pack

PACKS = Path(__file__).parents[2] / "packs"


@pytest.mark.parametrize(
    "name",
    ["business_district", "car_owner", "community", "hospital", "instalment", "mother_and_baby"],
)
async def test_two_rehearsed_days_break_nothing(pool, name):
    pack = load_pack(PACKS / name).pack
    assert pack is not None
    told = await rehearse_scene(pool, pack, Wish(ref=name, name=name), days=2)
    assert told.errors == {}
    assert told.verified
    assert told.answered > 10
