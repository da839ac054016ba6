"""Whatever a pack's action moves, holds, gives back or opens is of level A2."""

from __future__ import annotations

from pathlib import Path

import pytest

from enscene.scenes.language import load_pack

PACKS = Path(__file__).parents[2] / "packs"
MOVES = {
    "move",
    "hold",
    "capture",
    "void",
    "reverse",
    "give_back",
    "repay",
    "lend",
    "claim",
    "apply",
}


@pytest.mark.parametrize("name", sorted(each.parent.name for each in PACKS.glob("*/scene.yaml")))
def test_what_touches_money_is_a2_and_the_rest_is_not(name: str) -> None:
    pack = load_pack(PACKS / name).pack
    assert pack is not None
    for action in pack.actions.values():
        if MOVES & {step.block for step in action.steps}:
            assert action.level == "A2", action.name
    assert {action.level for action in pack.actions.values()} == {"A1", "A2"}
    for thing in pack.things.values():
        money = any(each.type.name == "money" for each in thing.fields.values())
        assert thing.level == ("A2" if money else "A1")
