"""Controls: checks with a name, so that a test can switch each one off and see what it held.

A control is a function that raises, or does nothing. Nothing in the program replaces one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_CONTROLS: dict[str, Callable[..., Any]] = {}


def control(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Register the function as the control of that name; calls go through the table."""

    def register(check: Callable[P, R]) -> Callable[P, R]:
        assert name not in _CONTROLS, name
        _CONTROLS[name] = check

        @wraps(check)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            result: R = _CONTROLS[name](*args, **kwargs)
            return result

        return checked

    return register


def control_names() -> frozenset[str]:
    """The names of all controls of the modules that are loaded."""
    return frozenset(_CONTROLS)
