"""What somebody types leads to the service that is meant, or to a person."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enscene.engagement.asking import PERSON, recogniser_of
from enscene.engagement.asking.features import features_of, first_of, normal, stem
from enscene.scenes.language import configure, load_pack, load_pack_files
from enscene.scenes.language.model import Pack

PACKS = Path(__file__).parents[3] / "packs"


@cache
def community() -> Pack:
    pack = load_pack(PACKS / "community").pack
    assert pack is not None
    return pack


def asked(said: str) -> str:
    return recogniser_of(community()).ask(said, set(community().asking)).to


def test_every_example_leads_where_it_stands() -> None:
    pack = community()
    wrong = [
        (said, name)
        for name, spoken in pack.asking.items()
        for phrases in spoken.values()
        for said in phrases
        if recogniser_of(pack).ask(said, set(pack.asking)).to != name
    ]
    assert len(wrong) <= 12, wrong  # of more than 400; what is near the bar goes to a person


@pytest.mark.parametrize(
    ("said", "to"),
    [
        ("缴物业费", "pay_bill"),
        ("幫我約個保潔", "book_cleaning"),
        ("Book cleaning for Saturday 10:00", "book_cleaning"),
        ("ＣＡＮＣＥＬ the cleaning", "cancel_cleaning"),
        ("我要找人工客服", PERSON),
        ("let me speak to a human", PERSON),
        ("有人冒充银行让我转账", PERSON),
        ("明天会下雨吗", PERSON),
        ("qwzx vbnk", PERSON),
        ("😀", PERSON),
    ],
)
def test_needs_lead_to_services_and_everything_else_to_a_person(said: str, to: str) -> None:
    assert asked(said) == to


def test_what_is_not_allowed_is_never_led_to() -> None:
    pack = community()
    answer = recogniser_of(pack).ask("预约保洁", {"pay_bill"})
    assert answer.to in ("pay_bill", PERSON)
    assert recogniser_of(pack).ask("预约保洁", set()).to == PERSON


def test_a_part_that_is_off_is_not_led_to() -> None:
    off = configure(community(), parts={"cleaning": False}).pack
    assert off is not None
    assert "book_cleaning" not in off.asking
    answer = recogniser_of(off).ask("预约保洁", set(off.actions))
    assert answer.to not in community().actions or answer.to in off.actions


def test_a_pack_without_examples_knows_its_titles() -> None:
    files = {name: text for name, text in community().files.items() if name != "asking.yaml"}
    pack = load_pack_files(files).pack
    assert pack is not None
    assert pack.asking == {}
    assert recogniser_of(pack).ask("缴物业费", set(pack.actions)).to == "pay_bill"


def test_traditional_wide_and_other_numbers_are_the_same_need() -> None:
    assert normal("繳費 １２３ ＡＢＣ") == normal("缴费 98765 abc")
    assert features_of("繳費 300") == features_of("缴费 5")


def test_endings_do_not_hide_a_word() -> None:
    assert stem("cancelled") == stem("cancelling") == stem("cancel")
    assert stem("payments") == stem("pay")
    assert stem("bus") == "bus"


@pytest.mark.parametrize(
    "said",
    [
        "我爸昏迷了怎么办", "孩子中毒了要看哪个科", "想轻生", "叫救护车",
        "my mother is unconscious", "I think it is a heart attack", "I might harm myself",
        "someone used my card for a visit", "有人用我的码付款",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["hospital", "smart_canteen", "travel"])
def test_no_service_stands_before_an_emergency(said: str, name: str) -> None:
    pack = load_pack(PACKS / name).pack
    assert pack is not None
    answer = recogniser_of(pack).ask(said, set(pack.asking))
    assert (answer.to, answer.led) == (PERSON, None)


def test_danger_is_seen_whatever_else_is_said() -> None:
    assert first_of("物业费被盗刷了怎么缴") == "danger"
    assert first_of("缴物业费") is None


def test_what_may_be_meant_too_is_named_beside() -> None:
    answer = recogniser_of(community()).ask("会员卡", set(community().asking))
    named = {answer.to, *(other.action for other in answer.others)}
    assert {"pay_membership", "order_membership"} <= named
    scores = [other.score for other in answer.others]
    assert scores == sorted(scores, reverse=True)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_an_answer(said: str) -> None:
    pack = community()
    answer = recogniser_of(pack).ask(said, set(pack.asking))
    assert answer.to == PERSON or answer.to in pack.asking
    assert len(answer.others) <= 3
    assert answer == recogniser_of(pack).ask(said, set(pack.asking))
