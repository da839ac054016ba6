"""Client certificates (RFC 8705), as a proxy in front tells of them.

The program itself ends no TLS. A proxy that asks clients for certificates writes the one it has
checked into a header, and must take that header from every request that brings one of its own. It
is believed only where an operator has named it, and only from the addresses of the proxy.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from urllib.parse import unquote_to_bytes

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

from enscene.api.auth.dpop import b64
from enscene.api.http import Request
from enscene.kernel.controls import control
from enscene.kernel.errors import Unauthenticated

_REMEMBERED_MOST = 10_000


class Certificates:
    """`header` is the name of the proxy's header, None where there is no such proxy; `proxies`
    the addresses that it comes from."""

    def __init__(self, header: str | None, proxies: frozenset[str]) -> None:
        self._header = header.lower().encode() if header else None
        self._proxies = proxies
        self._known: dict[bytes, str] = {}

    @property
    def are_served(self) -> bool:
        """Whether tokens may be bound to certificates here."""
        return self._header is not None

    def thumbprint(self, request: Request) -> str | None:
        """`x5t#S256` of the certificate that the request came with, if any is told.

        Raises: Unauthenticated("auth.certificate") for one that cannot be read.
        """
        if self._header is None or request.peer not in self._proxies:
            return None
        value = request.headers.get(self._header)
        if not value:
            return None
        known = self._known.get(value)
        if known is None:
            if len(self._known) >= _REMEMBERED_MOST:
                self._known.clear()
            known = self._known[value] = _thumbprint(value)
        return known


@control("certificate")
def check_certificate(seen: str | None, wanted: str) -> None:
    """A token goes with the certificate that it was given to. Raises: Unauthenticated."""
    if seen != wanted:
        raise bad_certificate("the token is bound to another client certificate")


def bad_certificate(detail: str) -> Unauthenticated:
    """Not the certificate that is needed."""
    return Unauthenticated(detail, code="auth.certificate")


def _thumbprint(value: bytes) -> str:
    """Of `:base64:` (RFC 9440), of a percent-encoded PEM (nginx), or of plain base64 DER."""
    try:
        if value.startswith(b":") and value.endswith(b":"):
            certificate = load_der_x509_certificate(base64.b64decode(value[1:-1], validate=True))
        elif b"BEGIN" in value:
            certificate = load_pem_x509_certificate(unquote_to_bytes(value))
        else:
            certificate = load_der_x509_certificate(base64.b64decode(value, validate=True))
    except (ValueError, binascii.Error):
        raise bad_certificate("the client certificate cannot be read") from None
    return b64(hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest())
