"""The packs of the repository hold what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from enscene.scenes.language import Pack, load_pack
from enscene.scenes.language.walk import expressions_of

PACKS = Path(__file__).parents[2] / "packs"
NAMES = sorted(path.parent.name for path in PACKS.glob("*/scene.yaml"))


@pytest.fixture(scope="module", params=NAMES)
def pack(request: pytest.FixtureRequest) -> Pack:
    result = load_pack(PACKS / request.param)
    assert result.mistakes == ()
    assert result.pack is not None
    return result.pack


def test_the_two_packs_are_there() -> None:
    assert {"smart_canteen", "travel"} <= set(NAMES)


def test_every_expression_is_compiled(pack: Pack) -> None:
    found = list(expressions_of(pack))
    assert len(found) >= 50
    assert all(expression.compiled is not None for _, expression, _ in found)


def test_every_case_begins_with_parties_and_a_clock(pack: Pack) -> None:
    for case in pack.cases:
        assert case.given.parties
        assert case.given.clock.startswith("2026-")
        assert case.when


def test_money_only_enters_and_leaves_by_the_accounts_outside(pack: Pack) -> None:
    outside = {item.name for item in pack.accounts.values() if item.outside}
    assert outside
    assert all(pack.parties[pack.accounts[name].of].is_a == "bank" for name in outside)


def test_payments_at_a_till_do_not_wait_for_the_time(pack: Pack) -> None:
    """An action that looks at `now` is never optimistic; busy ones must not."""
    for name in ("pay_by_code", "pay_by_face", "pay_by_dishes", "buy_cover", "pay_claim"):
        action = pack.actions.get(name)
        if action is None:
            continue
        found = [
            path
            for path, expression, _ in expressions_of(pack)
            if path.startswith(f"actions.{name}.") and expression.reads & {"now", "today"}
        ]
        assert found == []
