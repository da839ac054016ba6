"""Password hashes: argon2id, made in a thread, since each takes tens of milliseconds."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from enscene.kernel.errors import Invalid

LENGTH_LEAST, LENGTH_MOST = 8, 200
# It is read from a screen and typed once: no letters that look alike.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 14

# 19 MiB, two passes: what OWASP recommends where many may log in at once.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
# Hashing takes memory: a crowd at the door waits in line instead of filling it.
_LINE = ThreadPoolExecutor(max_workers=4, thread_name_prefix="passwords")


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _HASHER.hash("a password that nobody has")


async def hash_password(password: str) -> str:
    """Hash a password. Raises: Invalid("user.bad_password") for a short or an endless one."""
    if not LENGTH_LEAST <= len(password) <= LENGTH_MOST:
        raise Invalid(
            f"a password has {LENGTH_LEAST} to {LENGTH_MOST} characters",
            code="user.bad_password",
            param="password",
        )
    return await asyncio.get_running_loop().run_in_executor(_LINE, _HASHER.hash, password)


async def fits(password: str, password_hash: str | None) -> bool:
    """Whether the password is that of the hash; without one it takes as long to say no."""
    if len(password) > LENGTH_MOST:
        return False
    loop = asyncio.get_running_loop()
    matched = await loop.run_in_executor(_LINE, _verify, password, password_hash)
    return matched and password_hash is not None


def new_password() -> str:
    """One that is told once and changed at the first login."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def _verify(password: str, password_hash: str | None) -> bool:
    try:
        return _HASHER.verify(password_hash or _nobody(), password)
    except (Argon2Error, InvalidHashError):
        return False
