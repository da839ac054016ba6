"""By which names the console may be called: a Host header that is not one of them is refused, so
that nobody makes it speak for an address of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from enscene.kernel.errors import Invalid

OWN = ("127.0.0.1", "localhost", "[::1]")
"""What this machine calls itself, at any port."""
_HOST = re.compile(r"(?P<name>[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?P<port>:[0-9]{1,5})?")
_SAID = "此地址不属于本站 · this address is not one of this site\n".encode()


def hosts_of(text: str) -> frozenset[str]:
    """The names in a setting, separated by commas or blanks: `bank.example` at any port,
    `bank.example:8443` at that one. Raises: Invalid."""
    words = [word for word in re.split(r"[\s,]+", text.lower()) if word]
    for word in words:
        if not _HOST.fullmatch(word):
            raise Invalid(
                f"{word[:80]!r} is not a host's name",
                code="web.bad_host",
                hint="write bank.example or bank.example:8443, without https://",
            )
    return frozenset(words)


def is_allowed(host: str, allowed: Iterable[str]) -> bool:
    """Whether a Host header names one of the hosts."""
    match = _HOST.fullmatch(host.lower())
    return match is not None and not {match["name"], match[0]}.isdisjoint(allowed)


class AllowedHosts:
    """Answers 421 to requests for a host that is not ours, 400 to those that name none or two."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        named = [value for name, value in scope["headers"] if name == b"host"]
        if len(named) == 1 and is_allowed(named[0].decode("latin-1"), self.hosts):
            await self.app(scope, receive, send)
            return
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
        ]
        status = 421 if len(named) == 1 else 400
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": _SAID})
