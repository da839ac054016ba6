"""Why a product fits or not, in the customer's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from enscene.shelf.bank import BankWords
from enscene.shelf.eligibility import Rule


@dataclass(slots=True)
class Reason:
    """`code` is stable, `facts` are values of its text, `reads` the data that decided it, by
    dotted path: `customer.age`, `wish.amount`, `scene.sector`."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    reads: tuple[str, ...] = ()

    def told(self, language: str, words: BankWords) -> str:
        """The sentence for the customer; `words` says what needs are called."""
        zh, en = TEXTS[self.code]
        facts = _Blank(self.facts)
        if "pain" in facts:
            facts["need"] = words.called("pains", facts["pain"], language)
        return (zh if language == "zh" else en).format_map(facts)


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def reason_of_rule(rule: Rule, *, known: bool) -> Reason:
    """Why a rule does not hold; a fact that is not known is said to be missing."""
    if not known:
        code = f"unknown_{rule.field}"
        return Reason(code if code in TEXTS else "unknown", {}, rule.reads)
    code = _code_of(rule)
    return Reason(code if code in TEXTS else "rule", {"bound": rule.bound}, rule.reads)


def _code_of(rule: Rule) -> str:
    code = f"{rule.field}_{rule.side}"
    return "overdue_days_none" if code == "overdue_days_is" and rule.bound == "0" else code


def condition_of(rule: Rule, language: str) -> str:
    """What a rule asks for, as the bank's people read it; the rule itself where it is no plain
    bound."""
    found = CONDITIONS.get(_code_of(rule))
    if found is None:
        return rule.expression.source
    return (found[0] if language == "zh" else found[1]).format(bound=rule.bound)


CONDITIONS: dict[str, tuple[str, str]] = {
    "age_least": ("年满 {bound} 岁", "at least {bound} years old"),
    "age_most": ("不超过 {bound} 岁", "at most {bound} years old"),
    "months_served_least": ("服务满 {bound} 个月", "served for {bound} months"),
    "monthly_spend_least": ("每月收付不少于 {bound} 元", "{bound} yuan pass a month"),
    "overdue_days_most": ("逾期不超过 {bound} 天", "no debt more than {bound} days late"),
    "overdue_days_none": ("没有逾期欠款", "no debt is late"),
    "risk_level_least": ("风险承受能力不低于 {bound} 级", "risk level {bound} or higher"),
    "segment_is": ("客群：{bound}", "segment {bound}"),
    "kind_is": ("客户类型：{bound}", "kind of customer {bound}"),
}
"""Chinese and English of a condition, by fact and side."""


TEXTS: dict[str, tuple[str, str]] = {
    # why it fits
    "covers_need": ("正好解决：{need}", "meets your need: {need}"),
    "covers": ("可以解决：{need}", "helps with: {need}"),
    "fits_scene": ("适合在这里使用", "fits what you do here"),
    # the scene and the bank's choice
    "not_in_scene": ("这个产品不用于当前场景", "it is not meant for this kind of scene"),
    "not_mounted": ("这个场景没有提供该产品", "this scene does not offer it"),
    "declined": ("本行在这里没有开办该产品", "the bank does not offer it here"),
    "not_for_kind": ("这个产品不面向您这类客户", "it is not for customers of your kind"),
    # the wish
    "amount_below": ("最低金额为 {least} 元", "the least is {least} yuan"),
    "amount_above": ("最高金额为 {most} 元", "the most is {most} yuan"),
    "no_such_term": ("可选期限为 {months} 个月", "the terms are {months} months"),
    "over_cap": ("综合年化成本超过上限，暂不能办理", "it would cost more a year than the bank allows"),
    # the customer
    "age_least": ("须年满 {bound} 岁", "you must be at least {bound} years old"),
    "age_most": ("须不超过 {bound} 岁", "you must be at most {bound} years old"),
    "months_served_least": ("须使用本行服务满 {bound} 个月", "you must have been served here for {bound} months"),
    "monthly_spend_least": ("每月在场景内的收付须达到 {bound} 元", "at least {bound} yuan must pass here a month"),
    "overdue_days_most": ("有欠款逾期超过 {bound} 天，请先还清", "a debt is more than {bound} days late: pay it first"),
    "overdue_days_none": ("有欠款逾期，请先还清", "a debt is late: pay it first"),
    "risk_level_least": ("风险承受能力须达到 {bound} 级，可重新测评", "your risk level must be {bound} or higher: you may take the questionnaire again"),
    "segment_is": ("只面向特定客户群", "it is for a certain group of customers"),
    "kind_is": ("这个产品不面向您这类客户", "it is not for customers of your kind"),
    "rule": ("暂不符合办理条件", "you do not meet a condition yet"),
    # what is not known
    "unknown": ("还缺少判断所需的资料", "something that is needed is not known yet"),
    "unknown_kind": ("还不知道您是个人还是企业", "it is not known whether you are a person or a firm"),
    "unknown_age": ("还不知道您的年龄", "your age is not known yet"),
    "unknown_months_served": ("还不知道您使用本行服务的时间", "it is not known how long you have been served here"),
    "unknown_monthly_spend": ("还没有您在场景内的收付记录", "there is no record yet of what passes here a month"),
    "unknown_overdue_days": ("还没有您的还款记录", "there is no record of your repayments yet"),
    "unknown_segment": ("还不知道您属于哪个客户群", "it is not known which group of customers you belong to"),
    "unknown_risk_level": ("请先完成风险测评", "please take the risk questionnaire first"),
    "unknown_consents": ("还没有您的授权", "you have not given your consent yet"),
}  # fmt: skip
"""Chinese and English by code; {blanks} are the reason's facts."""
