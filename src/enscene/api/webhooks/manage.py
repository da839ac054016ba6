"""What an application does to its endpoints; each within the transaction of its request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import UNSET

from enscene.api.store import Connection
from enscene.api.webhooks import queue_store, store
from enscene.api.webhooks.body import test_event
from enscene.api.webhooks.endpoint import ENDPOINTS_MOST, TEST, Endpoint
from enscene.api.webhooks.keys import Keys
from enscene.api.webhooks.orders import EndpointChange, NewEndpoint
from enscene.api.webhooks.queue_store import Delivery
from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.kernel.ids import new_uuid
from enscene.tenants.apps import App

REPLAY_MOST = timedelta(days=30)
_CLOSED: dict[str, Any] = {
    "failures": 0, "failing_since": None, "opened": 0, "open_until": None,
}  # fmt: skip


async def create(connection: Connection, keys: Keys, app: App, order: NewEndpoint) -> UUID:
    """A new endpoint with keys; it is told of what happens from now on. Raises: Refused."""
    if await store.count_endpoints(connection, app.tenant, app.id) >= ENDPOINTS_MOST:
        raise Refused(
            f"an application has at most {ENDPOINTS_MOST} webhooks",
            code="webhook.too_many",
            facts={"most": ENDPOINTS_MOST},
        )
    made = new_uuid()
    signatures = list(dict.fromkeys(order.signatures))
    await store.insert_endpoint(
        connection, app.tenant, made, app.id, order.url, _unique(order.events),
        _unique(order.scenes), order.version, signatures, order.description,
        await store.last_time(connection, app.tenant),
    )  # fmt: skip
    await keys.make(connection, app.tenant, made, signatures)
    return made


async def change(connection: Connection, endpoint: Endpoint, order: EndpointChange) -> None:
    """Replace what is named. With another address it begins anew."""
    values: dict[str, Any] = {}
    for name in ("url", "events", "scenes", "version", "description"):
        given = getattr(order, name)
        if given is not UNSET:
            values[name] = _unique(given) if isinstance(given, list) else given
    if "url" in values and values["url"] != endpoint.url:
        values |= _CLOSED
    if values:
        await store.update_endpoint(connection, endpoint.tenant, endpoint.id, **values)


async def rotate(connection: Connection, keys: Keys, endpoint: Endpoint) -> None:
    """New keys; those before sign beside them for a day."""
    await store.end_keys(connection, endpoint.tenant, endpoint.id)
    await keys.make(connection, endpoint.tenant, endpoint.id, endpoint.signatures)


async def set_state(connection: Connection, endpoint: Endpoint, verb: str) -> None:
    """Pause: what happens meanwhile waits. Resume, also what was disabled: what waits is sent.

    Raises: Conflict("webhook.disabled") for pausing what is disabled.
    """
    where = (endpoint.tenant, endpoint.id)
    if verb == "pause":
        if endpoint.state == "disabled":
            raise Conflict("it is disabled: resume it first", code="webhook.disabled")
        await store.update_endpoint(connection, *where, state="paused")
        return
    await store.update_endpoint(connection, *where, state="active", reason=None, **_CLOSED)
    if endpoint.state != "active":
        await queue_store.hurry(connection, *where)


async def test(connection: Connection, endpoint: Endpoint) -> Any:
    """Queue an event that stands in no log; the delivery.

    Raises: Conflict("webhook.not_active").
    """
    if endpoint.state != "active":
        raise Conflict("it is paused or disabled: resume it first", code="webhook.not_active")
    seq = await store.last_seq(connection, endpoint.tenant)
    message = f"test_{seq}_{new_uuid().hex}"
    body = test_event(message, datetime.now(UTC))
    where = (endpoint.tenant, endpoint.id, seq, message)
    await queue_store.put(connection, [Delivery(*where, 0, TEST, body, None, None)])
    return await queue_store.read_delivery(connection, *where)


async def replay(connection: Connection, endpoint: Endpoint, since: datetime) -> None:
    """Tell again all that happened since a time of the tenant's clock, and may be told now.

    Raises: Invalid("webhook.replay_since"), Conflict("webhook.disabled").
    """
    if endpoint.state == "disabled":
        raise Conflict("it is disabled: resume it first", code="webhook.disabled")
    now = await store.tenant_time(connection, endpoint.tenant)
    if not now - REPLAY_MOST <= since <= now:
        raise Invalid(
            f"a time within the last {REPLAY_MOST.days} days",
            code="webhook.replay_since",
            param="since",
        )
    await store.update_endpoint(
        connection,
        endpoint.tenant,
        endpoint.id,
        replay_after=await store.seq_before(connection, endpoint.tenant, since),
        replay_to=await store.last_seq(connection, endpoint.tenant),
    )


def _unique(values: list[str]) -> list[str]:
    return list(dict.fromkeys(values))
