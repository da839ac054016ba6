"""Endpoints and deliveries as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from enscene.api.webhooks.endpoint import Endpoint
from enscene.api.webhooks.sign import SigningKey
from enscene.kernel.clock import format_time

Told = dict[str, Any]


def endpoint_told(endpoint: Endpoint, keys: Sequence[SigningKey], *, secret: bool = False) -> Told:
    """An endpoint with its public keys; the shared secret only where it was just made."""
    told: Told = {
        "id": str(endpoint.id),
        "url": endpoint.url,
        "events": list(endpoint.events),
        "scenes": list(endpoint.scenes),
        "version": endpoint.version,
        "signatures": list(endpoint.signatures),
        "description": endpoint.description,
        "state": endpoint.state,
        "reason": endpoint.reason,
        "failures": endpoint.failures,
        "failing_since": _time(endpoint.failing_since),
        "waits_until": _time(endpoint.open_until),
        "last_taken_at": _time(endpoint.told_at),
        "replaying": endpoint.replay_after is not None,
        "made_at": format_time(endpoint.made_at),
        "public_keys": [key.public for key in keys if key.public is not None],
    }
    if secret:
        told["secret"] = next((key.secret for key in keys if key.secret is not None), None)
    return told


def delivery_told(row: Mapping[str, Any]) -> Told:
    """A delivery. `next_try_at` is null when there is none."""
    pending = row["state"] == "pending"
    return {
        "id": row["message"],
        "event": None if row["message"].startswith("test_") else row["seq"],
        "type": row["type"],
        "state": row["state"],
        "tries": row["tries"],
        "status": row["status"],
        "latency_ms": row["latency_ms"],
        "error": row["error"],
        "made_at": format_time(row["made_at"]),
        "tried_at": _time(row["tried_at"]),
        "next_try_at": format_time(row["due"]) if pending else None,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
