"""What campaigns decided about a customer, in words: what was said and why, how it got there, and
why each other thing was not said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enscene.engagement.campaigns.campaign import CampaignBody
from enscene.engagement.offers import Offered, list_offers
from enscene.engagement.open_offers import read_bodies
from enscene.kernel.errors import NotFound
from enscene.operations import store as operations_store
from enscene.shelf import standard_shelf
from enscene.web.console import Visit
from enscene.web.language import Texts
from enscene.web.render import called

SHOWN, READ = 12, 200


@dataclass(frozen=True, slots=True)
class SaidView:
    """One decision. `title` is "" where nothing was said; `chance` is in percent, "" where nothing
    was drawn; `others` are (what, why not), `data` the fields that were looked at."""

    id: str
    at: datetime
    title: str
    reason: str
    product: str
    scene: str
    state: str
    channel: str
    chance: str
    way: str
    way_state: str
    others: list[tuple[str, str]]
    data: list[str]


async def view_said(visit: Visit, ref: str) -> list[SaidView]:
    """Of one customer, the newest first."""
    console, tenant = visit.console, visit.tenant
    found = await list_offers(console.pool, tenant, ref, READ)
    found = [each for each in found if "/" in each.moment][:SHOWN]
    if not found:
        return []
    async with operations_store.reading(console.pool, tenant) as connection:
        bodies = await read_bodies(connection, tenant)
    scenes = {scene: await _scene(visit, scene) for scene in dict.fromkeys(o.scene for o in found)}
    return [_said(each, bodies, scenes[each.scene], visit.t) for each in found]


async def _scene(visit: Visit, ref: str) -> str:
    if not ref:
        return visit.t("said.by_bank")
    try:
        scene = await visit.console.host.catalogue.read(visit.tenant, ref)
    except NotFound:
        return ref
    return called(scene.name, visit.language)


def _said(offered: Offered, bodies: Mapping[str, CampaignBody], scene: str, t: Texts) -> SaidView:
    rights, way = offered.rights, offered.delivery
    product = standard_shelf().products.get(offered.product or "")
    was = offered.state != "none"
    return SaidView(
        id=str(offered.id), at=offered.at,
        title=text_of(rights.get("title"), t) if was else "",
        reason=text_of(offered.reason, t) if was else "",
        product="" if product is None else product.texts[t.language].name,
        scene=scene, state=offered.state,
        channel=channel_of(t, rights.get("channel")),
        chance=f"{float(rights.get('propensity') or 0):.1%}" if was else "",
        way="" if way is None else _way(way, t),
        way_state="" if way is None else way["state"],
        others=[
            (name_of(key, bodies, t), t.known(f"said.why_not.{why}") or why)
            for key, why in sorted(rights.get("suppressed", {}).items())
        ],
        data=[data_of(name, t) for name in rights.get("data", [])],
    )  # fmt: skip


def text_of(value: Any, t: Texts) -> str:
    """A text in both languages, in the reader's."""
    return str(value.get(t.language, "")) if isinstance(value, Mapping) else ""


def channel_of(t: Texts, channel: str | None) -> str:
    """What a way to customers is called."""
    return t.known(f"said.channels.{channel}") or channel or ""


def _way(way: Mapping[str, Any], t: Texts) -> str:
    """Through what it went, how far it got, and why no further."""
    parts = [channel_of(t, way["channel"]), t.known(f"said.ways.{way['state']}") or way["state"]]
    if way["why"]:
        parts.append(t.known(f"said.stops.{way['why']}") or way["why"])
    return " · ".join(parts)


def name_of(key: str, bodies: Mapping[str, CampaignBody], t: Texts) -> str:
    """What an offer (`campaign/name`) is called; its key where the campaign is not there."""
    ref, _, name = key.partition("/")
    body = bodies.get(ref)
    offer = None if body is None else body.offers.get(name)
    if offer is None:
        return key
    return offer.title.en if t.language == "en" else offer.title.zh


def data_of(name: str, t: Texts) -> str:
    """What a field that was looked at is called."""
    if name.startswith("model.spectrum."):
        topic = name.removeprefix("model.spectrum.")
        return t("said.data_spectrum", topic=t.known(f"spectrum.general.{topic}") or topic)
    return t.known(f"said.data.{name}") or name
