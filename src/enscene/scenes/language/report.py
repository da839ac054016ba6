"""What the checks found, for people: the proofs of a pack, or its mistakes."""

from __future__ import annotations

from typing import Any

from enscene.kernel.documents.chinese import in_chinese
from enscene.scenes.language._quality import RULES
from enscene.scenes.language.model import LoadResult, Mistake, Pack

_LINES = {
    "zh": (
        "场景模板 {title}（{id} {version}）通过检查",
        "  资金守恒：{flows} 条资金流、{money_edges} 条资金边，各流之和恒等于总额",
        "  资金不外泄：{restricted} 个受限账户，沿 {paths} 条路径检查，只经放行流出：{releases}",
        "  状态有终：{things} 类业务对象、{states} 个状态，均可到达且均有终点",
        "  指代明确：{actions} 个动作、{resolutions} 处参与方指代，逐一确定",
        "  类型正确：{expressions} 个表达式",
        "  有例可循：{cases} 个用例覆盖全部动作与拒绝",
        "  双语齐备：{texts} 条文字",
        "  各种配置：{configurations} 种（可选部分开关与方案）全部成立",
        "  质量等级：{tier}（{done}/{rules} 条规则）",
    ),
    "en": (
        "Pack {title} ({id} {version}) passes",
        "  Money is kept: {flows} flows, {money_edges} edges; each flow sums to its whole",
        (
            "  Money under rules stays: {restricted} accounts, {paths} paths walked; "
            "released only by {releases}"
        ),
        "  Everything ends: {things} things, {states} states, all reached and all with an end",
        "  Who is meant: {actions} actions, {resolutions} parties found, none ambiguous",
        "  Types agree: {expressions} expressions",
        "  Shown by cases: {cases} cases do every action and every refusal",
        "  Both languages: {texts} texts",
        "  In every configuration: {configurations} of them (parts on and off, variants)",
        "  Quality tier: {tier} ({done} of {rules} rules)",
    ),
}
_FOUND = {"zh": "{count} 处错误", "en": "{count} mistakes", "en1": "1 mistake"}
_TODO = {"zh": "    尚未做到：{rule}", "en": "    not yet: {rule}"}
_NONE = {"zh": "无", "en": "none"}


def tier_of(pack: Pack) -> str:
    """A when no rule is left to do, B with at most two, else C."""
    todo = sum(1 for item in pack.quality if item.said == "todo")
    return "A" if todo == 0 else "B" if todo <= 2 else "C"


def proofs_text(pack: Pack, language: str = "zh") -> str:
    """The proofs of a pack, with figures."""
    values: dict[str, Any] = {
        **pack.figures.counts,
        "title": pack.text("title", language),
        "id": pack.id,
        "version": pack.version,
        "restricted": sum(1 for item in pack.accounts.values() if item.kind != "free"),
        "paths": pack.figures.money_paths,
        "releases": ", ".join(pack.figures.releases) or _NONE[language],
        "configurations": len(pack.figures.configurations),
        "tier": tier_of(pack),
        "done": sum(1 for item in pack.quality if item.said != "todo"),
        "rules": len(RULES),
    }
    lines = [line.format(**values) for line in _LINES[language]]
    for item in pack.quality:
        if item.said == "todo":
            rule = RULES[item.rule]
            lines.append(_TODO[language].format(rule=rule.zh if language == "zh" else rule.en))
    return "\n".join(lines)


def mistakes_text(name: str, result: LoadResult, language: str = "zh") -> str:
    """The mistakes, each with its place and a hint."""
    count = len(result.mistakes)
    one = "1" if (language, count) == ("en", 1) else ""
    head = f"{name}: {_FOUND[language + one].format(count=count)}"
    return "\n".join([head, *(f"  {told_in_full(item, language)}" for item in result.mistakes)])


def told(mistake: Mistake, language: str = "zh") -> str:
    """What is wrong, without its place."""
    return in_chinese(mistake.said) if language == "zh" else mistake.message


def advised(mistake: Mistake, language: str = "zh") -> str:
    """What to write instead; empty where nothing can be advised."""
    return in_chinese(mistake.advice) if language == "zh" else mistake.hint


def told_in_full(mistake: Mistake, language: str = "zh") -> str:
    """A mistake with its place and code, and its hint in a second line."""
    place = f"{mistake.file}:{mistake.line}:{mistake.column}"
    text = f"{place}: {told(mistake, language)} [{mistake.code}]"
    hint = advised(mistake, language)
    return f"{text}\n    {hint}" if hint else text


def as_json(name: str, result: LoadResult) -> dict[str, Any]:
    """The same for programs."""
    if result.pack is None:
        found = [
            {
                "file": item.file,
                "line": item.line,
                "column": item.column,
                "code": item.code,
                "message": item.message,
                "hint": item.hint,
                "message_zh": told(item, "zh"),
                "hint_zh": advised(item, "zh"),
                "path": item.path,
            }
            for item in result.mistakes
        ]
        return {"pack": name, "ok": False, "mistakes": found}
    pack = result.pack
    return {
        "pack": pack.id,
        "ok": True,
        "version": pack.version,
        "digest": pack.digest,
        "tier": tier_of(pack),
        "rules_to_do": [item.rule for item in pack.quality if item.said == "todo"],
        "figures": dict(pack.figures.counts),
        "money_paths": pack.figures.money_paths,
        "releases": list(pack.figures.releases),
        "configurations": list(pack.figures.configurations),
    }
