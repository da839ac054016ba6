"""asking.yaml: what customers say, by action and language."""

from __future__ import annotations

from pathlib import Path

import pytest

from enscene.scenes.language import configure, load_pack, load_pack_files

PACKS = Path(__file__).parents[3] / "packs"
GOOD = "pay_bill: {zh: [交物业费], en: [pay the fee]}\n"


def mistakes(asking: str) -> list[tuple[str, int, str]]:
    pack = load_pack(PACKS / "community").pack
    assert pack is not None
    found = load_pack_files({**pack.files, "asking.yaml": asking}).mistakes
    return [(each.file, each.line, each.code) for each in found]


def test_examples_are_read_by_action_and_language() -> None:
    pack = load_pack(PACKS / "community").pack
    assert pack is not None
    only = load_pack_files({**pack.files, "asking.yaml": GOOD}).pack
    assert only is not None
    assert only.asking == {"pay_bill": {"zh": ("交物业费",), "en": ("pay the fee",)}}


@pytest.mark.parametrize(
    ("asking", "line", "code"),
    [
        (GOOD + "issue_bill: {zh: [出账单], en: [issue]}\n", 2, "unknown_action"),
        (GOOD + "nothing: {zh: [无], en: [none]}\n", 2, "unknown_action"),
        (GOOD + "my_dues:\n  zh: [ 交物业费 ]\n  en: [due]\n", 3, "duplicate"),
        ("pay_bill: {zh: [交物业费]}\n", 1, "missing_key"),
        ("pay_bill: {zh: [], en: [pay]}\n", 1, "bad_count"),
        (f"pay_bill: {{zh: [{'缴' * 201}], en: [pay]}}\n", 1, "bad_text"),
    ],
)
def test_mistakes_are_told_with_their_line(asking: str, line: int, code: str) -> None:
    assert mistakes(asking) == [("asking.yaml", line, code)]


def test_what_belongs_to_a_part_goes_with_it() -> None:
    pack = load_pack(PACKS / "community").pack
    assert pack is not None
    assert "book_cleaning" in pack.asking
    off = configure(pack, parts={"cleaning": False}).pack
    assert off is not None
    assert not {"book_cleaning", "cancel_cleaning", "rate_cleaning"} & set(off.asking)
