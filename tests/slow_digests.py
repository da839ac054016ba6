"""What is slow on purpose: at the product's cost in `SHIPPED`, at next to none in all tests.

A test makes dozens of passwords and codes that nobody will guess at. That the product's own are
slow is a fact of its own, which tests/test_slow_digests.py states.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from argon2 import PasswordHasher

from enscene.customers.authorizations import factor
from enscene.engagement.applications import second_factor
from enscene.tenants.users import passwords

Digest = Callable[[str, bytes], bytes]


@dataclass(frozen=True)
class Shipped:
    """As the product has them."""

    hasher: PasswordHasher
    consent_code: Digest
    application_code: Digest


SHIPPED = Shipped(passwords._HASHER, factor._digest, second_factor._digest)


def lighten() -> None:
    """From here on they cost next to nothing in this process; they are the same functions."""
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    factor._digest = _light
    second_factor._digest = _light


def _light(code: str, salt: bytes) -> bytes:
    return hashlib.scrypt(code.encode(), salt=salt, n=2, r=8, p=1, dklen=32)
