"""What a token that is asked for will be bound to: the key of a proof, or a client certificate."""

from __future__ import annotations

from enscene.api.auth.certificate import Certificates
from enscene.api.auth.dpop import Proofs
from enscene.api.auth.oauth import OAuthError
from enscene.api.auth.token import Binding
from enscene.api.http import Request
from enscene.kernel.controls import control
from enscene.tenants.apps import App


class Binder:
    """Finds what a request at the token endpoint proves possession of."""

    def __init__(self, proofs: Proofs, certificates: Certificates) -> None:
        self._proofs = proofs
        self._certificates = certificates

    def ask_for_nonce(self, request: Request) -> None:
        """Raises: Unauthenticated("auth.proof_nonce") for a proof without the nonce it needs."""
        self._proofs.ask_for_nonce(request)

    async def binding(
        self, request: Request, app: App, *, must: bool, jkt: str | None = None
    ) -> Binding:
        """A key if a proof is sent; else a certificate if the application uses one.

        `must`: a token without any is not given. `jkt` is the key that it has to be. Raises:
        Unauthenticated (the proof), OAuthError.
        """
        if b"dpop" in request.headers:
            return Binding(jkt=await self._proofs.check(request, jkt=jkt))
        if app.token_binding == "mtls" or (must and app.token_binding == "none"):
            x5t = self._certificates.thumbprint(request)
            if x5t is not None:
                found = Binding(x5t=x5t)
                check_bound_key(found, jkt)
                return found
        found = Binding()
        if must or app.token_binding != "none":
            check_bound(found)
        check_bound_key(found, jkt)
        return found


@control("holder_of_key")
def check_bound(binding: Binding) -> None:
    """Raises: OAuthError."""
    if binding.jkt is None and binding.x5t is None:
        raise OAuthError(
            "the token must be bound: send a DPoP proof, or use a client certificate",
            code="invalid_request",
        )


@control("bound_key")
def check_bound_key(binding: Binding, jkt: str | None) -> None:
    """A code that is bound to a key is redeemed with it. Raises: OAuthError."""
    if jkt is not None and binding.jkt != jkt:
        raise OAuthError("the code is bound to the key of a DPoP proof", code="invalid_grant")
