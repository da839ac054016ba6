"""What a channel is told of requests, consents, receipts and erasures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from enscene.api.auth.jwt import encode_part
from enscene.customers.authorizations import AuthorizationRequest, what_is_granted
from enscene.customers.erasure import Erasure, Standing, asked_number, what_is_erased
from enscene.customers.spectrum import Preference
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


def tell_spectrum(
    found: Sequence[Preference], scenes: Mapping[int, str], now: datetime
) -> dict[str, Any]:
    """Every topic as of `now`, the strongest first, with what it rests on. `scenes` are references by
    number."""
    return {"now": format_time(now), "topics": [_tell_preference(each, scenes) for each in found]}


def _tell_preference(found: Preference, scenes: Mapping[int, str]) -> dict[str, Any]:
    formula = found.formula
    return {
        "topic": found.topic,
        "value": found.value,
        "preference": found.preference,
        "attitude": found.attitude,
        "band": found.band,
        "since": None if found.since is None else format_time(found.since),
        "falls_at": None if found.falls_at is None else format_time(found.falls_at),
        "formula": {
            "half_life_days": formula.half_life_days,
            "half_at": formula.half_at,
            "doubt": formula.doubt,
            "speaks_for": round(found.speaks_for, 3),
            "speaks_against": round(found.speaks_against, 3),
        },
        "scenes": [scenes[number] for number in found.scenes],
        "pieces": found.pieces,
        "first": format_time(found.first),
        "last": format_time(found.last),
        "evidence": [
            {
                "at": format_time(each.at),
                "scene": scenes[each.scene],
                "action": each.action,
                "strength": each.strength,
                "left": round(each.left, 3),
            }
            for each in found.evidence
        ],
        "changes": [
            {
                "at": format_time(each.at),
                "before": each.before,
                "after": each.after,
                "preference": each.preference,
                "attitude": each.attitude,
                "by": "evidence" if each.source else "time",
            }
            for each in found.changes
        ],
    }
