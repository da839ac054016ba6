"""Checking a notice of the bank (Standard Webhooks 1.0), by its raw body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from enscene_client.errors import BadSignature

TOLERANCE_S = 300


def verify_webhook(
    secret: str, headers: Mapping[str, str], body: bytes, *, now: float | None = None
) -> str:
    """The webhook-id, to tell what came twice.

    `secret` is `whsec_…` (v1, shared) or `whpk_…` (v1a, public); `headers` have names in any case.
    Raises: BadSignature; ValueError for a secret that is none.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    message, at = lower.get("webhook-id", ""), lower.get("webhook-timestamp", "")
    if not message or not (at.isascii() and at.isdigit()):
        raise BadSignature("webhook-id and webhook-timestamp are not both there")
    if abs((time.time() if now is None else now) - int(at)) > TOLERANCE_S:
        raise BadSignature("the message is too old, or a clock is wrong")
    kind, _, text = secret.partition("_")
    if kind not in ("whsec", "whpk"):
        raise ValueError("a secret begins with whsec_ or whpk_")
    raw = base64.b64decode(text, validate=True)
    content = f"{message}.{at}.".encode() + body
    wanted = "v1" if kind == "whsec" else "v1a"
    fits = False
    for signature in lower.get("webhook-signature", "").split(" "):
        scheme, _, given = signature.partition(",")
        if scheme == wanted:
            fits |= _fits(kind, raw, content, given)
    if not fits:
        raise BadSignature("no signature is by a key that is known")
    return message


def _fits(kind: str, raw: bytes, content: bytes, text: str) -> bool:
    try:
        given = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    if kind == "whsec":
        return hmac.compare_digest(given, hmac.digest(raw, content, hashlib.sha256))
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(given, content)
    except InvalidSignature:
        return False
    return True
