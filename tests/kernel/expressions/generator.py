"""Well-typed expressions and values for them, from a seed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from types import SimpleNamespace

from enscene.kernel.expressions import (
    BOOL,
    DATE,
    ENUM,
    INT,
    LIST,
    MONEY,
    OPTIONAL,
    PARTY,
    PORTION,
    RECORD,
    TEXT,
    TIME,
    Environment,
)
from enscene.kernel.money import Portion

MAX, MIN = 2**63 - 1, -(2**63)
STATES = ("paid", "settled", "refunded")
TEXTS = ("", "rice", "面条", "a'b", 'q"q', "back\\slash", "😀 tab\t", "line\nbreak", "Rice")

ENV = Environment(
    {
        "input": RECORD(
            {
                "price": MONEY,
                "dish": TEXT,
                "quantity": INT,
                "offset": INT,
                "diner": PARTY,
                "payer": PARTY,
                "urgent": BOOL,
                "tags": LIST(TEXT),
                "sizes": LIST(INT),
                "note": OPTIONAL(TEXT),
                "tip": OPTIONAL(MONEY),
                "table": OPTIONAL(INT),
            }
        ),
        "options": RECORD({"limit": MONEY, "fee": PORTION, "share": PORTION}),
        "wallet": RECORD({"balance": MONEY}),
        "meal": RECORD({"state": ENUM(STATES), "served": DATE, "times": INT}),
        "now": TIME,
        "age": INT,
    }
)

_FIELDS = {
    "int": ["input.quantity", "input.offset", "meal.times", "age", "input.table"],
    "money": ["input.price", "options.limit", "wallet.balance", "input.tip"],
    "text": ["input.dish", "input.note"],
    "bool": ["input.urgent"],
    "portion": ["options.fee", "options.share"],
    "date": ["meal.served"],
    "time": ["now"],
    "party": ["input.diner", "input.payer"],
}
_LITERALS: dict[str, Callable[[Random], str]] = {
    "int": lambda r: r.choice(
        ["0", "1", "2", "-1", "-7", "10", "0x1f", str(MAX), str(MIN), str(r.randrange(-99, 99))]
    ),
    "money": lambda r: f"money('{r.randrange(-50, 999)}.{r.randrange(100):02d}')",
    "text": lambda r: quoted(r.choice(TEXTS), r),
    "bool": lambda r: r.choice(["true", "false"]),
    "portion": lambda r: f"portion('{r.choice(['0.3%', '1/3', '50%', '0%', '2/7', '150%'])}')",
    "date": lambda r: f"date('2026-{r.randrange(1, 13):02d}-{r.randrange(1, 29):02d}')",
    "time": lambda r: f"timestamp('2026-{r.randrange(1, 13):02d}-09T{r.randrange(24):02d}:30:00Z')",
    "duration": lambda r: f"duration('{r.choice(['90s', '15m', '2h', '7d', '1w', '0s'])}')",
}
_ORDERED = ("int", "money", "text", "portion", "date", "time", "duration")
_SUMS = {"int": "+-*/%", "money": "+-", "duration": "+-"}


def quoted(text: str, random: Random) -> str:
    """The text as a literal, in one of several spellings."""
    mark = random.choice("'\"")
    if mark not in text and not set("\\\t\n") & set(text) and random.random() < 0.3:
        return f"r{mark}{text}{mark}"
    out = []
    for character in text:
        code = ord(character)
        if character in ("\\", mark):
            out.append("\\" + character)
        elif code < 32:
            names = {9: "\\t", 10: "\\n"}
            out.append(random.choice([names[code], f"\\x{code:02x}", f"\\{code:03o}"]))
        elif code > 127 and random.random() < 0.5:
            out.append(f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08x}")
        else:
            out.append(character)
    return mark + "".join(out) + mark


class Written(str):
    """An expression and how strongly its outermost operator binds (7 for a plain value)."""

    level = 7


def at_level(text: str, level: int) -> Written:
    """The text with its binding level."""
    written = Written(text)
    written.level = level
    return written


class Writer:
    """Writes expressions of a wanted type, with no more parentheses than grammar asks for."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def write(self, kind: str, depth: int) -> Written:
        """An expression of that type, at most so deep."""
        r = self.random
        if depth <= 0 or r.random() < 0.12:
            return self.leaf(kind)
        if r.random() < 0.12:
            condition, then = self.part("bool", depth, 1), self.part(kind, depth, 1)
            return at_level(f"{condition} ? {then} : {self.part(kind, depth, 0)}", 0)
        write: Callable[[int], Written] | None = getattr(self, f"write_{kind}", None)
        return write(depth - 1) if write else self.leaf(kind)

    def part(self, kind: str, depth: int, level: int) -> Written:
        """An operand that must bind at least so strongly."""
        written = self.write(kind, depth - 1)
        if written.level < level or self.random.random() < 0.1:
            return Written(f"({written})")
        return written

    def binary(self, left: str, operator: str, right: str, depth: int, level: int) -> Written:
        """Operators of one level take from the left, so the right side binds stronger."""
        parts = self.part(left, depth, level), self.part(right, depth, level + 1)
        space = self.random.choice([" ", " ", "", "\n"])
        return at_level(f"{parts[0]}{space}{operator}{space}{parts[1]}", level)

    def leaf(self, kind: str) -> Written:
        fields, literal = _FIELDS.get(kind), _LITERALS.get(kind)
        if literal is None or (fields and self.random.random() < 0.6):
            assert fields
            return Written(self.random.choice(fields))
        written = literal(self.random)
        return at_level(written, 6 if written.startswith("-") else 7)

    def write_bool(self, depth: int) -> Written:
        r = self.random
        shape = r.randrange(11)
        if shape < 4:
            operator, level = r.choice([(" && ", 2), (" || ", 1)])
            parts = [self.part("bool", depth, level + 1) for _ in range(r.choice([2, 2, 3, 4]))]
            return at_level(operator.join(parts), level)
        if shape == 4:
            return at_level("!" * r.choice([1, 1, 2, 3]) + self.part("bool", depth, 7), 6)
        if shape == 5:
            kind, field = r.choice(
                [("int", "input.sizes"), ("text", "input.tags"), ("money", "[input.price]")]
            )
            items = ", ".join(self.write(kind, depth - 1) for _ in range(r.randrange(1, 7)))
            among = r.choice([field, f"[{items}]"])
            return at_level(f"{self.part(kind, depth, 3)} in {among}", 3)
        if shape == 6:
            field = r.choice(["input.note", "input.tip", "input.table", "input.price"])
            return Written(f"has({field})")
        if shape == 7:
            method = r.choice(["startsWith", "endsWith", "contains"])
            argument = self.write("text", depth - 1)
            return Written(f"{self.part('text', depth, 7)}.{method}({argument})")
        if shape == 8:
            return at_level(f"meal.state {r.choice(['==', '!='])} '{r.choice(STATES)}'", 3)
        if shape == 9:
            kind, operator = r.choice(["bool", "party", "text", "int"]), r.choice(["==", "!="])
        else:
            kind = r.choice(_ORDERED)
            operator = r.choice(["==", "!=", "<", "<=", ">", ">="])
        return self.binary(kind, operator, kind, depth, 3)

    def write_int(self, depth: int) -> Written:
        r = self.random
        shape = r.randrange(8)
        if shape == 0:
            return at_level("-" * r.choice([1, 1, 2]) + self.part("int", depth, 7), 6)
        if shape == 1:
            of = r.choice(["input.tags", "input.sizes", self.write("text", depth - 1)])
            return Written(f"size({of})")
        if shape == 2:
            return Written(
                r.choice([f"hour({self.write('time', depth - 1)})", "weekday(day(now))"])
            )
        return self.sum_or_pick("int", depth)

    def write_money(self, depth: int) -> Written:
        r = self.random
        shape = r.randrange(6)
        if shape == 0:
            amount, portion = self.write("money", depth - 1), self.write("portion", depth - 1)
            return Written(f"portion_of({amount}, {portion})")
        if shape == 1:
            return self.binary("money", "*", "int", depth, 5)
        if shape == 2:
            return self.binary("int", "*", "money", depth, 5)
        return self.sum_or_pick("money", depth)

    def write_text(self, depth: int) -> Written:
        if self.random.random() < 0.2:
            return at_level(f"meal.state + {self.part('text', depth, 5)}", 4)
        return self.binary("text", "+", "text", depth, 4)

    def write_time(self, depth: int) -> Written:
        return self.binary("time", self.random.choice("+-"), "duration", depth, 4)

    def write_date(self, depth: int) -> Written:
        if self.random.random() < 0.5:
            return Written(f"day({self.write('time', depth)})")
        operator = self.random.choice("+-")
        return at_level(f"{self.leaf('date')} {operator} duration('30d')", 4)

    def write_duration(self, depth: int) -> Written:
        if self.random.random() < 0.5:
            return self.sum_or_pick("duration", depth)
        kind = self.random.choice(["time", "date"])
        return self.binary(kind, "-", kind, depth, 4)

    def sum_or_pick(self, kind: str, depth: int) -> Written:
        r = self.random
        if r.random() < 0.25:
            left, right = self.write(kind, depth - 1), self.write(kind, depth - 1)
            picks = [f"min({left}, {right})", f"max({left}, {right})", f"abs({left})"]
            return Written(r.choice(picks))
        operator = r.choice(_SUMS[kind])
        return self.binary(kind, operator, kind, depth, 4 if operator in "+-" else 5)


def values(random: Random) -> dict[str, object]:
    """Objects for the roots of ENV; extremes and absent fields are common."""
    ints = [0, 1, 2, 3, -1, -2, 7, 31, MAX, MIN, MAX - 1]
    moneys = [0, 1, 1230, -500, 99_999, 10**18 - 1, MAX]

    def maybe(value: object) -> object:
        return None if random.random() < 0.4 else value

    def text() -> str:
        return random.choice(TEXTS)

    return {
        "input": SimpleNamespace(
            price=random.choice(moneys),
            dish=text(),
            quantity=random.choice(ints),
            offset=random.randrange(-9, 9),
            diner=random.choice("ab"),
            payer=random.choice("ab"),
            urgent=random.random() < 0.5,
            tags=[text() for _ in range(random.randrange(4))],
            sizes=[random.choice(ints) for _ in range(random.randrange(4))],
            note=maybe(text()),
            tip=maybe(random.choice(moneys)),
            table=maybe(random.choice(ints)),
        ),
        "options": SimpleNamespace(
            limit=random.choice(moneys), fee=Portion(3, 1000), share=Portion(2, 7)
        ),
        "wallet": SimpleNamespace(balance=random.randrange(-10_000, 10_000)),
        "meal": SimpleNamespace(
            state=random.choice(STATES),
            served=date(2026, random.randrange(1, 13), random.randrange(1, 29)),
            times=random.choice(ints),
        ),
        "now": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=random.randrange(525_600)),
        "age": random.choice(ints),
    }
