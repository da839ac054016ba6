"""Whether what was learnt may serve: only where the log can tell that it is not worse.

A policy that is as good as the old one is worth taking, for it has learnt more and will learn
better; one that may be much worse is not, however good it looks on average. So it is taken where
the whole interval of its gain lies above a small loss (non-inferiority: Wellek 2010), and a log that
says too little keeps the old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from enscene.engagement.off_policy import Comparison

MARGIN = 0.1
"""The loss that is put up with at most, of what a decision has earned. With 0 a new policy that is
just as good is hardly ever taken, and nothing is learnt of what it would try next; a cycle that loses
a tenth at worst is seen at its end in the difference against control, and is judged again."""

Why: TypeAlias = Literal["better", "not_worse", "effective", "margin", "nothing"]


@dataclass(frozen=True, slots=True)
class Switch:
    """`taken`, or the old one goes on. `why`: it earns more (`better`), or not less by more than the
    margin (`not_worse`); or too few decisions tell of it (`effective`), it may earn less by more than
    the margin (`margin`), or nothing was drawn to judge it by (`nothing`). `least` is the gain that the
    interval had to lie above, in the units of the comparison."""

    taken: bool
    why: Why
    least: float = 0.0


def may_switch(comparison: Comparison | None, margin: float = MARGIN) -> Switch:
    """What becomes of a policy that was compared with the one that served."""
    if comparison is None:
        return Switch(False, "nothing")
    least = -margin * max(0.0, comparison.logged.value)
    gain = comparison.gain
    if not gain.concludes:
        return Switch(False, "effective", least)
    if gain.low > 0:
        return Switch(True, "better", least)
    return Switch(gain.low > least, "not_worse" if gain.low > least else "margin", least)


def switch_told(comparison: Comparison | None, switch: Switch) -> dict[str, Any]:
    """Plain values: a decision, in minor units."""
    found: dict[str, Any] = {
        "verdict": "taken" if switch.taken else "kept", "why": switch.why,
        "least": round(switch.least, 1),
    }  # fmt: skip
    if comparison is not None:
        gain = comparison.gain
        found |= {
            "earned": round(comparison.logged.value, 1), "gain": round(gain.value, 1),
            "low": round(gain.low, 1), "high": round(gain.high, 1),
            "effective": round(gain.effective, 1), "decisions": gain.rows,
        }  # fmt: skip
    return found
