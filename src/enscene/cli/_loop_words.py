"""The report of the loop, for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def words_of(report: Mapping[str, Any]) -> str:
    """A few lines, both languages."""
    seeds, cycles = report["seeds"], report["cycles"]
    lines = [f"{seeds} 个城镇，每个 {cycles} 个循环 · {seeds} towns, {cycles} cycles each"]
    for each in report["by_cycle"]:
        up, all_ = each["uplift"], each["offers_at_all"]
        lines.append(
            f"  循环 {each['cycle']} · cycle {each['cycle']}: "
            f"优化组比规则组 · learnt against rules {_share(up)}；"
            f"规则组比不打扰组 · rules against nobody {_share(all_)}；"
            f"补贴（元）· subsidy, CNY {each['subsidy']['learnt'] / 100:.2f} / "
            f"{each['subsidy']['rules'] / 100:.2f}"
        )
    broken = report["violations"]
    lines.append(
        "违规 · rules broken: " + "，".join(f"{name} {count}" for name, count in broken.items())
    )
    ratio, aa = report["sample_ratio"], report["against_itself"]
    lines.append(
        f"分组 · groups: {ratio['groups'][0]} / {ratio['groups'][1]}，p {ratio['p']} "
        f"(≥ {ratio['p_least']}) {_mark(ratio)}；"
        f"自身对比 · A/A: {aa['told']} / {aa['splits']} (≤ {aa['allowed']}) {_mark(aa)}"
    )
    lines.append(
        "下期策略 · next policy: " + "，".join(f"{w} {n}" for w, n in report["switches"].items())
    )
    return "\n".join(lines)


def _mark(check: Mapping[str, Any]) -> str:
    return "✓" if check["ok"] else "✗"


def _share(of: Mapping[str, float]) -> str:
    return f"{of['value']:+.1%} ({of['low']:+.1%} … {of['high']:+.1%})"
