"""The ways to a customer.

A sandbox has the other ends of push, message, app and public account by itself: what is sent stands
on the customer's phone of the sandbox, and each way can be made to fail as ways do. Calls and staff
are tasks for the bank's own people, with a script. A webhook is the log: whoever has an endpoint on
the scene is posted `offer.made`, in a line of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from enscene.commit import Report, Script, append_events
from enscene.customers.store import lock
from enscene.engagement.applications import right_managers
from enscene.engagement.delivery import store
from enscene.engagement.delivery.store import Delivery
from enscene.kernel.errors import Invalid
from enscene.work import Need, make_task

Fault: TypeAlias = Literal["down", "refuses", "loses_first"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
"""Nothing gets through; this customer cannot be reached; the first try of each is lost."""
TO_PHONES = frozenset({"push", "sms", "app", "account"})
TO_STAFF = frozenset({"call", "staff"})
PAGE = "h5"
"""The scene's page and the bank's show what is open: nothing is sent."""
OFFER_MADE = "offer.made"
NEED = Need(insists=True)


class Unreachable(Exception):
    """It did not get through; `again` says whether it may later."""

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.why = why
        self.again = again


async def send(
    connection: store.Connection, tenant: int, delivery: Delivery, facts: Mapping[str, Any],
    now: datetime, *, sandbox: bool,
) -> None:  # fmt: skip
    """Within the caller's transaction: what is sent is noted with it. Raises: Unreachable."""
    channel, rights = delivery.channel, facts["rights"]
    if channel in TO_STAFF:
        await _ask_staff(connection, tenant, delivery, rights.get("product"), now)
    elif channel == "webhook":
        await _log_offer(connection, tenant, delivery, facts)
    elif channel in TO_PHONES:
        if not sandbox:
            raise Unreachable("no_provider", again=False)
        await _check_fault(connection, tenant, delivery)
        await store.insert_message(
            connection, tenant, delivery.id, delivery.customer, f"offer_{channel}",
            (_said(rights, "zh", "："), _said(rights, "en", ": ")), now,
        )  # fmt: skip
    elif channel != PAGE:
        raise Unreachable("no_such_channel", again=False)


def _said(rights: Mapping[str, Any], language: str, between: str) -> str:
    parts = [(rights.get(name) or {}).get(language, "") for name in ("title", "reason")]
    return between.join(part for part in parts if part)


async def set_fault(
    connection: store.Connection, tenant: int, channel: str, fault: Fault | None
) -> None:
    """Make a way of a sandbox fail, or whole again. Raises: Invalid."""
    if channel not in TO_PHONES:
        raise Invalid(
            f"one of {', '.join(sorted(TO_PHONES))}", code="delivery.channel", param="channel"
        )
    if fault is not None and fault not in FAULTS:
        raise Invalid(f"one of {', '.join(FAULTS)}", code="delivery.fault", param="fault")
    await store.set_fault(connection, tenant, channel, fault)


async def _check_fault(connection: store.Connection, tenant: int, delivery: Delivery) -> None:
    fault = await store.read_fault(connection, tenant, delivery.channel)
    if fault == "down" or (fault == "loses_first" and delivery.tries == 0):
        raise Unreachable("down", again=True)
    if fault == "refuses":
        raise Unreachable("unreachable", again=False)


async def _ask_staff(
    connection: store.Connection,
    tenant: int,
    delivery: Delivery,
    product: str | None,
    now: datetime,
) -> None:
    """The right person: who advises on the product, serves the customer already, has most room."""
    managers = await right_managers(connection, tenant, delivery.customer, product)
    kind = "call_back" if delivery.channel == "call" else "follow_up"
    await make_task(
        connection, tenant, kind, scene=delivery.scene, customer=delivery.customer,
        reason=f"offer:{delivery.id}", need=NEED, managers=managers, at=now,
    )  # fmt: skip


async def _log_offer(
    connection: store.Connection, tenant: int, delivery: Delivery, facts: Mapping[str, Any]
) -> None:
    rights = facts["rights"]
    told = {
        "offer": {"id": str(delivery.id), "product": rights.get("product"),
                  "title": rights.get("title"), "reason": rights.get("reason")},
        "parties": {"customer": facts["ref"]},
    }  # fmt: skip
    stamp = await lock(connection, tenant)
    report = Report(
        delivery.scene, OFFER_MADE, f"offer:{delivery.id}", "bank:bank",
        msgspec.json.encode(told).decode(), "",
    )  # fmt: skip
    script = Script()
    append_events(script, stamp, [(0, tenant, report)])
    await script.run(connection)
