"""Patterns of packs as rules: they fire where the reference says, which reads the whole log each time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.engine.given import SPACE, Teller, told_of
from engagement.engine.naive import answers
from enscene.engagement.engine import Engine, Happening
from enscene.engagement.running.pack_rules import kind_of, moments_of, pack_rules_of
from enscene.scenes.language import Pack, load_pack_files
from enscene.scenes.language.scaffold import new_pack

S = 1_000_000
PATTERNS = {
    "after": "after: [pay, refund]",
    "count": "count: {of: [pay, refund], at_least: 3, within: 5m}",
    "sum": 'sum: {of: pay, field: input.price, reaches: "0.12", within: 10m}',
    "steps": "sequence: {steps: [pay, refund, pay], within: 4m}",
    "away": "absent: {after: pay, without: [pay, refund], span: 3m}",
    "falls": 'crosses: {of: pay, field: input.price, below: "0.03"}',
}


def shop() -> Pack:
    """A scene with a moment for each pattern."""
    files = new_pack("corner_shop")
    moments = "".join(
        f"  {name}: {{pattern: {{{text}}}, offer: [top_up], via: [h5], at_most: 1 per 1d, reason: often}}\n"
        for name, text in PATTERNS.items()
    )
    files["scene.yaml"] += (
        f"\nproducts: {{top_up: {{mount: shelf.auto_topup}}}}\nmoments:\n{moments}"
    )
    words = "".join(f"  {name}: words\n" for name in PATTERNS)
    for name in ("texts/zh.yaml", "texts/en.yaml"):
        files[name] += f"\nproducts: {{top_up: T}}\nreasons: {{often: R}}\nmoments:\n{words}"
    pack = load_pack_files(files).pack
    assert pack is not None
    return pack


PACK = shop()
KINDS = [kind_of(7, "customer", action) for action in ("pay", "refund")]


def rules_of(*scenes: Any) -> Any:
    return pack_rules_of(moments_of(scenes))


def scene(number: int, state: str = "live") -> Any:
    return SimpleNamespace(id=number, ref=f"shop{number}", state=state, pack=PACK)


@st.composite
def logs(draw: Any) -> list[Happening]:
    """Some come late, some out of order, some again."""
    seen, found = 0, []
    for number in range(draw(st.integers(1, 40))):
        seen += draw(st.integers(0, 120))
        at = max(0, seen - draw(st.sampled_from([0, 0, 0, 1, 45, 900])))
        amount = draw(st.integers(1, 6))
        facts = {"input": SimpleNamespace(price=amount), "event": SimpleNamespace(amount=amount)}
        name = draw(st.sampled_from([number, number, number, max(0, number - 1)]))
        kind, who = draw(st.sampled_from(KINDS)), draw(st.integers(1, 2))
        found.append(Happening(name, who, at * S, seen * S, kind, facts))
    return found


@given(logs(), st.integers(0, 5_000), st.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_they_fire_as_the_reference_does_whatever_the_pages(
    log: list[Happening], wait_s: int, page: int
) -> None:
    rules = rules_of(scene(7))
    until_us = log[-1].seen_us + wait_s * S
    engine = Engine(rules, Teller(), space=SPACE)
    made: list[Any] = []
    for start in range(0, len(log), page):
        made += engine.apply(log[start : start + page]).decisions
    made += engine.tick(until_us).decisions
    assert sorted(told_of(made), key=repr) == answers(rules, log, until_us)


def test_each_scene_of_a_pack_has_rules_of_its_own() -> None:
    rules = rules_of(scene(7), scene(8), scene(9, "retired"), scene(10, "suspended"))
    assert [rule.name for rule in rules] == [f"{n}:{name}" for n in (7, 8, 10) for name in PATTERNS]
    engine = Engine(rules, Teller(), space=SPACE)
    facts = {"input": SimpleNamespace(price=5)}
    (made,) = engine.apply([Happening(1, 1, 0, 0, kind_of(8, "customer", "pay"), facts)]).decisions
    assert [firing.rule.name for firing in made.firings] == ["8:after"]
