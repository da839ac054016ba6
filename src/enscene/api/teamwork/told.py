"""Parties, tasks and teams as JSON."""

from __future__ import annotations

from typing import Any

from enscene.kernel.clock import format_time
from enscene.operations.indicators.catalogue import Words
from enscene.operations.teamwork import Division, Side, Standard, Task, Team

Told = dict[str, Any]


def words_told(words: Words) -> Told:
    return {"zh": words.zh, "en": words.en}


def standard_told(standard: Standard) -> Told:
    """The model as it can be chosen."""
    return {
        "departments": {
            name: {"zh": each.zh, "en": each.en, "side": each.side}
            for name, each in standard.departments.items()
        },
        "parties": {name: words_told(each) for name, each in standard.parties.items()},
        "modes": {
            mode: {
                party: {cell: words_told(each) for cell, each in cells.items()}
                for party, cells in parties.items()
            }
            for mode, parties in standard.modes.items()
        },
        "tasks": [
            {"department": each.department, "days": each.days, "what": words_told(each.what)}
            for each in standard.tasks
        ],
    }


def division_told(division: Division) -> Told:
    """Who answers for what in a scene."""
    return {
        "scene": division.scene, "mode": division.mode, "chosen_by": division.chosen_by,
        "chosen_at": format_time(division.chosen_at) if division.chosen_at else None,
        "asked": division.is_asked, "empty": list(division.empty),
        "parties": [_side_told(each) for each in division.sides],
        "tasks": [task_told(each) for each in division.tasks],
        "handed": [
            {"from": each.giver, "to": each.taker, "link": each.link, "times": each.times,
             "waited_s": each.waited_s, "waiting": each.waiting}
            for each in division.handed
        ],
    }  # fmt: skip


def _side_told(side: Side) -> Told:
    return {
        "party": side.party, "own": list(side.own),
        **{cell: words_told(words) for cell, words in side.cells.items()},
    }  # fmt: skip


def task_told(task: Task) -> Told:
    return {
        "id": str(task.id), "what": task.what, "department": task.department, "owner": task.owner,
        "due_on": task.due_on.isoformat(), "state": task.state, "result": task.result,
        "handed_at": format_time(task.handed_at), "waits": task.waits, "hands": task.hands,
        "overdue": task.overdue,
    }  # fmt: skip


def team_card(team: Team) -> Told:
    """A team in a list. Every member has its `score`."""
    return {
        "ref": team.ref, "kind": team.kind, "name": team.name, "goal": team.goal, "unit": team.unit,
        "scene": team.scene, "indicator": team.indicator, "month": f"{team.month:%Y-%m}",
        "least": team.told(team.least), "score": team.score,
        "value": None if team.value is None else team.told(team.value),
        "members": [
            {"name": each.name, "unit": each.unit, "role": each.role, "score": team.score}
            for each in team.members
        ],
        "opened_by": team.opened_by, "opened_at": format_time(team.opened_at),
        "closed_by": team.closed_by, "outcome": team.outcome,
        "closed_at": format_time(team.closed_at) if team.closed_at else None,
    }  # fmt: skip


def team_told(team: Team) -> Told:
    """A team with its work."""
    return {
        **team_card(team), "tasks": [task_told(each) for each in team.tasks],
        "notes": [
            {"kind": each.kind, "says": each.says, "link": each.link, "by": each.by,
             "at": format_time(each.at)}
            for each in team.notes
        ],
    }  # fmt: skip
