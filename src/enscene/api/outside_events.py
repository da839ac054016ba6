"""Events from outside, over HTTP: CloudEvents 1.0 in JSON, one or a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from enscene.api import store
from enscene.api.auth import Access, Caller
from enscene.api.http import Request, Response, not_found, wrong_method
from enscene.api.lists import answer, page
from enscene.api.strict_json import read_json
from enscene.api.tenancy.serve import check_own
from enscene.engagement.outside import (
    BATCH_MOST,
    TYPES,
    OutsideEvent,
    OutsideType,
    Sender,
    check_event,
    schema_of,
    take_events,
    wrong,
)
from enscene.engagement.outside.types import Choice, Field, OfferId, Whole
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.partners.find_partner import partner_behind
from enscene.scenes.runtime import SceneHost

WRITE = "events:write"
"""Of the bank's own programs: every type, of every customer."""
WRITE_IN_SCENE = "events.write"
"""Of a partner's application, in one scene: for whom it may act there."""
SINGLE, BATCH = b"application/cloudevents+json", b"application/cloudevents-batch+json"
_MEDIA = (SINGLE, BATCH, b"application/json")


class OutsideEventsDoor:
    """`/v1/events`."""

    def __init__(self, pool: store.Pool, host: SceneHost, access: Access) -> None:
        self._pool = pool
        self._host = host
        self._access = access

    def owns(self, path: list[str]) -> bool:
        """Whether a path is answered here."""
        return path[1:] in (["events"], ["events", "types"])

    async def serve(self, request: Request, caller: Caller) -> Response:
        """Take events, or tell which types there are."""
        request.query()
        if request.path[1:] == ["events", "types"]:
            if request.method not in ("GET", "HEAD"):
                raise wrong_method("GET")
            return page([type_told(each) for each in TYPES.values()], None, has_more=False)
        if request.path[1:] != ["events"]:
            raise not_found()
        if request.method != "POST":
            raise wrong_method("POST")
        caller.require_level("A2")
        values, places = _read(media_of(request), await request.body())
        events = [check_event(value, at) for value, at in zip(values, places, strict=True)]
        sender = await self._sender(caller, events, places)
        taken = await take_events(self._pool, caller.tenant, events, sender, places=places)
        told = [{"source": each.source, "id": each.id, "state": each.state} for each in taken]
        return answer({"taken": sum(each.state == "kept" for each in taken), "events": told})

    async def _sender(
        self, caller: Caller, events: Sequence[OutsideEvent], places: Sequence[str]
    ) -> Sender:
        """Raises: Forbidden with `param`."""
        if caller.mandate is None and WRITE in caller.scopes:
            check_own(await partner_behind(self._pool, caller.tenant, caller.app.id))
            return Sender(caller.app.name)
        grants: dict[tuple[str, str], int] = {}
        for event, at in zip(events, places, strict=True):
            prefix = f"{at}." if at else ""
            if not event.type.by_partners:
                raise Forbidden(
                    "only the bank's own programs tell what its staff did", code="event.not_yours",
                    param=f"{prefix}type",
                )  # fmt: skip
            if not event.scene:
                raise wrong("event.missing_field", f"{prefix}scene", "name the scene")
            try:
                grant = await self._may_tell(caller, event)
            except (Forbidden, NotFound) as error:
                error.param = f"{prefix}subject" if error.code != "auth.scope" else f"{prefix}scene"
                raise
            if grant is not None:
                grants[event.subject, event.scene] = grant
        return Sender(caller.app.name, f"app:{caller.app.name}", grants)

    async def _may_tell(self, caller: Caller, event: OutsideEvent) -> int | None:
        """The consent by which an application tells of somebody; None: it needs none."""
        caller.require(event.scene, WRITE_IN_SCENE)
        actor = await self._access.actor_of(
            caller, event.subject, None, event.scene, WRITE_IN_SCENE
        )
        scene = await self._host.scene(caller.tenant, event.scene)
        member = await scene.roster.find(event.subject)
        if member is None or (actor.role is not None and actor.role not in member.roles):
            raise Forbidden("that party is not in this scene", code="auth.no_grant")
        return actor.grant


def media_of(request: Request) -> bytes:
    """How it was sent. Raises: Invalid("http.media_type")."""
    kind, _, parameters = request.headers.get(b"content-type", b"").lower().partition(b";")
    charset = parameters.strip().replace(b'"', b"")
    if kind.strip() not in _MEDIA or charset not in (b"", b"charset=utf-8"):
        raise Invalid(
            "the body must be CloudEvents in JSON", code="http.media_type", param="Content-Type",
            hint=f"send Content-Type: {SINGLE.decode()}, or {BATCH.decode()} with an array",
        )  # fmt: skip
    return kind.strip()


def _read(media: bytes, body: bytes) -> tuple[list[Any], list[str]]:
    """The events, and where each stands."""
    value = read_json(body)
    if media != BATCH:
        return [value], [""]
    if not isinstance(value, list) or not 1 <= len(value) <= BATCH_MOST:
        raise wrong("event.batch", "events", f"a batch is an array of 1 to {BATCH_MOST} events")
    return value, [f"events[{n}]" for n in range(len(value))]


def type_told(type_: OutsideType) -> dict[str, Any]:
    """A type as the API tells it."""
    return {
        "type": type_.name, "version": type_.version, "dataschema": schema_of(type_),
        "kind": type_.action, "title": {"zh": type_.says[0], "en": type_.says[1]},
        "subject": type_.subject, "consent": type_.consent, "by_partners": type_.by_partners,
        "triggers_within_s": int(type_.triggers_within.total_seconds()),
        "kept_days": type_.kept.days, "data": data_schema(type_),
    }  # fmt: skip


def data_schema(type_: OutsideType) -> dict[str, Any]:
    """The JSON Schema of its data."""
    return {
        "type": "object", "additionalProperties": False,
        "required": [name for name, field in type_.fields.items() if not field.optional],
        "properties": {name: _field_schema(field) for name, field in type_.fields.items()},
    }  # fmt: skip


def _field_schema(field: Field) -> dict[str, Any]:
    kind = field.kind
    says = {"description": " · ".join(field.says)}
    if isinstance(kind, Whole):
        return {"type": "integer", "minimum": kind.least, "maximum": kind.most, **says}
    if isinstance(kind, Choice):
        return {"enum": list(kind.of), **says}
    if isinstance(kind, OfferId):
        return {"type": "string", "format": "uuid", **says}
    return {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$", **says}
