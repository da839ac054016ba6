"""`verify asking`: phrases that nothing was learnt from lead where they should."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

import pytest

from enscene.cli._verify_asking import verify_asking
from enscene.kernel.errors import Invalid

ROOT = Path(__file__).parents[2]
HELD = ROOT / "tests" / "engagement" / "asking" / "held"
PACKS = ROOT / "packs"


def test_what_customers_say_is_understood_in_every_pack() -> None:
    report = verify_asking(HELD, PACKS)
    assert set(report["packs"]) == {path.name for path in PACKS.iterdir() if path.is_dir()}
    for name, told in report["packs"].items():
        assert (told["phrases"], told["zh"]["phrases"], told["en"]["phrases"]) == (200, 120, 80)
        assert told["known_already"] <= 10, f"{name} has learnt what it is asked"
        assert len(told["wrong"]) == round(200 * (1 - told["right"]))
        assert told["urgent"] >= 3
        assert told["urgent_misled"] == 0, f"{name} leads somebody in need to a service"
    assert report["reached"]
    assert mean(told["right"] for told in report["packs"].values()) >= 0.82
    assert mean(told["named"] for told in report["packs"].values()) >= 0.87


def test_one_phrase_of_somebody_in_need_led_to_a_service_is_too_many(tmp_path: Path) -> None:
    """However right the others are: `book a cleaning` stands for a cry for help that is not known."""
    rows = "".join('- {say: "转人工", lang: zh, wants: [person]}\n' for _ in range(99))
    rows += "- {say: book a cleaning, lang: en, wants: [person], urgent: true}\n"
    (tmp_path / "community.yaml").write_text(rows, "utf-8")
    report = verify_asking(tmp_path, PACKS)
    assert report["packs"]["community"]["right"] == 0.99
    assert report["packs"]["community"]["urgent_misled"] == 1
    assert not report["reached"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("nothing.yaml", "[]", "no pack nothing"),
        ("travel.yaml", "{say: x}", "a list of phrases"),
        ("travel.yaml", "- {lang: zh, wants: [nearby]}", "entry 1"),
        ("travel.yaml", "- [", "travel.yaml"),
        ("travel.yaml", "- {say: help, lang: en, wants: [nearby], urgent: true}", "urgent"),
        ("readme.txt", "", "no PACK.yaml"),
    ],
)
def test_files_that_are_none_are_named(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(Invalid, match=said):
        verify_asking(tmp_path, PACKS)
