"""Voices as JSON."""

from __future__ import annotations

from typing import Any

from enscene.kernel.clock import format_time
from enscene.operations.voices import Figures, Stars, Voice

Told = dict[str, Any]


def voice_card(voice: Voice) -> Told:
    """A voice in a list."""
    return {
        "id": voice.ref, "kind": voice.kind, "source": voice.source, "scene": voice.scene,
        "project": voice.project, "product": voice.product, "says": voice.says,
        "found_at": voice.found_at, "customer": voice.customer, "said_by": voice.said_by,
        "said_at": format_time(voice.said_at), "due_on": voice.due_on.isoformat(),
        "state": voice.state, "department": voice.department, "owner": voice.owner,
        "taken_by": voice.taken_by, "overdue": voice.overdue, "hands": voice.hands,
        "answer": voice.answer, "release": voice.release,
        "answered_on": voice.answered_on.isoformat() if voice.answered_on else None,
        "released_on": voice.released_on.isoformat() if voice.released_on else None,
    }  # fmt: skip


def voice_told(voice: Voice) -> Told:
    """With all that was done."""
    steps = [
        {"what": each.what, "says": each.says, "department": each.department, "owner": each.owner,
         "by": each.by, "at": format_time(each.at)}
        for each in voice.steps
    ]  # fmt: skip
    return {**voice_card(voice), "acts": list(voice.acts), "steps": steps}


def stars_told(found: Stars) -> Told:
    """Satisfaction before and after what was changed, in stars."""
    before, after = (f"{each / 1_000_000:.2f}" for each in (found.before, found.after))
    return {"role": found.role, "before": before, "after": after}


def figures_told(found: Figures) -> Told:
    """Of one scene in a month; `share` in percent."""
    return {
        "scene": found.scene, "told": found.told, "answered": found.answered, "owed": found.owed,
        "in_time": found.in_time, "share": found.share, "answer_days": found.answer_days,
        "released": found.released, "release_days": found.release_days,
    }  # fmt: skip
