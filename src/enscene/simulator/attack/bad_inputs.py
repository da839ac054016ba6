"""Bad inputs for one operation: all that a careless, a curious and a hostile client would send."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

from enscene.simulator.attack.operations import Attempt, Operation, example

REFUSED, UNBROKEN = "refused", "unbroken"
HOSTILE = (
    "' or '1'='1", "1; drop table account; --", "\" or \"\"=\"", "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "{{7*7}}", "${7*7}", "%s%s%s%n", "../../../../etc/passwd",
    "=HYPERLINK(\"http://evil.test\")", "+cmd|' /C calc'!A0", "@SUM(1+1)", "\t=1+1",
    "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "\r\nset-cookie: a=b",
    "\u0130\u0307\ufb01\u202edrawkcab", "\U0001f469\u200d\U0001f467" * 20, "\uff41\uff42", "null", "undefined",
    "NaN", "-0",
)  # fmt: skip
"""Texts that harm who trusts them. Where any text may stand they are kept as they are."""
NO_TEXT: tuple[Any, ...] = (None, 1, 1.5, True, [], {}, ["a"], {"a": 1})
NO_NUMBER: tuple[Any, ...] = (None, "1", "x", True, [], {}, 1.5, 2**63, -(2**63) - 1, 10**30)
NO_FLAG: tuple[Any, ...] = (None, "true", 1, [], {})
NO_LIST: tuple[Any, ...] = (None, "a", 1, True, {})
NO_OBJECT: tuple[Any, ...] = (None, "a", 1, True, [])
NO_MONEY = (
    "-5", "-0.01", "NaN", "Infinity", "1e400", "1e-7", "1.005", "0.001", "1,000.00", " 1.00",
    "1.00 ", "+1.00", "0x10", "\uff11.\uff10\uff10", "1.", ".5", "", "00001.00", "1.0.0", "\u4e5d", "1_000",
    "9" * 40, "1.00\u0000",
)  # fmt: skip
RAW = (
    b"", b"{", b"}", b"[]", b"null", b"true", b'"text"', b"17", b"{}{}", b"{'a': 1}", b"\xff\xfe{}",
    b"\xef\xbb\xbf{}", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": 1e400}',
    b'{"a": 1, "a": 2}', b'{"a": "\\ud800"}', b'{"a": "\\u0000"}', b'{"a":' * 60 + b"1" + b"}" * 60,
    b"[" * 100_000, b'{"a": "' + b"x" * 1_200_000 + b'"}', b'{"a": 01}', b'{"a": .5}',
    b'{"a": "unfinished', b"<xml/>", b"a=1&b=2",
)  # fmt: skip
KINDS = (
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=x",
    "",
    "application/json5",
)
TOKENS = (
    "", "x", "null", "Bearer", "a.b.c", "..", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJiYW5rLmNvcmUifQ.c2ln", "A" * 6_000,
)  # fmt: skip
KEYS = ("", " ", "k" * 201, "with space", "tab\there", "é")
PATHS = (
    "..", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "%00", "a%00b", quote("' or 1=1 --"), "%ff%fe",
    quote("<script>"), quote("İ"), "x" * 3_000, "-1", "0", "9" * 40, "%20", "%2f", "null",
    "{id}", "*", "a%0d%0ab",
)  # fmt: skip
QUERIES = (
    "", "-1", "0", "201", "1e3", "abc", "9" * 30, "%00", quote("' or 1=1"), quote("<b>"), "null",
    "%ff", "x" * 2_000,
)  # fmt: skip


def bad_inputs(operation: Operation) -> Iterator[Attempt]:
    """Every bad input for an operation; the rest of each request is as the document wants it."""
    yield from _named("token", _of_tokens(operation))
    yield from _named("path", _of_paths(operation))
    yield from _named("query", _of_queries(operation))
    if operation.body is not None and not operation.form:
        yield from _named("body", _of_bodies(operation))
        yield from _named("body", _of_fields(operation))
    if operation.needs_key:
        yield from _named("key", _of_keys(operation))
    if operation.form:
        yield from _named("body", _of_forms(operation))
    for method in {"PATCH", "TRACE"} - {operation.method}:
        yield _attempt(operation, f"method {method}", REFUSED, method=method)


def _named(part: str, attempts: Iterator[Attempt]) -> Iterator[Attempt]:
    for attempt in attempts:
        yield replace(attempt, part=part)


def _attempt(operation: Operation, kind: str, must: str, **other: Any) -> Attempt:
    headers: dict[str, str] = {}
    body = b""
    if operation.body is not None:
        headers["content-type"] = (
            "application/x-www-form-urlencoded" if operation.form else "application/json"
        )
        value = example(operation.body)
        body = urlencode(value).encode() if operation.form else json.dumps(value).encode()
    if operation.needs_key:
        headers["idempotency-key"] = uuid4().hex
    return Attempt(
        operation=operation.name, kind=kind, must=must,
        method=other.get("method", operation.method), path=other.get("path", operation.filled()),
        headers={**headers, **other.get("headers", {})}, body=other.get("body", body),
        credential=other.get("credential", operation.credential),
    )  # fmt: skip


def _of_tokens(operation: Operation) -> Iterator[Attempt]:
    if operation.credential is None:
        return
    yield _attempt(operation, "no token", REFUSED, credential=None)
    for token in TOKENS:
        yield _attempt(operation, f"token {token[:12]!r}", REFUSED, credential=None,
                       headers={"authorization": f"Bearer {token}"})  # fmt: skip
    for scheme in ("Basic YTpi", "Digest x", "bearer", "DPoP x"):
        yield _attempt(operation, f"scheme {scheme[:6]}", REFUSED, credential=None,
                       headers={"authorization": scheme})  # fmt: skip


def _of_paths(operation: Operation) -> Iterator[Attempt]:
    for parameter in operation.names("path"):
        name = parameter["name"]
        for value in PATHS:
            yield _attempt(operation, f"{name} {value[:12]!r}", UNBROKEN,
                           path=operation.filled(**{name: value}))  # fmt: skip


def _of_queries(operation: Operation) -> Iterator[Attempt]:
    path = operation.filled()
    for parameter in operation.names("query"):
        name = parameter["name"]
        must = REFUSED if name == "limit" else UNBROKEN
        for value in QUERIES:
            yield _attempt(operation, f"?{name}={value[:12]}", must, path=f"{path}?{name}={value}")
        twice = f"{path}?{name}=1&{name}=2"
        yield _attempt(operation, f"?{name} twice", UNBROKEN, path=twice)
    for query in ("?no_such=1", "?%00=1", "?a[]=1", "?" + "&".join("a=1" for _ in range(500))):
        yield _attempt(operation, f"query {query[:12]}", UNBROKEN, path=path + query)


def _of_bodies(operation: Operation) -> Iterator[Attempt]:
    for raw in RAW:
        # An operation all of whose fields may be left out takes an empty body as `{}`.
        must = UNBROKEN if raw in (b"", b"null") else REFUSED
        yield _attempt(operation, f"body {raw[:16]!r}", must, body=raw)
    for kind in KINDS:
        yield _attempt(operation, f"type {kind}", UNBROKEN, headers={"content-type": kind})


def _of_fields(operation: Operation) -> Iterator[Attempt]:
    assert operation.body is not None
    good = example(operation.body)
    if not isinstance(good, dict):
        return
    fields: Mapping[str, Any] = operation.body.get("properties", {})
    for name in operation.body.get("required", []):
        left = {k: v for k, v in good.items() if k != name}
        yield _field(operation, f"without {name}", REFUSED, left)
    if operation.body.get("additionalProperties") is False:
        for extra in ("no_such_field", "__proto__", "id", "tenant", "constructor"):
            if extra not in fields:
                yield _field(operation, f"more {extra}", REFUSED, {**good, extra: 1})
    for name, schema in fields.items():
        for value in _wrong(schema):
            yield _field(operation, f"{name}={str(value)[:12]}", REFUSED, {**good, name: value})
        if _takes_text(schema):
            for text in HOSTILE:
                fits = re.search(str(schema.get("pattern", "")), text) is not None
                must = UNBROKEN if fits else REFUSED
                yield _field(operation, f"{name} {text[:12]!r}", must, {**good, name: text})
            for text in ("\u0000", "a\u0000b", "x" * 70_000):
                yield _field(operation, f"{name} {text[:4]!r}", REFUSED, {**good, name: text})


def _field(operation: Operation, kind: str, must: str, body: Mapping[str, Any]) -> Attempt:
    return _attempt(operation, kind, must, body=json.dumps(body).encode())


def _wrong(schema: Mapping[str, Any]) -> tuple[Any, ...]:
    """Values that a schema plainly forbids; none where it allows several sorts."""
    if any(word in schema for word in ("anyOf", "oneOf", "allOf", "const")):
        return ()
    kind = schema.get("type")
    if isinstance(kind, list):
        return ()
    if "enum" in schema:
        return ("no such word", 1, [], {})
    if _is_money(schema):
        pattern = str(schema["pattern"])
        return (*NO_TEXT, *(text for text in NO_MONEY if not re.search(pattern, text)))
    if kind == "string":
        return NO_TEXT
    if kind == "integer":
        return NO_NUMBER
    return {"boolean": NO_FLAG, "array": NO_LIST, "object": NO_OBJECT}.get(str(kind), ())


def _is_money(schema: Mapping[str, Any]) -> bool:
    """Money is a text whose pattern is that of a decimal, and of nothing else."""
    pattern = str(schema.get("pattern", ""))
    return (
        bool(pattern)
        and re.search(pattern, "12.30") is not None
        and not any(re.search(pattern, other) for other in ("a1", "12.30%", "12:30", "A1"))
    )


def _takes_text(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "string" and "enum" not in schema and not _is_money(schema)


def _of_keys(operation: Operation) -> Iterator[Attempt]:
    for key in KEYS:
        yield _attempt(operation, f"key {key[:8]!r}", REFUSED,
                       headers={"idempotency-key": key})  # fmt: skip


def _of_forms(operation: Operation) -> Iterator[Attempt]:
    for raw in (b"", b"a", b"a=1&a=2", b"%ff=1", b"\xff", b"=&=&=", b"grant_type=password",
                b"grant_type=implicit", b"x=" + b"y" * 200_000):  # fmt: skip
        yield _attempt(operation, f"form {raw[:12]!r}", REFUSED, body=raw)
    for text in HOSTILE:
        body = urlencode({"grant_type": text, "client_id": text, "client_assertion": text}).encode()
        yield _attempt(operation, f"form {text[:12]!r}", REFUSED, body=body)
