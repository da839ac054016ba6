"""Planted laundering, found among recorded transfers."""

from __future__ import annotations

from pathlib import Path

import pytest

from enscene.cli._verify_aml import verify_aml
from enscene.kernel.errors import Invalid

DATA = Path(__file__).parents[3] / "shared" / "data" / "amlsim_cycle"


@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded transfers are not here")
def test_planted_cycles_are_named_and_nobody_else() -> None:
    report = verify_aml(DATA)
    assert (report["transfers"], report["labelled"]) == (117_805, 945)
    assert report["cycles_closed"] == 21
    for rule, named in (("came_back", 105), ("passed_on", 391)):
        assert (report["rules"][rule]["named"], report["rules"][rule]["precision"]) == (named, 1.0)


def test_a_folder_without_the_data_is_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="20K_cycle200"):
        verify_aml(tmp_path)
    (tmp_path / "20K_cycle200.tgz").write_bytes(b"no archive")
    with pytest.raises(Invalid, match="cannot be read"):
        verify_aml(tmp_path)
