"""Signatures of Standard Webhooks 1.0: made for what is sent, checked by who receives it.

What is signed is `<webhook-id>.<webhook-timestamp>.<body>`. `v1` is HMAC-SHA256 under a secret
`whsec_…`; `v1a` is ed25519, checked with a public key `whpk_…`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from enscene.kernel.controls import control

Scheme = Literal["v1", "v1a"]
SCHEMES: tuple[Scheme, ...] = ("v1", "v1a")
SECRET, PRIVATE, PUBLIC = "whsec_", "whsk_", "whpk_"
TOLERANCE_S = 300
SECRET_BYTES = 32
_SECRET_LEAST, _SECRET_MOST = 24, 64
_ID = re.compile(r"[A-Za-z0-9_-]{1,200}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class BadWebhook(Exception):
    """The message is not what it says it is, or it is old. The text says which."""


class SigningKey:
    """One key of an endpoint. `public` is None for a shared secret."""

    __slots__ = ("_pair", "_secret", "public", "scheme")

    def __init__(self, scheme: Scheme, raw: bytes) -> None:
        self.scheme = scheme
        self._secret = raw
        self._pair = Ed25519PrivateKey.from_private_bytes(raw) if scheme == "v1a" else None
        self.public: str | None = None
        if self._pair is not None:
            self.public = PUBLIC + _b64(self._pair.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, scheme: Scheme) -> SigningKey:
        """A fresh one."""
        return cls(scheme, secrets.token_bytes(SECRET_BYTES))

    @property
    def raw(self) -> bytes:
        """What is to be sealed."""
        return self._secret

    @property
    def secret(self) -> str | None:
        """A shared secret as its receiver is told it; None for a pair, whose secret stays here."""
        return SECRET + _b64(self._secret) if self._pair is None else None

    def sign(self, content: bytes) -> str:
        """The signature with its scheme, as it stands in the header."""
        if self._pair is not None:
            return f"v1a,{_b64(self._pair.sign(content))}"
        return f"v1,{_b64(hmac.digest(self._secret, content, 'sha256'))}"


def content_of(message: str, timestamp: int | str, body: bytes) -> bytes:
    """What is signed."""
    return f"{message}.{timestamp}.".encode() + body


def headers_of(
    keys: Sequence[SigningKey], message: str, timestamp: int, body: bytes
) -> list[tuple[str, str]]:
    """The three headers; every key signs, the newest first."""
    content = content_of(message, timestamp, body)
    return [
        ("webhook-id", message),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", " ".join([key.sign(content) for key in keys])),
    ]


def verify(
    secrets: str | Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    now: float | None = None,
    tolerance_s: int = TOLERANCE_S,
) -> str:
    """Check a message as its receiver: one signature by one of the secrets must fit.

    `secrets` are texts `whsec_…` or `whpk_…`, `headers` has names in any case, `body` is the raw
    body. Returns the webhook-id, to tell what came twice. Raises: BadWebhook; ValueError for a
    secret that is none.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    message, timestamp, signatures = (
        lower.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
    )
    if not _ID.fullmatch(message) or not _TIMESTAMP.fullmatch(timestamp):
        raise BadWebhook("the headers webhook-id and webhook-timestamp are not both there")
    check_age(int(timestamp), time.time() if now is None else now, tolerance_s)
    known = [secrets] if isinstance(secrets, str) else secrets
    if not known:
        raise ValueError("no secret to check with")
    check_signatures(known, content_of(message, timestamp, body), signatures)
    return message


@control("webhook_age")
def check_age(timestamp: int, now: float, tolerance_s: int) -> None:
    """Raises: BadWebhook for a message that is too old, or from the future."""
    if abs(now - timestamp) > tolerance_s:
        raise BadWebhook("the message is too old, or a clock is wrong")


@control("webhook_signature")
def check_signatures(secrets: Sequence[str], content: bytes, signatures: str) -> None:
    """Raises: BadWebhook unless one of the signatures is by one of the secrets."""
    fits = False
    for secret in secrets:
        for signature in signatures.split(" ")[:32]:
            # All are looked at, whichever fits: the time it takes tells nothing.
            fits |= _fits(secret, content, signature)
    if not fits:
        raise BadWebhook("no signature is by a key that is known")


def _fits(secret: str, content: bytes, signature: str) -> bool:
    scheme, _, text = signature.partition(",")
    given = _bytes_of(text)
    if secret.startswith(PUBLIC):
        key = Ed25519PublicKey.from_public_bytes(_strict(secret.removeprefix(PUBLIC)))
        if scheme != "v1a" or given is None or len(given) != 64:
            return False
        try:
            key.verify(given, content)
        except InvalidSignature:
            return False
        return True
    raw = _strict(secret.removeprefix(SECRET))
    if not _SECRET_LEAST <= len(raw) <= _SECRET_MOST:
        raise ValueError("a shared secret has 24 to 64 bytes")
    if scheme != "v1" or given is None or len(given) != 32:
        return False
    return hmac.compare_digest(given, hmac.digest(raw, content, "sha256"))


def _strict(text: str) -> bytes:
    raw = _bytes_of(text)
    if not raw:
        raise ValueError("this is neither whsec_… nor whpk_…")
    return raw


def _bytes_of(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
