"""The part of the documents that is about the cycles of a campaign."""

from __future__ import annotations

from enscene.api.campaigns.results import COUNTS, PURPOSES
from enscene.api.documents.partner_parts import object_of
from enscene.api.documents.parts import COUNT, FLAG, MAYBE, MAYBE_TIME, TEXT, TIME, Schema
from enscene.engagement.loops import STEPS

DAY: Schema = {"type": "string", "format": "date"}
_MAYBE_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
_MAYBE_NUMBER: Schema = {"type": ["number", "null"], "minimum": 0}


def cycle_schema() -> Schema:
    """As `cycle_told` gives it."""
    return object_of(_fields())


def one_cycle_schema() -> Schema:
    """A cycle with the difference of the one before it."""
    return object_of({
        **_fields(),
        "difference_before": _or_null(_difference(), "上一期与对照之差 · that of the cycle before"),
    })  # fmt: skip


def results_schema() -> Schema:
    """One purpose, as `serve_results` gives it."""
    counts = dict.fromkeys(COUNTS, COUNT)
    last = object_of({
        "number": {"type": "integer", "minimum": 1}, "verdict": {"enum": ["taken", "kept"]},
        "difference": _or_null(_difference(), "与对照之差 · against customers held out"),
    })  # fmt: skip
    campaign = object_of({
        "ref": TEXT, "title": object_of({"zh": TEXT, "en": TEXT}), "line": TEXT,
        "state": {"enum": ["approved", "stopped"]}, "starts": DAY, "ends": DAY, **counts,
        "held_out": COUNT, "last_cycle": _or_null(
            last, "最近结束的一期；还没有时为空 · the cycle that ended last; null before the first"),
    })  # fmt: skip
    return object_of({
        "purpose": {"enum": list(PURPOSES)}, **counts,
        "campaigns": {"type": "array", "items": campaign},
    })  # fmt: skip


def _fields() -> dict[str, Schema]:
    step = object_of({
        "step": {"enum": list(STEPS)}, "began": TIME, "ended": TIME, "owner": TEXT,
        "outcome": {"type": "object"},
    })  # fmt: skip
    comparison = object_of({
        "verdict": {"enum": ["taken", "kept"]},
        "why": {"enum": ["better", "not_worse", "effective", "margin", "nothing"]},
        "currency": TEXT, "decisions": _MAYBE_COUNT, "effective": _MAYBE_NUMBER, "earned": MAYBE,
        "least": MAYBE, "gain": MAYBE, "low": MAYBE, "high": MAYBE,
    })  # fmt: skip
    return {
        "id": {"type": "string", "format": "uuid"}, "campaign": TEXT,
        "number": {"type": "integer", "minimum": 1}, "began": TIME, "ends": TIME, "owner": TEXT,
        "closed_at": MAYBE_TIME, "verdict": {"enum": ["taken", "kept", None]},
        "version_before": COUNT, "version_after": _MAYBE_COUNT,
        "steps": {"type": "array", "items": step},
        "difference": _or_null(
            _difference(), "一位可触达客户比一位对照客户多带来的金额及95%区间；人数太少时为空 · what a customer "
            "who might be told brought more than one held out, with its 95 % interval; null of few"),
        "comparison": _or_null(
            comparison, "学到的策略与现行策略相比，每次决策的金额 · the policy that was learnt against the "
            "one that served, a decision"),
    }  # fmt: skip


def _difference() -> Schema:
    return object_of({
        "currency": TEXT, "open": COUNT, "held_out": COUNT, "uneven": FLAG, "control": MAYBE,
        "value": MAYBE, "low": MAYBE, "high": MAYBE,
    })  # fmt: skip


def _or_null(schema: Schema, about: str) -> Schema:
    return {"anyOf": [schema, {"type": "null"}], "description": about}
