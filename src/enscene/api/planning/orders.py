"""Bodies of requests about the register and its planning."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from enscene.api.launch.orders import Long, Short, Version
from enscene.operations.planning import Depth


class EntryFields(msgspec.Struct, forbid_unknown_fields=True):
    """What is said of an entry; what is left out stays, or is empty."""

    name: Short | UnsetType = UNSET
    route: Short | UnsetType | None = UNSET
    mode: Short | UnsetType | None = UNSET
    serves: list[Short] | UnsetType = UNSET
    sector: Short | UnsetType = UNSET
    level: Short | UnsetType = UNSET
    owner: Short | UnsetType = UNSET
    unit: Short | UnsetType = UNSET
    region: Short | UnsetType = UNSET
    customer: Short | UnsetType = UNSET
    pack: Short | UnsetType = UNSET
    next_review: Short | UnsetType | None = UNSET
    needed_by: Short | UnsetType | None = UNSET
    lines: list[Short] | UnsetType = UNSET
    frequent_act: Long | UnsetType = UNSET
    drives: Long | UnsetType = UNSET
    segments: Long | UnsetType = UNSET
    flows: Long | UnsetType = UNSET
    pains: Long | UnsetType = UNSET
    trend: Long | UnsetType = UNSET
    experts: Long | UnsetType = UNSET
    links: list[Short] | UnsetType = UNSET
    flagship: Depth | UnsetType | None = UNSET

    def values(self) -> dict[str, Any]:
        """The fields that were given."""
        given: dict[str, Any] = msgspec.to_builtins(self)
        given.pop("ref", None)
        given.pop("version", None)
        return given


class NewEntry(EntryFields, forbid_unknown_fields=True, kw_only=True):
    """`POST /v1/planning/entries`."""

    ref: Short


class EntryChange(EntryFields, forbid_unknown_fields=True, kw_only=True):
    """`PATCH /v1/planning/entries/{entry}`; `version` is the one that was looked at."""

    version: Version | None = None


class Note(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/review` and `…/drop`."""

    note: Long


class PointOrder(msgspec.Struct, forbid_unknown_fields=True):
    """0 to 100, and what that rests on."""

    points: int
    evidence: Long


class ScoreOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/score`."""

    customers: PointOrder
    market: PointOrder
    traffic: PointOrder
    control: PointOrder
    advantage: PointOrder
    endowment: PointOrder


class RulesOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/planning/rules`."""

    weights: dict[Short, int]
    principles: dict[Short, int]
    review_months: dict[Short, int]
    reason: Long
    least: dict[Short, int] = {}
    least_total: int = 0
    warn_below: int = 40
    closed_sectors: list[Short] = []
    strategic_sectors: list[Short] = []
    flagships_most: int = 5
    answer_days: int = 3
    hot_spot_days: int = 5

    def values(self) -> dict[str, Any]:
        """The rules without the reason."""
        given: dict[str, Any] = msgspec.to_builtins(self)
        del given["reason"]
        return given


class NeedOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/planning/needs`."""

    who: Long
    need: Long
    served_today: Long
    source: Long
    sector: Short = ""
