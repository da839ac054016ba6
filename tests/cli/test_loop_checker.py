"""What a running bank keeps, counted against the rules: each breach that is planted is found."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from enscene.cli import _loop_checker
from enscene.cli._loop_checker import check_kept, checks_of
from enscene.cli._loop_kept import ConsentSaid, Delivered, Kept
from enscene.engagement.decisions import holdout_of
from enscene.simulator.needs import check_contacts
from enscene.simulator.needs.check_contacts import KINDS

NOON = datetime(2026, 3, 3, 4, tzinfo=UTC)  # twelve in Shanghai
TENANT, SCENE, HALF = "sandbox", 2, 500
RULES: dict[str, Any] = {
    "caps": [{"times": 2, "within": "7d", "channel": None}, {"times": 1, "within": "1d", "channel": "push"}],
    "quiet": {"begins": "21:00", "ends": "08:00", "channels": ["push"]},
    "fatigue": {"after": 3, "rest": "14d"}, "holdout": 0, "floor": 10,
}  # fmt: skip
PUSHED: dict[str, Any] = {"kind": "offer", "benefit": None, "channels": ["h5", "push"]}
CAMPAIGNS: dict[str, Any] = {
    "trips": {"holdout": HALF, "offers": {"card": PUSHED, "gift": {**PUSHED, "benefit": "welcome"}}},
    "calls": {"holdout": 0, "offers": {"card": PUSHED, "present": {**PUSHED, "benefit": "welcome"},
                                       "news": {**PUSHED, "kind": "news"}}},
}  # fmt: skip
HELD, HEARD = (
    next(n for n in range(1, 99) if (holdout_of(TENANT, "trips", str(n)) < HALF) is held)
    for held in (True, False)
)
CLEAN = dict.fromkeys(KINDS, 0)


def said(days: float, key: str = "trips/card", channel: str = "h5", **more: Any) -> Delivered:
    at = NOON + timedelta(days=days)
    return replace(Delivered(at, HEARD, SCENE, key, channel), **more)


def kept(*delivered: Delivered, consents: tuple[ConsentSaid, ...] = (), **rules: Any) -> Kept:
    body = {**RULES, **rules}
    return Kept(TENANT, "Asia/Shanghai", body, CAMPAIGNS, delivered, consents)


def allows(days: float, granted: bool, scene: int = SCENE) -> ConsentSaid:
    return ConsentSaid(NOON + timedelta(days=days), HEARD, scene, granted)


KEPT = (said(0), said(3, "trips/gift"), said(8, "calls/card", "push"))
BACK = allows(19, False)
PLANTED: dict[str, tuple[Delivered, ...]] = {
    "cap": (said(9),),
    "quiet_hours": (said(40 + 10 / 24, channel="push"),),
    "same_benefit": (said(40, "calls/present"),),
    "rest": (said(20),),
    "consent": (said(30),),
    "holdout": (said(30, customer=HELD),),
    "unknown_offer": (said(40, "trips/gold"),),
    "channel": (said(40, channel="sms"),),
}
"""Beside what breaks nothing."""


@pytest.mark.parametrize("kind", KINDS)
def test_each_breach_is_found_where_it_is_planted_and_no_other(kind: str) -> None:
    consents = (BACK,) if kind == "consent" else ()
    rules = {"fatigue": None} if kind == "cap" else {}
    assert check_kept(kept(*KEPT, consents=consents, **rules)).violations == CLEAN
    found = check_kept(kept(*KEPT, *PLANTED[kind], consents=consents, **rules))
    assert found.violations == {**CLEAN, kind: 1}
    assert (found.in_all, found.deliveries) == (1, len(KEPT) + len(PLANTED[kind]))


def test_it_counts_what_it_looked_at_and_nothing_where_there_is_nothing() -> None:
    found = check_kept(kept(*KEPT, said(0, "calls/card", customer=HELD)))
    assert (found.deliveries, found.customers, found.in_all) == (4, 2, 0)
    assert (check_kept(kept()).deliveries, check_kept(kept()).violations) == (0, CLEAN)


@pytest.mark.parametrize(
    ("delivered", "changed", "told", "holds"),
    [(KEPT, (), 3, [True, True, True]), (KEPT, (), 4, [False, True, True]),
     ((), (), 0, [False, True, True]), (KEPT, ("",), 3, [True, False, True]),
     ((*KEPT, *PLANTED["cap"]), (), 4, [True, True, False])],
)  # fmt: skip
def test_a_breach_other_rules_and_nothing_to_look_at_are_no_proof(
    delivered: tuple[Delivered, ...], changed: tuple[str, ...], told: int, holds: list[bool]
) -> None:
    whole = replace(kept(*delivered), changed=changed)
    assert list(checks_of(whole, check_kept(whole), told).values()) == holds


def test_an_answer_ends_the_row_of_those_without_one() -> None:
    row = (said(0), said(3), said(8))
    assert check_kept(kept(*row, said(16))).violations["rest"] == 1
    answered = replace(row[2], answered=row[2].at + timedelta(hours=1))
    assert check_kept(kept(*row[:2], answered, said(16))).violations == CLEAN


def test_a_permission_counts_in_its_scene_and_until_it_is_given_again() -> None:
    def broken(*consents: ConsentSaid) -> int:
        return check_kept(kept(said(10), consents=consents)).violations["consent"]

    assert broken(allows(9, False)) == broken(allows(9, False, 0)) == 1
    assert broken(allows(9, False, SCENE + 1)) == broken(allows(11, False)) == 0
    assert broken(allows(8, False), allows(9, True)) == 0
    assert broken(allows(8, False), allows(11, True)) == 1
    # Given back in a scene it is still refused everywhere.
    assert broken(allows(8, False, 0), allows(9, True)) == 1


def test_who_is_held_out_of_everything_hears_of_no_campaign() -> None:
    out = next(n for n in range(1, 999) if holdout_of(TENANT, "", str(n)) < 100)
    only = said(0, "calls/card", customer=out)
    assert check_kept(kept(only)).in_all == 0
    assert check_kept(kept(only, holdout=100)).violations == {**CLEAN, "holdout": 1}


def test_news_are_bound_by_nothing_and_packs_by_all_but_lots_and_campaigns() -> None:
    news = [said(n / 10, "calls/news", customer=HELD) for n in range(5)]
    assert check_kept(kept(*news)).violations == CLEAN
    moments = [said(n / 10, "travel/delay", customer=HELD, of_pack=True) for n in range(3)]
    assert check_kept(kept(*moments, holdout=500)).violations == {**CLEAN, "cap": 1}


@pytest.mark.parametrize("module", [_loop_checker, check_contacts])
def test_the_checker_shares_nothing_with_whoever_decides(module: Any) -> None:
    path = module.__file__ if module is _loop_checker else module.__code__.co_filename
    names = {
        name
        for node in ast.walk(ast.parse(Path(path).read_text("utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert names
    assert not [name for name in names if name.startswith("enscene.engagement")]
