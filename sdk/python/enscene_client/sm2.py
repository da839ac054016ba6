"""SM2 with SM3 for the gateway, by the `openssl` command: no library of SM2 is needed."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

_ID = "distid:1234567812345678"


class Sm2:
    """`key` is a PEM file of an SM2 key: `openssl genpkey -algorithm SM2 -out key.pem`."""

    name = "SM2"

    def __init__(self, key: Path) -> None:
        self._key = key

    def sign(self, text: bytes) -> bytes:
        """The signature in DER. Raises: subprocess.CalledProcessError."""
        command = ["openssl", "dgst", "-sm3", "-sign", str(self._key), "-sigopt", _ID]
        return subprocess.run(command, input=text, capture_output=True, check=True).stdout

    def is_signed(self, pem: bytes, text: bytes, signature: bytes) -> bool:
        """Whether the bank's key has signed the text."""
        with tempfile.TemporaryDirectory() as folder:
            public, signed = Path(folder, "bank.pem"), Path(folder, "signature")
            public.write_bytes(pem)
            signed.write_bytes(signature)
            command = ["openssl", "dgst", "-sm3", "-verify", str(public)]
            command += ["-signature", str(signed), "-sigopt", _ID]
            done = subprocess.run(command, input=text, capture_output=True, check=False)
            return done.returncode == 0
