"""Masking: what is left of a value of level C2 when it is shown to another."""

from __future__ import annotations

from typing import Any

from enscene.kernel.controls import control

_LONG = 7


@control("c2_mask")
def mask_value(value: Any) -> Any:
    """The ends of a text, stars between; of anything else nothing.

    A name keeps its first character, a number of an account or a telephone three and four.
    """
    if value is None:
        return None
    if isinstance(value, list):
        return [mask_value(each) for each in value]
    if not isinstance(value, str):
        return "***"
    if len(value) < 2:
        return "*"
    if len(value) < _LONG:
        return value[0] + "*" * (len(value) - 1)
    return (
        value[:3] + "*" * (len(value) - _LONG) + value[-4:]
        if len(value) > 10
        else (value[:2] + "*" * (len(value) - 4) + value[-2:])
    )
