"""Criteria, offers, copies, comparisons and credits as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from enscene.kernel.clock import format_time
from enscene.kernel.money import format_money
from enscene.operations.copying import (
    ACCOUNT,
    Comparison,
    Copy,
    Credited,
    Criterion,
    Family,
    Offer,
    Track,
    outcome_of,
)
from enscene.operations.projects import format_value, measurable
from enscene.scenes.language.diff import Change

Told = dict[str, Any]


def criterion_told(scene: str, criterion: Criterion | None) -> Told:
    """What was set, and what came."""
    told: Told = {
        "scene": scene, "outcome": outcome_of(criterion), "project": None, "currency": None,
        "targets": [], "set_by": None, "set_at": None, "approved_by": None, "approved_at": None,
    }  # fmt: skip
    if criterion is None:
        return told
    money = criterion.currency
    return told | {
        "project": criterion.project, "currency": money,
        "set_by": criterion.set_by, "set_at": format_time(criterion.set_at),
        "approved_by": criterion.approved_by, "approved_at": _time(criterion.approved_at),
        "targets": [
            {"indicator": each.target.indicator, "month": f"{each.target.month:%Y-%m}",
             "least": format_value(each.target.least, measurable()[each.target.indicator], money),
             "value": None if each.value is None else format_value(
                 each.value, measurable()[each.target.indicator], money),
             "verdict": each.verdict}
            for each in criterion.judged
        ],
    }  # fmt: skip


def offer_told(offer: Offer, family: Family) -> Told:
    """Who of another branch asked and decided is that branch's alone to know, and so is its scene's
    reference."""
    is_own = offer.tenant == family.own
    wish = offer.wish
    return {
        "id": str(offer.id), "branch": family.ref(offer.tenant), "own": is_own,
        "scene": offer.scene_ref if is_own else None, "name": offer.name, "template": offer.pack,
        "says": offer.says, "basis": offer.basis, "months": offer.months, "points": offer.points,
        "state": offer.state, "exception": offer.exception, "reason": offer.reason,
        "left_open": list(offer.left_open), "variant": wish.variant, "options": wish.options,
        "parts": wish.parts, "added": wish.added, "products": wish.products,
        "asked_by": offer.asked_by if is_own else None, "asked_at": format_time(offer.asked_at),
        "decided_by": offer.decided_by if is_own else None,
        "decided_at": _time(offer.decided_at),
    }  # fmt: skip


def copy_told(copy: Copy, family: Family) -> Told:
    """A copy in a list; what is of its own branch alone is told to nobody else."""
    is_own = copy.tenant == family.own
    wish = copy.wish
    return {
        "id": str(copy.id), "branch": family.ref(copy.tenant), "own": is_own,
        "origin": family.ref(copy.origin_tenant), "original": copy.origin_name,
        "offer": str(copy.offer), "template": copy.pack, "name": wish.name, "region": wish.region,
        "scene": copy.scene_ref if is_own else None,
        "launch": str(copy.launch) if is_own else None, "launch_state": copy.launch_state,
        "basis": copy.basis, "months": copy.months, "points": copy.points,
        "helpers": [{"ref": family.ref(who), "points": points} for who, points in copy.helpers],
        "begun_by": copy.begun_by if is_own else None, "begun_at": format_time(copy.begun_at),
        "approved_by": copy.approved_by if is_own else None,
        "approved_at": _time(copy.approved_at), "live_at": _time(copy.live_at),
        "took_s": None if copy.took_s is None else round(copy.took_s, 3), "code_lines": 0,
    }  # fmt: skip


def copy_whole(
    copy: Copy, family: Family, changes: Sequence[Change] | None, comparison: Comparison | None,
    credited: Sequence[Credited],
) -> Told:  # fmt: skip
    """A copy with its difference from the original, the comparison, and what is credited. `changes`
    None: the launch has mistakes. To another branch the distance is told, not what a copy is set to;
    `comparison` None: it is not for whoever asks."""
    listed = changes is not None and copy.tenant == family.own
    return copy_told(copy, family) | {
        "distance": None if changes is None else len(changes),
        "difference": [msgspec.to_builtins(each) for each in changes or ()] if listed else None,
        "comparison": None if comparison is None else comparison_told(comparison, family),
        "credits": [credited_told(each, family) for each in credited],
    }


def comparison_told(comparison: Comparison, family: Family) -> Told:
    """By the month since each went live."""
    return {
        "currency": comparison.currency, "figures": list(comparison.figures),
        "scenes": [_track(each, comparison, family) for each in comparison.tracks],
    }  # fmt: skip


def credited_told(credited: Credited, family: Family) -> Told:
    """A line of the statement."""
    money = credited.currency
    return {
        "copy": str(credited.copy), "month": f"{credited.month:%Y-%m}", "currency": money,
        "branch": family.ref(credited.tenant), "points": credited.points,
        "value": format_money(credited.value, money),
        "credited": format_money(credited.minor, money),
    }  # fmt: skip


def _track(track: Track, comparison: Comparison, family: Family) -> Told:
    return {
        "branch": family.ref(track.tenant), "original": track.copy is None,
        "copy": None if track.copy is None else str(track.copy.id),
        "from_month": None if track.first is None else f"{track.first:%Y-%m}",
        "months": [
            {"month": age + 1,
             "values": {name: _figure(name, track.values[name, age], comparison.currency)
                        for name in comparison.figures if (name, age) in track.values}}
            for age in range(track.ages)
        ],
    }  # fmt: skip


def _figure(name: str, value: int, currency: str) -> str:
    if name.startswith(ACCOUNT):
        return format_money(value, currency)
    return format_value(value, measurable()[name], currency)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
