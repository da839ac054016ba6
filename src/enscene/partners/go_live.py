"""Go live: asked for by the partner, opened by the bank, and by nobody without a passed run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.partners import store
from enscene.partners.conformance import store as runs_sql
from enscene.partners.decide_admission import check_why
from enscene.partners.find_partner import read_partner
from enscene.partners.governance import check_controls, read_governed
from enscene.partners.inventory import Fault, enter_addresses, faults_of
from enscene.partners.move import enter
from enscene.partners.partner import Partner
from enscene.partners.renewal import check_renewal
from enscene.tenants import Tenant
from enscene.tenants.apps import (
    App,
    bind_app_tokens,
    check_public_keys,
    find_app,
    get_app,
    register_app,
    replace_app_keys,
    resume_app,
    set_app_party,
    set_app_signing,
    suspend_app,
)


async def ask_live(
    pool: store.Pool, tenant: int, partner: UUID, jwks: Sequence[Mapping[str, Any]]
) -> Partner:
    """Ask to go live with these public keys, none of which may be the sandbox's.

    Raises: Invalid("app.bad_key"), Refused("partner.not_proven"), NotFound.
    """
    keys = check_public_keys(jwks)
    async with store.admitted(pool, tenant) as connection:
        known = await read_partner(connection, tenant, partner, lock=True)
        await _check_proven(connection, known)
        await store.update(connection, tenant, partner, {"live_keys": keys})
        return await read_partner(connection, tenant, partner)


async def go_live(
    pool: store.Pool,
    bank: Tenant,
    partner: UUID,
    who: str,
    why: str,
    *,
    party: str | None = None,
) -> Partner:
    """Make the partner's application at the bank itself; twice is once. It acts for the customers
    who let it, and for `party`, itself as a firm known to the bank, where it is one.

    Raises: Refused (no passed run of these settings, an open hole, a certificate that has ended, an
    admission that has, a control missing that its tier needs, such as a dated assessment or an
    inventory that is not empty),
    Conflict("partner.not_asked"), Invalid("partner.why", "partner.no_party"), NotFound.
    """
    check_why(why)
    governed = await read_governed(pool, bank.id, partner)
    async with store.admitted(pool, bank.id, readonly=True) as connection:
        known = await read_partner(connection, bank.id, partner)
        if known.stage == "live":
            return known
        await _check_proven(connection, known)
        await _check_party(connection, bank.id, party)
    if known.live_keys is None:
        raise Conflict("the partner has not asked to go live", code="partner.not_asked")
    check_faults(faults_of(governed.assets))
    check_renewal(known, governed.today)
    check_controls(governed.standing)
    # Before the stage, and closed: if anything fails from here on, the next try finds it.
    app = await _register(pool, bank, known, party)
    await suspend_app(pool, app)
    async with store.admitted(pool, bank.id) as connection:
        known = await read_partner(connection, bank.id, partner, lock=True)
        await _check_proven(connection, known)
        await enter(connection, known, "live", who, why.strip())
        await store.update(connection, bank.id, partner, {"live_app": app.id})
        found = await read_partner(connection, bank.id, partner)
    await enter_addresses(pool, bank.id, found)
    await resume_app(pool, app)
    return found


async def renew_settings(pool: store.Pool, bank: Tenant, partner: UUID) -> Partner:
    """Let the live application sign and lead back as its partner's settings are by now, if a run
    has passed with them; twice is once.

    Raises: Conflict("partner.stage"), Refused("partner.not_proven"), NotFound.
    """
    async with store.admitted(pool, bank.id, readonly=True) as connection:
        known = await read_partner(connection, bank.id, partner)
        if known.stage != "live" or known.live_app is None:
            raise Conflict(
                "it is not live",
                code="partner.stage",
                facts={"stage": known.stage, "wanted": "live"},
            )
        proven = await runs_sql.is_proven(connection, bank.id, partner, known.settings)
    check_proven("proven", proven=proven)
    await _fit(pool, await get_app(pool, bank.id, known.live_app), known)
    await enter_addresses(pool, bank.id, known)
    return known


async def _fit(pool: store.Pool, app: App, known: Partner) -> None:
    await bind_app_tokens(pool, app, app.token_binding, redirect_uris=known.live_redirects)
    await set_app_signing(pool, app, known.live_signing)


async def _check_party(connection: store.Connection, bank: int, party: str | None) -> None:
    if party is not None and not await store.has_firm(connection, bank, party):
        raise Invalid(
            f"the bank knows no firm {party[:40]!r}",
            code="partner.no_party",
            param="party",
            hint="persons say for themselves whom they let act",
        )


async def _check_proven(connection: store.Connection, known: Partner) -> None:
    proven = await runs_sql.is_proven(connection, known.tenant, known.id, known.settings)
    check_proven(known.stage, proven=proven)


@control("partner_proven")
def check_proven(stage: str, *, proven: bool) -> None:
    """Raises: Refused("partner.not_proven")."""
    if stage != "proven" or not proven:
        raise Refused(
            "no conformance run has passed with the present settings",
            code="partner.not_proven",
            facts={"stage": stage},
            hint="POST /v1/conformance-runs",
        )


@control("partner_faults")
def check_faults(faults: Sequence[Fault]) -> None:
    """Raises: Refused("partner.open_risk")."""
    open_ = [f"{fault.asset}: {fault.what}" for fault in faults if fault.blocks]
    if open_:
        raise Refused(
            f"open risks: {'; '.join(open_)}", code="partner.open_risk", facts={"risks": open_}
        )


async def _register(pool: store.Pool, bank: Tenant, known: Partner, party: str | None) -> App:
    assert known.live_keys is not None
    try:
        return await register_app(
            pool, bank, known.app_name, title=known.name, level=known.level,
            jwks=known.live_keys, scopes=known.scopes, party=party,
            redirect_uris=known.live_redirects, signing=known.live_signing,
        )  # fmt: skip
    except Conflict:
        app = await find_app(pool, f"{bank.ref}.{known.app_name}")
        await replace_app_keys(pool, app, known.live_keys)
        await set_app_party(pool, app, party)
        await _fit(pool, app, known)
        return app
