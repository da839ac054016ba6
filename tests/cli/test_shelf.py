"""The shelf from the command line: as text in both languages, as JSON for other programs."""

from __future__ import annotations

import json

import pytest

from enscene.cli import main
from enscene.shelf import standard_shelf


def test_the_list_tells_every_product_and_what_a_loan_costs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["shelf", "list", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows.keys() == standard_shelf().products.keys()
    assert rows["instalment_wedding"]["base"] == "instalment"
    assert rows["instalment"]["annual_cost"].endswith("%")
    assert rows["monthly_card"]["prices"] == {"month": "9.90"}
    assert "annual_cost" not in rows["coupon"]


def test_the_check_counts_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["shelf", "check"]) == 0
    assert "个产品" in capsys.readouterr().out
    assert main(["shelf", "check", "--lang", "en"]) == 0
    assert "products" in capsys.readouterr().out


def test_the_gaps_of_the_templates_are_told_pair_by_pair(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["shelf", "gaps", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"smart_canteen", "travel"} <= set(told["scenes"])
    assert sum(told["counts"].values()) == len(told["pairs"])
    pairs = {(pair["scene"], pair["product"]): pair["status"] for pair in told["pairs"]}
    assert pairs["travel", "delay_insurance"] == "on"
    assert pairs["travel", "fx_purchase"] == "missing"
    assert ("travel", "payroll") not in pairs
    assert main(["shelf", "gaps", "--lang", "en"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "missing" in lines[-1]
    # It says what it counts: templates here, the scenes of a tenant in the console.
    assert told["counted"] == "templates"
    count = f"{len(told['scenes'])} templates"
    assert lines[0].startswith(count)
    assert lines[-1].startswith(count)
