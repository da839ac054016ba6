"""Files of truth."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from enscene.kernel.errors import Invalid
from enscene.simulator.needs import read_truth

EXAMPLES = Path(__file__).parents[3] / "examples/loop"


def test_in_the_null_truth_nobody_is_moved_and_all_else_is_the_same() -> None:
    true, null = (read_truth(EXAMPLES / f"{name}.yaml") for name in ("truth", "null_truth"))
    assert not any(chance for moved in null.moved.values() for chance in moved.values())
    assert any(chance for moved in true.moved.values() for chance in moved.values())
    for name in ("people", "kinds", "hours", "amounts", "buys", "suits", "tired", "earns"):
        assert getattr(true, name) == getattr(null, name)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"people": 0}, "people"),
        ({"hours": {}}, "hours: nothing of car_owner.pass_gate"),
        ({"moved": {}}, "moved: nothing of drivers"),
        ({"earns": {}}, "earns: nothing of baby_insurance"),
        ({"tired": 101}, "tired"),
        ({"wishes": 1}, "wishes"),
        ({"amounts": {"community.pay_bill": [2, 1]}}, "amounts.community.pay_bill: from more"),
    ],
)
def test_what_does_not_hang_together_is_told_with_its_place(
    tmp_path: Path, change: dict[str, object], says: str
) -> None:
    path = tmp_path / "truth.yaml"
    whole = yaml.safe_load((EXAMPLES / "truth.yaml").read_text("utf-8"))
    path.write_text(yaml.safe_dump({**whole, **change}), "utf-8")
    with pytest.raises(Invalid, match=says) as refused:
        read_truth(path)
    assert (refused.value.code, refused.value.param) == ("truth.file", "truth")
    assert str(path) in str(refused.value)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    for text in (None, "a: [", "- 1"):
        path = tmp_path / "t.yaml"
        if text is not None:
            path.write_text(text, "utf-8")
        with pytest.raises(Invalid):
            read_truth(path)
