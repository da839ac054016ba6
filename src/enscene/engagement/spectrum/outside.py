"""What events from outside tell of preferences: those that name a topic of all scenes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.customers.spectrum import GENERAL, Evidence, Piece, Subject, Where, source_of
from enscene.engagement.outside import BY_ACTION
from enscene.engagement.outside.store import read_parties
from enscene.scenes.reactions import Event

LOOKED_MS = 30_000
"""Whoever stays so long on a page says as much as a click."""
GLANCE_MS = 3_000
VIEW_MOST = 2.0
NEUTRAL, BY_POINT = 5, 0.6
"""Of scores from 0 to 10: five says nothing, and each point so much."""


def strength_of(event: Event) -> float:
    """How much it speaks for its topic, or against it; 0: nothing."""
    told = event.facts["outside"]
    data: dict[str, Any] = told["data"]
    match told["type"]:
        case "page.viewed":
            dwell_ms = int(data["dwell_ms"])
            return 0.0 if dwell_ms < GLANCE_MS else min(dwell_ms / LOOKED_MS, VIEW_MOST)
        case "page.clicked":
            return 1.0
        case "feedback.given":
            return round((int(data["score"]) - NEUTRAL) * BY_POINT, 3)
    return 0.0


async def pieces_of_outside(
    pool: asyncpg.Pool[Any], events: Sequence[Event]
) -> list[tuple[Event, Piece]]:
    """Each with its event; what has no topic says nothing of preferences."""
    found = [
        (event, strength, event.facts["parties"]["customer"])
        for event in events
        if event.action in BY_ACTION
        and event.facts["outside"]["data"].get("topic") in GENERAL
        and (strength := strength_of(event))
    ]
    pieces: list[tuple[Event, Piece]] = []
    for tenant in dict.fromkeys(event.tenant for event, _, _ in found):
        async with pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [tenant])
            own = [each for each in found if each[0].tenant == tenant]
            parties = await read_parties(connection, tenant, {ref for _, _, ref in own})
        for event, strength, ref in own:
            if ref in parties:
                pieces.append((event, _piece(event, parties[ref].id, strength)))
    return pieces


def _piece(event: Event, customer: int, strength: float) -> Piece:
    told = event.facts["outside"]
    topic, scene = told["data"]["topic"], told["scene"]
    # It speaks as of when it happened: what comes late has faded by then.
    at = min(event.at, datetime.fromisoformat(told["time"]))
    return Piece(
        Subject(customer, topic, ""), Where(scene, event.facts.get("grant") or 0), GENERAL[topic],
        Evidence(at, strength, source_of(scene, event.action, event.seq)),
    )  # fmt: skip
