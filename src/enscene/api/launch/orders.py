"""Bodies of the launch API's requests."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

Short = Annotated[str, Meta(max_length=200)]
Long = Annotated[str, Meta(max_length=2_000)]
Version = Annotated[int, Meta(ge=1, le=2_000_000_000)]
Index = Annotated[int, Meta(ge=0, le=1_000)]


class Begin(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/launches`: a template for a new scene, or a scene to change."""

    template: Short | None = None
    scene: Short | None = None


class Added(msgspec.Struct, forbid_unknown_fields=True):
    """A block before step `index` of an action; `step` as scene.yaml has it."""

    action: Short
    index: Index
    step: dict[str, Any]


class WishOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT` and `PATCH /v1/launches/{id}`. What is left out stays (PATCH) or is empty (PUT)."""

    version: Version | UnsetType = UNSET
    ref: Short | UnsetType = UNSET
    name: Short | UnsetType = UNSET
    variant: Short | UnsetType | None = UNSET
    options: dict[str, Any] | UnsetType = UNSET
    parts: dict[str, Any] | UnsetType = UNSET
    added: list[Added] | UnsetType = UNSET
    products: list[Short] | UnsetType = UNSET
    region: Short | UnsetType = UNSET
    unit: Short | UnsetType = UNSET
    customer: Short | UnsetType = UNSET
    origins: list[Short] | UnsetType = UNSET

    def changes(self) -> dict[str, Any]:
        """The fields that were given."""
        given: dict[str, Any] = msgspec.to_builtins(self)
        given.pop("version", None)
        return given


class Looked(msgspec.Struct, forbid_unknown_fields=True):
    """`version` is the one that was looked at; another one by now is refused."""

    version: Version | None = None


class GiveBack(Looked, forbid_unknown_fields=True):
    """`POST /v1/launches/{id}/return`."""

    note: Long = ""


class RollBack(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/scenes/{scene}/roll_back`: the number of earlier terms."""

    terms: Version


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """A request that needs no body."""


class Places(msgspec.Struct, forbid_unknown_fields=True):
    """`POST …/places`: where in an action a block would fit."""

    action: Short
    step: dict[str, Any]
    variant: Short | None = None


class Member(msgspec.Struct, forbid_unknown_fields=True):
    """`PUT /v1/scenes/{scene}/parties/{party}`."""

    role: Short
    name: Short = ""
    bound_to: Short | None = None


class StepOrder(msgspec.Struct, forbid_unknown_fields=True):
    """A step of a plan; what is empty is the usual."""

    amount: Short = "0"
    owner: Short = ""
    department: Short = ""


class TargetOrder(msgspec.Struct, forbid_unknown_fields=True):
    """What a gate asks for."""

    step: Short
    indicator: Short
    month: Short
    least: Short


class PlanOrder(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/projects`."""

    ref: Short
    name: Short
    owner: Short
    currency: Short | None = None
    steps: dict[str, StepOrder] = {}
    targets: list[TargetOrder] = []
    entry: Short = ""


class AskGate(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/projects/{project}/ask`; a reason where the gate is shut."""

    reason: Long = ""


class TieScene(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/projects/{project}/scene`."""

    scene: Short


class EnterRisk(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/projects/{project}/risks`."""

    level: Short
    what: Long
    owner: Short


class RiskAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/projects/{project}/risks/{risk}/close`."""

    answer: Long
