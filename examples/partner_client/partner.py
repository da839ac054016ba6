"""A partner's client in one file: makes a key, gets a token, pays a meal.

    python partner.py new-key shop.pem        # prints the public key to hand to the bank
    python partner.py pay --base http://127.0.0.1:8700 --client bank.till --key shop.pem \
        --diner ann --price 12.00

Needs httpx and cryptography. Written from docs/api.md alone.
"""

from __future__ import annotations

import argparse
import base64
import json
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TRIES = 5


def b64(value: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def new_key(path: Path) -> dict[str, str]:
    """Make a key pair: the private part into the file, the public part returned as a JWK."""
    key = Ed25519PrivateKey.generate()
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(public), "kid": path.stem}


class Client:
    """Talks to one bank as one application."""

    def __init__(self, base: str, client_id: str, key_file: Path) -> None:
        key = load_pem_private_key(key_file.read_bytes(), password=None)
        assert isinstance(key, Ed25519PrivateKey)
        self._key, self._kid, self._client_id = key, key_file.stem, client_id
        self._http = httpx.Client(base_url=base, timeout=30)
        self._issuer = self._http.get("/.well-known/oauth-authorization-server").json()["issuer"]
        self._token, self._token_ends = "", 0.0

    def perform(self, scene: str, action: str, body: dict[str, Any], **headers: str) -> Any:
        """Do an action once, however often it has to be sent. Raises: RuntimeError."""
        key = str(uuid.uuid4())
        for attempt in range(TRIES):
            try:
                answer = self._http.post(
                    f"/v1/{scene}/actions/{action}",
                    json=body,
                    headers={
                        "Authorization": f"Bearer {self.token()}",
                        "Idempotency-Key": key,
                        **headers,
                    },
                )
            except httpx.TransportError:
                time.sleep(2**attempt)  # no answer: ask again with the same key
                continue
            if answer.status_code == 200:
                return answer.json()
            problem = answer.json()
            if answer.status_code not in (429, 503):
                raise RuntimeError(f"{problem['code']}: {problem['detail']}")
            time.sleep(int(answer.headers.get("Retry-After", "1")))
        raise RuntimeError("no answer; ask again with the same key later")

    def token(self) -> str:
        """An access token that is good for a while yet."""
        if time.time() > self._token_ends - 30:
            answer = self._http.post(
                "/oauth/token",
                data={
                    "grant_type": "client_credentials",
                    "client_assertion_type": ASSERTION,
                    "client_assertion": self._assertion(),
                },
            )
            told = answer.json()
            if answer.status_code != 200:
                raise RuntimeError(f"{told['error']}: {told.get('error_description', '')}")
            self._token, self._token_ends = told["access_token"], time.time() + told["expires_in"]
        return self._token

    def _assertion(self) -> str:
        now = int(time.time())
        header = {"alg": "EdDSA", "kid": self._kid}
        claims = {
            "iss": self._client_id,
            "sub": self._client_id,
            "aud": self._issuer,
            "iat": now,
            "exp": now + 60,
            "jti": str(uuid.uuid4()),
        }
        message = ".".join(b64(json.dumps(part).encode()) for part in (header, claims))
        return f"{message}.{b64(self._key.sign(message.encode()))}"


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("new-key")
    making.add_argument("file", type=Path)
    paying = commands.add_parser("pay")
    paying.add_argument("--base", required=True)
    paying.add_argument("--client", required=True)
    paying.add_argument("--key", required=True, type=Path)
    paying.add_argument("--diner", required=True)
    paying.add_argument("--price", required=True)
    paying.add_argument("--scene", default="canteen")
    given = parser.parse_args()
    if given.command == "new-key":
        print(json.dumps(new_key(given.file)))
        return
    client = Client(given.base, given.client, given.key)
    meal = {"ticket": str(uuid.uuid4()), "diner": given.diner, "price": given.price}
    print(json.dumps(client.perform(given.scene, "pay_by_code", meal)))


if __name__ == "__main__":
    main()
