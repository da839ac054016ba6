"""Plans and verdicts, without a network: what a right partner tells passes, anything else is named."""

from __future__ import annotations

from dataclasses import replace
from string import Formatter
from uuid import UUID

import msgspec
import pytest

from enscene.kernel.ids import new_uuid
from enscene.partners.conformance import CHECKS, FAULTS, RAILS, Seen, judge, plan_delivery, plan_run
from enscene.partners.conformance.plan import Step
from enscene.partners.conformance.reasons import read_words

RUN = UUID(int=7)
AT = "2026-11-23T04:00:00.000000Z"
STEPS = {step.check: step for step in plan_run(RUN, AT, rails=True)}


def right(step: Step) -> Seen:
    """What is seen of a partner that does everything right."""
    refuses = step.check in ("forged", "old")
    answers = [(each.id, 401 if refuses else 200) for group in step.groups for each in group]
    effects = {} if refuses else dict.fromkeys(dict(answers), 1)
    acts = {"act": [(2, 0)], "act_twice": [(1, 0)]}.get(step.check, [])
    return Seen(answers, effects, dict(step.states), acts)


@pytest.mark.parametrize("check", [*CHECKS, RAILS])
def test_who_is_right_passes(check):
    assert judge(STEPS[check], right(STEPS[check])).reason is None


@pytest.mark.parametrize(
    ("check", "changes", "reason"),
    [
        ("taken", {"answers": [("x", 500)]}, "not_taken"),
        ("taken", {"answers": [("x", "timeout")]}, "not_taken"),
        ("taken", {"effects": {}}, "no_effect"),
        ("taken", {"effects": None}, "effects_unreadable"),
        ("twice", {"effects": dict.fromkeys([STEPS["twice"].groups[0][0].id], 2)}, "effect_again"),
        ("at_once", {"effects": {}}, "no_effect"),
        ("forged", {"answers": [("x", 200)]}, "believed"),
        ("forged", {"effects": {STEPS["forged"].groups[2][0].id: 1}}, "took_effect"),
        ("old", {"answers": [("x", 204)]}, "believed"),
        ("order", {"states": {}}, "wrong_state"),
        ("rails", {"states": {STEPS["rails"].states[0][0]: "settled"}}, "wrong_state"),
        ("rails", {"effects": {STEPS["rails"].groups[0][0].id: 2}}, "effect_again"),
        ("stale", {"states": {STEPS["stale"].states[0][0]: "paid"}}, "wrong_state"),
        ("act", {"acts": []}, "never_called"),
        ("act", {"acts": [(1, 0)]}, "gave_up"),
        ("act", {"acts": [(1, 0), (1, 0)]}, "new_key"),
        ("act", {"acts": [(2, 1)]}, "other_body"),
        ("act_twice", {"acts": [(1, 0), (1, 0)]}, "new_key"),
    ],
)
def test_each_fault_has_its_name(check, changes, reason):
    verdict = judge(STEPS[check], replace(right(STEPS[check]), **changes))
    assert verdict.reason == reason
    told = read_words().reasons[reason]
    for text in (told.why.zh, told.why.en, told.way_out.zh, told.way_out.en):
        wanted = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert wanted <= verdict.facts.keys()


def test_a_refusal_with_a_fault_of_the_server_is_no_belief():
    step = STEPS["forged"]
    answers = [(each.id, 500) for group in step.groups for each in group]
    assert judge(step, replace(right(step), answers=answers)).passed


def test_what_comes_twice_is_the_same_and_all_else_is_not():
    for check in ("twice", "at_once", "act_twice"):
        sent = {(each.id, each.body) for group in STEPS[check].groups for each in group}
        assert len(sent) == 1
    ids = [each.id for step in STEPS.values() for each in step.groups[0][:1]]
    assert len(set(ids)) == len(ids)
    assert ids[0] not in {each.groups[0][0].id for each in plan_run(new_uuid(), AT)}


def test_later_news_of_one_thing_have_greater_numbers():
    for check, order in (("order", [22, 20, 21]), ("stale", [30, 32, 31])):
        bodies = [msgspec.json.decode(g[0].body)["data"] for g in STEPS[check].groups]
        assert [body["id"] for body in bodies] == order
        assert len({body["key"] for body in bodies}) == 1


def test_ids_tell_nothing_of_what_is_tried():
    for step in STEPS.values():
        for group in step.groups:
            assert not any(name in each.id for each in group for name in CHECKS)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_delivery_has_the_fault_that_was_asked_for(fault):
    [step] = plan_delivery(RUN, fault, AT)
    signings = {each.signing for group in step.groups for each in group}
    wanted = {"bad_signature": "other_key", "old_signature": "old"}.get(fault, "good")
    assert signings == {wanted}
