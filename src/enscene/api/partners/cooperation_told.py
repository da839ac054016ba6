"""Clauses, returns and incidents as JSON, for the partner's eyes: sides, not the bank's people."""

from __future__ import annotations

from datetime import date
from typing import Any

from enscene.kernel.clock import format_time
from enscene.kernel.ids import public_id
from enscene.partners.clauses import Clause, Period, Standing, Taken
from enscene.partners.clauses.clause import PREFIX
from enscene.partners.incidents import Incident

Told = dict[str, Any]


def standing_told(standing: Standing) -> Told:
    """A clause, its state, and its last periods with their figures."""
    clause = standing.clause
    return {
        "id": clause.number,
        "kind": clause.kind,
        "title": clause.title,
        "purpose": clause.purpose,
        "fields": list(clause.fields),
        "every_days": clause.every_days,
        "first_due": clause.first_due.isoformat(),
        "expected": clause.expected,
        "complete": clause.complete,
        "side": clause.side,
        "state": standing.state,
        "missed": standing.missed,
        "ended_on": None if clause.ended_on is None else clause.ended_on.isoformat(),
        "periods": [period_told(clause, each, standing.today) for each in standing.periods],
    }


def period_told(clause: Clause, period: Period, today: date) -> Told:
    """What came for a due day: expected, arrived, and of each field the percent that is there."""
    return {
        "period": period.due.isoformat(),
        "state": period.state(today),
        "expected": clause.expected,
        "arrived": period.arrived,
        "complete": {name: period.percent(name) for name in clause.fields},
        "met_at": None if period.met_at is None else format_time(period.met_at),
        "evidence": period.evidence,
    }


def taken_told(taken: Taken) -> Told:
    """What came of a return, and how its period stands now."""
    told = period_told(taken.clause, taken.period, taken.today)
    return {
        "clause": taken.clause.number, **told, "fresh": taken.fresh,
        "filled_in": taken.filled_in, "same": taken.same,
    }  # fmt: skip


def incident_told(incident: Incident) -> Told:
    """An incident: with whom it is, since when, and for how many seconds each side had it."""
    held = incident.held()
    return {
        "id": incident.number,
        "title": incident.title,
        "severity": incident.severity,
        "clause": None if incident.clause is None else public_id(PREFIX, incident.clause),
        "responsible": incident.responsible,
        "since": format_time(incident.since),
        "over": incident.over(),
        "held_s": {side: int(spent.total_seconds()) for side, spent in held.items()},
        "opened_at": format_time(incident.opened_at),
        "closed_at": None if incident.closed_at is None else format_time(incident.closed_at),
        "cause": incident.cause,
        "steps": [
            {"at": format_time(each.at), "act": each.act, "side": each.side,
             "responsible": each.responsible, "text": each.text}
            for each in incident.steps
        ],
    }  # fmt: skip
