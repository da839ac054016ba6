"""What a customer's page tells of how it was used: how long it was looked at, what was clicked.

Only of customers who allow recommendations in this scene: the page says so to its own script, and it
is looked at again here, when it is kept.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enscene.engagement.outside import OWN_SOURCE, OutsideEvent, Sender, check_event, take_events
from enscene.kernel.errors import EnsceneError, Invalid, Unauthenticated
from enscene.operations import store as operations_store
from enscene.web.console import Console
from enscene.web.h5_token import read_h5_token
from enscene.web.pages.h5 import APP, H5, grant_of
from enscene.web.problems import status_of

CLICKS_MOST, BODY_MOST = 20, 8_000
ITEM = "recommendations"
_TARGET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")


class Click(msgspec.Struct, forbid_unknown_fields=True):
    """One click: on which of the page's buttons, and of which offer."""

    target: Annotated[str, Meta(max_length=64)]
    offer: Annotated[str, Meta(max_length=36)] | None = None


class Seen(msgspec.Struct, forbid_unknown_fields=True):
    """What the script sends when the page is left or hidden."""

    token: Annotated[str, Meta(max_length=600)]
    id: Annotated[str, Meta(pattern=r"^[0-9a-f-]{36}$")]
    dwell_ms: Annotated[int, Meta(ge=0, le=86_400_000)]
    clicks: Annotated[list[Click], Meta(max_length=CLICKS_MOST)]


def routes(console: Console) -> list[Route]:
    """The routes of this page."""
    pages = H5(console)

    async def seen(request: Request) -> Response:
        """Keep it. A beacon carries no header: its token stands in the body."""
        try:
            told = await _read(request)
            session = await read_h5_token(console.pool, told.token)
            tenant, scene, page = await pages.find(request)
            if (session.tenant, session.scene) != (tenant.id, scene.ref):
                raise Unauthenticated("the token is for another page", code="h5.expired")
            member = await scene.roster.find(session.party)
            if member is None or page.who not in member.roles:
                raise Unauthenticated("this page is for others", code="h5.expired")
            console.host.service.admit_write(session.tenant)
            async with operations_store.reading(console.pool, tenant.id) as connection:
                now = (await operations_store.read_clock(connection, tenant.id))["now"]
            events = _events(told, session.party, scene.ref, page.name, now)
            grant = await grant_of(console.pool, session, ITEM)
            grants = {} if grant is None else {(session.party, scene.ref): grant}
            sender = Sender(APP, APP, grants)
            await take_events(console.pool, tenant.id, events, sender, places=[""] * len(events))
        except EnsceneError as error:
            return Response(status_code=status_of(error))
        return Response(status_code=204)

    return [Route("/h5/{tenant}/{scene}/{page}/seen", seen, methods=["POST"])]


async def _read(request: Request) -> Seen:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MOST:
            raise Invalid("a page tells less than that", code="http.too_large")
    try:
        return msgspec.json.decode(body, type=Seen)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Invalid("this is not what a page tells", code="invalid.type") from None


def _events(told: Seen, party: str, scene: str, page: str, now: datetime) -> list[OutsideEvent]:
    """One view, and the clicks on it. Raises: Refused."""
    common = {
        "specversion": "1.0", "source": f"{OWN_SOURCE}{APP}", "time": now.astimezone(UTC).isoformat(),
        "subject": party, "scene": scene,
    }  # fmt: skip
    viewed: dict[str, Any] = {"page": page, "dwell_ms": told.dwell_ms}
    values = [{**common, "type": "page.viewed", "id": told.id, "data": viewed}]
    for number, click in enumerate(told.clicks):
        if not _TARGET.fullmatch(click.target):
            raise Invalid("this is not what a page tells", code="invalid.type")
        data = {"page": page, "target": click.target}
        if click.offer is not None:
            data["offer"] = click.offer
        values.append({**common, "type": "page.clicked", "id": f"{told.id}.{number}", "data": data})
    return [check_event(value, own=True) for value in values]
