"""The loop in simulated towns."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from enscene.cli import loop
from enscene.cli._loop_demo import FOLDER, Order, Played, judged, play, read_campaign, report
from enscene.cli._loop_town import TownBank
from enscene.cli._loop_words import words_of
from enscene.engagement.decisions import ContactPolicy
from enscene.engagement.loops import STEPS
from enscene.kernel.errors import Invalid
from enscene.simulator.needs import Town, read_truth
from enscene.simulator.needs.check_contacts import KINDS


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    whole = yaml.safe_load((FOLDER / "truth.yaml").read_text("utf-8"))
    path = tmp_path_factory.mktemp("loop") / "truth.yaml"
    path.write_text(yaml.safe_dump({**whole, "people": 600}), "utf-8")
    return path


@pytest.fixture(scope="module")
def played(small: Path) -> Played:
    return play(Order(small, 2, 1))


def test_each_cycle_has_its_seven_steps_with_days_and_an_owner(played: Played) -> None:
    for number, cycle in enumerate(played.cycles, 1):
        assert cycle["number"] == number
        assert [step["step"] for step in cycle["steps"]] == list(STEPS)
        assert all(step["began"] <= step["ended"] and step["owner"] for step in cycle["steps"])
        assert cycle["days"] == 28


def test_what_was_learnt_is_the_next_cycles_model(played: Played) -> None:
    first, second = (cycle["steps"][-1] for cycle in played.cycles)
    assert first["model_before"] == 0
    assert second["model_before"] == first["model_after"] > 100
    assert first["off_policy"]["effective"] > 0


def test_a_verdict_that_cannot_tell_keeps_the_policy_that_serves(tmp_path: Path) -> None:
    whole = yaml.safe_load((FOLDER / "truth.yaml").read_text("utf-8"))
    path = tmp_path / "truth.yaml"
    path.write_text(yaml.safe_dump({**whole, "people": 380}), "utf-8")
    steps = [cycle["steps"][-1] for cycle in play(Order(path, 2, 1)).cycles]
    assert [step["off_policy"]["verdict"] for step in steps] == ["kept", "kept"]
    assert [step["off_policy"]["why"] for step in steps] == ["effective", "margin"]
    # However good it looks.
    assert steps[0]["off_policy"]["low"] > 0
    assert [(step["model_before"], step["model_after"]) for step in steps] == [(0, 0), (0, 0)]


def test_both_groups_give_away_just_as_much_and_break_no_rule(played: Played) -> None:
    for learnt, rules in played.gifts:
        assert learnt == rules > 0
    assert played.violations == dict.fromkeys(KINDS, 0)


def test_one_seed_is_one_play(small: Path, played: Played) -> None:
    assert play(Order(small, 2, 1)) == played
    assert play(Order(small, 2, 2)).sums != played.sums


class Walled:
    """A town of which a bank sees what people do and buy, and of them their number and age."""

    def __init__(self, town: Town) -> None:
        self.begin_cycle = town.begin_cycle
        self.day = town.day
        self.tell = town.tell
        self.bought_anyway = town.bought_anyway
        self.people = [Known(person.number, person.age) for person in town.people]


class Known:
    """All that the bank knows of somebody beforehand."""

    def __init__(self, number: int, age: int) -> None:
        self.number = number
        self.age = age


def test_a_bank_decides_the_same_where_nothing_else_of_the_town_can_be_seen(small: Path) -> None:
    body = read_campaign(FOLDER / "campaign.yaml")
    policy = ContactPolicy("Asia/Shanghai")
    said = []
    for wall in (lambda town: town, Walled):
        town: Any = wall(Town(read_truth(small), 3))
        bank = TownBank(town, body, policy, 3)
        bank.speak(7, 5_000)
        said.append(bank.said)
    assert said[0] == said[1]
    assert len(said[0]) > 100


def test_the_report_tells_all_towns_together(played: Played) -> None:
    told = report([played, played])
    assert (told["seeds"], told["cycles"]) == (2, 2)
    assert told["violations_in_all"] == 0
    one = report([played])["uplift"]
    assert told["uplift"]["value"] == pytest.approx(one["value"], rel=0.01)
    assert told["uplift"]["high"] - told["uplift"]["low"] < one["high"] - one["low"]
    assert "违规 · rules broken: cap 0" in words_of(told)


@pytest.mark.parametrize("broken", ["nothing", "rule", "groups", "itself"])
def test_what_is_broken_is_told_and_ends_in_one(
    played: Played, broken: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    town = played
    if broken == "rule":
        town = replace(played, violations={**played.violations, "rest": 1})
    elif broken == "groups":
        learnt, rules, nobody = played.sums[-1]
        few = replace(learnt, count=learnt.count // 2)
        town = replace(played, sums=(*played.sums[:-1], (few, rules, nobody)))
    elif broken == "itself":
        town = replace(played, aa=(100, 40, 10))
    told = report([town])
    assert told["sample_ratio"]["ok"] is (broken != "groups")
    assert told["against_itself"]["ok"] is (broken != "itself")
    assert told["against_itself"]["allowed"] == 11
    assert told["violations_in_all"] == int(broken == "rule")
    assert told["ok"] is (broken == "nothing")
    told |= {"wanted": judged(told, moves=True)}
    assert told["wanted"]["reached"] is None, "one town tells nothing of the figure"
    monkeypatch.setattr("enscene.cli._loop_demo.demo", lambda *_: told)
    parser = argparse.ArgumentParser()
    loop.add_arguments(parser)
    assert loop.run(parser.parse_args(["demo", "--json"])) == int(broken != "nothing")
    assert json.loads(capsys.readouterr().out)["amounts"] == "minor units: 100 = 1.00 CNY"


def test_a_campaign_that_is_none_is_told(tmp_path: Path) -> None:
    path = tmp_path / "campaign.yaml"
    path.write_text("title: 1", "utf-8")
    with pytest.raises(Invalid, match=r"campaign\.yaml"):
        read_campaign(path)


@pytest.mark.parametrize(
    ("moves", "uplift", "covers", "seeds", "reached"),
    [(True, 0.15, 0, 20, True), (True, 0.1499, 0, 20, False), (True, 0.9, 0, 19, None),
     (False, 0.0, 18, 20, True), (False, 0.0, 17, 20, False), (False, 0.0, 0, 19, None)],
)  # fmt: skip
def test_the_figure_is_judged_by_twenty_towns(
    moves: bool, uplift: float, covers: int, seeds: int, reached: bool | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    told = {"ok": True, "uplift": {"value": uplift}, "covers_zero": covers, "seeds": seeds}
    told |= {"wanted": judged(told, moves=moves)}
    assert told["wanted"]["reached"] is reached
    monkeypatch.setattr("enscene.cli._loop_demo.demo", lambda *_: told)
    parser = argparse.ArgumentParser()
    loop.add_arguments(parser)
    assert loop.run(parser.parse_args(["demo", "--json"])) == int(reached is False)


def test_a_truth_says_whether_it_moves_anybody() -> None:
    assert read_truth(FOLDER / "truth.yaml").moves
    assert not read_truth(FOLDER / "null_truth.yaml").moves
