"""Every golden case of every pack holds on the real write path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from enscene.engagement import reactor_of
from enscene.scenes.casebook import run_case
from enscene.scenes.language import Pack, load_pack
from enscene.scenes.language.model import Case
from enscene.scenes.runtime import SceneHost

PACKS = Path(__file__).parents[3] / "packs"


def _cases() -> list[Any]:
    found = []
    for scene in sorted(PACKS.glob("*/scene.yaml")):
        pack = load_pack(scene.parent).pack
        assert pack is not None, f"{scene.parent.name} does not load"
        found += [pytest.param(pack, case, id=f"{pack.id}-{case.name}") for case in pack.cases]
    return found


@pytest.mark.parametrize(("pack", "case"), _cases())
async def test_golden_case_holds(pool: Any, pack: Pack, case: Case) -> None:
    host = SceneHost(pool)
    result = await run_case(pool, host, pack, case, reactor_of=reactor_of)
    await host.close()
    assert result.faults == []
