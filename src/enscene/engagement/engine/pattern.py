"""What a rule waits for: one of seven patterns, each with a bounded memory a customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from enscene.engagement.engine.happening import Kinds
from enscene.kernel.errors import Invalid
from enscene.kernel.expressions import BOOL, INT, MONEY, Expression
from enscene.kernel.said import Both, say

Told: TypeAlias = "Expression | Mapping[str, Expression]"
"""One expression for all kinds of events, or one for each kind."""
Place: TypeAlias = tuple[int, int]

BUCKETS = 60
TIMES_MOST, STEPS_MOST, PLACES_MOST = 1_000, 16, 10_000
SECOND_US = 1_000_000
SPAN_MOST_US = 3_660 * 86_400 * SECOND_US
METRES_MOST = 50_000
AMOUNT_MOST = 10**15
"""An amount beyond it, either way, is taken for an error: sums stay within 64 bits."""
LATITUDE_MOST, LONGITUDE_MOST = 9_000_000, 18_000_000


@dataclass(frozen=True, slots=True)
class After:
    """One of these comes."""

    kinds: Kinds


@dataclass(frozen=True, slots=True)
class Count:
    """At least so many of `kinds` within a span, of those for which `only` holds. Fires on the one
    that makes it true, and again only once it has been false; with `again_after_us` on each for which
    it is true, and not twice in so long."""

    kinds: Kinds
    at_least: int
    within_us: int
    only: Told | None = None
    again_after_us: int | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of an amount (`field`, a whole number or minor units) over a span reaches so much.

    Counted in sixty parts of the span: what is older than the span never counts, what is younger
    than 59/60 of it always does. Fires on the one that takes the sum from below to `reaches`.
    """

    kinds: Kinds
    field: Told
    reaches: int
    within_us: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """One step after the other, all within a span; of several beginnings the latest counts. A step
    that comes into the log after one that happened later is passed over. What has fired begins anew."""

    steps: Kinds
    within_us: int


@dataclass(frozen=True, slots=True)
class Absent:
    """After one of `after` none of `without` has come into the log for so long. Fires when the span
    is over. While one waits, another one does not wait too."""

    after: Kinds
    without: Kinds
    within_us: int


@dataclass(frozen=True, slots=True)
class Crosses:
    """A number (`field`) falls below, or rises above; one of the two is given. The first one known
    crosses nothing, and one that happened before the last known is passed over."""

    kinds: Kinds
    field: Told
    below: int | None = None
    above: int | None = None


@dataclass(frozen=True, slots=True)
class Enters:
    """The place of the event is within so many metres of one of `places`, and the place known before
    was of none, or there was none. Events without a place say nothing."""

    kinds: Kinds
    places: tuple[Place, ...]
    metres: int


Pattern: TypeAlias = After | Count | Sum | Sequence | Absent | Crosses | Enters
NAMES: Mapping[type[Any], str] = {
    After: "after", Count: "count", Sum: "sum", Sequence: "sequence", Absent: "absent",
    Crosses: "crosses", Enters: "enters",
}  # fmt: skip


def kinds_of(pattern: Pattern) -> Kinds:
    """All kinds of events that it looks at, each once."""
    match pattern:
        case Sequence():
            return tuple(dict.fromkeys(pattern.steps))
        case Absent():
            return tuple(dict.fromkeys((*pattern.after, *pattern.without)))
        case _:
            return tuple(dict.fromkeys(pattern.kinds))


def speaking(pattern: Pattern) -> Kinds:
    """The kinds of events on which it may fire; none if it fires because nothing came."""
    match pattern:
        case Sequence():
            return pattern.steps[-1:]
        case Absent():
            return ()
        case _:
            return kinds_of(pattern)


def of_kind(told: Told, kind: str) -> Expression:
    """The expression for events of a kind."""
    return told if isinstance(told, Expression) else told[kind]


def spelled(pattern: Pattern) -> tuple[Any, ...]:
    """The pattern in plain values: what is spelled the same remembers the same."""
    parts: list[Any] = [NAMES[type(pattern)]]
    for field in fields(pattern):
        value = getattr(pattern, field.name)
        if isinstance(value, Expression):
            value = value.source
        elif isinstance(value, Mapping):
            value = tuple(sorted((kind, each.source) for kind, each in value.items()))
        parts.append((field.name, value))
    return tuple(parts)


def wrong(param: str, en: str, zh: str, code: str = "rule.pattern") -> Invalid:
    """The refusal of what a rule says at `param`, in both languages."""
    return Invalid(say("{about}", about=Both(en, zh)), code=code, param=param)


def check_pattern(pattern: Pattern, at: str) -> None:
    """That it makes sense. Raises: Invalid with `param`, beginning with `at`."""
    if type(pattern) not in NAMES:
        raise wrong(at, "a rule has one of the seven patterns", "规则须有七种模式之一")
    at = f"{at}.{NAMES[type(pattern)]}"
    for field in ("kinds", "steps", "after", "without"):
        if (kinds := getattr(pattern, field, None)) is not None:
            _check_kinds(kinds, f"{at}.{field}")
    for field in ("within_us", "again_after_us"):
        if (span := getattr(pattern, field, None)) is not None:
            _check_span(span, f"{at}.{field}")
    for param, en, zh in _mistakes(pattern):
        raise wrong(f"{at}.{param}", en, zh)
    match pattern:
        case Sum() | Crosses():
            check_told(pattern.field, pattern.kinds, (INT.kind, MONEY.kind), f"{at}.field")
        case Count(only=only) if only is not None:
            check_told(only, pattern.kinds, (BOOL.kind,), f"{at}.only")
        case _:
            pass


def _mistakes(pattern: Pattern) -> Iterator[tuple[str, str, str]]:
    match pattern:
        case Count() if not _whole(pattern.at_least, 1, TIMES_MOST):
            yield "at_least", f"it counts from 1 to {TIMES_MOST}", f"次数须为 1 至 {TIMES_MOST}"
        case Sum() if not _whole(pattern.reaches, 1, AMOUNT_MOST):
            yield "reaches", "a sum reaches more than nothing", "合计须大于零"
        case Sequence() if not 2 <= len(pattern.steps) <= STEPS_MOST:
            yield "steps", f"it has 2 to {STEPS_MOST} steps", f"步骤须为 2 至 {STEPS_MOST} 个"
        case Crosses() if (pattern.below is None) == (pattern.above is None):
            yield "below", "either below or above", "below 与 above 须且只须给出一个"
        case Crosses() if not _whole(_bound(pattern), -AMOUNT_MOST, AMOUNT_MOST):
            which = "below" if pattern.above is None else "above"
            yield which, "the bound is a whole number", "界限须为整数"
        case Enters():
            yield from _mistakes_of_places(pattern)
        case _:
            pass


def _mistakes_of_places(pattern: Enters) -> Iterator[tuple[str, str, str]]:
    if not _whole(pattern.metres, 1, METRES_MOST):
        yield "metres", f"from 1 to {METRES_MOST} metres", f"半径须为 1 至 {METRES_MOST} 米"
    if not 1 <= len(pattern.places) <= PLACES_MOST:
        yield "places", f"from 1 to {PLACES_MOST} places", f"地点须为 1 至 {PLACES_MOST} 个"
    for number, place in enumerate(pattern.places):
        fits = len(place) == 2 and _whole(place[0], -LATITUDE_MOST, LATITUDE_MOST)
        if not fits or not _whole(place[1], -LONGITUDE_MOST, LONGITUDE_MOST):
            yield (
                f"places[{number}]",
                "a place is north and east in hundred-thousandths of a degree",
                "地点为纬度与经度，以十万分之一度计",
            )


def _bound(pattern: Crosses) -> int | None:
    return pattern.below if pattern.above is None else pattern.above


def check_told(told: Told, kinds: Kinds, types: tuple[str, ...], at: str) -> None:
    """That there is an expression for each kind, with a value of one of these types."""
    if not isinstance(told, (Expression, Mapping)):
        raise wrong(
            at, "a compiled expression is expected", "须为已编译的表达式", "rule.expression"
        )
    for kind in kinds:
        if isinstance(told, Mapping) and kind not in told:
            raise wrong(at, f"there is no expression for {kind}", f"{kind} 没有表达式", "rule.expression")  # fmt: skip
    for each in [told] if isinstance(told, Expression) else told.values():
        if each.type.kind not in types:
            raise wrong(
                at, f"it is {each.type}, and should be {' or '.join(types)}",
                f"类型为 {each.type}，应为 {' 或 '.join(types)}", "rule.expression",
            )  # fmt: skip


def _check_kinds(kinds: object, at: str) -> None:
    if not isinstance(kinds, tuple) or not kinds:
        raise wrong(at, "at least one kind of event is named", "须至少指明一种事件")
    for place, kind in enumerate(kinds):
        if not isinstance(kind, str) or not kind:
            raise wrong(f"{at}[{place}]", "a kind of event is a text", "事件种类须为文本")


def _check_span(span: int, at: str) -> None:
    if not _whole(span, SECOND_US, SPAN_MOST_US):
        raise wrong(at, "a span is from a second to ten years", "时长须为一秒至十年")


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
