"""What a pack says of its topics, as the runtime reads it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

from enscene.customers.spectrum import GENERAL
from enscene.scenes.language import configure, load_pack, load_pack_files
from enscene.scenes.language.model import Pack

PACKS = Path(__file__).parents[3] / "packs"


def canteen() -> Pack:
    pack = load_pack(PACKS / "smart_canteen").pack
    assert pack is not None
    return pack


def test_a_topic_is_what_its_signs_tell() -> None:
    topic = canteen().topics["canteen_food"]
    assert (topic.is_a, topic.half_life, topic.half_at, topic.doubt) == (
        "eating", timedelta(days=30), 5, 1,
    )  # fmt: skip
    assert {sign.who for sign in topic.signs} == {"diner"}
    rated = next(sign for sign in topic.signs if sign.after == "rate_meal").strength.compiled
    assert rated is not None
    given = {"input": SimpleNamespace(stars=5)}
    assert rated.function(*(given.get(name) for name in rated.roots)) == 2


def test_a_topic_of_each_text_says_what_they_are_called() -> None:
    topic = canteen().topics["dish"]
    assert (topic.each, topic.called, topic.most) == (True, ("dish", "title"), 30)
    assert all(sign.each is not None for sign in topic.signs)


def test_a_part_that_is_off_tells_nothing() -> None:
    pack = canteen()
    assert "recognition" in {sign.part for sign in pack.topics["canteen_food"].signs}
    off = configure(pack, parts={"recognition": False, "outside_meals": False})
    assert off.pack is not None
    assert "recognition" not in {sign.part for sign in off.pack.topics["canteen_food"].signs}
    assert list(off.pack.topics) == ["canteen_food", "dish"]


def test_what_only_reads_tells_of_nothing() -> None:
    files = dict(canteen().files)
    scene = files["scene.yaml"].replace(
        "{after: rate_meal, of: diner, strength: input.stars - 3}",
        "{after: wallet_balance, of: diner, strength: 1}",
    )
    (mistake,) = load_pack_files({**files, "scene.yaml": scene}).mistakes
    assert (mistake.code, scene.splitlines()[mistake.line - 1].strip()) == (
        "not_logged", "- {after: wallet_balance, of: diner, strength: 1}",
    )  # fmt: skip


def test_every_general_topic_is_of_one_formula() -> None:
    for formula in GENERAL.values():
        formula.check()
    assert len(GENERAL) == 13
