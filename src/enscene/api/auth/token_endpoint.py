"""`POST /oauth/token`: access tokens for client credentials, codes and refresh tokens."""

from __future__ import annotations

from enscene.api.auth.binding import Binder
from enscene.api.auth.client_authentication import ClientAuthentication
from enscene.api.auth.exchange import Exchange
from enscene.api.auth.oauth import OAuthError, answer_post, oauth_answer, read_form
from enscene.api.auth.token import Tokens
from enscene.api.http import Request, Response
from enscene.tenants.apps import App

_GRANTS = ("client_credentials", "authorization_code", "refresh_token")
_FIELDS = frozenset(
    {
        "grant_type", "client_assertion_type", "client_assertion", "client_id", "scope", "code",
        "code_verifier", "redirect_uri", "refresh_token",
    }
)  # fmt: skip


class TokenEndpoint:
    """The endpoint."""

    def __init__(
        self, tokens: Tokens, clients: ClientAuthentication, binder: Binder, exchange: Exchange
    ) -> None:
        self._tokens = tokens
        self._clients = clients
        self._binder = binder
        self._exchange = exchange

    async def serve(self, request: Request) -> Response:
        """Answer a request for a token."""
        return await answer_post(request, self._token)

    async def _token(self, request: Request) -> Response:
        form = await read_form(request)
        if unknown := form.keys() - _FIELDS:
            raise OAuthError(f"unknown field {min(unknown)[:40]!r}", code="invalid_request")
        kind = form.get("grant_type")
        if kind not in _GRANTS:
            raise OAuthError(
                f"grant_type must be one of {', '.join(_GRANTS)}", code="unsupported_grant_type"
            )
        # Whoever only asks for itself may name the token endpoint as the audience, as RFC 7523
        # has it; where a customer is concerned it is the issuer, as FAPI 2.0 has it.
        app = await self._clients.authenticate(form, lenient=kind == "client_credentials")
        if kind == "authorization_code":
            return oauth_answer(await self._exchange.code(request, app, form))
        if kind == "refresh_token":
            return oauth_answer(await self._exchange.refresh(request, app, form))
        scopes = _scopes(app, form.get("scope"))
        binding = await self._binder.binding(request, app, must=False)
        body = {
            "access_token": await self._tokens.issue(app, scopes, binding=binding),
            "token_type": "DPoP" if binding.jkt else "Bearer",
            "expires_in": self._tokens.life_s,
            "scope": " ".join(sorted(scopes)),
        }
        return oauth_answer(body)


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
