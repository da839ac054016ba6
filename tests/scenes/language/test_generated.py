"""What is generated is up to date, and a new pack passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from enscene.cli import main
from enscene.kernel.errors import Invalid
from enscene.scenes.language import load_pack
from enscene.scenes.language.scaffold import new_pack


def test_schema_reference_and_readmes_are_up_to_date() -> None:
    assert main(["pack", "docs", "--check"]) == 0


def test_a_new_pack_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pack", "new", "parking_lot", "--in", str(tmp_path)]) == 0
    assert main(["pack", "check", str(tmp_path / "parking_lot"), "--lang", "en"]) == 0
    assert "parking_lot 0.1.0) passes" in capsys.readouterr().out


def test_a_pack_in_another_folder_is_told(tmp_path: Path) -> None:
    for name, text in new_pack("parking_lot").items():
        path = tmp_path / "garage" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert [item.code for item in load_pack(tmp_path / "garage").mistakes] == ["wrong_folder"]
    assert [item.code for item in load_pack(tmp_path / "none").mistakes] == ["no_folder"]


def test_a_broken_pack_fails_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["pack", "new", "parking_lot", "--in", str(tmp_path)])
    scene = tmp_path / "parking_lot" / "scene.yaml"
    scene.write_text(scene.read_text().replace("role: income", "role: incom"))
    assert main(["pack", "check", str(tmp_path / "parking_lot")]) == 1
    assert "scene.yaml:20:38" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["Parking", "2nd", "a-b", "", "x" * 41])
def test_a_bad_id_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="cannot be the id"):
        new_pack(name)
