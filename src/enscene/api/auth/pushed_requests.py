"""`POST /oauth/par`: pushed authorization requests (RFC 9126). What a customer will be asked is
said here, by a client that has shown who it is; the browser carries a reference alone."""

from __future__ import annotations

from enscene.api.auth.client_authentication import ClientAuthentication
from enscene.api.auth.dpop import Proofs
from enscene.api.auth.oauth import OAuthError, answer_post, oauth_answer, read_form
from enscene.api.auth.read_asked import read_asked
from enscene.api.auth.store import Pool
from enscene.api.http import Request, Response
from enscene.customers.authorizations import push_request
from enscene.customers.authorizations.request import ADDRESS_LIFE
from enscene.kernel.controls import control
from enscene.scenes.runtime import SceneHost


class PushedRequests:
    """The endpoint."""

    def __init__(
        self, pool: Pool, host: SceneHost, clients: ClientAuthentication, proofs: Proofs,
        issuer: str,
    ) -> None:  # fmt: skip
        self._pool = pool
        self._host = host
        self._clients = clients
        self._proofs = proofs
        self._issuer = issuer

    async def serve(self, request: Request) -> Response:
        """Keep a request; its reference is good for a minute."""
        return await answer_post(request, self._push)

    async def _push(self, request: Request) -> Response:
        form = await read_form(request)
        app = await self._clients.authenticate(form)
        check_no_object(form)
        jkt = form.get("dpop_jkt")
        if b"dpop" in request.headers:
            seen = await self._proofs.check(request)
            check_pushed_key(seen, jkt)
            jkt = seen
        asked = await read_asked(self._pool, self._host, app, form, self._issuer)
        reference = await push_request(self._pool, app, asked, jkt)
        expires = int(ADDRESS_LIFE.total_seconds())
        return oauth_answer({"request_uri": reference, "expires_in": expires}, 201)


@control("request_object")
def check_no_object(form: dict[str, str]) -> None:
    """Parameters are sent as they are, over an authenticated channel. Raises: OAuthError."""
    if "request_uri" in form:
        raise OAuthError("request_uri is what this endpoint gives", code="invalid_request")
    if "request" in form:
        raise OAuthError("request objects are not used", code="request_not_supported")


@control("pushed_key")
def check_pushed_key(seen: str, named: str | None) -> None:
    """A proof that comes along is by the key that is named. Raises: OAuthError."""
    if named is not None and named != seen:
        raise OAuthError("dpop_jkt is not the key of the proof", code="invalid_request")
