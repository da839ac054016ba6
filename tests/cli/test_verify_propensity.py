"""The calls of a bank are read as they are, without what nobody knows beforehand."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from enscene.cli._verify_propensity import read_calls, verify_propensity
from enscene.kernel.errors import Invalid

DATA = Path(__file__).parents[3] / "shared/data/bank_marketing"
TEXT = "age;job;duration;y\n30;clerk;100;yes\n40;cook;5;no\n"


def test_the_figures_of_the_paper_are_reached() -> None:
    pytest.importorskip("sklearn", reason="the packages of `verify propensity` are not installed")
    if not DATA.is_dir():
        pytest.skip("the calls of the bank are not here")
    found = verify_propensity(DATA)
    assert found["reached"]
    assert found["auc_time"] < found["auc_random"], "the future is harder than the past"


def test_every_call_is_read() -> None:
    if not DATA.is_dir():
        pytest.skip("the calls of the bank are not here")
    columns, took = read_calls(DATA)
    assert (len(took), sum(took), len(columns)) == (41_188, 4_640, 19)
    assert "duration" not in columns


def test_plain_or_packed_is_the_same(tmp_path: Path) -> None:
    packed, plain = tmp_path / "packed", tmp_path / "plain"
    packed.mkdir()
    plain.mkdir()
    (plain / "a-full.csv").write_text(TEXT)
    with zipfile.ZipFile(packed / "a.zip", "w") as archive:
        archive.writestr("__MACOSX/._a-full.csv", b"\x00")
        archive.writestr("a/a-full.csv", TEXT)
    assert read_calls(packed) == read_calls(plain)
    assert read_calls(plain) == ({"age": [30.0, 40.0], "job": ["clerk", "cook"]}, [True, False])


def test_what_is_no_such_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="-full"):
        read_calls(tmp_path)
    for text in ("", "a;b\n1;2\n"):
        (tmp_path / "a-full.csv").write_text(text)
        with pytest.raises(Invalid, match=r"a-full\.csv:1"):
            read_calls(tmp_path)
    (tmp_path / "a-full.csv").unlink()
    (tmp_path / "b.zip").write_bytes(b"no archive")
    with pytest.raises(Invalid, match="cannot be read"):
        read_calls(tmp_path)
