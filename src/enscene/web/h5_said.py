"""What campaigns say on a scene's page: beside the pack's own offers, with what may be answered."""

from __future__ import annotations

from typing import Any, Literal

from enscene.engagement import subjects_of
from enscene.engagement.open_offers import OpenOffer, find_open_offers
from enscene.scenes.language import Pack
from enscene.web.h5_looker import Looker
from enscene.web.h5_offers import Asked, applying, facts_of, has_it, offer_card, shelf_applies
from enscene.web.render import money

Way = Literal["apply", "tap", "mark"]
ANSWERS = ("taken", "refused", "opted_out")


async def show_said(looker: Looker) -> list[dict[str, Any]]:
    """Cards of what campaigns said to this person in this scene and is open, the newest first."""
    found = await find_open_offers(
        looker.connection, looker.scene.tenant, [looker.member.id], looker.clock["now"],
        looker.scene.id,
    )  # fmt: skip
    owned = await looker.read("contracts", looker.member.id) if found else []
    cards: list[dict[str, Any]] = []
    told: set[str] = set()
    for offer in found:
        if offer.key in told:
            continue
        told.add(offer.key)
        card = await _card(looker, offer, owned)
        if card is not None:
            cards.append(card)
    return cards


async def _card(looker: Looker, offer: OpenOffer, owned: list[Any]) -> dict[str, Any] | None:
    shelf = offer.product or ""
    title, reason = (each.get(looker.language, "") for each in (offer.title, offer.reason))
    card: dict[str, Any] | None = {
        "id": str(offer.id), "shelf": shelf, "reason": reason, "form": None, "apply": None,
    }  # fmt: skip
    name = mounted_as(looker.pack, offer.product)
    if name is not None:
        facts = await facts_of(looker, offer.seq)
        about = {"", *subjects_of(facts)}
        if has_it(owned, shelf, about, offer.at):
            return None
        card = await offer_card(looker, Asked(str(offer.id), name, shelf, reason), facts)
        if card is None:
            return None
    assert card is not None
    return card | {
        "product": title or card.get("product", shelf),
        "said": offer.customer,
        "state": offer.state,
        "worth": worth_of(offer),
        "marks": card["form"] is None and card["apply"] is None,
    }


def mounted_as(pack: Pack, shelf: str | None) -> str | None:
    """What the pack calls a product of the shelf; None where it has it not."""
    return next((p.name for p in pack.products.values() if p.shelf == shelf), None)


def way_of(pack: Pack, shelf: str | None, role: str) -> Way:
    """How somebody takes it here: by an application, with one tap of the scene's own, or by a mark
    that they want it."""
    name = mounted_as(pack, shelf)
    if name is None or shelf is None:
        return "mark"
    by_action = applying(pack, name, role) is not None
    if shelf_applies(shelf, by_action=by_action):
        return "apply"
    return "tap" if by_action else "mark"


def worth_of(offer: OpenOffer) -> str:
    """What the bank adds when it is taken, as people read it; empty for nothing."""
    return money(offer.worth, offer.currency) if offer.worth else ""
