"""Addresses that customers are led back to: registered whole, compared letter by letter."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from enscene.kernel.errors import Invalid

URIS_MOST = 10
LENGTH_MOST = 500
_LOOPBACK = frozenset({"127.0.0.1", "::1"})


def check_redirects(uris: Sequence[str], *, sandbox: bool) -> list[str]:
    """The addresses, checked: https, or http on loopback in a sandbox.

    Raises: Invalid("app.bad_redirect").
    """
    if len(uris) > URIS_MOST:
        raise _bad(f"an application has at most {URIS_MOST} redirect addresses")
    for uri in uris:
        if not uri.isascii() or not uri.isprintable() or " " in uri or len(uri) > LENGTH_MOST:
            raise _bad("an address is at most 500 visible ASCII characters")
        try:
            parts = urlsplit(uri)
            host, user = parts.hostname, parts.username
            _ = parts.port
        except ValueError:
            raise _bad("the address cannot be read") from None
        if not host or user is not None or "#" in uri or "*" in host:
            raise _bad("an address has a host, no user, no fragment and no star")
        local = parts.scheme == "http" and sandbox and host in _LOOPBACK
        if parts.scheme != "https" and not local:
            raise _bad("an address begins with https:// (in a sandbox http://127.0.0.1 too)")
    return list(dict.fromkeys(uris))


def _bad(detail: str) -> Invalid:
    return Invalid(detail, code="app.bad_redirect", param="redirect_uris")
