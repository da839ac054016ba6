"""What the days came to, read back: events through the API, money from the ledger's rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from statistics import median
from typing import Any

import asyncpg

from enscene.cli._store import Moved, contracts_by_product, decisions_by_product, moved_by_flow
from enscene.commit import admit
from enscene.kernel.clock import parse_time
from enscene.scenes.runtime import RunningScene
from enscene.simulator import App

PAGE = 200
Event = Mapping[str, Any]


async def read_events(bank: App, scene: str, cursor: str | None) -> list[Event]:
    """The events of a scene after a cursor."""
    events: list[Event] = []
    while True:
        after = f"&after={cursor}" if cursor else ""
        page = await bank.get(f"/v1/{scene}/events?limit={PAGE}{after}")
        events += page["data"]
        cursor = page["next"]
        if not page["has_more"]:
            return events


async def figures_of(
    pool: asyncpg.Pool[Any], bank: App, scene: RunningScene, cursor: str | None
) -> dict[str, Any]:
    """The figures of a scene since a cursor of its events."""
    events = await read_events(bank, scene.ref, cursor)
    first = events[0]["seq"] if events else 0
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [scene.tenant])
        where = (scene.tenant, scene.id, first)
        money = await moved_by_flow(connection, *where)
        offers = await decisions_by_product(connection, *where)
        opened = await contracts_by_product(connection, *where)
    figures: dict[str, Any] = {"events": len(events)}
    figures |= canteen(events, money) if scene.pack.id == "smart_canteen" else {}
    figures |= travel(events, money) if scene.pack.id == "travel" else {}
    names = {product.shelf: name for name, product in scene.pack.products.items()}
    figures["offers"] = {
        "shown": sum(shown for shown, _ in offers.values()),
        "taken": sum(taken for _, taken in offers.values()),
        "by_product": {name: shown for name, (shown, _) in offers.items()},
        "opened": {names.get(shelf, shelf): count for shelf, count in opened.items()},
    }
    return figures


def canteen(events: list[Event], money: list[Moved]) -> dict[str, Any]:
    """A canteen's days; amounts in minor units."""
    counts = Counter(event["action"] for event in events)
    paid = [e for e in events if e["action"].startswith("pay_") and "thing" in e]
    served = {e["parties"]["diner"] for e in events if e in paid or e["action"] == "collect_order"}
    meal_flows = ("pay_for_meal", "pay_with_rmb", "pay_for_outside_meal")
    purses = ("wallet", "subsidy", "rmb_wallet", "meal_fund")
    return {
        "people_served": len(served),
        "payments": len(paid) + counts["collect_order"],
        "orders": counts["place_order"],
        "turnover_minor": _sum(money, meal_flows, out_of=purses),
        "paid_by_diners_minor": _sum(money, meal_flows, out_of=("wallet", "rmb_wallet")),
        "subsidy_minor": _sum(money, meal_flows, out_of=("subsidy",)),
        "company_meals": counts["pay_outside_meal"],
        "company_meals_minor": _sum(money, meal_flows, out_of=("meal_fund",)),
        "fees_minor": _sum(money, meal_flows, into=("fees",))
        - _sum(money, meal_flows, out_of=("fees",)),
        "refunds": sum(counts[f"refund_{what}"] for what in ("meal", "order", "outside_meal")),
        "refunded_minor": _sum(money, meal_flows, into=purses),
        "settled_minor": _sum(money, ("pay_out", "pay_out_rmb", "pay_out_restaurant")),
        "topped_up_minor": _sum(money, ("top_up", "top_up_rmb")),
        "ratings": counts["rate_meal"],
        "by_method": dict(
            sorted(Counter(e["thing"]["fields"].get("method", "company") for e in paid).items())
        ),
    }


def travel(events: list[Event], money: list[Moved]) -> dict[str, Any]:
    """A travel site's days; amounts in minor units, times in seconds of the city's clock."""
    counts = Counter(event["action"] for event in events)
    served = {
        event["parties"]["traveller"] for event in events if "traveller" in event.get("parties", {})
    }
    claims = [event for event in events if event["action"] in ("pay_claim", "approve_claim")]
    waits = _waits(events)
    return {
        "people_served": len(served),
        "bookings": counts["book_package"],
        "booked_minor": _sum(money, ("pay_for_package",), out_of=("card",)),
        "cancelled": counts["cancel_booking"],
        "refunded_minor": _sum(money, ("pay_for_package", "pay_shop"), into=("card", "promotion")),
        "fees_minor": _sum(money, ("pay_for_package",), into=("fees",)),
        "covers": counts["buy_cover"],
        "premiums_minor": _sum(money, ("pay_premium",)),
        "claims": len(claims),
        "claims_minor": _sum(money, ("pay_cover",)),
        "claim_wait_s": round(median(waits), 2) if waits else None,
        "cases": counts["review_claim"],
        "purchases": counts["pay_shop"],
        "discounts_minor": _sum(money, ("pay_shop",), out_of=("promotion",)),
        "settled_minor": _sum(money, ("pay_out", "pay_out_shop")),
    }


def _waits(events: list[Event]) -> list[float]:
    """Seconds from the report of a flight to the money of its covers."""
    told: dict[str, datetime] = {}
    waits = []
    for event in events:
        at = parse_time(event["at"])
        fields = event.get("thing", {}).get("fields", {})
        if event["action"] in ("report_landed", "report_cancelled", "report_arrival"):
            told[fields["flight"]] = at
        elif event["action"] == "pay_claim" and fields["flight"] in told:
            waits.append((at - told[fields["flight"]]).total_seconds())
    return waits


def _sum(
    money: Iterable[Moved], flows: tuple[str, ...], *, out_of: tuple[str, ...] = (),
    into: tuple[str, ...] = (),
) -> int:  # fmt: skip
    return sum(
        moved.minor
        for moved in money
        if moved.flow in flows
        and (not out_of or moved.debited in out_of)
        and (not into or moved.credited in into)
    )
