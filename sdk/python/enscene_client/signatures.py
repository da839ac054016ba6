"""Signed requests and answers (RFC 9421 with RFC 9530), as FAPI 2.0 uses them."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from enscene_client.errors import BadSignature
from enscene_client.keys import Key, unb64

PAST_S, FUTURE_S = 60, 10
_WHERE_SENT = ("dpop", "content-digest", "idempotency-key", "acting-party", "acting-role")
_INPUT = re.compile(r"bank=(\(([^()]*)\)(;.*))")


def digest_of(body: bytes) -> str:
    """Content-Digest of a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def sign_request(
    key: Key, method: str, url: str, headers: Mapping[str, str], body: bytes | None
) -> dict[str, str]:
    """The headers with the signature; names in small letters, `authorization` among them."""
    told = dict(headers)
    if body:
        told["content-digest"] = digest_of(body)
    names = ["@method", "@target-uri", "authorization"]
    names += [name for name in _WHERE_SENT if name in told]
    values = {"@method": method, "@target-uri": url, **told}
    covered = " ".join(f'"{name}"' for name in names)
    given = (
        f'({covered});created={int(time.time())};keyid="{key.kid}";alg="{key.message_algorithm}"'
        f';nonce="{secrets.token_urlsafe(12)}";tag="fapi-2-request"'
    )
    base = _base([(f'"{name}"', values[name]) for name in names], given)
    signature = base64.b64encode(key.sign(base)).decode()
    return told | {"signature-input": f"sig={given}", "signature": f"sig=:{signature}:"}


def check_answer(
    keys: Sequence[Mapping[str, Any]],
    request: tuple[str, str, Mapping[str, str]],
    status: int,
    headers: Mapping[str, str],
    body: bytes,
) -> None:
    """That the bank has signed this answer, and for this request.

    `keys` are those of /oauth/jwks, `request` is method, address and signed headers. Raises:
    BadSignature; KeyError when the answer names a key that is not among `keys`.
    """
    method, url, sent = request
    found = _INPUT.fullmatch(headers.get("signature-input", ""))
    if found is None or headers.get("content-digest") != digest_of(body):
        raise BadSignature("the body is not what was signed")
    own = sent["signature"].partition("=")[2]
    values = {
        '"@status"': str(status), '"content-digest"': headers["content-digest"],
        '"@method";req': method, '"@target-uri";req': url,
        '"content-digest";req': sent.get("content-digest"), '"signature";req;key="sig"': own,
    }  # fmt: skip
    names = found[2].split(" ")
    # Where the bank could not check who asks, it does not vouch for the question.
    needed = {'"@status"', '"content-digest"', '"@method";req', '"@target-uri";req'}
    if status != 401:
        needed.add('"signature";req;key="sig"')
    if not needed <= set(names) or any(values.get(name) is None for name in names):
        raise BadSignature("the answer is not to this request")
    keyid = re.search(r';keyid="([^"]+)"', found[3])
    created = re.search(r";created=([0-9]+)", found[3])
    if keyid is None or created is None or ';tag="fapi-2-response"' not in found[3]:
        raise BadSignature("keyid, created and tag are parameters of the signature")
    known = {jwk.get("kid"): jwk for jwk in keys}
    public = Ed25519PublicKey.from_public_bytes(unb64(known[keyid[1]]["x"]))
    given = headers.get("signature", "").removeprefix("bank=:").rstrip(":")
    try:
        public.verify(
            base64.b64decode(given), _base([(n, str(values[n])) for n in names], found[1])
        )
    except (InvalidSignature, ValueError):
        raise BadSignature("the signature does not fit") from None
    if not time.time() - PAST_S < int(created[1]) < time.time() + FUTURE_S:
        raise BadSignature("the answer is old")


def _base(lines: Sequence[tuple[str, str]], parameters: str) -> bytes:
    covered = [f"{name}: {value}" for name, value in lines]
    return "\n".join([*covered, f'"@signature-params": {parameters}']).encode()
