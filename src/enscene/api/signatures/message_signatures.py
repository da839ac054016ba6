"""What the API does for an application that signs its messages."""

from __future__ import annotations

from enscene.api.auth import Keyring, UsedProofs
from enscene.api.http import Request, Response
from enscene.api.signatures.check_request import Verified, check_request
from enscene.api.signatures.keys import SigningKeys
from enscene.api.signatures.sign_answer import signed_headers
from enscene.tenants.apps import App


def must_sign(app: App) -> bool:
    """Whether an application signs every request, and has every answer signed."""
    return app.signing == "message"


class MessageSignatures:
    """One in a process. `issuer` is the address that partners reach the API at."""

    def __init__(self, keyring: Keyring, used: UsedProofs, issuer: str) -> None:
        self._keyring = keyring
        self._used = used
        self._issuer = issuer
        self._keys = SigningKeys()

    async def check(self, request: Request, app: App) -> Verified:
        """The signature of a request. Raises: Unauthenticated("auth.signature")."""
        return await check_request(request, app, self._issuer, self._keys, self._used)

    async def sign(self, request: Request, response: Response, verified: Verified | None) -> None:
        """Sign an answer as it will be sent, by the key that the API's JWKS has under `keyid`."""
        kid = await self._keyring.signing_kid()
        response.headers += signed_headers(
            request, response, verified, self._issuer, kid, self._keyring.sign_with
        )
