"""Requests and responses, as bare as the action path needs them."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from enscene.kernel.errors import Invalid, NotFound

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_MOST = 1_000_000
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_PROCESS = secrets.token_hex(6)
_count = itertools.count(1)
_ONCE_ONLY = (b"authorization", b"idempotency-key", b"acting-party", b"acting-role",
              b"content-type", b"content-length", b"dpop", b"content-digest", b"signature",
              b"signature-input", b"enscene-version")  # fmt: skip

JSON = (b"content-type", b"application/json")
SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class ClientGone(Exception):
    """The client closed the connection before its request was whole."""


class Request:
    """One request. `path` are the parts of its path, `id` what it is called in answers and logs.
    `signs` says that its answer is signed, `verified` is the signature that it came with. `caller`
    is whose token it came with, good or not; `told` are headers of its answer, whatever it is."""

    __slots__ = (
        "_body",
        "_receive",
        "_scope",
        "caller",
        "headers",
        "id",
        "method",
        "path",
        "signs",
        "told",
        "verified",
    )

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._scope = scope
        self._receive = receive
        self._body: bytes | None = None
        self.signs = False
        self.verified: Any = None
        self.caller: Any = None
        self.told: tuple[tuple[bytes, bytes], ...] = ()
        self.method: str = scope["method"]
        self.path: list[str] = scope["path"].split("/")[1:]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        given = self.headers.get(b"x-request-id")
        if given is not None and _REQUEST_ID.fullmatch(given):
            self.id = given.decode()
        else:
            self.id = f"{_PROCESS}-{next(_count)}"

    @property
    def raw_path(self) -> str:
        """The path as it was sent, without the query."""
        raw: bytes | None = self._scope.get("raw_path")
        return raw.decode("latin-1") if raw else str(self._scope["path"])

    @property
    def query_string(self) -> bytes:
        """As it was sent."""
        raw: bytes = self._scope["query_string"]
        return raw

    @property
    def peer(self) -> str:
        """The address that the connection comes from."""
        client = self._scope.get("client")
        return str(client[0]) if client else ""

    def address(self, proxies: frozenset[str]) -> str:
        """Where the call comes from: the peer; where that is one of the proxies, the last address
        of X-Forwarded-For that is none of them. What anybody else writes there is not read."""
        peer = self.peer
        if peer not in proxies:
            return peer
        told = self.headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        for address in reversed([each.strip() for each in told if each.strip()]):
            if address not in proxies:
                return address
        return peer

    def check_headers(self) -> None:
        """Refuse a request that says twice what may be said once."""
        if len(self.headers) != len(self._scope["headers"]):
            names = [name for name, _ in self._scope["headers"]]
            for name in _ONCE_ONLY:
                if names.count(name) > 1:
                    raise Invalid(
                        f"the header {name.decode()} stands twice",
                        code="http.duplicate_header",
                        param=name.decode(),
                    )

    def text(self, name: bytes) -> str | None:
        """A header's value, if it is there. Raises: Invalid for one that isn't ASCII."""
        value = self.headers.get(name)
        if value is None:
            return None
        if not value.isascii():
            raise Invalid("a header is ASCII text", code="http.bad_header", param=name.decode())
        return value.decode().strip()

    def query(self, *known: str) -> dict[str, str]:
        """The parameters of the query string. Raises: Invalid for an unknown or a second one."""
        given: dict[str, str] = {}
        raw: bytes = self._scope["query_string"]
        if not raw:
            return given
        try:
            pairs = parse_qsl(
                raw.decode("ascii"),
                keep_blank_values=True,
                strict_parsing=True,
                errors="strict",
                max_num_fields=50,
            )
        except ValueError:
            raise Invalid("the query string cannot be read", code="http.bad_query") from None
        for name, value in pairs:
            if name not in known:
                raise Invalid(
                    f"there is no parameter {name[:60]!r} here",
                    code="invalid.unknown_parameter",
                    param=name[:60],
                    hint=f"known: {', '.join(known)}" if known else None,
                )
            if name in given:
                raise Invalid(
                    f"the parameter {name} stands twice", code="http.bad_query", param=name
                )
            if "\0" in value:
                raise Invalid("a parameter holds a NUL", code="http.bad_query", param=name)
            given[name] = value
        return given

    async def json_body(self) -> bytes:
        """The body of a request that must say that it is JSON."""
        kind = self.headers.get(b"content-type", b"")
        if kind != b"application/json" and not _says_json(kind):
            raise Invalid(
                "the body must be application/json",
                code="http.media_type",
                param="Content-Type",
                hint="send Content-Type: application/json",
            )
        return await self.body()

    async def body(self) -> bytes:
        """The whole body, also when it was read before. Raises: Invalid("http.too_large") beyond
        1 MB, ClientGone."""
        if self._body is not None:
            return self._body
        length = self.headers.get(b"content-length")
        if length is not None and (not length.isdigit() or int(length[:12]) > BODY_MOST):
            raise _too_large()
        message = await self._receive()
        body: bytes = message.get("body", b"")
        if message.get("more_body") or message["type"] != "http.request":
            body = await self._rest_of(message)
        if len(body) > BODY_MOST:
            raise _too_large()
        self._body = body
        return body

    async def _rest_of(self, message: MutableMapping[str, Any]) -> bytes:
        chunks, size = [], 0
        while True:
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunk = message.get("body", b"")
            chunks.append(chunk)
            size += len(chunk)
            if size > BODY_MOST:
                raise _too_large()
            if not message.get("more_body"):
                return b"".join(chunks)
            message = await self._receive()


class Response:
    """One answer."""

    __slots__ = ("body", "headers", "status")

    def __init__(
        self, body: bytes, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = (JSON,)
    ) -> None:
        self.body = body
        self.status = status
        self.headers = headers


async def send_response(send: Send, request_id: str, response: Response) -> None:
    """Send it, with the headers that every answer has and it does not set itself."""
    own = {name for name, _ in response.headers}
    headers = [
        *response.headers,
        (b"content-length", str(len(response.body)).encode()),
        (b"x-request-id", request_id.encode()),
        *(header for header in SECURITY_HEADERS if header[0] not in own),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def not_found() -> NotFound:
    """Nothing is served at this path."""
    return NotFound("nothing is served here", code="http.no_route")


def wrong_method(*allowed: str) -> Invalid:
    """The path exists; the method does not."""
    return Invalid(
        f"use {' or '.join(allowed)} here",
        code="http.method",
        facts={"allow": ", ".join(allowed)},
    )


def _says_json(kind: bytes) -> bool:
    essence, _, parameters = kind.lower().partition(b";")
    charset = parameters.strip().replace(b'"', b"")
    return essence.strip() == b"application/json" and charset in (b"", b"charset=utf-8")


def _too_large() -> Invalid:
    return Invalid("a body has at most 1 MB", code="http.too_large")
