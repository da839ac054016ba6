"""What a customer is told of a decision, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from enscene.kernel.money import format_money

TEXTS: Mapping[str, tuple[str, str]] = {
    "approved": ("已通过：您的情况符合条件", "Approved: you meet the conditions"),
    "approved_by_person": ("客户经理复核后已通过", "Approved after a person looked at it"),
    "refused_by_person": ("客户经理复核后未能通过", "Not approved after a person looked at it"),
    "before_service": (
        "请先使用本场景的服务，之后再申请", "Please use the service of this scene first"),
    "eligible": ("不符合该产品的办理条件", "The conditions of the product are not met"),
    "eligible_age": (
        "年龄不在该产品的范围内", "The product is for another age"),
    "eligible_kind": (
        "该产品面向另一类客户（个人或企业）", "The product is for another kind of customer, person or firm"),
    "eligible_months_served": (
        "与本行往来时间未达到该产品的要求", "The product asks for a longer time with the bank"),
    "eligible_monthly_spend": (
        "近期往来未达到该产品的要求", "The product asks for more activity with the bank lately"),
    "eligible_overdue_days": (
        "还款记录未达到该产品的要求", "The record of payment is not what the product asks for"),
    "eligible_segment": (
        "该产品面向其他客群", "The product is for other groups of customers"),
    "eligible_risk_level": (
        "请先完成风险测评；测评结果须不低于产品风险等级",
        "Take the risk assessment first: its result has to reach the level of this product"),
    "eligible_consents": (
        "需要您先授权使用相关信息", "Your consent to the use of data is needed first"),
    "not_for_scene": ("本场景不提供该产品", "The product is not offered in this scene"),
    "unsuitable": (
        "请先完成风险测评；测评结果须不低于产品风险等级",
        "Take the risk assessment first: its result has to reach the level of this product"),
    "no_money": (
        "账户余额不足，没有开通，也没有扣款",
        "There was not enough money: nothing was opened and nothing taken"),
    "fact_is_there": (
        "没有可以核实的订单或服务", "There is no order or service that could be verified"),
    "fact_goes_on": (
        "所依据的订单或服务已结束", "The order or service that it is for has ended"),
    "fact_not_used": (
        "该订单或服务已用于另一笔申请", "The order or service is used for another application"),
    "fact_not_alike": (
        "有一笔内容相同的订单，需人工核实", "Another order says the same: a person will look at it"),
    "fact_changed": (
        "所依据的订单或服务在申请后有变化", "The order or service has changed since you applied"),
    "within_fact": (
        "金额超过订单金额，最多可申请 {most}", "The amount is above that of the order: {most} at most"),
    "claim": (
        "填报的“{field}”与场景记录不一致", "What was said of “{field}” differs from the scene's record"),
    "not_overdue": ("有逾期未还的款项", "Something is overdue"),
    "affordable": (
        "每月还款相对收入过高，可减少金额或延长期限",
        "The instalment is high for the income: try a smaller amount or a longer term"),
    "income_plausible": ("收入需要人工核实", "A person will look at the income"),
    "same_born": (
        "出生日期与您此前填报的不一致，需人工核实",
        "The date of birth differs from what you said before: a person will look at it"),
    "income_as_before": (
        "收入明显高于您近期填报的，需人工核实",
        "The income is well above what you said lately: a person will look at it"),
    "within_limit": (
        "超出您在本行的总额度，尚可申请 {left}", "Above your limit with the bank: {left} are left"),
    "small_enough": ("金额较大，由客户经理复核", "The amount is large: a person will look at it"),
    "score_months_served": ("与本行往来时间较短", "You have been with the bank for a short time"),
    "score_monthly_spend": ("近期往来较少", "There has been little activity lately"),
    "score_income_share": ("还款占收入比例偏高", "Instalments take a large part of the income"),
    "score_fact_share": ("申请金额占订单金额比例偏高", "The amount is a large part of the order"),
    "score_owed_share": ("已有借款较多", "Much is owed already"),
    "score_overdue_days": ("还款记录不佳", "There were late payments"),
    "no_longer_eligible": (
        "报价之后条件有变化，已不再符合", "Conditions have changed since the quote and are not met now"),
}  # fmt: skip


def tell_reasons(kept: Iterable[Mapping[str, Any]], currency: str) -> list[dict[str, str]]:
    """Reasons as they were kept (code and facts), as code, zh, en."""
    told = []
    for reason in kept:
        zh, en = TEXTS[reason["code"]]
        facts = {
            name.removesuffix("_minor"): format_money(value, currency)
            if name.endswith("_minor")
            else value
            for name, value in reason.get("facts", {}).items()
        }
        told.append({"code": reason["code"], "zh": zh.format(**facts), "en": en.format(**facts)})
    return told
