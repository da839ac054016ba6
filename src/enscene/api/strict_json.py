"""Strict JSON: what other parsers let through is refused here, before anything looks at it.

Refused are: wrong UTF-8, duplicate keys, NaN and infinities however written, integers that other
programs cannot hold (beyond 2^53), a NUL or half a surrogate in a text, and deep nesting.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from enscene.kernel.errors import Invalid

DEPTH_MOST = 32
INTEGER_MOST = 2**53 - 1
_DIGITS_MOST = 17
_NOT_TEXT = re.compile(r"\x00|[\ud800-\udfff]")
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)


def read_json(body: bytes) -> Any:
    """The value of a JSON text. Raises: Invalid("json.…") with `param` where a key is at fault."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise _bad("bad_utf8", "the body is not UTF-8 text") from None
    if body.count(b"{") + body.count(b"[") > DEPTH_MOST:
        _check_depth(body)
    try:
        value = _decode(text)
    except json.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}"
        raise _bad("malformed", f"the body is not JSON: {error.msg.lower()} at {at}") from None
    # Only an escape can bring a NUL or a surrogate into text that was good UTF-8.
    if "\\u" in text:
        _check_texts(value, "")
    return value


def read_object(body: bytes) -> dict[str, Any]:
    """The same, for a body that must be an object."""
    value = read_json(body)
    if type(value) is not dict:
        raise _bad("not_an_object", "the body must be a JSON object")
    return value


def _bad(code: str, detail: str, param: str | None = None) -> Invalid:
    return Invalid(detail, code=f"json.{code}", param=param)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _bad("duplicate_key", "a key stands twice in one object", name[:100])
            seen.add(name)
    return value


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _bad("bad_number", f"{text[:40]} is not a number that can be held")
    return value


def _integer(text: str) -> int:
    if len(text) <= _DIGITS_MOST and -INTEGER_MOST <= (value := int(text)) <= INTEGER_MOST:
        return value
    raise _bad("bad_number", f"{text[:40]} is too large: send it as a text")


def _constant(text: str) -> NoReturn:
    raise _bad("bad_number", f"{text} is not JSON")


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_float, parse_int=_integer, parse_constant=_constant
).decode


def _check_depth(body: bytes) -> None:
    """Refuse deep nesting without descending into it."""
    depth = 0
    for mark in _STRINGS.sub(b"", body):
        if mark in b"{[":
            depth += 1
            if depth > DEPTH_MOST:
                raise _bad("too_deep", f"the body is nested more than {DEPTH_MOST} levels deep")
        elif mark in b"}]":
            depth -= 1


def _check_texts(value: Any, at: str) -> None:
    if isinstance(value, str):
        if _NOT_TEXT.search(value):
            raise _bad("bad_text", "a text holds a NUL or half a surrogate pair", at or None)
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_texts(name, at)
            _check_texts(item, f"{at}.{name}" if at else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_texts(item, f"{at}[{index}]")
