"""The compact form of a signed JWT, taken apart without any leniency."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

import msgspec

from enscene.api.strict_json import read_object
from enscene.kernel.errors import Invalid

LENGTH_MOST = 8_000
_PART = re.compile(r"[A-Za-z0-9_-]+")


class Malformed(Exception):
    """This is no signed JWT."""


@dataclass(frozen=True, slots=True)
class SignedJwt:
    """Header and claims that nobody has checked yet, and what the signature is over."""

    header: dict[str, Any]
    claims: dict[str, Any]
    message: bytes
    signature: bytes


def parse_jwt(text: str) -> SignedJwt:
    """Take it apart. Raises: Malformed for padding, blanks, non-canonical base64, bad JSON."""
    parts = text.split(".")
    if len(text) > LENGTH_MOST or len(parts) != 3:
        raise Malformed
    header, claims, signature = (decode_part(part) for part in parts)
    try:
        return SignedJwt(
            read_object(header),
            read_object(claims),
            f"{parts[0]}.{parts[1]}".encode(),
            signature,
        )
    except Invalid:
        raise Malformed from None


def decode_part(part: str) -> bytes:
    """base64url without padding, in its one canonical form. Raises: Malformed."""
    if not _PART.fullmatch(part):
        raise Malformed
    try:
        value = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        raise Malformed from None
    # The last character may hold bits that mean nothing: only zeros there are canonical.
    if encode_part(value) != part:
        raise Malformed
    return value


def encode_part(value: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def encode_json(value: Any) -> str:
    """A JSON value as a part."""
    return encode_part(msgspec.json.encode(value))
