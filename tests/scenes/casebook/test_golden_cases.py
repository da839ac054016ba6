"""Every golden case of every pack holds on the real write path."""

from __future__ import annotations

from dataclasses import replace
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


async def test_contracts_that_were_not_opened_are_told(pool: Any) -> None:
    pack = load_pack(PACKS / "travel").pack
    assert pack is not None
    case = next(case for case in pack.cases if case.then.contracts)
    expected = (*(case.then.contracts or ())[1:], ("bob", "temporary_limit"))
    wrong = replace(case, then=replace(case.then, contracts=expected))
    host = SceneHost(pool)
    result = await run_case(pool, host, pack, wrong, reactor_of=reactor_of)
    await host.close()
    assert result.faults == [
        "bob opened 1 temporary_limit too few",
        f"ann opened 1 {(case.then.contracts or ())[0][1]} too many",
    ]
