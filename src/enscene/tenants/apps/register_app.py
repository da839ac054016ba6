"""Register an application."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import asyncpg

from enscene.kernel.errors import Conflict, Invalid
from enscene.kernel.ids import check_ref
from enscene.tenants.apps import store
from enscene.tenants.apps.app import ActsFor, App, Signing, check_scope
from enscene.tenants.apps.find_app import find_app
from enscene.tenants.apps.keys import check_public_keys
from enscene.tenants.apps.redirects import check_redirects
from enscene.tenants.quotas.quota import check_quota
from enscene.tenants.store import Pool, admitted
from enscene.tenants.tenant import Tenant

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,47}")
RATE, BURST = 100, 200


async def register_app(
    pool: Pool,
    tenant: Tenant,
    name: str,
    *,
    title: str,
    scopes: Sequence[str],
    jwks: Sequence[Mapping[str, Any]],
    party: str | None = None,
    level: Literal["A1", "A2"] = "A1",
    acts_for: Sequence[ActsFor] = (),
    rate: int = RATE,
    burst: int = BURST,
    token_binding: Literal["none", "dpop", "mtls"] | None = None,
    redirect_uris: Sequence[str] = (),
    signing: Signing = "none",
) -> App:
    """Make the application `<tenant ref>.<name>`.

    `jwks` are its public keys with a `kid` each. `party` is the ref of the party it acts for;
    `acts_for` lets a bank-operated application act for everyone of a role. `token_binding` says
    what its access tokens must be bound to; None decides: DPoP for a partner's A2 application
    outside sandboxes, else nothing. `signing` is how it signs its requests.
    Raises: Invalid, Conflict("app.exists"), Refused("quota.exceeded").
    """
    if not _NAME.fullmatch(name):
        raise Invalid(
            "an application's name is 1 to 48 small letters, digits, _ or -, a letter first",
            code="app.bad_name",
            param="name",
        )
    if rate < 1 or burst < 1:
        raise Invalid("a rate and a burst are 1 or more", code="app.bad_rate", param="rate")
    if party is not None:
        check_ref(party, param="party")
    checked = [check_scope(scope) for scope in scopes]
    keys = check_public_keys(jwks)
    roles = [{"scene": a.scene, "role": a.role, "actions": list(a.actions)} for a in acts_for]
    if token_binding is None:
        partner = level == "A2" and not acts_for and not tenant.sandbox
        token_binding = "dpop" if partner else "none"
    redirects = check_redirects(redirect_uris, sandbox=tenant.sandbox)
    values = (
        name, title, party, checked, roles, keys, level, rate, burst, token_binding, redirects,
        signing,
    )  # fmt: skip
    try:
        async with admitted(pool, tenant.id) as connection:
            await check_quota(connection, tenant.id, "apps")
            await store.insert_app(connection, tenant.id, *values)
    except asyncpg.UniqueViolationError:
        raise Conflict(f"application {name} exists", code="app.exists", param="name") from None
    return await find_app(pool, f"{tenant.ref}.{name}")
