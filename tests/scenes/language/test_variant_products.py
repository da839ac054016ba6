"""A variant may mount another product of the shelf, of the same kind, and no other."""

from __future__ import annotations

from pathlib import Path

from enscene.scenes.language import configure, load_pack, load_pack_files

PACKS = Path(__file__).parents[3] / "packs"


def told(variant: str) -> list[str]:
    """The mistakes of the pack `instalment` with such a variant `renting`."""
    pack = load_pack(PACKS / "instalment").pack
    assert pack is not None
    files = {**pack.files, "variants/renting.yaml": variant}
    return [f"{item.file}:{item.line} {item.code}" for item in load_pack_files(files).mistakes]


def test_the_seven_trades_mount_their_own_products() -> None:
    pack = load_pack(PACKS / "instalment").pack
    assert pack is not None
    assert pack.products["loan"].shelf == "instalment"
    mounted = {}
    for name in pack.variants:
        configured = configure(pack, variant=name).pack
        assert configured is not None
        mounted[name] = configured.products["loan"].shelf
    assert mounted == {
        "renting": "instalment_renting",
        "cars": "car_loan",
        "wedding": "instalment_wedding",
        "medical_beauty": "instalment_beauty",
        "maternity": "instalment_maternity",
        "education": "instalment_education",
        "home_decoration": "instalment_home_decoration",
    }


def test_a_product_of_another_kind_an_unknown_one_and_an_unknown_mount_are_mistakes() -> None:
    assert told("products: {loan: shelf.medical_credit}\n") == [
        "variants/renting.yaml:1 other_kind"
    ]
    assert told("products: {loan: shelf.nothing}\n") == [
        "variants/renting.yaml:1 unknown_shelf_product"
    ]
    assert told("products: {lone: shelf.instalment}\n") == [
        "variants/renting.yaml:1 unknown_product"
    ]
