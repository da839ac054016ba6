"""What the program looks up in itself when the matrix of norms is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module
from pkgutil import walk_packages

import enscene
from enscene.api.documents.marks import METHODS
from enscene.api.documents.platform import platform_document
from enscene.api.partners.calls import KEPT
from enscene.cli._pack_folders import loaded, pack_folders
from enscene.operations.norms import Look
from enscene.partners.monitor.rules import read_watch
from enscene.risk.screening import read_screening

_APART = ("enscene.cli", "enscene.risk.fit_score_card", "enscene.risk.check_score_card")
"""Commands, and what needs packages that only `verify credit` has; no control is in them."""
HALF_A_YEAR = timedelta(days=183)
THRESHOLDS = {"cash": 50_000_00, "person": 500_000_00, "firm": 2_000_000_00}
"""Minor units a day, from which on what a customer pays is reported."""


def every_api_has_an_id() -> str:
    """Of the platform's document; those of scenes are made by the same hand, and tested."""
    without, ids = [], Counter[str]()
    for path, item in platform_document("https://bank.example")["paths"].items():
        for method in METHODS:
            if method in item and path.startswith("/v1/"):
                said = item[method]
                ids[said.get("x-api-id", "")] += 1
                if not said.get("x-api-id") or not said.get("x-level"):
                    without.append(f"{method} {path}")
    twice = sorted(name for name, count in ids.items() if count > 1 and name)
    return ", ".join([*without, *twice])


def calls_are_kept_half_a_year() -> str:
    """How long the log of calls is kept."""
    return "" if KEPT >= HALF_A_YEAR else f"{KEPT.days} days"


def every_watch_rule_acts() -> str:
    """Rules of failures exist, and at least one of them blocks."""
    rules = [rule for rule in read_watch().rules if rule.about == "failures"]
    return "" if any(rule.action == "block" for rule in rules) else "no rule blocks"


def c3_is_never_kept() -> str:
    """No thing of any pack has a field of level C3."""
    packs = [pack for folder in pack_folders() if (pack := loaded(folder)) is not None]
    return ", ".join(
        f"{pack.id}.{thing.name}.{field.name}"
        for pack in packs
        for thing in pack.things.values()
        for field in thing.fields.values()
        if field.level == "C3"
    )


def large_value_thresholds() -> str:
    """A live rule for each kind of customer, no higher than what has to be reported."""
    known: dict[str, int] = {
        rule.of: rule.figures["least"]
        for rule in read_screening().rules
        if rule.kind == "day_total" and rule.mode == "live"
    }
    return ", ".join(
        f"{of}: {known.get(of, 'none')}"
        for of, least in THRESHOLDS.items()
        if known.get(of, least + 1) > least
    )


def load_controls() -> None:
    """Load every module of the program, so that all of its controls have a name."""
    for found in walk_packages(enscene.__path__, "enscene."):
        if not found.name.startswith(_APART):
            import_module(found.name)


FACTS: Mapping[str, Look] = {
    look.__name__: look
    for look in (
        every_api_has_an_id, calls_are_kept_half_a_year, every_watch_rule_acts, c3_is_never_kept,
        large_value_thresholds,
    )
}  # fmt: skip
