"""Rules that make no sense are refused where they do not; errors fire nothing and are counted."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from engagement.engine.given import (
    SPACE,
    S,
    Teller,
    engine_of,
    expression,
    fired,
    happening,
    rule,
    told_of,
)
from enscene.engagement.engine import (
    Absent,
    After,
    Count,
    Crosses,
    Engine,
    Enters,
    Happening,
    Sum,
    compile_rules,
)
from enscene.engagement.engine import Sequence as Steps
from enscene.kernel.documents.chinese import in_chinese
from enscene.kernel.errors import Invalid

AMOUNT, HOLDS = expression("event.amount"), expression("event.amount > 1")
PLACES = ((0, 0),)


@pytest.mark.parametrize(
    ("pattern", "param"),
    [
        (After(()), "after.kinds"),
        (After(("a", "")), "after.kinds[1]"),
        (Count(("a",), 0, S), "count.at_least"),
        (Count(("a",), 1_001, S), "count.at_least"),
        (Count(("a",), 2, S - 1), "count.within_us"),
        (Count(("a",), 2, S, again_after_us=0), "count.again_after_us"),
        (Count(("a",), 2, S, only=AMOUNT), "count.only"),
        (Count(("a", "b"), 2, S, only={"a": HOLDS}), "count.only"),
        (Sum(("a",), AMOUNT, 0, S), "sum.reaches"),
        (Sum(("a",), HOLDS, 5, S), "sum.field"),
        (Sum(("a",), "event.amount", 5, S), "sum.field"),  # type: ignore[arg-type]
        (Steps(("a",), S), "sequence.steps"),
        (Steps(("a", "b"), -1), "sequence.within_us"),
        (Absent(("a",), (), S), "absent.without"),
        (Absent(("a",), ("b",), 10**20), "absent.within_us"),
        (Crosses(("a",), AMOUNT), "crosses.below"),
        (Crosses(("a",), AMOUNT, below=1, above=2), "crosses.below"),
        (Crosses(("a",), AMOUNT, above=10**16), "crosses.above"),
        (Enters(("a",), (), 50), "enters.places"),
        (Enters(("a",), PLACES, 0), "enters.metres"),
        (Enters(("a",), (*PLACES, (9_000_001, 0)), 50), "enters.places[1]"),
    ],
)
def test_a_pattern_without_sense_is_refused_where_it_has_none(pattern: Any, param: str) -> None:
    with pytest.raises(Invalid) as refused:
        compile_rules([rule("good", After(("a",))), rule("bad", pattern)])
    assert refused.value.param == f"rules[1].{param}"
    assert in_chinese(refused.value.said) != str(refused.value.said)


@pytest.mark.parametrize(
    ("second", "param"),
    [
        (rule("same", After(("b",))), "name"),
        (rule("", After(("b",))), "name"),
        (rule("r", After(("b",)), tolerance_us=-1), "tolerance_us"),
        (replace(rule("r", After(("b",))), condition=AMOUNT), "condition"),
        (replace(rule("r", After(("b",))), condition={"a": HOLDS}), "condition"),
        (replace(rule("r", Absent(("a",), ("b",), S)), condition={"a": HOLDS}), "condition"),
        (rule("r", "after a"), ""),
    ],
)
def test_a_rule_without_sense_is_refused(second: Any, param: str) -> None:
    with pytest.raises(Invalid) as refused:
        compile_rules([rule("same", After(("a",))), second])
    assert refused.value.param == f"rules[1].{param}".rstrip(".")


def bare(number: int, kind: str, facts: Any) -> Happening:
    return Happening(number, 1, number * S, number * S, kind, facts)


@pytest.mark.parametrize(
    "facts",
    [{}, {"event": SimpleNamespace(shop="x")}, {"event": SimpleNamespace(amount=None)}],
)
def test_what_cannot_be_evaluated_fires_nothing_and_is_counted(facts: Any) -> None:
    rules = compile_rules([
        rule("if", After(("a",)), "event.amount > 0"),
        rule("only", Count(("a",), 1, 60 * S, only=HOLDS)),
        rule("sum", Sum(("a",), expression("event.amount + 0"), 1, 60 * S)),
        rule("crosses", Crosses(("a",), expression("event.amount + 0"), above=0)),
    ])  # fmt: skip
    engine = engine_of(rules)
    assert engine.apply([bare(1, "a", facts), bare(2, "a", facts)]).decisions == []
    assert engine.errors == {"if": 2, "only": 2, "sum": 2, "crosses": 2}


def test_an_amount_beyond_all_measure_is_an_error() -> None:
    engine = engine_of(compile_rules([rule("sum", Sum(("a",), AMOUNT, 1, 60 * S))]))
    assert engine.apply([happening(1, "a", 1, amount=10**15 + 1)]).decisions == []
    assert engine.errors == {"sum": 1}
    assert len(engine.apply([happening(2, "a", 2, amount=10**15)]).decisions) == 1


def test_what_is_known_of_the_customer_is_asked_for_only_where_the_event_lacks_it() -> None:
    old = rule("r", After(("a",)), "customer.age > 50")
    facts = {"customer": SimpleNamespace(age=60)}
    assert fired([old], [bare(1, "a", {}), bare(2, "a", facts)]) == [("r", 2)]


def test_each_kind_may_have_an_expression_of_its_own() -> None:
    own = replace(rule("r", After(("a", "b"))), condition={
        "a": expression("event.amount > 5"), "b": expression("event.shop == 'x'"),
    })  # fmt: skip
    events = [happening(1, "a", 1, amount=1), happening(2, "b", 2, shop="y"),
              happening(3, "a", 3, amount=6), happening(4, "b", 4)]  # fmt: skip
    assert fired([own], events) == [("r", 3), ("r", 4)]


def test_other_rules_keep_what_unchanged_ones_remember() -> None:
    kept, changed = rule("kept", Count(("a",), 3, 60 * S)), rule("other", Count(("a",), 3, 60 * S))
    engine = engine_of(compile_rules([changed, kept]))
    engine.apply([happening(1, "a", 1), happening(2, "a", 2)])
    row = engine.state_of(1)
    new = compile_rules([
        replace(kept, condition=expression("event.amount > 0")),
        rule("other", Count(("a",), 3, 61 * S)), rule("more", After(("b",))),
    ])  # fmt: skip
    engine.replace(new)
    elsewhere = engine_of(new)
    elsewhere.put_state(1, row)
    for each in (engine, elsewhere):
        assert each.apply([happening(2, "a", 2)]).changed == []
        made = each.apply([happening(3, "a", 3), happening(4, "b", 4)]).decisions
        assert [name for _, _, name, _ in told_of(made)] == ["kept", "more"]


def test_a_deadline_outlives_a_change_of_rules_only_with_its_rule() -> None:
    waits = rule("waits", Absent(("a",), ("b",), 30 * S))
    for rules, wanted in (
        ([waits, rule("new", After(("b",)))], 1),
        ([rule("new", After(("b",)))], 0),
    ):
        engine = engine_of(compile_rules([waits]))
        engine.apply([happening(1, "a", 1)])
        engine.replace(compile_rules(rules))
        assert len(engine.tick(100 * S).decisions) == wanted


def test_ids_of_decisions_tell_events_rules_and_tenants_apart() -> None:
    rules = compile_rules([
        rule("one", After(("a",))), rule("two", After(("a",))), rule("due", Absent(("a",), ("b",), S)),
    ])  # fmt: skip
    events = [happening("x", "a", 1), happening("y", "a", 5), happening("x", "a", 9, customer=2)]

    def ids(space: UUID) -> list[UUID]:
        engine = Engine(rules, Teller(), space=space)
        return [f.id for made in engine.apply(events).decisions for f in made.firings]

    assert ids(SPACE) == ids(SPACE)
    assert len({*ids(SPACE), *ids(UUID(int=1))}) == 2 * len(ids(SPACE)) == 16


def test_an_id_is_forgotten_after_sixteen_others_or_two_days() -> None:
    one = rule("r", After(("a",)))
    first, others = happening("x", "a", 1), [happening(n, "a", 2) for n in range(16)]
    assert len(fired([one], [first, *others[:15], first])) == 16
    assert len(fired([one], [first, *others, first])) == 18
    later = happening("x", "a", 172_802)
    assert len(fired([one], [first, happening("x", "a", 172_801)])) == 1
    assert len(fired([one], [first, later])) == 2
