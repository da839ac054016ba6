"""What is answered about the register and its planning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from enscene.kernel.clock import format_time
from enscene.operations.likely_duplicates import Likeness
from enscene.operations.planning import (
    CRITERIA,
    Comparison,
    Entry,
    Listed,
    Need,
    Neighbour,
    OfLine,
    Pull,
    Reach,
    Reached,
    Row,
    Rules,
    RulesVersion,
    Score,
    Version,
    read_modes,
    screened_by,
)

Told = dict[str, Any]


def entry_told(entry: Entry, today: date, score: Score | None, rules: Rules) -> Told:
    """An entry in a list."""
    return {
        "ref": entry.ref, "state": entry.state, "version": entry.version,
        "scene": entry.scene_ref, "project": entry.project,
        "live_at": format_time(entry.live_at) if entry.live_at else None,
        "overdue": entry.is_overdue(today), "total": None if score is None else score.total(rules),
        **msgspec.to_builtins(entry.content),
    }  # fmt: skip


def listed_told(listed: Listed) -> Told:
    """An entry of one's own register, or of one below."""
    entry, content = listed.entry, listed.entry.content
    return {
        "tenant": listed.tenant.ref, "tenant_name": listed.tenant.name, "ref": entry.ref,
        "name": content.name, "state": entry.state, "serves": list(content.serves),
        "sector": content.sector, "level": content.level, "owner": content.owner,
        "unit": content.unit, "region": content.region, "pack": content.pack,
    }  # fmt: skip


def whole_told(
    entry: Entry, today: date, score: Score | None, rules: Rules, history: Sequence[Version],
    chain: Sequence[Reached], above: Sequence[Entry], comparison: Comparison | None,
    pull: Pull | None,
) -> Told:  # fmt: skip
    """An entry with all that is known of it."""
    mode = entry.content.mode
    return {
        **entry_told(entry, today, score, rules),
        "organisation": None if mode is None else msgspec.to_builtins(read_modes().modes[mode]),
        "score": None if score is None else score_told(entry, score, rules),
        "reaches": [
            {"ref": each.entry.ref, "name": each.entry.content.name,
             "serves": list(each.entry.content.serves), "through": each.through,
             "links": each.links}
            for each in chain
        ],
        "reached_from": [each.ref for each in above],
        "pull": None if pull is None else {
            "product": pull.product, "month": f"{pull.month:%Y-%m}" if pull.month else None,
            "active": pull.active, "contracts": pull.contracts, "per_1000": pull.per_1000,
        },
        "comparison": None if comparison is None else {
            "version": comparison.version, "found": [like_told(each) for each in comparison.found],
            "compared_by": comparison.compared_by,
            "compared_at": format_time(comparison.compared_at),
        },
        "history": [
            {"version": each.version, "what": each.what, "note": each.note,
             "fields": list(each.fields), "changed_by": each.changed_by,
             "changed_at": format_time(each.changed_at)}
            for each in history
        ],
    }  # fmt: skip


def score_told(entry: Entry, score: Score, rules: Rules) -> Told:
    """A score under the rules in force: its total, what warns, and what it would be refused by."""
    return {
        "number": score.number, "total": score.total(rules),
        "warnings": list(score.warnings(rules)),
        "refused_by": list(screened_by(entry.content, score, rules)),
        "points": {each: msgspec.to_builtins(score.points[each]) for each in CRITERIA},
        "scored_by": score.scored_by, "scored_at": format_time(score.scored_at),
    }  # fmt: skip


def like_told(found: Likeness) -> Told:
    """A likely duplicate."""
    return {"title": found.title, "ref": found.ref, "state": found.state, "same": list(found.same)}


def rules_told(found: RulesVersion) -> Told:
    """A version of the rules."""
    return {
        "version": found.version, "state": found.state, "reason": found.reason,
        "asked_by": found.asked_by,
        "asked_at": format_time(found.asked_at) if found.asked_at else None,
        "decided_by": found.decided_by,
        "decided_at": format_time(found.decided_at) if found.decided_at else None,
        "rules": msgspec.to_builtins(found.rules),
    }  # fmt: skip


def row_told(row: Row) -> Told:
    """A place on the planning map."""
    return {
        "place": row.place, "ref": row.entry.ref, "name": row.entry.content.name,
        "points": row.points, "parts": dict(row.parts), "scored": row.score is not None,
        "place_before": row.place_before, "points_before": row.points_before,
        "passed": list(row.passed), "passed_by": list(row.passed_by),
    }  # fmt: skip


def reach_told(reach: Reach) -> Told:
    """A flagship: its targets, what it has, and whether that is met; None where it is not known."""
    return {
        "ref": reach.entry.ref, "name": reach.entry.content.name, "state": reach.entry.state,
        "week": reach.week.isoformat() if reach.week else None, "active": reach.active,
        "customers": reach.customers, "contracts": reach.contracts,
        "weekly_percent": {"target": reach.target.weekly_percent, "value": reach.weekly_percent,
                           "met": reach.weekly_met},
        "products_per_100": {"target": reach.target.products_per_100,
                             "value": reach.products_per_100, "met": reach.products_met},
    }  # fmt: skip


def line_told(line: OfLine) -> Told:
    """A line of the bank."""
    return {
        "line": line.line, "covered": line.is_covered, "scenes": list(line.scenes),
        "candidates": list(line.candidates), "products": list(line.products),
        "unmounted": list(line.unmounted),
    }  # fmt: skip


def need_told(need: Need) -> Told:
    """An unmet need."""
    return {
        "id": str(need.id), "who": need.who, "need": need.need, "served_today": need.served_today,
        "source": need.source, "sector": need.sector, "entry": need.entry,
        "entered_by": need.entered_by, "entered_at": format_time(need.entered_at),
    }  # fmt: skip


def neighbour_told(found: Neighbour) -> Told:
    """What could be added next."""
    return {
        "ref": found.ref, "pack": found.pack, "name": found.name, "points": found.points,
        "same_customer": found.same_customer, "same_sector": found.same_sector,
        "roles": list(found.roles), "blocks": list(found.blocks),
    }  # fmt: skip
