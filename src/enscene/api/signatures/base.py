"""What is signed (RFC 9421, section 2.5): one line for each component, and one for the input."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from enscene.api.http import Request

_PORTS = {"http": 80, "https": 443}


class NoComponent(Exception):
    """The request has no such component, or none that is served."""


def target_uri(issuer: str, request: Request) -> str:
    """The address of the request as its sender knows it."""
    query = request.query_string
    path = request.raw_path
    return f"{issuer}{path}?{query.decode('latin-1')}" if query else f"{issuer}{path}"


def _authority(issuer: str, _: Request) -> str:
    parts = urlsplit(issuer)
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port in (None, _PORTS.get(parts.scheme)) else f"{host}:{parts.port}"


_DERIVED: dict[str, Callable[[str, Request], str]] = {
    "@method": lambda _, request: request.method,
    "@target-uri": target_uri,
    "@authority": _authority,
    "@scheme": lambda issuer, _: urlsplit(issuer).scheme,
    "@path": lambda _, request: request.raw_path,
    "@query": lambda _, request: "?" + request.query_string.decode("latin-1"),
}


def value_of(name: str, issuer: str, request: Request) -> bytes:
    """The value of a component of a request. Raises: NoComponent."""
    derive = _DERIVED.get(name)
    if derive is not None:
        return derive(issuer, request).encode("latin-1")
    value = None if name.startswith("@") else request.headers.get(name.encode())
    if value is None or not value.isascii():
        raise NoComponent(name)
    return value.strip(b" \t")


def request_base(components: Iterable[str], given: bytes, issuer: str, request: Request) -> bytes:
    """The base of a request's signature; `given` is its canonical input. Raises: NoComponent."""
    lines = [b'"%b": %b' % (name.encode(), value_of(name, issuer, request)) for name in components]
    return base_of(lines, given)


def base_of(lines: list[bytes], given: bytes) -> bytes:
    """The lines of the components, and the last one."""
    return b"\n".join([*lines, b'"@signature-params": ' + given])
