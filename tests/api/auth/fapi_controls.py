"""Which modules of the conformance suite fail without which control."""

from __future__ import annotations

FAILS: dict[str, tuple[str, ...]] = {
    "request_client": ("par-attempt-to-use-request_uri-for-different-client",),
    "request_time": ("par-attempt-to-use-expired-request_uri",),
    "request_once": ("par-attempt-reuse-request_uri",),
    "request_object": (
        "par-authorization-request-containing-request_uri",
        "par-authorization-request-containing-request_uri-form-param",
    ),
    "response_type": (
        "ensure-response-type-code-idtoken-fails", "ensure-response-type-token-fails",
    ),
    "redirect_uri": (
        "ensure-redirect-uri-in-authorization-request", "ensure-registered-redirect-uri",
        "plain-fapi-tolerate-unregistered-redirect-uri",
    ),
    "pkce_required": ("par-ensure-pkce-required", "par-plain-pkce-rejected"),
    "pkce": ("ensure-pkce-code-verifier-required", "incorrect-pkce-code-verifier-rejected"),
    "pushed_key": ("ensure-mismatched-dpop-jkt-fails",),
    "bound_key": ("ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt",),
    "holder_of_key": ("ensure-holder-of-key-required",),
    "certificate": ("ensure-holder-of-key-required",),
    "token_binding": ("ensure-holder-of-key-required",),
    "code_once": ("attempt-reuse-authorization-code-after-one-second",),
    "code_client": ("ensure-authorization-code-is-bound-to-client",),
    "code_time": ("ensure-token-endpoint-fails-with-expired-auth-code",),
    "refresh_once": ("refresh-token",),
    "assertion_signature": ("ensure-signed-client-assertion-with-RS256-fails",),
    "assertion_audience": (
        "ensure-client-assertion-with-wrong-aud-fails", "par-test-array-as-audience-fails",
        "par-test-par-endpoint-url-as-audience-fails",
        "par-test-token-endpoint-url-as-audience-fails",
    ),
    "assertion_time": (
        "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
        "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails",
    ),
    "assertion_once": ("ensure-client-assertion-in-token-endpoint",),
    "token_scheme": ("dpop-negative-tests",),
    "proof_signature": ("dpop-negative-tests",),
    "proof_method": ("dpop-negative-tests",),
    "proof_address": ("dpop-negative-tests",),
    "proof_time": ("dpop-negative-tests",),
    "proof_token": ("dpop-negative-tests",),
    "proof_key": (
        "dpop-negative-tests", "ensure-token-endpoint-fails-with-mismatched-dpop-jkt",
    ),
    "proof_once": ("dpop-negative-tests",),
}  # fmt: skip
"""By control: the modules that fail without it."""
