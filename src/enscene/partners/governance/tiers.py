"""Controls by risk tier: what a partner needs, has, lacks, and has beyond its need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

import msgspec
import yaml

from enscene.kernel.controls import control
from enscene.kernel.errors import Refused
from enscene.partners.governance.records import Record, newest
from enscene.partners.inventory import Asset
from enscene.partners.partner import Partner
from enscene.partners.standard import FOLDER

Tier = Literal["low", "middle", "high"]
TIERS: tuple[Tier, ...] = ("low", "middle", "high")
Need = Literal["must", "should", "free", "beyond"]
State = Literal["there", "missing", "advised", "beyond", "free"]


class Control(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`zh` and `en` say what is so when it is there, `lack_zh` and `lack_en` when it is not; `need`
    is by tier."""

    id: str
    zh: str
    en: str
    lack_zh: str
    lack_en: str
    need: Mapping[Tier, Need]

    def title(self, language: str) -> str:
        """In a language."""
        return self.en if language == "en" else self.zh

    def lack(self, language: str) -> str:
        """What is so when it is not there."""
        return self.lack_en if language == "en" else self.lack_zh


class Points(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each fact counts; `customers` from so many on."""

    level: Mapping[str, int]
    data_class: Mapping[str, int]
    money: Mapping[str, int]
    customers: Mapping[int, int]


class Tiers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See the file; `tiers` begin at so many points."""

    version: str
    points: Points
    tiers: Mapping[Tier, int]
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A control of a partner: `missing` is too loose, `beyond` too tight."""

    control: Control
    state: State


@dataclass(frozen=True, slots=True)
class Standing:
    """The tier of a partner, by so many points, and its controls."""

    tier: Tier
    points: int
    controls: tuple[Judged, ...]

    def of(self, state: State) -> list[Control]:
        """Those in a state."""
        return [each.control for each in self.controls if each.state == state]


@cache
def read_tiers() -> Tiers:
    """What stands in the file; one that cannot be read is a mistake of ours."""
    text = (FOLDER / "tiers.yaml").read_text(encoding="utf-8")
    told = msgspec.convert(yaml.safe_load(text), Tiers)
    assert all(each.need.keys() == set(TIERS) for each in told.controls)
    assert {each.id for each in told.controls} == CHECKS
    return told


def standing_of(
    partner: Partner,
    assets: Sequence[Asset],
    records: Sequence[Record],
    today: date,
    *,
    components: bool = False,
    clauses: bool = False,
) -> Standing:
    """What a partner needs and has. `records` are its own, newest first; `components`: a list of
    them is there; `clauses`: one is in force."""
    rules = read_tiers()
    facts = _facts(records)
    points = rules.points.level[partner.level]
    points += rules.points.data_class.get(str(facts.get("data_class")), 0)
    points += rules.points.money.get(str(facts.get("money")), 0)
    told = facts.get("customers")
    customers = told if isinstance(told, int) else 0
    points += max((p for n, p in rules.points.customers.items() if customers >= n), default=0)
    tier = [each for each in TIERS if points >= rules.tiers[each]][-1]
    there = _there(partner, assets, records, today)
    if components:
        there.add("components")
    if clauses:
        there.add("clauses")
    return Standing(
        tier, points,
        tuple(Judged(e, _state(e.need[tier], there=e.id in there)) for e in rules.controls),
    )  # fmt: skip


@control("partner_tier_controls")
def check_controls(standing: Standing) -> None:
    """Raises: Refused("partner.missing_controls"): what the tier needs is not there."""
    missing = [each.id for each in standing.of("missing")]
    if missing:
        raise Refused(
            f"controls that tier {standing.tier} needs are missing: {', '.join(missing)}",
            code="partner.missing_controls",
            facts={"tier": standing.tier, "missing": missing},
            hint="the partner's page says which record or asset each of them wants",
        )


CHECKS = frozenset(
    {
        "inventory", "assessment", "no_high_risk", "signed_calls", "release_test", "components",
        "systems", "drill", "exit_plan", "switch_test", "clauses",
    }
)  # fmt: skip
"""What can be told of a partner."""


def _facts(records: Sequence[Record]) -> Mapping[str, object]:
    return next((each.fields for each in records if each.kind == "assessment"), {})


def _there(
    partner: Partner, assets: Sequence[Asset], records: Sequence[Record], today: date
) -> set[str]:
    counted = newest(records)
    good: set[str] = {e.kind for e in counted if not e.overdue(today) and not e.failed}
    bad = {e.kind for e in counted if e.failed}
    found: set[str] = good & {"exit_plan", "assessment"}
    found |= {name for name in ("drill", "switch_test") if name in good and name not in bad}
    if "release" in good and "release" not in bad:
        found.add("release_test")
    if "system" in good:
        found.add("systems")
    # Addresses that enter by themselves say nothing of what somebody has looked at.
    if any(each.origin == "person" for each in assets):
        found.add("inventory")
    if "assessment" in good and not _open_high(records):
        found.add("no_high_risk")
    if partner.live_signing != "none":
        found.add("signed_calls")
    return found


def _open_high(records: Sequence[Record]) -> bool:
    told = _facts(records).get("open_high", 0)
    return told != 0


def _state(need: Need, *, there: bool) -> State:
    if there:
        return "beyond" if need == "beyond" else "there"
    return {"must": "missing", "should": "advised"}.get(need, "free")  # type: ignore[return-value]
