"""The simulator's own model gives what the golden cases of the packs say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from enscene.kernel.money import parse_money
from enscene.shelf import standard_shelf
from enscene.simulator._written import read_written
from enscene.simulator.book import Book, read_book
from enscene.simulator.clockwork import due_timers, give_up, set_off
from enscene.simulator.judge import judge, verdict
from enscene.simulator.request import Done, Request, Said
from enscene.simulator.world import Member, World

PACKS = Path(__file__).parents[2] / "packs"
ZONE = "Asia/Shanghai"
OF_THE_SHELF = ("shelf.amount_bounds", "shelf.no_such_term", "shelf.not_eligible")
"""The model knows the packs, not the bounds and rules of the bank's products."""


def _cases() -> Iterator[Any]:
    for folder in sorted(path.parent for path in PACKS.glob("*/cases.yaml")):
        text = (folder / "cases.yaml").read_text()
        for name, case in read_written(text)["cases"].items():
            yield pytest.param(folder, case, id=f"{folder.name}-{name}")


def _book(folder: Path, given: dict[str, Any]) -> Book:
    files = {path.name: path.read_text() for path in folder.glob("*.yaml")}
    options, parts = dict(given.get("options", {})), {}
    if "variant" in given:
        overlay = read_written((folder / "variants" / f"{given['variant']}.yaml").read_text())
        for name, value in overlay.get("options", {}).items():
            value = value.get("default") if isinstance(value, dict) else value
            if value is not None:
                options.setdefault(name, value)
        parts = {name: value == "on" for name, value in overlay.get("parts", {}).items()}
    scene = read_written(files["scene.yaml"])
    shelf = standard_shelf().products
    lines = frozenset(
        name
        for name, product in scene.get("products", {}).items()
        if shelf[product["mount"].removeprefix("shelf.")].kind == "credit_line"
    )
    return read_book(
        folder.name, files, options=options, parts=parts, counts={}, zone=ZONE, lines=lines
    )


def _world(book: Book, given: dict[str, Any]) -> World:
    world = World()
    for ref, said in given["parties"].items():
        role = said if isinstance(said, str) else said["role"]
        bound = None if isinstance(said, str) else said.get("bound_to")
        world.members[ref] = Member(ref, role, {role: bound})
    for name, pairs in given.get("links", {}).items():
        for source, target in pairs.items():
            world.members[source].links[name] = target
    for account, amounts in given.get("balances", {}).items():
        for ref, amount in amounts.items():
            world.posted[account, ref] = parse_money(amount, book.currency)
    for product, limits in given.get("lines", {}).items():
        for ref, amount in limits.items():
            world.lines[product, ref] = parse_money(amount, book.currency)
    return world


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


@pytest.mark.parametrize(("folder", "case"), list(_cases()))
def test_the_model_gives_what_a_golden_case_says(folder, case):
    book = _book(folder, case["given"])
    world = _world(book, case["given"])
    now = _moment(case["given"]["clock"])
    for act in case["when"]:
        if "clock" in act:
            _fire_until(book, world, now, now := _moment(act["clock"]))
        if act["by"] in ("clock", "trigger"):
            continue
        role = next(iter(world.members[act["by"]].roles))
        given = {key: _as_json(value) for key, value in act.get("input", {}).items()}
        agreed = None
        if "agreed" in act:
            agreed = parse_money(act["agreed"]["amount"], book.currency)
        request = Request(book.ref, act["do"], act["by"], role, given, agreed)
        told = verdict(book, world, request, now)
        if isinstance(told, Said):
            assert told.code.removeprefix("scene.") == act.get("refused", "").removeprefix("scene.")
            continue
        if act.get("refused") in OF_THE_SHELF:
            continue
        assert "refused" not in act
        done = _and_what_follows(book, world, request, now)
        expected = {key: _as_json(value) for key, value in act.get("answer", {}).items()}
        assert done.answer.items() >= expected.items()
    then = case["then"]
    for account, amounts in then.get("balances", {}).items():
        for ref, amount in amounts.items():
            expected = parse_money(amount, book.currency)
            assert world.posted.get((account, ref), 0) == expected, (account, ref)
    for thing, states in then.get("states", {}).items():
        assert {key: world.things[thing, key].state for key in states} == states


def _and_what_follows(book: Book, world: World, request: Request, now: datetime) -> Done:
    """Do it, and whatever triggers do after it; one of those may be refused."""
    done = judge(book, world, request, now)
    for reaction in set_off(book, world, request, done, now):
        with suppress(Said):
            _and_what_follows(book, world, reaction, now)
    return done


def _fire_until(book: Book, world: World, since: datetime, until: datetime) -> None:
    while due := due_timers(book, world, since, until):
        since = max(since, due[0][0])
        for moment, request in due:
            if moment > since:
                break
            try:
                _and_what_follows(book, world, request, since)
            except Said:
                give_up(book, world, request)


def _as_json(value: Any) -> Any:
    if isinstance(value, str) and value.isdigit():
        return int(value)
    if value in ("true", "false"):
        return value == "true"
    return value
