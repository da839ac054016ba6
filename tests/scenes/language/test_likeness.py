"""A copy under other names is found by its shapes; packs that are different are not."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from enscene.cli._pack_duplicates import find_duplicates
from enscene.scenes.language import Pack
from enscene.scenes.language.likeness import ALIKE, compare_packs
from scenes.language.edited import PACKS, edited, load, renamed

MARGIN = 0.2
"""How far below the bar different packs stand at least."""


@pytest.fixture(scope="module")
def packs() -> dict[Path, Pack]:
    return {each.parent: load(each.parent) for each in sorted(PACKS.glob("*/scene.yaml"))}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder, count = renamed("smart_canteen", tmp_path_factory.mktemp("packs") / "food_hall")
    assert count > 130
    return load(folder)


def test_a_renamed_canteen_is_found_with_what_became_of_each_name(
    packs: dict[Path, Pack], copy: Pack
) -> None:
    canteen = packs[PACKS / "smart_canteen"]
    assert not set(copy.things) & set(canteen.things) - {"dish", "order"}
    likeness = compare_packs(copy, canteen)
    assert likeness.score == 1.0
    for table, pairs in likeness.shared.items():
        assert len(pairs) == len(getattr(canteen, table)), table
    meal = next(mine for mine, theirs in likeness.shared["things"] if theirs == "meal")
    assert meal.endswith("_laem")
    place = Path("food_hall")
    report = find_duplicates({**packs, place: copy}, {place})
    (found,) = report["duplicates"]
    assert (found["pack"], found["duplicate_of"]) == ("food_hall", "smart_canteen")
    assert found["proposal"]["template"] == "smart_canteen"
    assert report["highest_below"] < ALIKE - MARGIN


def test_packs_of_the_repository_are_far_from_one_another(packs: dict[Path, Pack]) -> None:
    scores = [compare_packs(one, other).score for one, other in combinations(packs.values(), 2)]
    assert max(scores) < ALIKE - MARGIN
    assert find_duplicates(packs, set(packs))["duplicates"] == []


def test_the_order_of_two_packs_does_not_matter_and_one_is_all_of_itself(
    packs: dict[Path, Pack],
) -> None:
    one, other, *_ = packs.values()
    assert compare_packs(one, other).score == compare_packs(other, one).score
    assert compare_packs(one, one).score == 1.0


def test_other_sums_are_no_other_structure_and_another_counter_is(
    packs: dict[Path, Pack], tmp_path: Path
) -> None:
    canteen = packs[PACKS / "smart_canteen"]
    cheaper = load(
        edited("smart_canteen", tmp_path / "cheap", ("scene.yaml", '"60.00", min', '"50.00", min'))
    )
    assert compare_packs(cheaper, canteen).score == 1.0
    spent = "spent: {of: diner, sum: money, per: "
    monthly = load(
        edited("smart_canteen", tmp_path / "monthly", ("scene.yaml", f"{spent}day", f"{spent}week"))
    )
    assert ALIKE < compare_packs(monthly, canteen).score < 1.0
