"""What was found of a pack is found again, and is never taken for that of another."""

from __future__ import annotations

from pathlib import Path

import pytest

from enscene.scenes.language import AddedStep, Pack, configure, load_pack, load_pack_files
from enscene.scenes.language.scaffold import new_pack

PACKS = Path(__file__).parents[3] / "packs"
NOTICE = {"notify": {"who": "diner", "text": "notices.meal_refunded"}}


@pytest.fixture(scope="module")
def canteen() -> Pack:
    pack = load_pack(PACKS / "smart_canteen").pack
    assert pack is not None
    return pack


def test_the_same_texts_are_the_same_pack_in_whatever_order() -> None:
    files = new_pack("corner_shop")
    first = load_pack_files(files).pack
    assert first is not None
    assert load_pack_files(dict(reversed(files.items()))).pack is first


def test_whatever_is_changed_is_another_pack_and_changed_back_the_first() -> None:
    files = new_pack("corner_shop")
    first = load_pack_files(files)
    broken = files["scene.yaml"].replace("version:", "vision:", 1)
    assert load_pack_files({**files, "scene.yaml": broken}).mistakes
    assert load_pack_files({**files, "README.md": "Read me"}).pack is not first.pack
    assert load_pack_files(files, zone="Europe/Berlin").pack is not first.pack
    assert load_pack_files(files) is first


def test_a_file_that_has_changed_on_the_disk_is_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "corner_shop"
    for name, text in new_pack("corner_shop").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    assert load_pack(folder).ok
    (folder / "people.yaml").write_text("groups: []\n")
    assert not load_pack(folder).ok


def test_the_same_choice_is_the_same_pack(canteen: Pack) -> None:
    chosen = {"daily_limit": "80.00", "top_up_max": "90.00"}
    first = configure(canteen, options=chosen, added_steps=[AddedStep("pay_by_code", 99, NOTICE)])
    again = configure(
        canteen, options=dict(chosen), added_steps=(AddedStep("pay_by_code", 99, {**NOTICE}),)
    )
    assert again is first


@pytest.mark.parametrize("other", ["9100", True, 9101, None])
def test_what_is_written_otherwise_is_another_choice(canteen: Pack, other: object) -> None:
    first = configure(canteen, options={"face_confidence": 9100})
    assert configure(canteen, options={"face_confidence": other}) is not first
    assert first.pack is not None
    assert first.pack.options["face_confidence"].value == 9100


def test_a_choice_that_its_owner_goes_on_changing_is_read_as_it_is(canteen: Pack) -> None:
    parts, options = {"order_ahead": True}, {"daily_limit": "80.00"}
    first = configure(canteen, parts=parts, options=options).pack
    parts["order_ahead"], options["daily_limit"] = False, "90.00"
    second = configure(canteen, parts=parts, options=options).pack
    assert first is not None
    assert second is not None
    assert ("order" in first.things, "order" in second.things) == (True, False)
    assert [p.options["daily_limit"].value for p in (first, second)] == [8000, 9000]


def test_a_step_elsewhere_another_variant_and_another_zone_are_other_choices(
    canteen: Pack,
) -> None:
    found = [
        configure(canteen, added_steps=[AddedStep("pay_by_code", 0, NOTICE)]),
        configure(canteen, added_steps=[AddedStep("pay_by_code", 99, NOTICE)]),
        configure(canteen, added_steps=[AddedStep("refund_meal", 0, NOTICE)]),
        configure(canteen),
        configure(canteen, variant="government"),
        configure(canteen, zone="Europe/Berlin"),
    ]
    assert len({id(result) for result in found}) == len(found)


def test_a_configured_pack_is_not_taken_for_the_one_it_came_from(canteen: Pack) -> None:
    small = configure(canteen, parts={"digital_rmb": False}).pack
    assert small is not None
    assert small.digest == canteen.digest
    of_small, of_all = configure(small).pack, configure(canteen).pack
    assert of_small is not None
    assert of_all is not None
    assert len(of_small.cases) < len(of_all.cases)


def test_numbers_and_texts_beyond_json_are_told_and_no_fault(canteen: Pack) -> None:
    for strange in (10**40, "\ud800", float("nan"), Path("x")):
        assert configure(canteen, options={"face_confidence": strange}).mistakes
