"""Whether a call is its application's: registered for the gateway, now, signed, and once."""

from __future__ import annotations

import base64
import binascii
import hashlib
import time
from collections.abc import Mapping

from enscene.api.auth import UsedProofs
from enscene.api.gateway_profile.canonical import canonical
from enscene.api.gateway_profile.sign_types import is_signed, sign_types
from enscene.kernel.controls import control
from enscene.kernel.errors import Forbidden, Unauthenticated
from enscene.tenants.apps import App

WINDOW_S = 60
"""How far a timestamp may be from now, either way."""


@control("gateway_profile")
def check_profile(app: App) -> None:
    """The gateway is for who is registered for it: everybody else's keys sign other things.

    Raises: Forbidden("gateway.profile").
    """
    if app.signing != "gateway":
        raise Forbidden("the application is not registered for the gateway", code="gateway.profile")


@control("gateway_time")
def check_time(made_at: float, now: float) -> None:
    """Raises: Unauthenticated("gateway.timestamp")."""
    if abs(now - made_at) > WINDOW_S:
        raise Unauthenticated(
            "the timestamp is not now, by Beijing time", code="gateway.timestamp", param="timestamp"
        )


@control("gateway_sign")
async def check_sign(app: App, given: Mapping[str, str]) -> None:
    """Raises: Unauthenticated("gateway.sign")."""
    sign_type = given["sign_type"]
    if sign_type not in sign_types():
        raise _bad_sign("sign_type")
    try:
        signature = base64.b64decode(given["sign"], validate=True)
    except (binascii.Error, ValueError):
        raise _bad_sign("sign") from None
    if not await is_signed(app, sign_type, canonical(given), signature):
        raise _bad_sign("sign")


@control("gateway_once")
async def check_once(used: UsedProofs, app: App, given: Mapping[str, str], made_at: float) -> None:
    """The same request is taken once; whoever asks again signs again, with the same msg_id.

    Raises: Unauthenticated("gateway.replayed").
    """
    name = f"{app.tenant}.{app.id}.".encode()
    digest = hashlib.blake2b(name + canonical(given), digest_size=16, person=b"gateway").digest()
    if not await used.use(digest, made_at):
        raise Unauthenticated("the request was sent before", code="gateway.replayed", param="sign")


async def check_call(app: App, given: Mapping[str, str], made_at: float, used: UsedProofs) -> None:
    """All of it, the cheap first. Raises: Forbidden, Unauthenticated."""
    check_profile(app)
    check_time(made_at, time.time())
    await check_sign(app, given)
    await check_once(used, app, given, made_at)


def _bad_sign(param: str) -> Unauthenticated:
    return Unauthenticated(
        "the signature is not that of the parameters by a registered key", code="gateway.sign",
        param=param,
    )  # fmt: skip
