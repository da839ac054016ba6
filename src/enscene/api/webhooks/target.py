"""Where a webhook may go: the form of its address, and the addresses that a name may stand for.

A partner chooses the address and this program calls it from inside the bank: whatever is not on
the public internet is refused, by the address itself at the moment of connecting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from enscene.kernel.controls import control
from enscene.kernel.errors import Invalid

URL_MOST = 500
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?")
_NUMBER = re.compile(r"(^|\.)(0x[0-9a-f]*|[0-9]+)\.?$")
_PATH = re.compile(r"[!-~]*")
# Addresses of these carry one of version 4 within.
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_COMPATIBLE = IPv6Network("::/96")

# RFC 6761, RFC 6762, RFC 8375, and what clouds call their own.
_NEVER_PUBLIC = (".localhost", ".local", ".internal", ".home.arpa", ".onion")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Rules:
    """`ports` are those that may be called. `loopback` are names of this machine that the endpoints
    of sandbox tenants may have, over plain HTTP and at any port; nobody else's. `denied` are
    networks of the bank's own that look like public ones."""

    ports: frozenset[int] = frozenset({443, 8443})
    loopback: frozenset[str] = frozenset()
    denied: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart. `host` has no brackets; `loopback` that it is on this machine, by
    the rules."""

    tls: bool
    host: str
    port: int
    path: str
    loopback: bool
    authority: bytes = field(compare=False)


def read_target(url: str, rules: Rules, *, sandbox: bool, param: str = "url") -> Target:
    """The parts of an endpoint's address, which its caller has given as `param`.

    Raises: Invalid("webhook.bad_url").
    """
    try:
        return _read(url, rules, sandbox=sandbox)
    except Invalid as error:
        error.param = param
        raise


def _read(url: str, rules: Rules, *, sandbox: bool) -> Target:
    if len(url) > URL_MOST or not _PATH.fullmatch(url) or "\\" in url:
        raise _bad(f"an address has at most {URL_MOST} visible ASCII characters")
    try:
        parts = urlsplit(url)
        given = parts.port
    except ValueError:
        raise _bad("this is not an address") from None
    host = (parts.hostname or "").lower()
    if not host or parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _bad("an address names a host, and no user")
    if "#" in url:
        raise _bad("an address has no fragment")
    literal = _literal(host)
    # A last label of digits is an address in some other notation: 127.1, 0x7f000001, 2130706433.
    if literal is None and (
        not _HOST.fullmatch(host) or "[" in parts.netloc or _NUMBER.search(host)
    ):
        raise _bad("the host is neither a name nor an address")
    loopback = sandbox and host in rules.loopback
    check_scheme(parts.scheme, loopback=loopback)
    tls = parts.scheme == "https"
    port = (443 if tls else 80) if given is None else given
    if not loopback:
        check_port(port, rules)
        if literal is not None:
            check_address(literal, rules)
        elif f".{host}".endswith(_NEVER_PUBLIC):
            raise _bad("the name is not one of the public internet")
    shown = f"[{host}]" if literal is not None and literal.version == 6 else host
    authority = shown if given is None else f"{shown}:{port}"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(tls, host, port, path, loopback, authority.encode())


@control("webhook_scheme")
def check_scheme(scheme: str, *, loopback: bool) -> None:
    """Raises: Invalid("webhook.bad_url")."""
    if scheme != "https" and not (scheme == "http" and loopback):
        raise _bad("an address begins with https://")


@control("webhook_port")
def check_port(port: int, rules: Rules) -> None:
    """Raises: Invalid("webhook.bad_url")."""
    if port not in rules.ports:
        raise _bad(f"the port is one of {', '.join(map(str, sorted(rules.ports)))}")


@control("webhook_address")
def check_address(address: Address, rules: Rules) -> None:
    """Raises: Invalid("webhook.bad_url") for what is not on the public internet."""
    if not is_public(address) or any(address in network for network in rules.denied):
        raise _bad("the address is not one of the public internet")


def check_resolved(target: Target, addresses: list[str], rules: Rules) -> str:
    """The address to connect to, of those that the host's name stands for: all have to be allowed.

    Raises: Invalid("webhook.bad_url").
    """
    if not addresses:
        raise _bad("the name stands for no address")
    for text in addresses:
        try:
            address = ip_address(text)  # with its zone, if it has one: that is link-local
        except ValueError:
            raise _bad("the name stands for no address") from None
        if not target.loopback:
            check_address(address, rules)
        elif not _plain(address).is_loopback:
            raise _bad("the name is not of this machine")
    return addresses[0]


def is_public(address: Address) -> bool:
    """Whether it is an address of the public internet, and no other one in disguise."""
    if isinstance(address, IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return all(is_public(each) for each in inner)
        if address.scope_id is not None or address.is_site_local or address in _NAT64_LOCAL:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
    )


def _inside(address: IPv6Address) -> tuple[IPv4Address, ...] | None:
    """The addresses of version 4 that one of version 6 leads to; None: it stands for itself."""
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if address in _NAT64 or address in _COMPATIBLE:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return None


def _plain(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _bad(detail: str) -> Invalid:
    return Invalid(
        detail, code="webhook.bad_url", param="url", hint="https://, at a public address"
    )
