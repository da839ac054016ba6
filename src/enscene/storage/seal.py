"""The key of a home: what seals the program's own secrets before they lie in the database.

It is 32 random bytes, written as 64 hexadecimal digits: in ENSCENE_SECRET_KEY, else in the file
`secret.key` under ENSCENE_HOME (mode 600), which is made when it is missing. No backup holds it.
"""

from __future__ import annotations

import os
import re
import secrets
from hashlib import blake2b
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from enscene.storage.errors import MISCONFIGURED, StorageFault

VARIABLE = "ENSCENE_SECRET_KEY"
FILE = "secret.key"
_KEY_BYTES = 32
_NONCE_BYTES = 12


class Unsealable(Exception):
    """It was sealed by another key, under another name, or has been changed."""


class Seal:
    """Seals with AES-256-GCM. `id` names the key without giving it away."""

    def __init__(self, key: bytes) -> None:
        assert len(key) == _KEY_BYTES, len(key)
        self._cipher = AESGCM(key)
        self.id = blake2b(key, digest_size=8, person=b"enscene seal").hexdigest()
        self._digests = blake2b(key, digest_size=32, person=b"enscene digest").digest()

    def digest(self, name: str, secret: str) -> bytes:
        """16 bytes by which a secret is found again without being kept; nobody guesses it without
        the key. Under another name it is another digest."""
        text = f"{name}\0{secret}".encode()
        return blake2b(text, digest_size=16, key=self._digests).digest()

    def close(self, name: str, secret: bytes) -> bytes:
        """The sealed secret; it opens under this name alone."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, name.encode())

    def open(self, name: str, sealed: bytes) -> bytes:
        """The secret. Raises: Unsealable."""
        nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, text, name.encode())
        except (InvalidTag, ValueError) as error:
            raise Unsealable(name) from error


def seal_of_environment() -> Seal:
    """The seal of ENSCENE_SECRET_KEY. Raises: StorageFault when it is not set or no key."""
    text = os.environ.get(VARIABLE)
    if not text:
        raise StorageFault(
            f"没有密钥：请设置 {VARIABLE}",
            f"there is no secret key: set {VARIABLE}",
            exit_code=MISCONFIGURED,
        )
    return Seal(_key_of(text, VARIABLE))


def seal_of_home(home: Path) -> Seal:
    """The seal of ENSCENE_SECRET_KEY where that is set, else of the home's own key.

    Raises: StorageFault for what is no key, or a file that others may read.
    """
    if os.environ.get(VARIABLE):
        return seal_of_environment()
    path = home / FILE
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise StorageFault(
            f"{path} 可被他人读取，请执行 chmod 600",
            f"others may read {path}: chmod 600 it",
            exit_code=MISCONFIGURED,
        )
    return Seal(_key_of(path.read_text(), str(path)))


def _make(path: Path) -> None:
    """Write a new key; of two processes at once one does, and no half of it is ever seen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{FILE}.{secrets.token_hex(4)}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{secrets.token_hex(_KEY_BYTES)}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _key_of(text: str, where: str) -> bytes:
    digits = text.strip()
    if not re.fullmatch(rf"[0-9a-fA-F]{{{2 * _KEY_BYTES}}}", digits):
        raise StorageFault(
            f"{where} 应为 {2 * _KEY_BYTES} 位十六进制数字（如 openssl rand -hex 32 所生成）",
            f"{where} must be {2 * _KEY_BYTES} hexadecimal digits (openssl rand -hex 32)",
            exit_code=MISCONFIGURED,
        )
    return bytes.fromhex(digits)
