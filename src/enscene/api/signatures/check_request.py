"""Whether a request is signed by its application: what FAPI 2.0 wants covered, now, and once.

Cheap questions come before dear ones; the note that a signature was used comes last, so that a bad
one uses up nothing.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection
from dataclasses import dataclass

from enscene.api.auth import UsedProofs
from enscene.api.http import Request
from enscene.api.signatures.algorithms import ALGORITHMS, is_signed
from enscene.api.signatures.base import NoComponent, request_base
from enscene.api.signatures.digest import is_digest
from enscene.api.signatures.fields import BadField, Claimed, read_claimed
from enscene.api.signatures.keys import SigningKey, SigningKeys
from enscene.kernel.controls import control
from enscene.kernel.errors import Unauthenticated
from enscene.tenants.apps import App

TAG = "fapi-2-request"
PAST_S, FUTURE_S = 60, 10
"""How old a signature may be, and how far ahead its clock."""
ALWAYS = ("@method", "@target-uri", "authorization")
WHERE_SENT = ("dpop", "content-digest", "idempotency-key", "acting-party", "acting-role")
"""Headers that say what is to be done: whoever sends one signs it."""
_HEADERS = tuple((name, name.encode()) for name in WHERE_SENT)


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that holds: its label, and its bytes."""

    label: str
    signature: bytes


async def check_request(
    request: Request, app: App, issuer: str, keys: SigningKeys, used: UsedProofs
) -> Verified:
    """The signature of the request. Raises: Unauthenticated("auth.signature"), and what the
    reading of a body raises."""
    claimed = _claimed(request)
    created, keyid = claimed.number("created"), claimed.text("keyid")
    if created is None or keyid is None or claimed.text("alg") is None:
        raise bad_signature("created, keyid and alg are parameters of every signature")
    check_time(claimed, time.time())
    body = await request.body()
    check_covered(claimed.components, request, body)
    check_digest(request, body)
    key = _key(keys, app, keyid)
    check_keyid(keyid, key)
    check_algorithm(claimed, key)
    try:
        base = request_base(claimed.components, claimed.input, issuer, request)
    except NoComponent as error:
        raise bad_signature(f"the request has no {str(error)[:60]!r} to be covered") from None
    check_signature(key, base, claimed.signature)
    if "dpop" not in claimed.components:  # a proof was used up already, and is part of the base
        name = f"{app.tenant}.{app.id}.".encode()
        digest = hashlib.blake2b(name + base, digest_size=16, person=b"message").digest()
        await check_once(used, digest, created)
    return Verified(claimed.label, claimed.signature)


def _claimed(request: Request) -> Claimed:
    inputs = request.headers.get(b"signature-input")
    signatures = request.headers.get(b"signature")
    if inputs is None or signatures is None:
        raise bad_signature("the application signs its requests: Signature-Input and Signature")
    try:
        found = read_claimed(inputs, signatures, TAG)
    except BadField as error:
        raise bad_signature(f"Signature-Input or Signature cannot be read: {error}") from None
    if len(found) != 1:
        raise bad_signature(f'there must be one signature with tag="{TAG}"')
    return found[0]


def _key(keys: SigningKeys, app: App, keyid: str) -> SigningKey:
    """The key that is named, or another that could have signed: which of them is checked next."""
    known = keys.of(app)
    if not known:
        raise bad_signature("the application has no key that signs messages")
    return known.get(keyid) or next(iter(known.values()))


@control("signature_time")
def check_time(claimed: Claimed, now: float) -> None:
    """Raises: Unauthenticated."""
    created, expires = claimed.number("created"), claimed.number("expires")
    if created is None or not now - PAST_S <= created <= now + FUTURE_S:
        raise bad_signature("created is not now: set your clock, and sign each request anew")
    if "expires" in claimed.parameters and (expires is None or expires <= now):
        raise bad_signature("the signature has expired")


@control("signature_covers")
def check_covered(components: Collection[str], request: Request, body: bytes) -> None:
    """Raises: Unauthenticated for what has to be covered and is not."""
    for name in ALWAYS:
        if name not in components:
            raise bad_signature(f"the signature must cover {name}")
    for name, header in _HEADERS:
        if header in request.headers and name not in components:
            raise bad_signature(f"the signature must cover {name}, which is sent")
    if body and "content-digest" not in components:
        raise bad_signature("a request with a body has a Content-Digest, which is covered")


@control("signature_digest")
def check_digest(request: Request, body: bytes) -> None:
    """Raises: Unauthenticated."""
    told = request.headers.get(b"content-digest")
    if told is not None and not is_digest(told, body):
        raise bad_signature("Content-Digest is not the digest of the body (sha-256 or sha-512)")


@control("signature_keyid")
def check_keyid(keyid: str, key: SigningKey) -> None:
    """Raises: Unauthenticated."""
    if keyid != key.kid:
        raise bad_signature("keyid names no key that is registered and signs messages")


@control("signature_algorithm")
def check_algorithm(claimed: Claimed, key: SigningKey) -> None:
    """Raises: Unauthenticated."""
    if claimed.text("alg") != key.algorithm:
        raise bad_signature(f"alg must be one of {', '.join(ALGORITHMS)}, and fit the key")


@control("signature_signed")
def check_signature(key: SigningKey, base: bytes, signature: bytes) -> None:
    """Raises: Unauthenticated."""
    if not is_signed(key.key, base, signature):
        raise bad_signature("the signature is not that of the request by the named key")


@control("signature_once")
async def check_once(used: UsedProofs, digest: bytes, created: float) -> None:
    """Raises: Unauthenticated."""
    if not await used.use(digest, created):
        raise bad_signature("the signature was used before: sign each request anew, with a nonce")


def bad_signature(detail: str) -> Unauthenticated:
    """The request is not signed as it must be."""
    return Unauthenticated(detail, code="auth.signature", param="Signature")
