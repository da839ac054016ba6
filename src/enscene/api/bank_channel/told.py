"""What a channel is told of requests, consents and receipts."""

from __future__ import annotations

from typing import Any

from enscene.api.auth.jwt import encode_part
from enscene.customers.authorizations import AuthorizationRequest, what_is_granted
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
