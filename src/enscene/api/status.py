"""`GET /status`: which state of service holds, for anybody; it is told from memory."""

from __future__ import annotations

from typing import Any

import msgspec

from enscene.api.http import JSON, Request, Response
from enscene.kernel.clock import format_time
from enscene.tenants.service import Class, Entry, ServiceWatch

CLASSES: tuple[Class, ...] = ("money", "reading", "housekeeping")
HISTORY_MOST = 20


def told_status(service: ServiceWatch, request: Request) -> Response:
    """The state of the installation, or of a bank by its ref: `?bank=`."""
    ref = request.query("bank").get("bank")
    standing = service.of_bank(ref)
    body = {
        "state": standing.state,
        "cause": standing.cause or None,
        "reason": standing.reason or None,
        "since": None if standing.since is None else format_time(standing.since),
        "until": None if standing.until is None else format_time(standing.until),
        "database": service.database,
        "served": {kind: not standing.refuses(kind, looks=kind == "reading") for kind in CLASSES},
        "history": [_entry(each) for each in service.history(ref)[:HISTORY_MOST]],
    }
    return Response(msgspec.json.encode(body), 200, (JSON,))


def _entry(entry: Entry) -> dict[str, Any]:
    over = entry.over_at
    return {
        "state": entry.state,
        "cause": entry.cause,
        "reason": entry.reason or None,
        "since": format_time(entry.since),
        "ended_at": None if over is None else format_time(over),
    }
