"""Answers are signed too: status, body, and which request it is that they answer."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import TypeAlias

from enscene.api.http import Request, Response
from enscene.api.signatures.algorithms import ED25519
from enscene.api.signatures.base import base_of, value_of
from enscene.api.signatures.check_request import Verified
from enscene.api.signatures.digest import digest_of

SignWith: TypeAlias = Callable[[str, bytes], bytes]
"""The signature by the key of that id."""
Header: TypeAlias = tuple[bytes, bytes]

TAG = "fapi-2-response"
LABEL = b"bank"
_OF_REQUEST = ("@method", "@target-uri", "content-digest")


def answer_base(
    request: Request, verified: Verified | None, status: int, digest: bytes, issuer: str,
    created: int, kid: str,
) -> tuple[bytes, bytes]:  # fmt: skip
    """What is signed, and its input. Without a signature of the request that holds the answer
    covers the request's method, address and digest alone."""
    covered = [(b'"@status"', b"%d" % status), (b'"content-digest"', digest)]
    for name in _OF_REQUEST:
        value = request.headers.get(name.encode())
        if name.startswith("@") or (value is not None and value.isascii()):
            covered.append((b'"%b";req' % name.encode(), value_of(name, issuer, request)))
    if verified is not None:
        own = b'"signature";req;key="%b"' % verified.label.encode()
        covered.append((own, b":%b:" % base64.b64encode(verified.signature)))
    given = b'(%b);created=%d;keyid="%b";alg="%b";tag="%b"' % (
        b" ".join([name for name, _ in covered]), created, kid.encode(), ED25519.encode(),
        TAG.encode(),
    )  # fmt: skip
    return base_of([b"%b: %b" % line for line in covered], given), given


def signed_headers(
    request: Request, response: Response, verified: Verified | None, issuer: str, kid: str,
    sign: SignWith,
) -> tuple[Header, ...]:  # fmt: skip
    """The headers that sign an answer."""
    digest, created = digest_of(response.body), int(time.time())
    base, given = answer_base(request, verified, response.status, digest, issuer, created, kid)
    signature = base64.b64encode(sign(kid, base))
    return (
        (b"content-digest", digest),
        (b"signature-input", b"%b=%b" % (LABEL, given)),
        (b"signature", b"%b=:%b:" % (LABEL, signature)),
    )
