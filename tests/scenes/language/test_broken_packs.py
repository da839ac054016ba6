"""Every broken pack gives its one mistake, at its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from enscene.scenes.language import load_pack_files
from enscene.scenes.language.scaffold import new_pack

BROKEN: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "broken_packs.yaml").read_text(encoding="utf-8")
)
GOOD = new_pack("corner_shop")


def test_the_pack_before_it_is_broken_is_good() -> None:
    result = load_pack_files(GOOD)
    assert result.mistakes == ()
    assert result.pack is not None


@pytest.mark.parametrize("broken", BROKEN, ids=[item["name"] for item in BROKEN])
def test_a_broken_pack_has_one_mistake(broken: dict[str, Any]) -> None:
    text = GOOD[broken["file"]]
    assert broken["old"] in text
    result = load_pack_files(
        {**GOOD, broken["file"]: text.replace(broken["old"], broken["new"], 1)}
    )
    assert result.pack is None
    told = [str(mistake).split("\n")[0] for mistake in result.mistakes]
    assert told == [broken["told"]]
    assert result.mistakes[0].hint == broken.get("hint", "")


def test_there_are_many_kinds_of_mistakes() -> None:
    codes = {item["told"].rsplit("[", 1)[1] for item in BROKEN}
    assert len(BROKEN) >= 60
    assert len(codes) >= 45


def test_mistakes_are_collected() -> None:
    scene = GOOD["scene.yaml"]
    scene = scene.replace("role: stored_value", "role: storedvalue").replace(
        'floor: "-1000.00"', "floor: none"
    )
    scene = scene.replace("is: merchant", "is: merchand")
    cases = GOOD["cases.yaml"].replace("when:", "wen:", 1)
    result = load_pack_files({**GOOD, "scene.yaml": scene, "cases.yaml": cases})
    assert [(item.file, item.code) for item in result.mistakes] == [
        ("cases.yaml", "missing_key"),
        ("cases.yaml", "unknown_key"),
        ("scene.yaml", "bad_choice"),
        ("scene.yaml", "bad_choice"),
    ]


def test_missing_and_unexpected_files_are_told() -> None:
    files = {name: text for name, text in GOOD.items() if name != "texts/en.yaml"}
    result = load_pack_files({**files, "extra.py": "print()"})
    assert [(item.file, item.code) for item in result.mistakes] == [
        ("extra.py", "unexpected_file"),
        ("texts/en.yaml", "missing_file"),
    ]


def test_a_product_that_is_not_on_the_shelf_is_told_with_the_nearest_one() -> None:
    scene = GOOD["scene.yaml"].replace(
        "\npages:", "\nproducts:\n  top_up: {mount: shelf.auto_topop}\n\npages:"
    )
    (mistake,) = [
        found
        for found in load_pack_files({**GOOD, "scene.yaml": scene}).mistakes
        if found.code == "unknown_shelf_product"
    ]
    assert scene.splitlines()[mistake.line - 1].startswith("  top_up:")
    assert mistake.message == "no shelf product is called `auto_topop`"
    assert mistake.hint == "did you mean `auto_topup`?"
