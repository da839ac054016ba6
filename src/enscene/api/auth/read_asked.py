"""The parameters of an authorization request, checked against the application and the scene.

`scope` names what the application wants to do: `scene:canteen:pay_by_code`, all in one scene.
`authorization_details` (RFC 9396) may say what for, for how long and which data; without it the
application gets what its scopes let it read, for 90 days.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from enscene.api.auth.oauth import OAuthError
from enscene.api.auth.store import Pool
from enscene.api.strict_json import read_object
from enscene.customers.authorizations import (
    PURPOSES,
    Asked,
    check_use,
    find_limits,
    note_forbidden,
)
from enscene.customers.authorizations.asked import DAYS, DAYS_MOST
from enscene.kernel.controls import control
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.scenes.language import Pack
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.tenants.apps import App, split_scope

DETAIL_TYPE = "enscene_consent"
READINGS = frozenset({"things.read", "accounts.read", "events.read"})
STATE_MOST, NONCE_MOST = 1_000, 500
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class Detail(msgspec.Struct, forbid_unknown_fields=True):
    """One element of `authorization_details`."""

    type: str
    scene: str
    purpose: str = "serve"
    days: int = DAYS
    things: dict[str, list[str]] = {}
    accounts: list[str] = []


async def read_asked(
    pool: Pool, host: SceneHost, app: App, form: dict[str, str], issuer: str
) -> Asked:
    """Raises: OAuthError."""
    check_response_type(form)
    check_pkce(form)
    check_redirect(form, app)
    state, nonce = form.get("state"), form.get("nonce")
    if len(state or "") > STATE_MOST or len(nonce or "") > NONCE_MOST:
        raise OAuthError("state or nonce is too long", code="invalid_request")
    scene, actions = _read_scope(app, form.get("scope", ""))
    try:
        running = await host.scene(app.tenant, scene)
    except NotFound:
        raise _no_scope() from None
    _check_actions(app, running.pack, actions)
    detail = _read_detail(form.get("authorization_details"), scene)
    fields = _fields(running.pack, actions, detail)
    purpose = "serve" if detail is None else detail.purpose
    await _check_law(pool, app, running, fields, purpose)
    return Asked(
        scene=scene,
        actions=sorted(actions),
        fields=fields,
        purpose=purpose,
        days=DAYS if detail is None else detail.days,
        scope=" ".join(sorted(f"scene:{scene}:{action}" for action in actions)),
        issuer=issuer,
        redirect_uri=form.get("redirect_uri", ""),
        code_challenge=form.get("code_challenge", ""),
        state=state,
        nonce=nonce,
    )


@control("response_type")
def check_response_type(form: dict[str, str]) -> None:
    """A code comes back, in the query, and nothing else. Raises: OAuthError."""
    if form.get("response_type") != "code":
        raise OAuthError("response_type must be code", code="unsupported_response_type")
    if form.get("response_mode", "query") != "query":
        raise OAuthError("response_mode must be query", code="invalid_request")


@control("pkce_required")
def check_pkce(form: dict[str, str]) -> None:
    """Every client sends a challenge, by S256. Raises: OAuthError."""
    if form.get("code_challenge_method") != "S256":
        raise OAuthError("code_challenge_method must be S256", code="invalid_request")
    if not _CHALLENGE.fullmatch(form.get("code_challenge", "")):
        raise OAuthError("code_challenge is 43 characters of base64url", code="invalid_request")


@control("redirect_uri")
def check_redirect(form: dict[str, str], app: App) -> None:
    """One of the registered addresses, letter by letter. Raises: OAuthError."""
    if form.get("redirect_uri") not in app.redirect_uris:
        raise OAuthError("redirect_uri is not a registered one", code="invalid_request")


def _read_scope(app: App, text: str) -> tuple[str, set[str]]:
    """The scene and the actions of it."""
    found: dict[str, set[str]] = {}
    for scope in text.split():
        parts = split_scope(scope)
        if parts is None or parts[1] == "*" or not app.covers(scope):
            raise _no_scope()
        found.setdefault(parts[0], set()).add(parts[1])
    if len(found) != 1:
        raise OAuthError("ask for scopes of one scene at a time", code="invalid_scope")
    return next(iter(found.items()))


def _check_actions(app: App, pack: Pack, actions: set[str]) -> None:
    for action in actions:
        model = pack.actions.get(action)
        if model is None and action not in READINGS:
            raise _no_scope()
        level = "A1" if action == "things.read" else "A2" if model is None else model.level
        if level == "A2" and app.level != "A2":
            raise _no_scope()
        if model is not None and not any(
            pack.parties[role].is_a in ("person", "employer")
            for role in model.by
            if role in pack.parties
        ):
            raise _no_scope()  # nothing that a customer could let anybody do


def _read_detail(text: str | None, scene: str) -> Detail | None:
    if text is None:
        return None
    try:
        # In an object: an array alone is not what strict JSON reads.
        told = read_object(b'{"details":' + text.encode() + b"}")
        details = msgspec.convert(told["details"], list[Detail])
    except (Invalid, msgspec.ValidationError) as error:
        raise _bad_detail(str(error)) from None
    if len(details) != 1 or details[0].type != DETAIL_TYPE or details[0].scene != scene:
        raise _bad_detail(f"one element of type {DETAIL_TYPE}, of the scene of the scopes")
    detail = details[0]
    if detail.purpose not in PURPOSES:
        raise _bad_detail(f"purpose is one of {', '.join(PURPOSES)}")
    if not 1 <= detail.days <= DAYS_MOST:
        raise _bad_detail(f"days is 1 to {DAYS_MOST}")
    return detail


def _fields(pack: Pack, actions: set[str], detail: Detail | None) -> dict[str, Any]:
    """The data, by thing and account; what identifies most, C3, is never among them."""
    things: dict[str, list[str]] = {}
    accounts: list[str] = []
    if {"things.read", "events.read"} & actions:
        for name, model in pack.things.items():
            open_ = [field.name for field in model.fields.values() if not field.hidden]
            wanted = open_ if detail is None else detail.things.get(name, [])
            if not set(wanted) <= set(open_):
                raise _bad_detail(f"{name} has no such field to read")
            if wanted:
                things[name] = sorted(set(wanted))
    if "accounts.read" in actions:
        own = [a.name for a in pack.accounts.values()
               if not a.outside and pack.parties[a.of].is_a in ("person", "employer")]  # fmt: skip
        accounts = own if detail is None else list(dict.fromkeys(detail.accounts))
        if not set(accounts) <= set(own):
            raise _bad_detail("the scene has no such account of a customer")
    if detail is not None and (
        set(detail.things) - set(things) or (detail.accounts and not accounts)
    ):
        raise _bad_detail("data is asked for that no scope opens")
    return {"things": things, "accounts": sorted(accounts)}


async def _check_law(
    pool: Pool, app: App, running: RunningScene, fields: dict[str, Any], purpose: str
) -> None:
    """Nobody is asked for what nobody may agree to; that it was tried is kept."""
    found = find_limits(running.pack.id, fields["things"], purpose)
    try:
        check_use(found)
    except Forbidden as error:
        await note_forbidden(pool, app.tenant, app.id, running.ref, "", purpose, found)
        raise _bad_detail(f"{error.detail} ({error.facts['law']})") from None


def _no_scope() -> OAuthError:
    return OAuthError("a scope is not one that the application may ask for", code="invalid_scope")


def _bad_detail(detail: str) -> OAuthError:
    return OAuthError(detail[:200], code="invalid_authorization_details")
