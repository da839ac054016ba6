"""What compiled expressions call while they run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NoReturn

from enscene.kernel.clock import zone_of
from enscene.kernel.errors import Refused
from enscene.kernel.expressions._lexer import INT_MAX, INT_MIN
from enscene.kernel.money import Portion
from enscene.kernel.money import portion_of as exact_portion_of

MAX_TEXT = 10_000
_ONE_DAY = timedelta(days=1)


class ExpressionError(Refused):
    """An expression has no value for this input (overflow, division by zero, absent field).

    Whoever asked must take it as "does not hold": it never fires a rule and never permits.
    `facts` holds the source and the reason.
    """

    code = "expression.failed"


class Failure(Exception):
    """Why a running expression has no value; becomes an `ExpressionError`."""


def overflow() -> NoReturn:
    raise Failure("a whole number leaves 64 bits")


def absent(path: str) -> NoReturn:
    raise Failure(f"{path} is absent")


def divide(left: int, right: int) -> int:
    """Toward zero, as CEL does (Python's own rounds down)."""
    if right == 0:
        raise Failure("division by zero")
    quotient = abs(left) // abs(right)
    if (left < 0) != (right < 0):
        return -quotient
    return quotient if quotient <= INT_MAX else overflow()


def remainder(left: int, right: int) -> int:
    """With the sign of the dividend; the one quotient that overflows is an error here too."""
    if right == 0:
        raise Failure("division by zero")
    if left == INT_MIN and right == -1:
        overflow()
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def concat(left: str, right: str) -> str:
    if len(left) + len(right) > MAX_TEXT:
        raise Failure(f"a text grows over {MAX_TEXT} characters")
    return left + right


def absolute(value: Any) -> Any:
    return overflow() if value == INT_MIN else abs(value)


def absolute_duration(value: timedelta) -> timedelta:
    return abs(value)


def portion_of(amount: int, portion: Portion) -> int:
    part = exact_portion_of(amount, portion)
    return part if INT_MIN <= part <= INT_MAX else overflow()


def shift_day(day: date, span: timedelta) -> date:
    if span % _ONE_DAY:
        raise Failure("a day moves by whole days only")
    return day + span


def unshift_day(day: date, span: timedelta) -> date:
    return shift_day(day, -span)


def day_in(zone: str) -> Callable[[datetime], date]:
    place = zone_of(zone)
    return lambda moment: moment.astimezone(place).date()


def hour_in(zone: str) -> Callable[[datetime], int]:
    place = zone_of(zone)
    return lambda moment: moment.astimezone(place).hour


def all_of(*parts: Callable[[], bool]) -> bool:
    """CEL's &&: one false decides, whatever the others; else the first error is raised."""
    error: Exception | None = None
    for part in parts:
        try:
            if not part():
                return False
        except Exception as failure:
            error = error or failure
    if error:
        raise error
    return True


def any_of(*parts: Callable[[], bool]) -> bool:
    """CEL's ||: one true decides, whatever the others; else the first error is raised."""
    error: Exception | None = None
    for part in parts:
        try:
            if part():
                return True
        except Exception as failure:
            error = error or failure
    if error:
        raise error
    return False


def recovery(source: str, exact: Callable[..., Any] | None) -> Callable[..., Any]:
    """What runs after the straight code raised: the exact form if there is one, else the error.

    The straight form uses Python's `and`/`or`, which give CEL's answer whenever nothing raises.
    Only when something did does the order of operands matter, and the exact form decides.
    """

    def recover(error: Exception, *roots: Any) -> Any:
        if exact is not None:
            try:
                return exact(*roots)
            except Exception as again:
                error = again
        raise ExpressionError(
            "An expression has no value for this input.",
            facts={"source": source, "reason": _reason(error)},
        ) from error

    return recover


def _reason(error: Exception) -> str:
    if isinstance(error, OverflowError):
        return "a moment leaves the calendar"
    return str(error) if isinstance(error, Failure) else f"{type(error).__name__}: {error}"
