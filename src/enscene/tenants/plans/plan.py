"""Plans as they stand in the YAML files of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
import yaml

from enscene.kernel.errors import Invalid
from enscene.tenants.quotas.quota import What


class Both(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A text in both languages."""

    zh: str
    en: str

    @property
    def whole(self) -> str:
        """As names are kept: `调研 · Research`."""
        return f"{self.zh} · {self.en}"


class PlannedStep(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A step that is due so many days after the tenant was made."""

    title: Both
    after_days: int


class ServicePlan(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`limits` are set when a tenant is made and may be changed for it later. `scene`: it gets a
    scene with pages at once; `manager`: somebody serves it by name; `project` is its delivery,
    `care` the calendar of its care."""

    title: Both
    about: Both
    limits: Mapping[What, int] = {}
    scene: bool = False
    manager: bool = False
    project: tuple[PlannedStep, ...] = ()
    care: tuple[PlannedStep, ...] = ()


@cache
def read_plans() -> Mapping[str, ServicePlan]:
    """All plans, by name."""
    return {
        path.stem: msgspec.convert(yaml.safe_load(path.read_text("utf-8")), ServicePlan)
        for path in sorted(Path(__file__).parent.glob("*.yaml"))
    }


def find_plan(name: str) -> ServicePlan:
    """The plan of that name. Raises: Invalid("tenant.plan")."""
    plans = read_plans()
    if name not in plans:
        raise Invalid(f"a plan is one of {', '.join(plans)}", code="tenant.plan", param="plan")
    return plans[name]
