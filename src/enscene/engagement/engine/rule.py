"""Rules: a pattern, a condition, and how late an event may come to be spoken to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from enscene.engagement.engine.pattern import (
    SPAN_MOST_US,
    Absent,
    Pattern,
    Told,
    check_pattern,
    check_told,
    speaking,
    spelled,
    wrong,
)
from enscene.kernel.expressions import Expression

RULES_MOST = 10_000
TOLERANCE_US = 600_000_000


@dataclass(frozen=True, slots=True)
class Rule:
    """`name` is unique. `condition` holds over the roots of the event's facts, over `customer` and
    `spectrum`, and over `count`: how many were counted, the sum that was reached, or the number that
    crossed. An event that came into the log more than `tolerance_us` after it happened is remembered
    and fires nothing.
    """

    name: str
    campaign: str
    pattern: Pattern
    condition: Told | None = None
    tolerance_us: int = TOLERANCE_US

    def digest(self) -> bytes:
        """Of name, campaign and pattern: rules with the same one remember the same."""
        said = repr((self.name, self.campaign, spelled(self.pattern)))
        return blake2b(said.encode(), digest_size=8).digest()


def compile_rules(specs: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules in the order given, after a look at each.

    Raises: Invalid with `param` such as `rules[3].count.within_us`.
    """
    rules = tuple(specs)
    if len(rules) > RULES_MOST:
        raise wrong(
            "rules", f"at most {RULES_MOST} rules", f"规则至多 {RULES_MOST} 条", "rule.many"
        )
    names: set[str] = set()
    for place, rule in enumerate(rules):
        at = f"rules[{place}]"
        if not rule.name or rule.name in names:
            raise wrong(
                f"{at}.name", "a rule has a name of its own", "规则须有唯一的名称", "rule.name"
            )
        names.add(rule.name)
        if not isinstance(rule.tolerance_us, int) or not 0 <= rule.tolerance_us <= SPAN_MOST_US:
            raise wrong(
                f"{at}.tolerance_us", "the tolerance is from 0 to ten years",
                "容忍时长须为零至十年", "rule.tolerance",
            )  # fmt: skip
        check_pattern(rule.pattern, at)
        if rule.condition is not None:
            _check_condition(rule, f"{at}.condition")
    return rules


def _check_condition(rule: Rule, at: str) -> None:
    assert rule.condition is not None
    if isinstance(rule.pattern, Absent) and not isinstance(rule.condition, Expression):
        raise wrong(at, "where nothing came there is one expression", "无事件时只有一个表达式", "rule.expression")  # fmt: skip
    check_told(rule.condition, speaking(rule.pattern), ("bool",), at)
