"""Passwords and codes cost what they are meant to cost, whatever the other tests pay for them."""

from __future__ import annotations

import hashlib

import pytest
from argon2.low_level import Type

from slow_digests import SHIPPED, Digest

SALT = b"0123456789abcdef"


def test_a_password_takes_19_mib_and_two_passes() -> None:
    hasher = SHIPPED.hasher
    assert (hasher.memory_cost, hasher.time_cost, hasher.type) == (19 * 1024, 2, Type.ID)
    kept = hasher.hash("a-long-password")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hasher.verify(kept, "a-long-password")


@pytest.mark.parametrize("digest", [SHIPPED.consent_code, SHIPPED.application_code])
def test_a_code_takes_16_mib(digest: Digest) -> None:
    # n blocks of 128 * r bytes
    slow = hashlib.scrypt(b"123456", salt=SALT, n=2**14, r=8, p=1, dklen=32)
    assert digest("123456", SALT) == slow
