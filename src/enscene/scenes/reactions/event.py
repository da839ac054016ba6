"""An event of the log, and what expressions of triggers and moments see of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from enscene.kernel.clock import local_day
from enscene.kernel.money import parse_money
from enscene.scenes.runtime import RunningScene
from enscene.scenes.runtime._record import recall


@dataclass(frozen=True, slots=True)
class Event:
    """One committed unit. `facts` are as the unit reported them."""

    shard: int
    seq: int
    tenant: int
    at: datetime
    scene: int
    action: str
    subject: str
    actor: str
    facts: dict[str, Any]


def event_roots(scene: RunningScene, event: Event) -> dict[str, Any]:
    """Roots of expressions over the event: input, options, parties, now, today, actor, answer
    and the thing as the action left it. Accounts and counters are not among them."""
    plan = scene.action(event.action)
    pack = scene.pack
    role, _, party = event.actor.partition(":")
    facts = event.facts
    answer = {
        name: parse_money(value, pack.currency) if kind == "money" else value
        for name, _, kind in plan.answers
        if (value := facts.get("answer", {}).get(name)) is not None
    }
    roots: dict[str, Any] = {
        "input": recall(facts.get("input", {}), plan.model.input, pack.currency),
        "options": SimpleNamespace(**{name: o.value for name, o in pack.options.items()}),
        "parties": SimpleNamespace(**facts.get("parties", {})),
        "now": event.at,
        "today": local_day(event.at, scene.zone),
        "actor": SimpleNamespace(role=role, party=party),
        "answer": SimpleNamespace(**answer),
    }
    thing = facts.get("thing")
    if thing is not None:
        fields = pack.things[thing["type"]].fields
        roots[thing["type"]] = recall(thing["fields"], fields, pack.currency, state=thing["state"])
    return roots
