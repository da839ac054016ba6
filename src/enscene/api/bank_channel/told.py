"""What a channel is told of requests, consents, receipts and erasures."""

from __future__ import annotations

from typing import Any

from enscene.api.auth.jwt import encode_part
from enscene.customers.authorizations import AuthorizationRequest, what_is_granted
from enscene.customers.erasure import Erasure, Standing, asked_number, what_is_erased
from enscene.kernel.clock import format_time


def tell_request(request: AuthorizationRequest, party: str) -> dict[str, Any]:
    """What is asked; `signs` is what a statement of the second factor has to name."""
    asked = request.asked
    return {
        "id": str(request.id),
        "app": request.app_name,
        "title": request.app_title,
        "customer": party,
        "scene": asked.scene,
        "purpose": asked.purpose,
        "actions": asked.actions,
        "things": asked.things(),
        "accounts": asked.accounts(),
        "days": asked.days,
        "until": format_time(request.ends_at),
        "signs": encode_part(what_is_granted(request, party)),
    }


def tell_erasure(
    tenant: int, party: int, ref: str, asked: Erasure | None, stands: list[Standing]
) -> dict[str, Any]:
    """`request` and `signs` are what a statement of the second factor has to name; `state` is none,
    asked (also while the bank looks at it) or refused."""
    state = "none"
    if asked is not None:
        state = "asked" if asked.state == "checked" else asked.state
    return {
        "customer": ref,
        "request": str(asked_number(tenant, party)),
        "signs": encode_part(what_is_erased(tenant, party, ref)),
        "state": state,
        "number": None if asked is None else asked.number,
        "law": None if asked is None else asked.law,
        "asked_at": None if asked is None else format_time(asked.asked_at),
        "why": asked.why if asked is not None and state == "refused" else "",
        "stands": [each.told() for each in stands],
    }
