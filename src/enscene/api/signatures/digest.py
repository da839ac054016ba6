"""Content-Digest (RFC 9530): sha-256 and sha-512."""

from __future__ import annotations

import base64
import hashlib
import hmac

from enscene.api.signatures.fields import BadField, read_dictionary

HASHES = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


def digest_of(body: bytes) -> bytes:
    """The value of the header for a body."""
    return b"sha-256=:%b:" % base64.b64encode(hashlib.sha256(body).digest())


def is_digest(value: bytes, body: bytes) -> bool:
    """Whether a header is that of the body: all that it names of ours must fit, and one at least be
    there."""
    if value == digest_of(body):
        return True
    try:
        told = read_dictionary(value)
    except BadField:
        return False
    known = {name: told[name][0] for name in HASHES if name in told}
    return bool(known) and all(
        isinstance(said, bytes) and hmac.compare_digest(said, HASHES[name](body).digest())
        for name, said in known.items()
    )
