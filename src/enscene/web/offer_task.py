"""A task that comes of an offer: what to say, to whom, and what may be used to say it well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from enscene.engagement import store
from enscene.engagement.answer_offer import Answer
from enscene.engagement.campaigns import CampaignBody
from enscene.engagement.moments import CONSENT
from enscene.engagement.open_offers import read_bodies
from enscene.kernel.money import parse_money
from enscene.shelf import standard_shelf
from enscene.web.console import Visit
from enscene.web.render import money
from enscene.web.said_view import text_of
from enscene.web.spectrum_view import view_spectrum
from enscene.work import Task

OF_OFFER = "offer:"
ANSWERS: Mapping[str, Answer] = {
    "taken": "taken", "refused": "refused", "opted_out": "opted_out",
}  # fmt: skip
LIKES = 4


@dataclass(frozen=True, slots=True)
class Script:
    """`customer` is the reference; `open` that it may still be said; `worth` is empty for nothing."""

    offer: UUID
    customer: str
    title: str
    reason: str
    product: str
    worth: str
    do_not_call: bool
    open: bool


@dataclass(frozen=True, slots=True)
class KnownFor:
    """What the customer likes most, (what, how much of 100), and what they hold."""

    likes: list[tuple[str, int]]
    holds: list[str]


async def read_script(
    connection: Any, visit: Visit, task: Task, bodies: Mapping[str, CampaignBody] | None = None
) -> Script | None:
    """None for a task that comes of no offer, or of one that is not there any more. `bodies` are the
    campaigns, read here where they are not given."""
    if not task.reason.startswith(OF_OFFER):
        return None
    try:
        offer = UUID(task.reason.removeprefix(OF_OFFER))
    except ValueError:
        return None
    row = await store.read_said(connection, visit.tenant, offer, CONSENT)
    if row is None:
        return None
    rights, t = row["rights"], visit.t
    if bodies is None:
        bodies = await read_bodies(connection, visit.tenant)
    product = standard_shelf().products.get(row["product"] or "")
    return Script(
        offer, row["customer"], text_of(rights.get("title"), t), text_of(rights.get("reason"), t),
        "" if product is None else product.texts[t.language].name,
        _worth(str(rights.get("offer") or ""), bodies),
        bool((row["profile"] or {}).get("do_not_call")),
        row["state"] in ("offered", "seen") and not row["refused"],
    )  # fmt: skip


def _worth(key: str, bodies: Mapping[str, CampaignBody]) -> str:
    campaign, _, name = key.partition("/")
    body = bodies.get(campaign)
    offer = None if body is None else body.offers.get(name)
    if body is None or offer is None:
        return ""
    minor = parse_money(offer.cost, body.currency)
    return money(minor, body.currency) if minor else ""


async def know_customer(
    connection: Any, visit: Visit, task: Task, clock: Mapping[str, Any]
) -> KnownFor:
    """Of preferences no more than the customer's own page says, and nothing that was withdrawn."""
    spectrum = await view_spectrum(
        visit.console, connection, visit.tenant, task.customer, clock["now"], visit.t
    )
    liked = sorted(spectrum.general, key=lambda topic: -topic.preference)[:LIKES]
    held = await visit.console.host.contracts.of_customer(visit.tenant, task.customer)
    shelf = standard_shelf().products
    names = [
        shelf[each.product].texts[visit.language].name
        for each in held
        if each.state == "open" and each.product in shelf
    ]
    return KnownFor(
        [(topic.title, topic.preference) for topic in liked], list(dict.fromkeys(names))
    )
