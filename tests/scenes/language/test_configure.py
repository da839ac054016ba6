"""A pack as a tenant has it: options, parts, variants and added blocks, checked again."""

from __future__ import annotations

from pathlib import Path

import pytest

from enscene.kernel.money import Portion
from enscene.scenes.language import AddedStep, Pack, configure, load_pack, load_pack_files
from enscene.scenes.language.scaffold import new_pack

PACKS = Path(__file__).parents[3] / "packs"


@pytest.fixture(scope="module")
def canteen() -> Pack:
    pack = load_pack(PACKS / "smart_canteen").pack
    assert pack is not None
    return pack


def codes(pack: Pack, **chosen: object) -> list[str]:
    result = configure(pack, **chosen)  # type: ignore[arg-type]
    assert all(item.file == "(configuration)" for item in result.mistakes if item.path)
    return [item.code for item in result.mistakes]


def test_options_have_their_values(canteen: Pack) -> None:
    pack = configure(canteen, options={"daily_limit": "80.00", "service_fee": "0.5%"}).pack
    assert pack is not None
    assert pack.options["daily_limit"].value == 8000
    assert pack.options["service_fee"].value == Portion(5, 1000)
    assert pack.options["subsidy_per_meal"].value == 300
    assert pack.digest == canteen.digest


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"daily_limit": "500.01"}, "out_of_bounds"),
        ({"daily_limit": "9.99"}, "out_of_bounds"),
        ({"daily_limit": 80}, "bad_money"),
        ({"service_fee": "1.01%"}, "out_of_bounds"),
        ({"settle_at": "25:00"}, "bad_time_of_day"),
        ({"refund_window": "31d"}, "out_of_bounds"),
        ({"nothing": "1"}, "unknown_option"),
    ],
)
def test_an_option_outside_its_bounds_is_refused(
    canteen: Pack, options: dict[str, object], code: str
) -> None:
    assert codes(canteen, options=options) == [code]


def test_a_part_that_is_off_is_gone(canteen: Pack) -> None:
    pack = configure(canteen, parts={"order_ahead": False, "digital_rmb": False}).pack
    assert pack is not None
    assert "order" not in pack.things
    assert "place_order" not in pack.actions
    assert "rmb_wallet" not in pack.accounts
    assert len(pack.actions["refund_meal"].steps) == 2
    assert all(not act.action.endswith("_rmb") for case in pack.cases for act in case.when)


def test_parts_follow_defaults_then_the_variant_then_the_choice(canteen: Pack) -> None:
    plain = configure(canteen).pack
    office = configure(canteen, variant="government").pack
    chosen = configure(canteen, variant="government", parts={"unit_budget": False}).pack
    assert plain is not None
    assert office is not None
    assert chosen is not None
    assert [pack.parts["unit_budget"].on for pack in (plain, office, chosen)] == [
        False,
        True,
        False,
    ]
    assert office.options["subsidy_per_meal"].value == 800
    assert office.options["subsidy_per_meal"].most == 1500
    assert office.text("parties.sponsor") == "机关单位"
    assert "outside_meal" not in office.things


def test_an_unknown_variant_is_refused(canteen: Pack) -> None:
    assert codes(canteen, variant="goverment") == ["unknown_variant"]


def test_a_block_is_added_where_its_types_fit(canteen: Pack) -> None:
    step = {"notify": {"who": "diner", "text": "notices.meal_refunded"}}
    pack = configure(canteen, added_steps=[AddedStep("pay_by_code", 99, step)]).pack
    assert pack is not None
    assert pack.actions["pay_by_code"].steps[-1].block == "notify"
    limit = {"limit": {"counter": "spent", "add": "total", "max": "options.daily_limit"}}
    assert codes(canteen, added_steps=[AddedStep("pay_by_code", 0, limit)]) == ["too_early"]
    assert codes(canteen, added_steps=[AddedStep("pay", 0, step)]) == ["unknown_action"]
    wrong = {"limit": {"counter": "spent", "add": "input.ticket", "max": "options.daily_limit"}}
    assert codes(canteen, added_steps=[AddedStep("pay_by_code", 1, wrong)]) == ["expression_type"]
    text = {"notify": {"who": "diner", "text": "notices.thanks"}}
    assert codes(canteen, added_steps=[AddedStep("pay_by_code", 1, text)]) == ["unknown_text"]


def test_a_variant_only_narrows() -> None:
    files = new_pack("corner_shop")
    files["texts/zh.yaml"] += 'variants: {big: {title: 大, help: "大额"}}\n'
    files["texts/en.yaml"] += 'variants: {big: {title: Big, help: "Large amounts"}}\n'
    good = load_pack_files({**files, "variants/big.yaml": 'options: {daily_limit: "900.00"}\n'})
    assert good.mistakes == ()
    wide = 'options: {daily_limit: {max: "2000.00"}}\n'
    bad = load_pack_files({**files, "variants/big.yaml": wide})
    assert [item.code for item in bad.mistakes] == ["variant_wider"]
    assert bad.mistakes[0].file == "variants/big.yaml"
