"""Two custom canteens yield their common template; each is the template with an overlay."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from enscene.cli import _pack_common
from enscene.kernel.errors import Invalid
from enscene.scenes.language import Pack, configure, load_pack
from enscene.scenes.language.common import Common, common_template
from scenes.language.edited import edited, load

SCENE, ZH, EN, CASES = "scene.yaml", "texts/zh.yaml", "texts/en.yaml", "cases.yaml"
LIMIT = 'daily_limit: {type: money, default: "60.00", min: "10.00", max: "500.00"}'
NOTICE = (
    "      - move: pay_for_meal\n    creates: {thing: meal, state: paid, set: {method: \"'code'\""
)
GIVEN = (
    "cases:\n  {name}:\n    given:\n"
    "      parties: {{ann: diner, hall: canteen, acme: sponsor, bank: bank}}\n"
    "      links: {{works_for: {{ann: acme}}}}\n      clock: 2026-03-02T12:00\n    when:\n"
    "      - {act}\n"
)


@pytest.fixture(scope="module")
def east(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sponsor sees its subsidy and is told of meals by code; eating is dearer."""
    look = "{kind: query, by: [sponsor], do: [{balance: subsidy, as: left}], answer: {balance: left.balance}}"
    act = '{do: subsidy_left, by: acme, answer: {balance: "0.00"}}'
    return edited(
        "smart_canteen", tmp_path_factory.mktemp("packs") / "east_canteen",
        (SCENE, LIMIT, LIMIT.replace('"60.00"', '"80.00"').replace('"500.00"', '"300.00"')),
        (SCENE, "  wallet_balance:\n", f"  subsidy_left: {look}\n  wallet_balance:\n"),
        (SCENE, NOTICE, NOTICE.replace("pay_for_meal\n", "pay_for_meal\n      - notify: "
         "{who: sponsor, text: notices.outside_meal}\n")),
        (ZH, "actions:\n", "actions:\n  subsidy_left: 查询餐补\n"),
        (EN, "actions:\n", "actions:\n  subsidy_left: Look at the subsidy\n"),
        (ZH, "  diner: 就餐人\n", "  diner: 员工\n"),
        (CASES, "cases:\n", GIVEN.format(name="the_sponsor_looks", act=act)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def west(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Diners give to others, dishes have calories, and each unit has a budget by default."""
    fields = "      sold_by: choice(portion|weight)\n      canteen: party\n"
    action = (
        "  donate:\n    by: [diner]\n    input: {amount: {type: money, min: "
        '"0.01"}}\n    do: [{move: donate}]\n'
    )
    flow = "  donate: {send: input.amount, from: wallet, to: world}\n"
    act = (
        '{do: top_up, by: ann, input: {amount: "1.00"}}\n'
        '      - {do: donate, by: ann, input: {amount: "1.00"}}'
    )
    eat = '      - do: pay_by_code\n        chance: "40%"'
    give = (
        '      - {do: donate, chance: "5%", between: ["12:00", "13:00"], input: {amount: {between: '
        '["1.00", "2.00"]}}}\n'
    )
    return edited(
        "smart_canteen", tmp_path_factory.mktemp("packs") / "west_canteen",
        (SCENE, LIMIT, LIMIT.replace('"10.00"', '"5.00"')),
        (SCENE, "flows:\n", f"flows:\n{flow}"),
        (SCENE, "  withdraw:\n    by: [diner]", f"{action}  withdraw:\n    by: [diner]"),
        (SCENE, fields, f"{fields}      calories: {{type: int, optional: true}}\n"),
        (SCENE, "unit_budget: {default: off}", "unit_budget: {default: on}"),
        (ZH, "flows:\n", "flows:\n  donate: 捐给食堂\n"), (EN, "flows:\n", "flows:\n  donate: A gift\n"),
        (ZH, "actions:\n", "actions:\n  donate: 捐赠\n"), (EN, "actions:\n", "actions:\n  donate: Give\n"),
        (ZH, "fields:\n", "fields:\n  calories: 热量\n"),
        (EN, "fields:\n", "fields:\n  calories: Calories\n"),
        ("people.yaml", eat, give + eat),
        (CASES, "cases:\n", GIVEN.format(name="a_gift", act=act)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def packs(east: Path, west: Path) -> tuple[Pack, Pack]:
    return load(east), load(west)


@pytest.fixture(scope="module")
def found(packs: tuple[Pack, Pack]) -> Common:
    return common_template(*packs, "group_canteen")


def test_the_template_passes_and_each_original_is_it_with_an_overlay(
    found: Common, packs: tuple[Pack, Pack]
) -> None:
    template = found.result.pack
    assert template is not None, found.result.mistakes
    assert found.left == ()
    for original, pack in zip(found.originals, packs, strict=True):
        assert original.remains == (), list(map(str, original.remains))
        made, own = configure(template, variant=pack.id).pack, configure(pack).pack
        assert made is not None
        assert own is not None
        for table in ("things", "flows", "actions", "timers", "accounts"):
            assert set(getattr(made, table)) == set(getattr(own, table))
        for language in ("zh", "en"):
            wanted = {k: v for k, v in own.texts[language].items()
                      if "." in k and not k.startswith(("parts.", "variants."))}  # fmt: skip
            assert wanted.items() <= made.texts[language].items()


def test_what_each_adds_is_told_and_belongs_to_a_part_of_its_own(found: Common) -> None:
    east, west = found.originals
    assert east.adds == ("actions.pay_by_code.do[4]", "actions.subsidy_left")
    assert west.adds == ("things.dish.fields.calories", "flows.donate", "actions.donate")
    template = found.result.pack
    assert template is not None
    assert template.actions["donate"].part == "of_west_canteen"
    core = configure(template).pack
    assert core is not None
    assert {"donate", "subsidy_left"}.isdisjoint(core.actions)
    assert found.shared["actions"] == len(template.actions) - 2


def test_options_have_the_wider_bounds_and_variants_narrow_them(
    found: Common, packs: tuple[Pack, Pack]
) -> None:
    template = found.result.pack
    assert template is not None
    limit = template.options["daily_limit"]
    assert (limit.least, limit.most) == (500, 50000)
    for pack in packs:
        made = configure(template, variant=pack.id).pack
        assert made is not None
        option, own = made.options["daily_limit"], pack.options["daily_limit"]
        assert (option.value, option.least, option.most) == (own.value, own.least, own.most)


def test_what_cannot_be_a_part_stays_as_in_the_first_and_is_told(
    packs: tuple[Pack, Pack], tmp_path: Path
) -> None:
    other = load(
        edited("smart_canteen", tmp_path / "north_canteen",
               (SCENE, "spent: {of: diner, sum: money, per: day}",
                "spent: {of: diner, sum: money, per: week}"))
    )  # fmt: skip
    found = common_template(packs[0], other, "group_canteen")
    assert found.result.ok
    assert found.left == ("counters.spent.per",)
    assert found.originals[0].remains == ()
    (change,) = found.originals[1].remains
    assert change.path == "counters.spent.per"


def test_there_is_none_of_one_pack_or_two_names_alike(packs: tuple[Pack, Pack]) -> None:
    with pytest.raises(Invalid):
        common_template(packs[0], packs[0], "group_canteen")
    with pytest.raises(Invalid):
        common_template(*packs, packs[0].id)


def test_the_command_writes_a_pack_that_passes_its_checks(
    east: Path, west: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "group_canteen"
    parser = argparse.ArgumentParser()
    _pack_common.add_arguments(parser)
    arguments = parser.parse_args([str(east), str(west), "--out", str(out), "--json"])
    assert _pack_common.run(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert [each["same"] for each in report["originals"]] == [True, True]
    result = load_pack(out)
    assert result.ok, result.mistakes
    with pytest.raises(Invalid):
        _pack_common.run(arguments)
