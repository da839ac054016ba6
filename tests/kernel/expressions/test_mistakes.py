"""What an author is told: the sentence, the place, the hint."""

from __future__ import annotations

import pytest

from enscene.kernel.errors import Invalid
from enscene.kernel.expressions import BOOL, ENUM, INT, MONEY, TEXT, Type, compile_expression
from kernel.expressions.generator import ENV

UNKNOWN = "expression.unknown_name"
SYNTAX = "expression.syntax"
TYPE = "expression.type"

GOLDEN: list[tuple[str, str, int, int, str, str | None]] = [
    ("input.prise > 1", UNKNOWN, 1, 7, "There is no `input.prise`.", "Did you mean `input.price`?"),
    ("walet.balance > 1", UNKNOWN, 1, 1, "There is no `walet`.", "Did you mean `wallet`?"),
    (
        "siz(input.tags) > 1",
        "expression.unknown_function",
        1,
        1,
        "There is no siz().",
        "Did you mean `size()`?",
    ),
    (
        "input.dish.matches('x')",
        "expression.unknown_function",
        1,
        12,
        "There is no text.matches().",
        "There is `text.contains()`, `text.endsWith()`, `text.size()`, `text.startsWith()`.",
    ),
    (
        "meal.state == 'payd'",
        "expression.never",
        1,
        12,
        "'payd' is none of its values.",
        "Did you mean 'paid'?",
    ),
    (
        "input.price > 20",
        TYPE,
        1,
        13,
        "money cannot be compared with int.",
        "Write money('20') for an amount.",
    ),
    (
        "input.price / 2 > money('1')",
        TYPE,
        1,
        13,
        "`/` does not take money and int.",
        "A share of money is rounded by portion_of(amount, portion('50%')).",
    ),
    (
        "input.price * options.fee",
        TYPE,
        1,
        13,
        "`*` does not take money and portion.",
        "A share of money is rounded by portion_of(amount, portion('50%')).",
    ),
    ("input.price % input.tip", TYPE, 1, 13, "`%` does not take money and money.", None),
    (
        "now > meal.served",
        TYPE,
        1,
        5,
        "time cannot be compared with date.",
        "Take the day of a moment with day(now).",
    ),
    ("input.urgent && age", TYPE, 1, 17, "`&&` takes conditions, not int.", None),
    ("!age", TYPE, 1, 2, "`!` takes conditions, not int.", None),
    ("age ? 1 : 2", TYPE, 1, 1, "What stands before `?` is a condition, not int.", None),
    (
        "input.urgent ? 1 : 'x'",
        TYPE,
        1,
        14,
        "Both sides of `:` have one type, not int and text.",
        None,
    ),
    ("[1, 'x']", TYPE, 1, 5, "A list holds one type, not int and text.", None),
    ("1 in []", TYPE, 1, 6, "An empty list has no type.", None),
    (
        "'r' in input.dish",
        TYPE,
        1,
        5,
        "`in` takes a list on its right, not text.",
        "Write text.contains(part).",
    ),
    (
        "wallet == 1",
        TYPE,
        1,
        1,
        "`wallet` is a record; name one of its fields.",
        "There is `wallet.balance`.",
    ),
    ("age.years", TYPE, 1, 5, "`age` is int and has no fields.", None),
    ("true < false", TYPE, 1, 6, "bool has no order, so `<` says nothing.", None),
    ("input.diner < input.payer", TYPE, 1, 13, "party has no order, so `<` says nothing.", None),
    ("has(age)", TYPE, 1, 1, "`has` asks for one field: has(record.field).", None),
    ("min(1)", TYPE, 1, 1, "`min` is written min(a, b) -> the smaller.", None),
    (
        "money(input.dish) > money('1')",
        TYPE,
        1,
        1,
        "`money` takes a text written out, such as money('20.00').",
        None,
    ),
    (
        "input.price > money('20.001')",
        "expression.bad_literal",
        1,
        15,
        "'20.001' is not an amount of CNY.",
        'Write it as a decimal string such as "12.30".',
    ),
    (
        "duration('2 hours') > duration('1h')",
        "expression.bad_literal",
        1,
        1,
        "'2 hours' is not a duration.",
        'Write a number and a unit: "90s", "15m", "2h", "7d" or "1w".',
    ),
    ("age >", SYNTAX, 1, 6, "It ends where a value is expected.", None),
    ("", SYNTAX, 1, 1, "It ends where a value is expected.", None),
    ("age age", SYNTAX, 1, 5, "`age` stands where an operator or the end is expected.", None),
    (
        "(age > 1",
        SYNTAX,
        1,
        9,
        "It ends where `)` is expected.",
        "`(` at character 1 waits for its `)`.",
    ),
    ("age = 1", SYNTAX, 1, 5, "'=' has no meaning here.", "Write == to compare."),
    ("age > 1 & true", SYNTAX, 1, 9, "'&' has no meaning here.", "Write && for and."),
    (
        "input.dish == 'x",
        SYNTAX,
        1,
        15,
        '"\'" has no meaning here.',
        "The text is not closed on its line.",
    ),
    (
        "age > 1.5",
        SYNTAX,
        1,
        7,
        "1.5 is not a whole number.",
        "Write money('1.50') or portion('0.3%').",
    ),
    ("age > 1u", SYNTAX, 1, 7, "1u is not a whole number.", None),
    (
        "age == 9223372036854775808",
        SYNTAX,
        1,
        8,
        "9223372036854775808 is not a 64-bit whole number.",
        None,
    ),
    (
        "age == -9223372036854775809",
        SYNTAX,
        1,
        9,
        "9223372036854775809 is not a 64-bit whole number.",
        None,
    ),
    (
        "input.note == null",
        SYNTAX,
        1,
        15,
        "There is no null.",
        "Ask has(record.field) instead.",
    ),
    ("'a\\qb'", SYNTAX, 1, 3, "\\q is not an escape.", "Write \\\\ for \\."),
    ("import > 1", SYNTAX, 1, 1, "`import` is a reserved word.", None),
    (
        "age > 1 &&\n  input.prise > 1",
        UNKNOWN,
        2,
        9,
        "There is no `input.prise`.",
        "Did you mean `input.price`?",
    ),
]


@pytest.mark.parametrize(
    ("source", "code", "line", "column", "detail", "hint"), GOLDEN, ids=[row[0] for row in GOLDEN]
)
def test_a_mistake_is_told_with_its_place(
    source: str, code: str, line: int, column: int, detail: str, hint: str | None
) -> None:
    with pytest.raises(Invalid) as caught:
        compile_expression(source, ENV)
    error = caught.value
    place = (error.facts["line"], error.facts["column"])
    assert (error.code, *place, error.detail, error.hint) == (code, line, column, detail, hint)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("1" + " " * 2_000, "expression.too_long"),
        ("(" * 40 + "1" + ")" * 40, "expression.too_deep"),
        ("[" * 40 + "1" + "]" * 40, "expression.too_deep"),
        ("1" + "+1" * 40, "expression.too_deep"),
        ("-(" * 40 + "1" + ")" * 40, "expression.too_deep"),
        ("true?1:" * 40 + "1", "expression.too_deep"),
        ("age in [" + "1," * 600 + "1]", "expression.too_large"),
    ],
)
def test_size_and_depth_are_bounded(source: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        compile_expression(source, ENV)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "source",
    [
        "input.__class__",
        "__import__('os')",
        "r0.price > 1",
        "recover",
        "input.dish.__len__()",
        "input.dish.upper()",
        "[1, 2][0]",
        "input['price']",
        "input.tags.all(t, t == 'x')",
        "lambda: 1",
        "{'a': 1}",
        "b'x' == b'x'",
        "'''x''' == 'x'",
    ],
)
def test_what_the_subset_leaves_out_is_refused(source: str) -> None:
    with pytest.raises(Invalid):
        compile_expression(source, ENV)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("age", MONEY),
        ("input.price", INT),
        ("age", BOOL),
        ("'served'", ENUM(["paid", "settled"])),
        ("input.dish", ENUM(["paid", "settled"])),
        ("input.urgent ? 'paid' : 'served'", ENUM(["paid", "settled"])),
    ],
)
def test_another_type_than_the_expected_is_refused(source: str, expected: Type) -> None:
    with pytest.raises(Invalid, match="It must be"):
        compile_expression(source, ENV, expect=expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("input.urgent ? 'paid' : 'settled'", ENUM(["paid", "settled"])),
        ("meal.state", TEXT),
        ("input.tip", MONEY),
    ],
)
def test_texts_written_out_fit_a_set_that_holds_them(source: str, expected: Type) -> None:
    assert compile_expression(source, ENV, expect=expected).type == expected
