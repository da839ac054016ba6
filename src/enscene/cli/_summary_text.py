"""The summary as a banker reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from enscene.kernel.money import format_money
from enscene.scenes.language import Pack

CURRENCY = "CNY"
REASONS_SHOWN = 8


def language_of(wanted: str | None) -> str:
    """`zh` or `en`: what was asked for, else what the terminal says, else Chinese."""
    if wanted in ("zh", "en"):
        return str(wanted)
    said = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "en" if said.lower().startswith("en") else "zh"


class SummaryText:
    """Lines in one language."""

    def __init__(self, language: str, packs: Mapping[str, Pack]) -> None:
        self._is_zh = language == "zh"
        self._language = language
        self._packs = packs

    def _(self, chinese: str, english: str) -> str:
        return chinese if self._is_zh else english

    def lines(self, summary: Mapping[str, Any]) -> list[str]:
        """The whole summary."""
        scenes = summary["scenes"]
        lines = ["", self._title(summary), ""]
        if "smart_canteen" in scenes:
            lines += self._canteen(scenes["smart_canteen"])
        if "travel" in scenes:
            lines += self._travel(scenes["travel"])
        return lines + self._system(summary)

    def _title(self, summary: Mapping[str, Any]) -> str:
        began, ended = summary["clock"]["from"], summary["clock"]["until"]
        return self._(
            f"入景沙箱银行 · {began} 至 {ended}", f"Enscene sandbox bank · {began} to {ended}"
        )

    def _money(self, minor: int) -> str:
        whole, _, fraction = format_money(abs(minor), CURRENCY).partition(".")
        grouped = f"{int(whole):,}"
        return f"{'-' if minor < 0 else ''}¥{grouped}.{fraction}"

    def _row(self, chinese: str, english: str, *values: str) -> str:
        name = self._(chinese, english)
        # A Chinese character is two columns wide on a terminal.
        width = sum(2 if ord(letter) > 0x2E7F else 1 for letter in name)
        return (
            f"    {name}{' ' * max(1, 26 - width)}{'  '.join(value for value in values if value)}"
        )

    def _canteen(self, f: Mapping[str, Any]) -> list[str]:
        m, _ = self._money, self._
        return [
            f"  {_('智慧食堂', 'Smart canteen')}",
            self._row("服务人数", "People served", _(f"{f['people_served']} 人，{f['payments']} 笔",
                      f"{f['people_served']} people, {f['payments']} payments")),
            self._row("营业额", "Turnover", m(f["turnover_minor"]),
                      _(f"其中个人支付 {m(f['paid_by_diners_minor'])}",
                        f"of it {m(f['paid_by_diners_minor'])} by diners")),
            self._row("单位补贴", "Employers' subsidy", m(f["subsidy_minor"])),
            self._row("加班与外出用餐", "Meals on the company", m(f["company_meals_minor"]),
                      _(f"{f['company_meals']} 笔，无需报销", f"{f['company_meals']} without a claim form")),
            self._row("退款", "Refunds", m(f["refunded_minor"]),
                      _(f"{f['refunds']} 笔，原路退回", f"{f['refunds']}, back the way they came")),
            self._row("结算到商户", "Settled to merchants", m(f["settled_minor"])),
            self._row("手续费收入", "Fee income", m(f["fees_minor"])),
            *self._offers(f, "smart_canteen"),
            "",
        ]  # fmt: skip

    def _travel(self, f: Mapping[str, Any]) -> list[str]:
        m, _ = self._money, self._
        wait = f["claim_wait_s"]
        paid_in = (
            "" if wait is None else _(f"到账中位用时 {wait} 秒", f"median {wait} s to the money")
        )
        return [
            f"  {_('旅行', 'Travel')}",
            self._row("服务人数", "People served", _(f"{f['people_served']} 人", str(f["people_served"]))),
            self._row("预订", "Bookings", m(f["booked_minor"]),
                      _(f"{f['bookings']} 单，取消 {f['cancelled']} 单",
                        f"{f['bookings']}, {f['cancelled']} cancelled")),
            self._row("航延险售出", "Delay covers sold", m(f["premiums_minor"]),
                      _(f"{f['covers']} 份", str(f["covers"]))),
            self._row("自动理赔", "Claims paid by themselves", m(f["claims_minor"]),
                      _(f"{f['claims']} 件", str(f["claims"])), paid_in),
            self._row("待人工判定", "Cases for a person", _(f"{f['cases']} 件", str(f["cases"]))),
            self._row("周边优惠", "Discounts nearby", m(f["discounts_minor"]),
                      _(f"{f['purchases']} 笔消费", f"in {f['purchases']} purchases")),
            self._row("结算到商户", "Settled to merchants", m(f["settled_minor"])),
            self._row("手续费收入", "Fee income", m(f["fees_minor"])),
            *self._offers(f, "travel"),
            *self._applications(f),
            "",
        ]  # fmt: skip

    def _offers(self, f: Mapping[str, Any], scene: str) -> list[str]:
        offers = f["offers"]
        opened = sum(offers["opened"].values())
        if not offers["shown"] and not opened:
            return []
        shown, taken = offers["shown"], offers["taken"]
        alone = max(0, opened - taken)
        own = (
            self._(
                f"其中 {alone} 份由客户未经推荐自行办理",
                f"of them {alone} asked for without an offer",
            )
            if alone
            else ""
        )
        return [
            self._row(
                "推荐",
                "Offers",
                self._(f"展示 {shown} 次，接受 {taken} 次", f"{shown} shown, {taken} taken"),
            ),
            self._row("开通产品", "Contracts opened", self._(f"{opened} 份", str(opened)), own),
        ]

    def _applications(self, f: Mapping[str, Any]) -> list[str]:
        a = f.get("applications")
        if not a:
            return []
        text = self._(
            f"{a['begun']} 笔：通过 {a['approved']}，拒绝 {a['refused']}，转人工 {a['referred']}；"
            f"已签署 {a['signed']}，请客户经理 {a['called_in']}，放弃 {a['given_up'] + a['left']}",
            f"{a['begun']}: {a['approved']} approved, {a['refused']} refused, {a['referred']} "
            f"referred; {a['signed']} signed, {a['called_in']} called in a person, "
            f"{a['given_up'] + a['left']} given up",
        )
        return [self._row("授信申请", "Applications", text)]

    def _system(self, summary: Mapping[str, Any]) -> list[str]:
        _ = self._
        ledger, simulator = summary["ledger"], summary["simulator"]
        proof = _("已核验", "verified") if ledger["verified"] else _("核验未通过", "NOT VERIFIED")
        lines = [
            f"  {_('系统', 'System')}",
            self._row("拒绝", "Refusals", self._reasons(simulator["refusals"])),
            self._row(
                "每笔用时", "Time per payment",
                _(f"中位 {simulator['payment_p50_ms']} ms，99% 在 {simulator['payment_p99_ms']} ms 内",
                  f"median {simulator['payment_p50_ms']} ms, 99% within {simulator['payment_p99_ms']} ms"),
            ),
            self._row(
                "模拟核对", "Simulator",
                _(f"{simulator['expected']} 项预期，{simulator['matched']} 项相符，{simulator['surprises']} 项意外",
                  f"{simulator['expected']} expected, {simulator['matched']} matched, "
                  f"{simulator['surprises']} surprises"),
            ),
            self._row(
                "账本", "Ledger",
                _(f"本次 {ledger['transfers_of_run']} 笔转账，累计 {ledger['transfers']} 笔，"
                  f"借贷合计 {ledger['sum_minor']}，{proof}",
                  f"{ledger['transfers_of_run']} transfers of this run, {ledger['transfers']} in all; "
                  f"all balances sum to {ledger['sum_minor']}, {proof}"),
            ),
        ]  # fmt: skip
        for surprise in simulator["first_surprises"]:
            lines.append(f"  ! {surprise['request']}")
            lines.append(f"      {_('预期', 'expected')} {surprise['expected']}")
            lines.append(f"      {_('实际', 'got')} {surprise['got']}")
        return lines

    def _reasons(self, refusals: Mapping[str, int]) -> str:
        most = sorted(refusals.items(), key=lambda item: -item[1])[:REASONS_SHOWN]
        separator = self._("，", ", ")
        return separator.join(f"{self._reason(code)} {count}" for code, count in most) or "0"

    def _reason(self, code: str) -> str:
        key = f"refusals.{code.removeprefix('scene.')}"
        for pack in self._packs.values():
            text = pack.texts[self._language].get(key)
            if text is not None:
                return text.rstrip("。.")
        chinese, english = _CODES.get(code, (code, code))
        return self._(chinese, english)


_CODES = {
    "ledger.insufficient_funds": ("余额不足", "not enough money"),
    "scene.not_own": ("不属于本人", "not one's own"),
    "thing.exists": ("重复提交", "there already"),
    "thing.wrong_state": ("状态不符", "too late for it"),
    "thing.not_found": ("对象不存在", "no such thing"),
    "scene.not_in_role": ("角色不符", "not in that role"),
    "scene.nothing_to_reverse": ("无可退款", "nothing to give back"),
}
