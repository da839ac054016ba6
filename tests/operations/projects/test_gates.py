"""Gates as a pure function: money released never exceeds what passed gates allow."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enscene.cli._verify_gates import said, verify_gates
from enscene.kernel.errors import Invalid
from enscene.operations.projects import STEPS, Stage, Target, allowed, judge, play_gates, shuts
from enscene.operations.projects.curve import monthly, read_curve

GATES = Path(__file__).parents[3] / "examples" / "gates"
MONTHS = tuple(date(2026, number, 1) for number in range(1, 13))


def test_the_malls_of_banks_are_stopped_in_their_second_year() -> None:
    report = verify_gates(GATES / "bank_mall.yaml")
    assert (report["stopped_at"], report["month"]) == ("live", "2013-12")
    assert report["released"] == "200000000.00"
    assert report["withheld"] == "450000000.00"
    assert report["without_gates"] == "650000000.00"
    assert sum(float(each) for each in report["spent_by_year"].values()) == 650_000_000
    assert [each["verdict"] for each in report["targets"]] == ["met", "missed", "missed"]
    assert report["assumed"] == ["steps", "targets", "years"]
    assert report["as_expected"]
    assert "live (2013-12)" in said(report)


def test_a_curve_that_grows_passes_every_gate() -> None:
    report = verify_gates(GATES / "growing.yaml")
    assert (report["stopped_at"], report["withheld"]) == (None, "0.00")
    assert {each["verdict"] for each in report["targets"]} == {"met"}
    assert report["as_expected"]


def test_months_stand_on_the_line_between_decembers() -> None:
    values = monthly({"users.active": {2012: 120, 2014: 360}})
    assert values["users.active", date(2012, 1, 1)] == 10
    assert values["users.active", date(2012, 12, 1)] == 120
    assert values["users.active", date(2013, 12, 1)] == 240
    assert max(month for _, month in values) == date(2014, 12, 1)


def test_a_file_that_is_none_says_so(tmp_path: Path) -> None:
    wrong = tmp_path / "curve.yaml"
    for text in ("[", "a: 1", (GATES / "growing.yaml").read_text().replace("live:", "alive:")):
        wrong.write_text(text)
        with pytest.raises(Invalid):
            read_curve(wrong)


targets = st.lists(
    st.builds(Target, st.sampled_from(STEPS), st.just("users.active"), st.sampled_from(MONTHS),
              st.integers(1, 100)), max_size=8,
)  # fmt: skip
figures = st.dictionaries(
    st.tuples(st.just("users.active"), st.sampled_from(MONTHS)), st.integers(0, 100)
)


@given(
    money=st.lists(st.integers(0, 1000), min_size=len(STEPS), max_size=len(STEPS)),
    asked=targets, values=figures, whole=st.sets(st.sampled_from(MONTHS)),
)  # fmt: skip
def test_money_released_never_exceeds_what_passed_gates_allow(
    money: list[int], asked: list[Target], values: dict[tuple[str, date], int], whole: set[date]
) -> None:
    stages = [
        Stage(step, minor, tuple(each for each in asked if each.step == step))
        for step, minor in zip(STEPS, money, strict=True)
    ]
    played = play_gates(stages, values, whole)
    assert played.released + played.withheld == sum(money)
    # Told again without the code of the gates: the steps before the first that lacks something.
    met = {
        step: all(
            each.month in whole and values.get(("users.active", each.month), 0) >= each.least
            for each in asked
            if each.step == step
        )
        for step in STEPS
    }
    first = next((number for number, step in enumerate(STEPS) if not met[step]), len(STEPS) - 1)
    assert played.released == sum(money[: first + 1])
    assert played.stopped_at == (None if all(met.values()) else STEPS[first])
    passed = set(STEPS[:first])
    assert allowed(stages, passed) == played.released
    for number in range(len(STEPS)):
        assert allowed(stages, set(STEPS[:number])) == sum(money[: number + 1])


@given(asked=targets, values=figures, risks=st.integers(0, 3))
def test_a_gate_is_open_only_with_all_met_and_no_high_risk(
    asked: list[Target], values: dict[tuple[str, date], int], risks: int
) -> None:
    shut = shuts(judge(asked, values, set(MONTHS)), risks)
    unmet = [each for each in asked if values.get(("users.active", each.month), 0) < each.least]
    assert len(shut) == len(unmet) + bool(risks)
    assert all(each.startswith("awaited") for each in shuts(judge(asked, values, set()), 0))
