"""Forty-five cities are data: the same actions, flows and proofs, other figures."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from enscene.scenes.language import Pack, configure, load_pack

PACK = Path(__file__).parents[2] / "packs" / "hospital"
NOT_CITIES = {"city_hospital", "county_hospital"}
CITIES = sorted(
    path.stem for path in (PACK / "variants").glob("*.yaml") if path.stem not in NOT_CITIES
)
WHAT_A_CITY_SETS = {
    "outpatient_portion", "outpatient_ceiling", "inpatient_portion", "inpatient_deductible",
    "visit_cap", "remind_after", "grace",
}  # fmt: skip


@cache
def hospital() -> Pack:
    pack = load_pack(PACK).pack
    assert pack is not None
    return pack


def overlay(city: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((PACK / "variants" / f"{city}.yaml").read_text())
    return read


def test_there_are_forty_five_with_names_in_both_languages() -> None:
    assert len(CITIES) == 45
    for language in ("zh", "en"):
        titles = [hospital().texts[language][f"variants.{city}.title"] for city in CITIES]
        assert len(set(titles)) == 45


@pytest.mark.parametrize("city", CITIES)
def test_a_city_sets_figures_and_the_outlet_and_nothing_else(city: str) -> None:
    said = overlay(city)
    assert set(said) <= {"options", "parts"}
    assert set(said["options"]) == WHAT_A_CITY_SETS
    assert set(said.get("parts", {})) <= {"outlet"}


def test_no_two_cities_of_a_region_need_a_line_of_code() -> None:
    """Configured, every city has the behaviour of one of two shapes: with an outlet and without."""
    shapes: Counter[tuple[Any, ...]] = Counter()
    for city in CITIES:
        pack = configure(hospital(), variant=city).pack
        assert pack is not None, city
        assert pack.digest == hospital().digest
        shapes[
            tuple(pack.actions), tuple(pack.flows), tuple(pack.triggers), tuple(pack.timers)
        ] += 1
        assert (
            pack.options["outpatient_portion"].value == pack.options["outpatient_portion"].default
        )
    without = sum(overlay(city).get("parts", {}).get("outlet") is False for city in CITIES)
    assert sorted(shapes.values()) == [without, 45 - without]


def test_the_figures_of_cities_differ() -> None:
    told = {tuple(sorted(overlay(city)["options"].items(), key=str)).__repr__() for city in CITIES}
    assert len(told) >= 30
