"""Requests as they must not be: spoiled on the way, and what must come back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from enscene.simulator.book import Book, type_of
from enscene.simulator.client import Message
from enscene.simulator.request import Request

ACT_FOR_THEMSELVES = frozenset({"bank", "feed", "insurer"})
"""Roles whose applications act for their own party alone."""
Spoiled = tuple[str, Message, int, str | None]
"""What was done to it, the message, the status and the code (None: any) that must come back."""


def spoil(book: Book, request: Request, message: Message, rng: Random) -> Spoiled:
    """The message with one fault."""
    faults = [fault for fault in _FAULTS if fault(book, request, message) is not None]
    found = rng.choice(faults)(book, request, message)
    assert found is not None
    return found


def _with(message: Message, given: Mapping[str, Any]) -> Message:
    return replace(message, body=json.dumps(given, ensure_ascii=False).encode())


def _number_for_money(book: Book, request: Request, message: Message) -> Spoiled | None:
    for name, said in book.input_of(request.action).items():
        if type_of(said)[0] == "money" and name in request.given:
            given = {**request.given, name: float(request.given[name])}
            return "number_for_money", _with(message, given), 400, None
    return None


def _negative_money(book: Book, request: Request, message: Message) -> Spoiled | None:
    for name, said in book.input_of(request.action).items():
        if type_of(said)[0] == "money" and name in request.given:
            given = {**request.given, name: f"-{request.given[name]}"}
            return "negative_money", _with(message, given), 400, "invalid.too_small"
    return None


def _unknown_field(book: Book, request: Request, message: Message) -> Spoiled | None:
    given = {**request.given, "tip": "1.00"}
    return "unknown_field", _with(message, given), 400, "invalid.unknown_field"


def _missing_field(book: Book, request: Request, message: Message) -> Spoiled | None:
    for name, said in book.input_of(request.action).items():
        if type_of(said)[0] != "party" and name in request.given and "optional" not in said:
            given = {key: value for key, value in request.given.items() if key != name}
            return "missing_field", _with(message, given), 400, "invalid.missing_field"
    return None


def _no_key(book: Book, request: Request, message: Message) -> Spoiled | None:
    return "no_key", replace(message, key=None), 400, "idempotency.missing_key"


def _no_token(book: Book, request: Request, message: Message) -> Spoiled | None:
    return "no_token", replace(message, with_token=False), 401, "auth.no_token"


def _half_a_body(book: Book, request: Request, message: Message) -> Spoiled | None:
    return "half_a_body", replace(message, body=message.body[:-1]), 400, None


def _twice_the_same(book: Book, request: Request, message: Message) -> Spoiled | None:
    body = (
        message.body[:-1] + b", " + message.body[1:] if len(message.body) > 2 else b'{"a":1,"a":1}'
    )
    return "field_twice", replace(message, body=body), 400, None


def _not_json(book: Book, request: Request, message: Message) -> Spoiled | None:
    spoiled = replace(message, content_type="text/plain")
    return "not_json", spoiled, 415, "http.media_type"


def _stranger(book: Book, request: Request, message: Message) -> Spoiled | None:
    if message.party is None:
        return None
    own = request.role in ACT_FOR_THEMSELVES
    code = "auth.no_grant" if own else "scene.not_enrolled"
    return "stranger", replace(message, party="nobody-1"), 403, code


_FAULTS: tuple[Callable[[Book, Request, Message], Spoiled | None], ...] = (
    _number_for_money,
    _negative_money,
    _unknown_field,
    _missing_field,
    _no_key,
    _no_token,
    _half_a_body,
    _twice_the_same,
    _not_json,
    _stranger,
)
