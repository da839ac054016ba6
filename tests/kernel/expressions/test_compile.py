"""What a compiled expression offers to those who run it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from types import SimpleNamespace

import msgspec
import pytest

from enscene.kernel.expressions import (
    BOOL,
    DATE,
    INT,
    LIST,
    MONEY,
    OPTIONAL,
    RECORD,
    TEXT,
    TIME,
    Environment,
    ExpressionError,
    compile_expression,
)
from enscene.kernel.money import Portion
from kernel.expressions.generator import ENV, values


def value(source: str, env: Environment = ENV, **changed: object) -> object:
    expression = compile_expression(source, env)
    chosen = values(Random(0)) | changed
    return expression.function(*(chosen[root] for root in expression.roots))


def test_it_tells_type_reads_and_roots() -> None:
    source = "input.price > wallet.balance && has(input.note) ? 1 : age"
    expression = compile_expression(source, ENV)
    assert expression.type == INT
    assert expression.reads == {"input.price", "wallet.balance", "input.note", "age"}
    assert expression.roots == ("input", "options", "wallet", "meal", "now", "age")
    assert expression.source == source


def test_it_runs_on_structs() -> None:
    class Order(msgspec.Struct):
        price: int
        note: str | None = None

    env = Environment({"order": RECORD({"price": MONEY, "note": OPTIONAL(TEXT)})})
    free = compile_expression("order.price == money('0') || has(order.note)", env, expect=BOOL)
    assert free.function(Order(0)) is True
    assert free.function(Order(1)) is False
    assert free.function(Order(1, "x")) is True


def test_money_is_read_in_the_currency_of_the_scene() -> None:
    for currency, minor in [("CNY", 2000), ("JPY", 20), ("KWD", 20000)]:
        amount = compile_expression("money('20')", Environment({}, currency=currency))
        assert amount.type == MONEY
        assert amount.function() == minor


def test_an_expression_without_a_value_raises_one_error() -> None:
    expression = compile_expression("10 / (age - 3) > 1", ENV)
    roots = [values(Random(0))[root] for root in expression.roots[:-1]]
    assert expression.function(*roots, 4) is True
    with pytest.raises(ExpressionError) as caught:
        expression.function(*roots, 3)
    assert caught.value.code == "expression.failed"
    assert caught.value.facts == {"source": expression.source, "reason": "division by zero"}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("9223372036854775807 + age", "a whole number leaves 64 bits"),
        ("money('9') * 9223372036854775807", "a whole number leaves 64 bits"),
        ("1 % (age - age)", "division by zero"),
        ("input.note", "input.note is absent"),
        ("abs(-9223372036854775807 - age)", "64 bits"),
        (
            "portion_of(money('90071992547409.91'), portion('999999%'))",
            "a whole number leaves 64 bits",
        ),
        ("day(now) + duration('1h')", "a day moves by whole days only"),
    ],
)
def test_reasons_are_told(source: str, reason: str) -> None:
    broken = SimpleNamespace(**{**vars(values(Random(0))["input"]), "note": None})
    with pytest.raises(ExpressionError) as caught:
        value(source, age=1, input=broken)
    assert reason in str(caught.value.facts["reason"])


def test_text_growth_is_bounded() -> None:
    env = Environment({"text": TEXT})
    twice = compile_expression("text + text", env)
    assert len(twice.function("x" * 5_000)) == 10_000
    with pytest.raises(ExpressionError, match="no value"):
        twice.function("x" * 5_001)


def test_days_and_hours_are_those_of_the_zone() -> None:
    late = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
    for zone, day, hour in [("Asia/Shanghai", 23, 1), ("UTC", 22, 17)]:
        env = Environment({"now": TIME}, zone=zone)
        assert compile_expression("day(now)", env).function(late) == date(2026, 11, day)
        assert compile_expression("hour(now)", env).function(late) == hour
    assert compile_expression("weekday(day(now))", env).function(late) == 7


def test_portions_compare_exactly() -> None:
    assert value("portion('50%') == portion('1/2')") is True
    assert value("portion('33.333333333%') < portion('1/3')") is True
    assert value("options.fee > portion('1%')", options=SimpleNamespace(fee=Portion(1, 50))) is True
    assert value("portion_of(money('0.25'), portion('10%'))") == 2


def test_spans_of_time() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert value("now - duration('1w')", now=now) == now - timedelta(days=7)
    assert value("date('2026-03-01') - date('2026-02-01') == duration('28d')") is True
    env = Environment({"due": DATE})
    soon = compile_expression("due - date('2026-01-01') <= duration('30d')", env)
    assert soon.function(date(2026, 1, 31)) is True
    assert soon.function(date(2026, 2, 1)) is False


def test_long_lists_of_constants_and_of_portions() -> None:
    assert value("age in [1, 2, 3, 4, 5, 6]", age=6) is True
    assert value("age in [1, 2, 3, 4, 5, 6]", age=7) is False
    assert value("portion('50%') in [portion('1/3'), portion('2/4')]") is True
    tags = compile_expression("['a', 'b']", ENV, expect=LIST(TEXT))
    assert tags.function(*values(Random(0)).values()) == ("a", "b")


def test_an_absent_record_has_nothing() -> None:
    card = RECORD({"level": INT})
    env = Environment({"diner": RECORD({"card": OPTIONAL(card)})})
    guarded = compile_expression("has(diner.card) && diner.card.level > 1", env)
    assert guarded.reads == {"diner.card", "diner.card.level"}
    assert guarded.function(SimpleNamespace(card=None)) is False
    assert guarded.function(SimpleNamespace(card=SimpleNamespace(level=2))) is True
    assert guarded.explain(SimpleNamespace(card=None))["diner.card.level"] is None


def test_explain_shows_what_was_read() -> None:
    expression = compile_expression("input.price > wallet.balance", ENV)
    chosen = values(Random(0))
    shown = expression.explain(*chosen.values())
    assert shown == {
        "input.price": chosen["input"].price,  # type: ignore[attr-defined]
        "wallet.balance": chosen["wallet"].balance,  # type: ignore[attr-defined]
    }


def test_describe_lists_names_and_functions() -> None:
    listed = {completion.text: completion for completion in ENV.describe()}
    assert listed["input.price"].type == "money"
    assert listed["input.note"].type == "text?"
    assert listed["meal.state"].type == "one of 'paid', 'settled', 'refunded'"
    assert listed["portion_of"].kind == "function"
    assert listed["portion_of"].type == "portion_of(money, portion) -> money"


@pytest.mark.parametrize("name", ["_private", "__class__", "a-b", "in", "", "true", "a.b"])
def test_an_environment_refuses_names_that_are_no_identifiers(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a name"):
        Environment({name: INT})
    with pytest.raises(ValueError, match="cannot be a name"):
        RECORD({name: INT})


def test_fields_may_bear_names_that_python_reserves() -> None:
    env = Environment({"class": RECORD({"from": INT, "lambda": INT})})
    both = compile_expression("class.from + class.lambda", env)
    assert both.function(SimpleNamespace(**{"from": 1, "lambda": 2})) == 3


def test_the_function_reaches_nothing_but_its_operands() -> None:
    expression = compile_expression("1 / age == 1 || input.price > money('1')", ENV)
    assert expression.function.__globals__["__builtins__"] == {}
