"""The authorization server: FAPI 2.0 Security Profile, all its endpoints and what describes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from enscene.api.auth.authorize import Authorize
from enscene.api.auth.binding import Binder
from enscene.api.auth.caller import Access
from enscene.api.auth.client_authentication import ClientAuthentication
from enscene.api.auth.dpop import Nonces
from enscene.api.auth.exchange import Exchange
from enscene.api.auth.keyring import Keyring
from enscene.api.auth.oauth import oauth_answer
from enscene.api.auth.pushed_requests import PushedRequests
from enscene.api.auth.read_asked import DETAIL_TYPE
from enscene.api.auth.signature import ALGORITHMS
from enscene.api.auth.store import Pool
from enscene.api.auth.token import Tokens
from enscene.api.auth.token_care import TokenCare
from enscene.api.auth.token_endpoint import TokenEndpoint
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.scenes.runtime import SceneHost

Endpoint = Callable[[Request], Awaitable[Response]]


class AuthorizationServer:
    """`/oauth/…` and `/.well-known/oauth-authorization-server`."""

    def __init__(
        self,
        pool: Pool,
        host: SceneHost,
        keyring: Keyring,
        tokens: Tokens,
        access: Access,
        issuer: str,
        *,
        page: str,
        nonce_life_s: int = 0,
    ) -> None:
        self._keyring = keyring
        self._issuer = issuer
        self._nonce_life_s = nonce_life_s
        self._proofs = proofs = access.proofs
        self._certificates = access.certificates
        clients = ClientAuthentication(pool, issuer)
        binder = Binder(proofs, access.certificates)
        exchange = Exchange(pool, tokens, binder, access)
        care = TokenCare(pool, clients, tokens, access, issuer)
        self._endpoints: dict[str, Endpoint] = {
            "par": PushedRequests(pool, host, clients, proofs, issuer).serve,
            "authorize": Authorize(pool, page).serve,
            "token": TokenEndpoint(tokens, clients, binder, exchange).serve,
            "revoke": care.revoke,
            "introspect": care.introspect,
            "jwks": self.jwks,
        }

    async def serve(self, request: Request, rest: list[str]) -> Response:
        """Answer a request below `/oauth/`. Raises: NotFound, and what the endpoint raises."""
        endpoint = self._endpoints.get(rest[0]) if len(rest) == 1 else None
        if endpoint is None:
            raise not_found()
        if self._nonce_life_s and self._proofs.nonces is None:
            self._proofs.nonces = Nonces(await self._keyring.cursor_secret(), self._nonce_life_s)
        return await endpoint(request)

    async def jwks(self, request: Request) -> Response:
        """`/oauth/jwks`: the keys that access tokens are signed with, and the next one."""
        if request.method not in ("GET", "HEAD"):
            raise wrong_method("GET", "HEAD")
        return oauth_answer({"keys": await self._keyring.public_keys()})

    async def metadata(self) -> Response:
        """`/.well-known/oauth-authorization-server` (RFC 8414)."""
        base = f"{self._issuer}/oauth"
        methods, algorithms = ["private_key_jwt"], list(ALGORITHMS)
        return oauth_answer(
            {
                "issuer": self._issuer,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "pushed_authorization_request_endpoint": f"{base}/par",
                "revocation_endpoint": f"{base}/revoke",
                "introspection_endpoint": f"{base}/introspect",
                "jwks_uri": f"{base}/jwks",
                "require_pushed_authorization_requests": True,
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": [
                    "authorization_code", "refresh_token", "client_credentials",
                ],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
                "authorization_details_types_supported": [DETAIL_TYPE],
                "dpop_signing_alg_values_supported": algorithms,
                "tls_client_certificate_bound_access_tokens": self._certificates.are_served,
                "request_parameter_supported": False,
                "request_uri_parameter_supported": False,
                "service_documentation": f"{self._issuer}/docs",
                **{
                    f"{endpoint}_endpoint_auth_{name}_supported": value
                    for endpoint in ("token", "revocation", "introspection")
                    for name, value in (
                        ("methods", methods), ("signing_alg_values", algorithms),
                    )
                },
            }
        )  # fmt: skip
