"""Who is meant: each role of an action is found, for each of its actors."""

from __future__ import annotations

from pathlib import Path

import pytest

from enscene.scenes.language import Pack, load_pack
from enscene.scenes.language.model import Place

PACKS = Path(__file__).parents[3] / "packs"


@pytest.fixture(scope="module")
def canteen() -> Pack:
    pack = load_pack(PACKS / "smart_canteen").pack
    assert pack is not None
    return pack


def test_a_terminal_takes_a_payment_for_its_own_canteen(canteen: Pack) -> None:
    ways = canteen.actions["pay_by_code"].resolution["terminal"]
    assert ways["terminal"].place == Place("actor")
    assert ways["canteen"].place == Place("bound")
    assert ways["canteen"].same_as == (Place("input", "canteen"),)
    assert ways["diner"].place == Place("input", "diner")
    assert ways["sponsor"].place == Place("link", "works_for", "diner")
    assert ways["bank"].place == Place("one", "bank")


def test_a_diner_pays_for_nobody_else(canteen: Pack) -> None:
    ways = canteen.actions["pay_by_code"].resolution["diner"]
    assert ways["diner"].place == Place("actor")
    assert ways["diner"].same_as == (Place("input", "diner"),)


def test_a_canteen_refunds_only_its_own_meals(canteen: Pack) -> None:
    ways = canteen.actions["refund_meal"].resolution["canteen"]
    assert ways["canteen"].place == Place("actor")
    assert ways["canteen"].same_as == (Place("thing", "meal", "canteen"),)
    assert ways["diner"].place == Place("thing", "meal", "diner")


def test_a_party_timer_runs_for_its_party(canteen: Pack) -> None:
    assert canteen.actions["pay_out"].resolution["clock"]["canteen"].place == Place("timer")


def test_a_link_comes_after_the_party_it_starts_from(canteen: Pack) -> None:
    for action in canteen.actions.values():
        for ways in action.resolution.values():
            known: set[str] = set()
            for role, way in ways.items():
                if way.place.kind == "link":
                    assert way.place.field in known
                known.add(role)
