"""Quality rules: what a good pack does. Each has a validator; what an author says is compared
with what it finds, and the tier is computed, never typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from enscene.kernel.documents import Map
from enscene.kernel.said import Both, say
from enscene.scenes.language._draft import Draft
from enscene.scenes.language.model import Case, People, Quality, Variant


@dataclass(frozen=True, slots=True)
class Facts:
    """What the validators look at."""

    draft: Draft
    cases: tuple[Case, ...]
    people: People
    variants: Mapping[str, Variant]
    notes: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, explained, with its validator."""

    en: str
    zh: str
    holds: Callable[[Facts], bool]


def _persons(facts: Facts) -> list[str]:
    return [party.name for party in facts.draft.parties.values() if party.is_a == "person"]


def _refundable(facts: Facts) -> bool:
    """Every flow that takes from a person's account into a merchant's can be given back."""
    draft = facts.draft
    persons, given_back = set(_persons(facts)), set()
    for action in draft.actions.values():
        for step in action.steps:
            if step.block in ("reverse", "void"):
                given_back.add(step.args["flow"])
    for flow in draft.flows.values():
        takes = any(draft.accounts[leg.account].of in persons for leg in flow.sources)
        owners = {draft.parties[draft.accounts[leg.account].of].is_a for leg in flow.targets}
        if takes and "merchant" in owners and flow.name not in given_back:
            return False
    return True


def _limited(facts: Facts) -> bool:
    """Someone's spending is limited over time."""
    return any(
        step.block == "limit" for action in facts.draft.actions.values() for step in action.steps
    )


def _consented(facts: Facts) -> bool:
    parties = facts.draft.parties
    return bool(_persons(facts)) and all(parties[name].consent for name in _persons(facts))


def _simulated(facts: Facts) -> bool:
    done = {habit.action for group in facts.people.groups.values() for habit in group.habits}
    needed = {
        action.name
        for action in facts.draft.actions.values()
        if not action.query and not {"clock", "trigger"} >= set(action.by)
    }
    return needed <= done


def _timers_tested(facts: Facts) -> bool:
    timed = {timer.do for timer in facts.draft.timers.values()}
    seen = {act.action for case in facts.cases for act in case.when if act.actor == "clock"}
    return timed <= seen


RULES: Mapping[str, Rule] = {
    "refundable": Rule(
        "what persons pay to merchants can be given back",
        "个人支付给商户的款项可以退回",
        _refundable,
    ),
    "spending_limited": Rule("spending is limited over time", "消费设有周期限额", _limited),
    "consent_named": Rule(
        "every person's role names the purposes they consent to",
        "个人角色均列明征求同意的用途",
        _consented,
    ),
    "actions_simulated": Rule(
        "someone in people.yaml does each action", "模拟人群覆盖全部动作", _simulated
    ),
    "wrong_requests": Rule(
        "the simulator also sends bad, duplicate and late requests",
        "模拟包含错误、重复与迟到的请求",
        lambda facts: set(facts.people.wrong) == {"bad", "duplicate", "late"},
    ),
    "timers_tested": Rule("a case waits for each timer", "每个定时均有用例", _timers_tested),
    "income_named": Rule(
        "the bank's income has its own account",
        "银行收入有独立账户",
        lambda facts: any(account.role == "income" for account in facts.draft.accounts.values()),
    ),
    "offers_bounded": Rule(
        "a product is offered at a moment, at most so often",
        "产品在时机中推荐并限频",
        lambda facts: (
            bool(facts.draft.moments)
            and all(product.moment for product in facts.draft.products.values())
        ),
    ),
    "metered": Rule(
        "usage is metered and an indicator has a target",
        "有计量，指标有目标值",
        lambda facts: (
            bool(facts.draft.meters)
            and any(item.target is not None for item in facts.draft.indicators.values())
        ),
    ),
    "people_see": Rule(
        "every person's role has a page",
        "每个个人角色都有页面",
        lambda facts: set(_persons(facts)) <= {page.who for page in facts.draft.pages.values()},
    ),
    "variants_given": Rule(
        "there are two variants or more",
        "至少有两个方案",
        lambda facts: len(facts.variants) >= 2,
    ),
    "notes_written": Rule(
        "NOTES.md tells what the scene is for",
        "NOTES.md 说明了场景的用途",
        lambda facts: len(facts.notes.strip()) >= 200,
    ),
}


def read_quality(facts: Facts, root: Map) -> tuple[Quality, ...]:
    """What is said of each rule; claims that do not hold are mistakes."""
    draft, rules = facts.draft, root.map("rules")
    for name, node in rules:
        if name not in RULES:
            draft.mistakes.unknown(rules.keys[name], "rule", name, RULES, node.path)
    found: list[Quality] = []
    for name, rule in RULES.items():
        if name not in rules.entries:
            message = say(
                "rule `{name}` is missing: {rule}", name=name, rule=Both(rule.en, rule.zh)
            )
            draft.bad(
                rules.at, "missing_rule", message, rules, say("add `{name}: done`", name=name)
            )
            continue
        node = cast(Map, rules.entries[name])
        said, comment, holds = node.text("is"), node.text("comment"), rule.holds(facts)
        if said == "done" and not holds:
            message = say(
                "rule `{name}` is said to be done, and is not: {rule}",
                name=name,
                rule=Both(rule.en, rule.zh),
            )
            hint = say("do it, or say `{{is: todo, comment: why}}`")
            draft.bad(node.at, "not_done", message, node, hint)
        if said != "done" and not comment:
            draft.bad(
                node.at,
                "no_comment",
                say("why is rule `{name}` {said}?", name=name, said=said),
                node,
            )
        found.append(
            Quality(name, said, holds, comment, node.at)  # type: ignore[arg-type]
        )
    return tuple(found)
