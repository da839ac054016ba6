"""What a webhook says: that something happened, and how it is called. The rest is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from enscene.api.events import shown_event
from enscene.api.webhooks.endpoint import TEST
from enscene.api.webhooks.visible import RAILS, Sight
from enscene.kernel.clock import format_time
from enscene.scenes.runtime import RunningScene

FIELDS = ("seq", "at", "action", "thing", "key", "state")
"""What a receipt says was served."""


def thin_event(row: Mapping[str, Any], scene: RunningScene | None, sight: Sight) -> str:
    """The body in its shape of 2026-11-23, as JSON."""
    shown = shown_event(row, scene, sight.viewer)
    data: dict[str, Any] = {"id": row["seq"]}
    if scene is not None:
        data["scene"] = scene.ref
    if row["action"].startswith(RAILS):
        facts = row["facts"]
        data |= {"thing": "payment", "key": facts["payment"], "state": facts["state"]}
    thing = shown.get("thing")
    if isinstance(thing, dict):
        data |= {"thing": thing["type"], "key": thing["key"], "state": thing["state"]}
    for name in ("consent", "webhook", "api"):
        about = shown.get(name)
        if isinstance(about, dict) and "id" in about:
            data[name] = about["id"]
    if isinstance(shown.get("contract"), str):
        data["contract"] = shown["contract"]
    return _text(row["action"], shown["at"], data)


def test_event(message: str, at: Any) -> str:
    """The body of a test."""
    return _text(TEST, format_time(at), {"id": message})


def message_of(shard: int, seq: int) -> str:
    """The webhook-id of an event: the same whenever and wherever it is sent."""
    return f"evt_{shard}_{seq}"


def _text(kind: str, at: str, data: dict[str, Any]) -> str:
    return msgspec.json.encode({"type": kind, "timestamp": at, "data": data}).decode()
