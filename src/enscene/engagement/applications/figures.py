"""What is counted of applications: how far they came, where they were begun and ended."""

from __future__ import annotations

from typing import Any

from enscene.engagement.applications import _figures_store, store
from enscene.engagement.applications.application import BANK_CHANNELS


async def read_figures(
    connection: store.Connection, tenant: int, scene: int | None = None
) -> dict[str, Any]:
    """Of one scene or of all: numbers by state, how many reached each step and ended there, by
    channels, seconds to the first answer, fields asked twice, microseconds of a decision."""
    states = {
        row[0]: row[1] for row in await _figures_store.count_states(connection, tenant, scene)
    }
    reached, dropped = {}, {}
    for step, all_of, last_of in await _figures_store.count_steps(connection, tenant, scene):
        reached[step], dropped[step] = all_of, last_of
    channels = [
        {"began_in": row[0], "ended_in": row[1], "count": row[2]}
        for row in await _figures_store.count_channels(connection, tenant, scene)
    ]
    done = sum(row["count"] for row in channels)
    in_bank = sum(row["count"] for row in channels
                  if row["ended_in"] in BANK_CHANNELS and row["began_in"] not in BANK_CHANNELS)  # fmt: skip
    row = await _figures_store.read_measures(connection, tenant, scene)
    return {
        "applications": sum(states.values()),
        "states": states,
        "steps": reached,
        "dropped": dropped,
        "channels": channels,
        "finished_in_bank": round(in_bank / done, 4) if done else None,
        "before_service": row["before_service"],
        "asked_twice": row["asked_twice"],
        "first_answer_s": row["first_answer_s"],
        "decision_p50_us": row["decision_p50_us"],
        "decision_p99_us": row["decision_p99_us"],
    }
