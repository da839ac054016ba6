"""Customers of the sandbox apply for credit, and every step of theirs is judged."""

from __future__ import annotations

from collections import Counter
from datetime import date
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import pytest

from enscene.commit import admit
from enscene.engagement.applications import read_figures
from enscene.ledger import verify_ledger
from enscene.simulator.applications import Wanted
from enscene.simulator.book import Book, read_book
from enscene.simulator.people import Maker, Wish, plan_day, settle_in
from enscene.simulator.world import Member, Thing, World
from enscene.work import list_tasks

PACKS = Path(__file__).parents[2] / "packs"
MONDAY = date(2026, 3, 2)
HABIT = {
    "apply": "instalment", "for": "booking", "chance": "100%", "between": ["20:00", "21:00"],
    "input": {"months": {"pick": ["6"]}, "income": {"between": ["900.00", "900.00"]}},
}  # fmt: skip


def _book(pack: str) -> Book:
    files = {path.name: path.read_text() for path in (PACKS / pack).glob("*.yaml")}
    return read_book(pack, files, options={}, parts={}, counts={}, zone="Asia/Shanghai")


def _world(*bookings: tuple[str, str, str]) -> World:
    world = World()
    for who in ("ann", "bob"):
        world.members[who] = Member(who, "travellers", {"traveller": None})
    for key, who, state in bookings:
        world.things["booking", key] = Thing(state, {"booking": key, "traveller": who})
    return world


def _wanted(world: World, **habit: Any) -> Wanted | None:
    maker = Maker(_book("travel"), world, Random(1))
    wish = Wish(1200, "travel", "ann", "traveller", {**HABIT, **habit})
    return maker.application(wish, MONDAY, {("booking", "B0")})


def test_one_applies_about_a_thing_of_ones_own_that_goes_on_and_was_not_applied_about():
    world = _world(
        ("B0", "ann", "booked"), ("B1", "bob", "booked"), ("B2", "ann", "cancelled"),
        ("B3", "ann", "booked"),
    )  # fmt: skip
    assert _wanted(world, then="leave") == Wanted(
        "travel", "instalment", "ann", "traveller", "booking", "B3",
        {"months": 6, "income": "900.00"}, "leave",
    )  # fmt: skip


def test_whoever_says_nothing_of_the_end_signs():
    wanted = _wanted(_world(("B1", "ann", "booked")))
    assert wanted is not None
    assert wanted.then == "sign"


@pytest.mark.parametrize("state", ["cancelled", "completed"])
def test_nobody_applies_about_what_is_over(state):
    assert _wanted(_world(("B1", "ann", state))) is None


def test_a_loan_that_an_action_gives_is_not_applied_for():
    book = _book("hospital")
    lent = {
        step["lend"]["product"]
        for action in book.actions.values()
        for step in action.get("do", ())
        if "lend" in step
    }
    assert lent
    assert all(book.is_lent(product) for product in lent)
    assert not _book("travel").is_lent("instalment")


def test_travellers_apply_in_the_evening():
    book = _book("travel")
    wishes = plan_day(book, settle_in(book), MONDAY, Random(1))
    applies = [wish for wish in wishes if "apply" in wish.habit]
    assert {wish.habit.get("then", "sign") for wish in applies} == {
        "sign", "call_in", "give_up", "leave",
    }  # fmt: skip
    assert all(21 * 60 <= wish.minute < 21 * 60 + 30 for wish in applies)


async def test_a_day_leaves_applications_of_every_outcome(play, pool):
    played = await play(people=600, seed=3)
    assert [str(surprise) for surprise in played.tally.first] == []
    counted = played.figures["travel"]["applications"]
    assert all(counted.values()), counted
    scene = played.bank.scenes["travel"]
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [scene.tenant])
        figures = await read_figures(connection, scene.tenant, scene.id)
        tasks = Counter(task.kind for task in await list_tasks(connection, scene.tenant))
    async with pool.acquire() as connection:
        verdict = await verify_ledger(connection, scene.tenant)
    assert verdict.verified
    states = Counter(figures["states"])
    assert sum(states.values()) == counted["begun"]
    assert states["begun"] == counted["left"]
    assert states["refused"] == counted["refused"]
    assert states["done"] == counted["signed"]
    assert states["given_up"] == counted["given_up"]
    assert tasks["refer"] == counted["referred"]
    assert tasks["chat"] == counted["called_in"]
    again = await play(people=0)
    assert [str(surprise) for surprise in again.tally.first] == []


def _any_code_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    # Not by its name in the package: there it is the function.
    module = import_module("enscene.engagement.applications.confirm_application")

    async def check_code(*given: Any) -> None:
        return None

    monkeypatch.setattr(module, "check_code", check_code)


def _dearer(monkeypatch: pytest.MonkeyPatch) -> None:
    from enscene.engagement.applications import told

    right = told.tell_quote
    monkeypatch.setattr(told, "tell_quote", lambda found: right(found) | {"fee": "0.01"})


def _decided_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    from enscene.engagement.applications.application import Application

    monkeypatch.setattr(Application, "need", lambda *given: None)


@pytest.mark.parametrize("fault", [_any_code_signs, _dearer, _decided_twice])
async def test_a_fault_in_the_rules_of_applications_is_a_surprise(play, monkeypatch, fault):
    monkeypatch.setattr("enscene.simulator.city.MISTYPED", 1.0)
    fault(monkeypatch)
    played = await play(people=42, seed=59)
    assert any("applies for instalment" in surprise.request for surprise in played.tally.first)
