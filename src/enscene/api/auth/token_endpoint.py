"""`POST /oauth/token`: client credentials with private_key_jwt."""

from __future__ import annotations

from urllib.parse import parse_qsl

import msgspec

from enscene.api.auth import store
from enscene.api.auth.assertion import (
    ALGORITHMS,
    TYPE,
    check_assertion,
    client_of,
    refused,
)
from enscene.api.auth.keyring import Keyring
from enscene.api.auth.token import Tokens
from enscene.api.http import JSON, Request, Response, wrong_method
from enscene.kernel.errors import EnsceneError, Invalid, NotFound, Unauthenticated
from enscene.tenants.apps import App, find_app

_encode = msgspec.json.Encoder().encode
_FIELDS = {"grant_type", "client_assertion_type", "client_assertion", "client_id", "scope"}


class OAuthError(EnsceneError):
    """An error in the words of RFC 6749; `code` is its `error`."""


class TokenEndpoint:
    """Exchanges client assertions for access tokens, and describes itself (RFC 8414)."""

    def __init__(self, pool: store.Pool, keyring: Keyring, tokens: Tokens, issuer: str) -> None:
        self._pool = pool
        self._keyring = keyring
        self._tokens = tokens
        self._issuer = issuer
        self._endpoint = f"{issuer}/oauth/token"

    async def token(self, request: Request) -> Response:
        """Answer a request for a token; what is wrong is told as RFC 6749 says."""
        if request.method != "POST":
            raise wrong_method("POST")
        try:
            form = await self._form(request)
            app = await self._authenticate(form)
            scopes = _scopes(app, form.get("scope"))
        except Unauthenticated as error:
            return _oauth("invalid_client", error.detail, 401)
        except OAuthError as error:
            return _oauth(error.code, error.detail, 400)
        body = {
            "access_token": await self._tokens.issue(app, scopes),
            "token_type": "Bearer",
            "expires_in": self._tokens.life_s,
            "scope": " ".join(sorted(scopes)),
        }
        return Response(_encode(body))

    async def _form(self, request: Request) -> dict[str, str]:
        kind = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind != b"application/x-www-form-urlencoded":
            raise Invalid(
                "send a form: application/x-www-form-urlencoded",
                code="http.media_type",
                param="Content-Type",
            )
        try:
            text = (await request.body()).decode("ascii")
            pairs = parse_qsl(
                text, keep_blank_values=True, strict_parsing=True, errors="strict",
                max_num_fields=20,
            )  # fmt: skip
        except ValueError:
            raise OAuthError("the form cannot be read", code="invalid_request") from None
        form = dict(pairs)
        if len(form) != len(pairs):
            raise OAuthError("a field stands twice", code="invalid_request")
        if unknown := form.keys() - _FIELDS:
            detail = f"unknown field {min(unknown)[:40]!r}"
            if "client_secret" in unknown:
                raise Unauthenticated("secrets are not taken: sign a client assertion")
            raise OAuthError(detail, code="invalid_request")
        if form.get("grant_type") != "client_credentials":
            raise OAuthError("grant_type must be client_credentials", code="unsupported_grant_type")
        return form

    async def _authenticate(self, form: dict[str, str]) -> App:
        assertion = form.get("client_assertion")
        if form.get("client_assertion_type") != TYPE or assertion is None:
            raise refused("authenticate with a client assertion (private_key_jwt)")
        parsed, client = client_of(assertion)
        if form.get("client_id", client) != client:
            raise refused("client_id is not the one of the assertion")
        try:
            app = await find_app(self._pool, client)
        except NotFound:
            raise refused("no registered key of the client signed this") from None
        checked = check_assertion(parsed, app, (self._issuer, self._endpoint))
        if app.status != "active":
            raise refused("the application is suspended")
        if not await store.use_assertion(
            self._pool, app.tenant, app.id, checked.digest, checked.expires_at
        ):
            raise refused("the assertion was used before: sign a new one with another jti")
        return app

    async def metadata(self) -> Response:
        """`/.well-known/oauth-authorization-server`."""
        body = {
            "issuer": self._issuer,
            "token_endpoint": self._endpoint,
            "jwks_uri": f"{self._issuer}/oauth/jwks",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "service_documentation": f"{self._issuer}/docs",
        }
        return Response(_encode(body))

    async def jwks(self) -> Response:
        """`/oauth/jwks`: the keys that access tokens are signed with."""
        return Response(_encode({"keys": await self._keyring.public_keys()}))


def _scopes(app: App, wanted: str | None) -> frozenset[str]:
    """The scopes that are asked for, or all that the application has."""
    if not wanted:
        return frozenset(app.scopes)
    asked = set(wanted.split(" "))
    for scope in asked:
        if not app.covers(scope):
            raise OAuthError("the application does not have every scope asked for",
                             code="invalid_scope")  # fmt: skip
    return frozenset(asked)


def _oauth(error: str, description: str, status: int) -> Response:
    body = _encode({"error": error, "error_description": description})
    headers: tuple[tuple[bytes, bytes], ...] = (JSON,)
    if status == 401:
        headers = (*headers, (b"www-authenticate", b'Bearer realm="enscene"'))
    return Response(body, status, headers)
