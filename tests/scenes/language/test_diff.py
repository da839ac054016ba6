"""What changed between two packs is told in their own words."""

from __future__ import annotations

from enscene.scenes.language import Pack, load_pack_files
from enscene.scenes.language.diff import diff_packs
from enscene.scenes.language.scaffold import new_pack

GOOD = new_pack("corner_shop")


def changed(*pairs: tuple[str, str]) -> Pack:
    scene = GOOD["scene.yaml"]
    for old, new in pairs:
        assert old in scene
        scene = scene.replace(old, new)
    result = load_pack_files({**GOOD, "scene.yaml": scene})
    assert result.pack is not None, result.mistakes
    return result.pack


def told(*pairs: tuple[str, str]) -> list[str]:
    return [str(change) for change in diff_packs(changed(), changed(*pairs))]


def test_nothing_changed() -> None:
    assert told() == []


def test_moved_lines_are_no_change() -> None:
    assert told(("# Say in one line what this scene is.\n", "\n\n# Another comment.\n")) == []


def test_an_option_has_another_bound() -> None:
    assert told(('min: "10.00", max: "1000.00"', 'min: "10.00", max: "800.00"')) == [
        "~ options.daily_limit.most: 100000 → 80000"
    ]


def test_a_new_input_that_must_be_given_breaks_callers() -> None:
    field = "title: {type: text, optional: true}"
    wanted = ("shop: party, price: {type: money", "shop: party, %s, price: {type: money")
    scene = GOOD["scene.yaml"].replace(wanted[0], wanted[1] % field)
    texts = {name: GOOD[name] + "" for name in ("texts/zh.yaml", "texts/en.yaml")}
    texts = {name: text.replace("fields: {", "fields: {title: t, ") for name, text in texts.items()}
    optional = load_pack_files({**GOOD, **texts, "scene.yaml": scene}).pack
    assert optional is not None
    lines = [str(change) for change in diff_packs(changed(), optional)]
    assert lines[0] == "+ actions.pay.input.title"
    assert "breaking" not in lines[0]


def test_a_removed_action_breaks_callers() -> None:
    lines = [str(change) for change in diff_packs(_with_tip(), changed())]
    assert "- actions.tip  (breaking)" in lines


def _with_tip() -> Pack:
    scene = GOOD["scene.yaml"].replace(
        "  close: {by",
        "  tip: {by: [customer], input: {amount: money}, do: [{move: top_up}]}\n  close: {by",
    )
    cases = GOOD["cases.yaml"].replace(
        "      - {do: top_up,",
        '      - {do: tip, by: ann, input: {amount: "1.00"}}\n      - {do: top_up,',
    )
    texts = {
        name: GOOD[name].replace("actions: {", "actions: {tip: Tip, ")
        for name in ("texts/zh.yaml", "texts/en.yaml")
    }
    quality = GOOD["quality.yaml"].replace(
        "actions_simulated: done", "actions_simulated: {is: todo, comment: nobody tips}"
    )
    files = {**GOOD, **texts, "scene.yaml": scene, "cases.yaml": cases, "quality.yaml": quality}
    result = load_pack_files(files)
    assert result.pack is not None, result.mistakes
    return result.pack
