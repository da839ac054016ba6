"""The same rules for a Mosquitto: its configuration, its passwords, its access list."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable
from pathlib import Path

from enscene.devices.device_key import DOWN, GATE_USER, ROOT, UP, Address, DeviceKeys

_ITERATIONS = 1000  # passwords are 256 random bits: nothing is gained by making guesses slow
_CONFIGURATION = """listener {port} {host}
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/access
persistence false
"""
_ACCESS = f"""user {GATE_USER}
topic readwrite {ROOT}/#

pattern write {ROOT}/%u/{UP}/+
pattern read {ROOT}/%u/{DOWN}/#
"""


def mosquitto_files(
    folder: Path, keys: DeviceKeys, devices: Iterable[Address], *, host: str, port: int
) -> Path:
    """Write what a Mosquitto needs into a folder; gives the path of its configuration."""
    users = [GATE_USER, *(device.user for device in devices)]
    lines = [f"{user}:{_hashed(keys.password(user))}" for user in users]
    (folder / "passwords").write_text("\n".join(lines) + "\n")
    (folder / "access").write_text(_ACCESS)
    path = folder / "mosquitto.conf"
    path.write_text(_CONFIGURATION.format(folder=folder, host=host, port=port))
    for name in ("passwords", "access"):
        (folder / name).chmod(0o640)
    return path


def _hashed(password: str) -> str:
    """As mosquitto_passwd writes it: PBKDF2 with SHA-512."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    return f"$7${_ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"
