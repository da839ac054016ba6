"""Open the sandbox to an admitted partner: an application with keys, and people to try it on."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey as PrivateKey

from enscene.kernel.errors import Conflict, Invalid
from enscene.partners import store
from enscene.partners.find_partner import get_partner, read_partner
from enscene.partners.move import enter
from enscene.partners.partner import Partner
from enscene.storage import Seal
from enscene.tenants import Tenant, get_tenant
from enscene.tenants.apps import (
    App,
    bind_app_tokens,
    check_public_keys,
    find_app,
    get_app,
    register_app,
    replace_app_keys,
    set_app_signing,
)

HOOK = "whsec_"
SANDBOX_SCOPES = ("platform:clock", "rails:payments")
"""What a sandbox application may do beside what it asked for."""
RATE, BURST = 20, 60
_OPENED = ("sandbox", "proven", "live")


@dataclass(frozen=True, slots=True)
class Keys:
    """What a partner's program needs. `private` is there only where the pair was made here, and
    `secret` (of what the sandbox sends) only when it was: both are told this once."""

    client_id: str
    scopes: tuple[str, ...]
    private: Mapping[str, str] | None = field(repr=False)
    secret: str | None = field(repr=False)


async def open_sandbox(
    pool: store.Pool,
    seal: Seal,
    tenant: int,
    partner: UUID,
    sandbox: Tenant,
    jwks: Sequence[Mapping[str, Any]] | None,
) -> tuple[Partner, Keys]:
    """Make the partner's application in the sandbox, or give it other keys.

    `jwks` are its public keys; None: a pair is made here and told once.
    Raises: Invalid("app.bad_key"), Conflict("partner.stage"), NotFound.
    """
    assert sandbox.sandbox, sandbox.ref
    private = None
    if jwks is None:
        private, public = new_pair()
        jwks = [public]
    checked = check_public_keys(jwks)
    # The application first, in a transaction of its own tenant: nobody waits for a second
    # connection with the partner's row in their hands.
    known = await get_partner(pool, tenant, partner)
    _check_opens(known)
    app = await _app_of(pool, known, sandbox, checked)
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        _check_opens(known)
        secret = None
        values: dict[str, Any] = {"sandbox": sandbox.id, "sandbox_app": app.id}
        if known.hook is None:
            raw = secrets.token_bytes(32)
            secret = HOOK + base64.b64encode(raw).decode()
            values["hook"] = seal.close(hook_name(known), raw)
        await store.update(connection, tenant, partner, values)
        if known.stage == "admitted":
            await enter(connection, known, "sandbox", known.number, "")
        found = await read_partner(connection, tenant, partner)
    await fit_sandbox(pool, found)
    return found, Keys(app.client_id, app.scopes, private, secret)


async def fit_sandbox(pool: store.Pool, partner: Partner) -> None:
    """Let the sandbox's application, if there is one, sign and lead back as the settings say."""
    found = await sandbox_app_of(pool, partner)
    if found is not None:
        _, app = found
        await bind_app_tokens(
            pool, app, app.token_binding, redirect_uris=partner.redirect_uris, sandbox=True
        )
        await set_app_signing(pool, app, partner.signing or "none")


def _check_opens(known: Partner) -> None:
    if known.stage != "admitted" and known.stage not in _OPENED:
        raise Conflict(
            "the sandbox opens after admission",
            code="partner.stage",
            facts={"stage": known.stage, "wanted": "sandbox"},
        )


async def _app_of(
    pool: store.Pool, known: Partner, sandbox: Tenant, jwks: Sequence[Mapping[str, Any]]
) -> App:
    # The name is this partner's alone: a second try after a failure finds what the first has made.
    try:
        return await register_app(
            pool, sandbox, known.sandbox_app_name, title=known.name, level=known.level, jwks=jwks,
            scopes=[*known.scopes, *SANDBOX_SCOPES], rate=RATE, burst=BURST,
        )  # fmt: skip
    except Conflict:
        app = await find_app(pool, f"{sandbox.ref}.{known.sandbox_app_name}")
        await replace_app_keys(pool, app, jwks)
        return app


async def rotate_hook(
    pool: store.Pool, seal: Seal, tenant: int, partner: UUID
) -> tuple[Partner, str]:
    """A new secret for what the sandbox sends; the one before signs beside it until the next.

    Raises: Conflict("partner.stage"), NotFound.
    """
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        if known.hook is None or known.stage not in _OPENED:
            raise Conflict(
                "the sandbox is not open",
                code="partner.stage",
                facts={"stage": known.stage, "wanted": "sandbox"},
            )
        raw = secrets.token_bytes(32)
        values = {"hook": seal.close(hook_name(known), raw), "hook_before": known.hook}
        await store.update(connection, tenant, partner, values)
        found = await read_partner(connection, tenant, partner)
    return found, HOOK + base64.b64encode(raw).decode()


async def sandbox_app_of(pool: store.Pool, partner: Partner) -> tuple[Tenant, App] | None:
    """The partner's application in the sandbox, if there is one."""
    if partner.sandbox is None or partner.sandbox_app is None:
        return None
    tenant = await get_tenant(pool, partner.sandbox)
    return tenant, await get_app(pool, partner.sandbox, partner.sandbox_app)


def hook_name(partner: Partner) -> str:
    """Under which the secret is sealed."""
    return f"partner:{partner.tenant}:{partner.id}"


def new_pair() -> tuple[dict[str, str], dict[str, str]]:
    """A fresh pair of P-256 as JWKs: the private one, and the public one."""
    key: PrivateKey = generate_private_key(SECP256R1())
    numbers = key.private_numbers()
    kid = secrets.token_hex(8)
    public = {
        "kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "alg": "ES256",
        "x": _b64(numbers.public_numbers.x), "y": _b64(numbers.public_numbers.y),
    }  # fmt: skip
    return {**public, "d": _b64(numbers.private_value)}, public


def read_jwks(text: str) -> list[dict[str, Any]]:
    """A JWK or a set of them, as somebody pasted it. Raises: Invalid("app.bad_key")."""
    try:
        found = json.loads(text)
    except ValueError:
        raise Invalid("this is no JSON", code="app.bad_key", param="jwks") from None
    keys = found.get("keys", [found]) if isinstance(found, dict) else found
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise Invalid("this is no JWK and no set of them", code="app.bad_key", param="jwks")
    return keys


def _b64(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32)).rstrip(b"=").decode()
