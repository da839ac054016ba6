"""Forms and answers of the OAuth endpoints, in the words of RFC 6749."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

import msgspec

from enscene.api.auth.signature import ALGORITHMS
from enscene.api.http import JSON, Request, Response, wrong_method
from enscene.kernel.errors import EnsceneError, Invalid, Unauthenticated

_encode = msgspec.json.Encoder().encode
FIELDS_MOST = 40


class OAuthError(EnsceneError):
    """An error in the words of RFC 6749; `code` is its `error`."""


Endpoint = Callable[[Request], Awaitable[Response]]


async def answer_post(request: Request, work: Endpoint) -> Response:
    """Answer a POST; what is wrong is told as RFC 6749 says."""
    if request.method != "POST":
        raise wrong_method("POST")
    request.check_headers()
    try:
        return await work(request)
    except OAuthError as error:
        return oauth_problem(error.code, error.detail, 400)
    except Unauthenticated as error:
        if error.code == "auth.proof_nonce":
            nonce = (b"dpop-nonce", str(error.facts["nonce"]).encode())
            return oauth_problem("use_dpop_nonce", error.detail, 400, nonce)
        if error.code == "auth.proof":
            return oauth_problem("invalid_dpop_proof", error.detail, 400)
        return oauth_problem("invalid_client", error.detail, 401)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of the form. Raises: Invalid (not a form), OAuthError."""
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
            max_num_fields=FIELDS_MOST,
        )  # fmt: skip
    except ValueError:
        raise OAuthError("the form cannot be read", code="invalid_request") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthError("a field stands twice", code="invalid_request")
    if "client_secret" in form:
        raise Unauthenticated("secrets are not taken: sign a client assertion", code="auth.client")
    if any("\0" in value for value in form.values()):
        raise OAuthError("a field holds a NUL", code="invalid_request")
    return form


def oauth_answer(body: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(_encode(body), status)


def oauth_problem(
    error: str, description: str, status: int, *headers: tuple[bytes, bytes]
) -> Response:
    """An error."""
    body = _encode({"error": error, "error_description": description})
    told: tuple[tuple[bytes, bytes], ...] = (JSON, *headers)
    if status == 401:
        algorithms = " ".join(ALGORITHMS).encode()
        told = (*told, (b"www-authenticate", b'Bearer realm="enscene"'),
                (b"www-authenticate", b'DPoP realm="enscene", algs="' + algorithms + b'"'))  # fmt: skip
    return Response(body, status, told)
