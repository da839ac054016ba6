"""Bodies of the API's own requests as typed structs."""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from enscene.api.strict_json import read_object
from enscene.kernel.errors import Invalid

T = TypeVar("T")

_AT = re.compile(r" - at `\$\.?([^`]*)`$")
_NAMED = re.compile(r"(unknown|missing required) field `([^`]*)`")


def convert(body: bytes, kind: type[T]) -> T:
    """A strict JSON object as a struct. Raises: Invalid with `param`."""
    value = read_object(body)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _invalid(str(error)) from None


def _invalid(text: str) -> Invalid:
    at = _AT.search(text)
    param = at[1] if at else ""
    text = _AT.sub("", text)
    code = "invalid.type"
    if named := _NAMED.search(text):
        code = f"invalid.{named[1].split()[0]}_field"
        param = f"{param}.{named[2]}" if param else named[2]
    elif "matching regex" in text:
        code, text = "invalid.form", "the text has not the form it must have"
    return Invalid(text[:1].lower() + text[1:], code=code, param=param or None)
