"""An application: a partner's program that calls the open API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from enscene.kernel.errors import Invalid

_SCOPE = re.compile(r"scene:([A-Za-z0-9._-]{1,64}):(\*|[a-z][a-z0-9_]{0,63}(?:\.(?:read|write))?)")
_PLATFORM_SCOPES = frozenset(
    {
        "platform:clock", "launch:read", "launch:edit", "launch:approve",
        "contracts:read", "contracts:write", "contracts:manage",
        "shelf:read", "shelf:edit", "shelf:approve", "consents:audit", "consents:answer",
        "screening:read", "screening:decide", "opinions:write", "webhooks:read", "webhooks:write",
        "billing:read", "billing:write", "billing:approve", "capabilities:run",
        "rails:payments", "people:read", "people:write", "people:approve", "brand:read",
        "brand:write", "tickets:read", "tickets:write", "campaigns:read", "campaigns:write",
        "campaigns:approve", "offers:read", "offers:write", "events:write",
        "identity:read", "identity:write", "identity:approve",
    }
)  # fmt: skip
Signing: TypeAlias = Literal["none", "message", "gateway"]
SIGNINGS: tuple[Signing, ...] = ("none", "message", "gateway")
_CLIENT_ID = re.compile(r"([a-z][a-z0-9-]{1,31})\.([a-z][a-z0-9_-]{0,47})")


@dataclass(frozen=True, slots=True)
class ActsFor:
    """Whom a bank-operated application may act for without a grant of each: everyone enrolled
    as `role` in `scene`, for `actions` (`("*",)`: all)."""

    scene: str
    role: str
    actions: tuple[str, ...] = ("*",)

    def allows(self, scene: str, action: str) -> bool:
        return self.scene == scene and ("*" in self.actions or action in self.actions)


@dataclass(frozen=True, slots=True)
class App:
    """`client_id` is `<tenant ref>.<name>`; `party` is the ref of the party it acts for.

    `level` A1: product information; A2: funds and account data too. `rate` is in requests a
    second and process, `burst` what may come at once. `token_binding` says what its access tokens
    must be bound to; `redirect_uris` are the only addresses that its customers are led back to.
    `signing` says how it signs: `message`, each request below /v1 by RFC 9421; `gateway`, calls of
    the gateway, which nobody else may call.
    """

    tenant: int
    tenant_ref: str
    id: int
    name: str
    title: str
    party: str | None
    scopes: tuple[str, ...]
    acts_for: tuple[ActsFor, ...]
    jwks: tuple[Mapping[str, Any], ...]
    level: Literal["A1", "A2"]
    rate: int
    burst: int
    status: Literal["active", "suspended"]
    token_binding: Literal["none", "dpop", "mtls"] = "none"
    redirect_uris: tuple[str, ...] = ()
    signing: Signing = "none"

    @property
    def client_id(self) -> str:
        return f"{self.tenant_ref}.{self.name}"

    def covers(self, scope: str) -> bool:
        """Whether the application has the scope, itself or within a whole scene's."""
        return scope in self.scopes or (
            scope.count(":") == 2 and f"{scope.rpartition(':')[0]}:*" in self.scopes
        )


def platform_scopes() -> list[str]:
    """The scopes that are no scene's."""
    return sorted(_PLATFORM_SCOPES)


def client_id_parts(client_id: str) -> tuple[str, str] | None:
    """The tenant's ref and the name of the application; None when it has another form."""
    match = _CLIENT_ID.fullmatch(client_id)
    return (match[1], match[2]) if match else None


def check_scope(scope: str) -> str:
    """The scope, if it has a known form. Raises: Invalid("app.bad_scope")."""
    if scope in _PLATFORM_SCOPES or _SCOPE.fullmatch(scope):
        return scope
    raise Invalid(
        f"{scope[:60]!r} is not a scope",
        code="app.bad_scope",
        param="scope",
        hint="write scene:<scene>:<action>, scene:<scene>:things.read, scene:<scene>:*, "
        "or one of the platform's: " + ", ".join(sorted(_PLATFORM_SCOPES)),
    )


def split_scope(scope: str) -> tuple[str, str] | None:
    """The scene and what is allowed in it; None for a scope of the platform."""
    match = _SCOPE.fullmatch(scope)
    return (match[1], match[2]) if match else None
